"""One press of a button in the questions: an answer, a way back, another look. Nothing is stored here."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from admin.public.answers import ORDER, asked_before, asked_next, take
from admin.public.config import CONFIG
from admin.public.door import address_of
from admin.public.screens import Shown
from admin.public.visit import Visit
from models.errors import Invalid
from models.thread import Thread


async def step(visit: Visit) -> Shown:
    """One press: an answer, a way back, a look at something again."""
    act, question = visit.act[0], visit.question
    if question == "before" and visit.telling.place:
        return await _told_before(visit)
    if question not in ORDER:
        return Shown(asked_next(visit.telling))
    if question != "place" and not visit.telling.place:
        return await _expired(visit)
    if visit.posted.text("speak"):
        return await _same_again(visit)
    if act in BUTTONS:
        return await BUTTONS[act](visit)
    return await _taken(visit)


async def _taken(visit: Visit) -> Shown:
    try:
        await take(visit)
    except Invalid as problem:
        return Shown(visit.question, problem)
    if visit.posted.untaken:
        return Shown(visit.question)
    return Shown(asked_next(visit.telling))


async def _same_again(visit: Visit) -> Shown:
    """Another language: the same page, with what was typed."""
    with suppress(Invalid):
        await take(visit)
    return Shown(visit.question, typed=True)


async def _back(visit: Visit) -> Shown:
    """A page back. Words that cannot be kept as they are hold him here."""
    try:
        await take(visit)
    except Invalid as problem:
        if problem.key == "story.too_long":
            return Shown(visit.question, problem)
    return Shown(asked_before(visit.telling, visit.question))


async def _place(visit: Visit) -> Shown:  # noqa: ARG001  every button is called alike
    """Another village: looking for one is no answer yet."""
    return Shown("place")


async def _edit(visit: Visit) -> Shown:
    """An answer once more, from the review."""
    wanted = visit.act[1]
    return Shown(wanted if wanted in ORDER else "review")


async def _care(visit: Visit) -> Shown:
    """有些事只有我知道，请小心用: on or off."""
    visit.telling.care = not visit.telling.care
    return Shown("review")


async def _ask_before(visit: Visit) -> Shown:  # noqa: ARG001  every button is called alike
    return Shown("before")


async def _told_before(visit: Visit) -> Shown:
    """以前反映过: with the old code the desk finds the earlier matter; only which one is noted, not the code."""
    act, request = visit.act[0], visit.request
    if visit.posted.text("speak"):
        return Shown("before", typed=True)
    if act in {"lost", "never"}:
        visit.telling.before = "yes" if act == "lost" else ""
        return Shown(asked_next(visit.telling))
    await asyncio.sleep(request.app[CONFIG].gate.try_wait(address_of(request)))
    try:
        visit.telling.before = (await Thread.open(visit.posted.text("old"), who=None)).tip_id.hex
    except Invalid as problem:
        return Shown("before", problem)
    return Shown(asked_next(visit.telling), notice="before.found")


async def _ask_to_wipe(visit: Visit) -> Shown:  # noqa: ARG001  every button is called alike
    return Shown("wipe")


async def _go_on(visit: Visit) -> Shown:
    return Shown(asked_next(visit.telling))


async def _more(visit: Visit) -> Shown:
    """Keep what came, perhaps take a file off, and stay."""
    dropped = visit.act[1]
    problem: Invalid | None = None
    try:
        await take(visit)
    except Invalid as found:
        problem = found if found.key != "story.nothing_yet" else None
    if dropped:
        await visit.take_down(visit.telling, dropped)
    return Shown("story", problem)


BUTTONS: Final[dict[str, Callable[[Visit], Awaitable[Shown]]]] = {
    "other": _place,
    "town": _place,
    "search": _place,
    "edit": _edit,
    "care": _care,
    "before": _ask_before,
    "wipe": _ask_to_wipe,
    "back": _back,
    "drop": _more,
    "more": _more,
    "resume": _go_on,
    "submit": _go_on,
}
"""What a button of a question's page does beside answering it."""


async def _expired(visit: Visit) -> Shown:
    """The answers are gone after their 72 hours; what was just written is not."""
    with suppress(Invalid):
        await take(visit)
    return Shown("place", notice="public.expired")
