"""The form of 登记来访来电来信: one page, its fields in the order of the guided questions.

Each field is taken by itself, so that one that must be mended keeps none of the others from being kept.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from admin.public.posted import Posted
from admin.public.visit import Visit, rewrite
from models.errors import DomainError, Invalid
from models.terms import TAKEN_IN, Answer, Channel, Concerns, Topic
from models.text import clean
from models.unit import Node, tree

MOST_LINE: Final = 200
UNKNOWN: Final = "unknown"
NO_WISH: Final = "—"
TYPED: Final = (
    "channel", "search", "place", "topic", "concerns", "words", "naming", "name", "reach", "safe", "answer", "sender",
)  # fmt: skip
Problems = dict[str, DomainError]
Kind = TypeVar("Kind", Topic, Concerns, Answer)


async def take(visit: Visit) -> Problems:
    """Take what the form says; answers what is still to be mended, by field."""
    problems: Problems = {}
    for name, field in FIELDS.items():
        try:
            await field(visit)
        except Invalid as problem:
            problems[name] = problem
    return problems


def typed(posted: Posted) -> dict[str, str]:
    """The fields as they were typed, whether or not they can be used."""
    return {name: posted.text(name) for name in TYPED}


def told(visit: Visit) -> dict[str, str]:
    """The fields as they are kept, for a form that is opened again."""
    telling, talk = visit.telling, visit.draft.talk
    kept = {name: str(talk.get(name, "")) for name in ("channel", "search", "place")}
    return {
        **kept,
        "topic": telling.topic or Topic.UNSORTED,
        "concerns": telling.concerns,
        "words": "\n".join(part.text for part in telling.parts if part.text),
        "naming": telling.naming or "anonymous",
        "name": telling.name,
        "reach": telling.reach,
        "safe": "" if telling.safe == NO_WISH else telling.safe,
        "answer": telling.answer or Answer.CODE,
        "sender": telling.sender,
    }


def channel_of(visit: Visit) -> Channel:
    """How it came. Invalid while nobody has said so."""
    chosen = visit.draft.talk.get("channel", "")
    if chosen not in TAKEN_IN:
        raise Invalid("intake.channel_missing")
    return Channel(chosen)


async def _channel(visit: Visit) -> None:
    visit.draft.talk["channel"] = visit.posted.text("channel")
    channel_of(visit)


async def _place(visit: Visit) -> None:
    """The chosen one, as long as it still fits what is typed; else the only one that fits."""
    units, search, chosen = await tree(), visit.posted.text("search")[:MOST_LINE], visit.posted.text("place")
    visit.draft.talk["search"], visit.telling.place = search, ""
    fitting = {node.id.hex: node for node in units.search(search)}
    county = units.county()
    if chosen == UNKNOWN and county:
        visit.telling.place = county.id.hex
    elif chosen in fitting:
        visit.telling.place = chosen
    elif len(fitting) == 1:
        visit.telling.place = next(iter(fitting))
    elif exact := [key for key, node in fitting.items() if node.name == clean(search)]:
        visit.telling.place = exact[0] if len(exact) == 1 else ""
    visit.draft.talk["place"] = UNKNOWN if county and visit.telling.place == county.id.hex else visit.telling.place
    if not visit.telling.place:
        raise _which_place(clean(search), fitting)


def _which_place(search: str, fitting: dict[str, Node]) -> Invalid:
    if not search:
        return Invalid("intake.place_missing")
    return Invalid("intake.place_which") if fitting else Invalid("place.not_found", typed=search[:20])


async def _topic(visit: Visit) -> None:
    visit.telling.topic = _one_of(Topic, visit.posted.text("topic") or Topic.UNSORTED)


async def _concerns(visit: Visit) -> None:
    visit.telling.concerns = ""
    if not visit.posted.text("concerns"):
        raise Invalid("intake.concerns_missing")
    visit.telling.concerns = _one_of(Concerns, visit.posted.text("concerns"))


async def _words(visit: Visit) -> None:
    """Files first: they are kept even where the words are too many."""
    await visit.hang_files(visit.telling)
    rewrite(visit.telling, visit.posted.text("words"))
    if not visit.telling.parts:
        raise Invalid("intake.nothing_yet")


async def _naming(visit: Visit) -> None:
    """Without a name nothing that was typed as one is kept."""
    telling = visit.telling
    telling.naming = "named" if visit.posted.text("naming") == "named" else "anonymous"
    telling.name = telling.reach = telling.safe = ""
    if telling.naming == "anonymous":
        return
    name, reach, safe = (clean(visit.posted.text(one)) for one in ("name", "reach", "safe"))
    if not name or not reach or max(map(len, (name, reach, safe))) > MOST_LINE:
        raise Invalid("intake.name_missing", most=MOST_LINE)
    telling.name, telling.reach, telling.safe = name, reach, safe or NO_WISH


async def _answer(visit: Visit) -> None:
    telling, sender = visit.telling, clean(visit.posted.text("sender"))
    telling.answer, telling.sender = _one_of(Answer, visit.posted.text("answer") or Answer.CODE), sender[:MOST_LINE]
    passed_on = visit.posted.text("channel") == Channel.TRANSFER
    if telling.answer is Answer.REACH and telling.naming != "named":
        raise Invalid("intake.answer_needs_name")
    if len(sender) > MOST_LINE or (not sender and (passed_on or telling.answer is Answer.SENDER)):
        raise Invalid("intake.sender_missing", most=MOST_LINE)


def _one_of(kind: type[Kind], value: str) -> Kind:
    try:
        return kind(value)
    except ValueError:
        raise Invalid("error.choice") from None


FIELDS: Final[dict[str, Callable[[Visit], Awaitable[None]]]] = {
    "channel": _channel,
    "place": _place,
    "topic": _topic,
    "concerns": _concerns,
    "words": _words,
    "naming": _naming,
    "answer": _answer,
}
