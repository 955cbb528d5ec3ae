"""`/track`: the reporter comes with his code, reads, answers, adds. The code travels only in the body of a form."""

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Final
from uuid import UUID

from aiohttp import web

from admin.problems import status_of
from admin.public.config import CONFIG
from admin.public.door import address_of
from admin.public.pages import page
from admin.public.visit import Visit, rewrite
from locales import DEFAULT, t
from models.draft import Part, Telling
from models.errors import DomainError, Invalid
from models.sealing import new_secret
from models.terms import Side, TipStatus
from models.thread import Thread
from models.unit import steady_tree

MARKS: Final = {"agree": "public.mark.agree", "object": "public.mark.object", "news": "public.mark.news"}
"""What a button says about the answer; the desk reads it before the words."""
LABELS: Final = {"agree": "public.say.agree", "object": "public.say.object", "news": "public.say.news"}
ANSWERABLE: Final = {
    TipStatus.CONCLUDED: ("agree", "object", "news"),
    TipStatus.OUT_OF_SCOPE: ("object", "news"),
}


async def door_to_thread(request: web.Request) -> web.Response:
    """`GET /track`: the one question."""
    return _ask(request)


async def track(request: web.Request) -> web.Response:
    """`POST /track`: a code, or something said in a thread that is open."""
    visit = await Visit.arrive(request)
    try:
        async with steady_tree():
            if "code" in visit.posted.fields:
                return await _open(visit)
            return await _go_on(visit)
    finally:
        await visit.posted.give_back()


async def _open(visit: Visit) -> web.Response:
    """A code: the thread behind it is kept open for thirty minutes, under a form secret of its own."""
    request, typed = visit.request, visit.posted.text("code")
    await asyncio.sleep(request.app[CONFIG].gate.try_wait(address_of(request)))
    if visit.posted.text("speak"):
        return _ask(request, typed=typed, said=visit.posted.text("said"))
    try:
        thread = await Thread.open(typed, who=None)
    except DomainError as problem:
        return _ask(request, problem=problem, typed=typed, said=visit.posted.text("said"))
    visit.secret = new_secret()
    visit.draft = await type(visit.draft).of_form(visit.secret)
    visit.draft.keep_open(thread.tip_id, thread.reporter_secret)
    await visit.draft.keep()
    return await _show(visit, thread, text=visit.posted.text("said"))


async def _go_on(visit: Visit) -> web.Response:
    """Words and files for the open thread; when it has closed, the code is asked for and the words stay."""
    opened = visit.draft.thread
    if opened is None or not opened.alive:
        return _ask(visit.request, problem=Invalid("track.closed"), said=visit.posted.text("text"))
    thread = Thread(UUID(hex=opened.tip_id), bytes.fromhex(opened.reporter_secret))
    act, rest = visit.act
    if act == "close":
        return await _close(visit)
    problem = await _hear(visit)
    if act == "drop":
        await visit.take_down(visit.draft.adding, rest)
    if act in {"add", *MARKS} and not (problem or visit.posted.untaken or visit.posted.text("speak")):
        problem = await _hand_in(visit, thread, act)
        if problem is None:
            await visit.draft.keep()
            return await _show(visit, thread, notice="adding.taken")
    await visit.draft.keep()
    return await _show(visit, thread, problem=problem, text=visit.posted.text("text"))


async def _hear(visit: Visit) -> DomainError | None:
    try:
        await visit.hang_files(visit.draft.adding)
        rewrite(visit.draft.adding, visit.posted.text("text"))
    except Invalid as problem:
        return problem
    return None


async def _hand_in(visit: Visit, thread: Thread, act: str) -> DomainError | None:
    """Add it to the thread. The same words sent twice, as by a double tap, are added once."""
    draft = visit.draft
    if act == "object" and not draft.adding.parts:
        return Invalid("public.objection_empty")
    mark = [Part(text=t(DEFAULT, MARKS[act]))] if act in MARKS else []
    given = replace(draft.adding, parts=[*mark, *draft.adding.parts])
    said = _digest(visit, given)
    if said != draft.talk.get("added"):
        try:
            await thread.add(given, draft_id=draft.id)
        except DomainError as problem:
            return problem
        draft.talk["added"] = said
    draft.adding = Telling()
    return None


def _digest(visit: Visit, adding: Telling) -> str:
    known = visit.draft.talk.get("files", {})
    told = [part.text or str(known.get(part.file, part.file)) for part in adding.parts]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


async def _close(visit: Visit) -> web.Response:
    """看完清掉."""
    with suppress(DomainError):
        await visit.draft.drop()
    return page(visit.request, "done.html", key="public.closed")


def _ask(request: web.Request, *, problem: DomainError | None = None, typed: str = "", said: str = "") -> web.Response:
    status = status_of(problem) if problem else 200
    return page(request, "track.html", status=status, problem=problem, typed=typed, said=said)


async def _show(
    visit: Visit, thread: Thread, *, problem: DomainError | None = None, notice: str = "", text: str = ""
) -> web.Response:
    status, lines = await thread.status(), await thread.heard()
    desk = [line for line in lines if line.side is Side.DESK]
    return page(
        visit.request,
        "thread.html",
        status=status_of(problem) if problem else 200,
        form=visit.secret.hex(),
        stands=status,
        handler=(await thread.handler()).office,
        lines=lines,
        asked=bool(lines) and lines[-1].side is Side.DESK and lines[-1].asks,
        answered=bool(desk),
        marks=[(mark, LABELS[mark]) for mark in ANSWERABLE.get(status, ())],
        text=text,
        files=visit.shown_files(visit.draft.adding),
        problem=problem,
        notice=notice,
        untaken=visit.posted.untaken,
    )
