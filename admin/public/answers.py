"""Taking an answer: each question's own way, in the order of `Telling.next_question`. The chat asks alike."""

from typing import Final
from uuid import UUID

from admin.public.visit import Visit, rewrite
from models.draft import Telling
from models.errors import Invalid, NotOpen
from models.offices import find_route
from models.routing import Route
from models.terms import Concerns, Topic
from models.text import clean
from models.unit import tree

ORDER: Final = ("place", "topic", "concerns", "story", "naming", "name", "review")
OFFERED: Final = (
    Topic.SUBSIDIES,
    Topic.RELIEF,
    Topic.COLLECTIVE_ASSETS,
    Topic.LAND,
    Topic.PROJECTS,
    Topic.FEES,
    Topic.OPENNESS,
    Topic.CONDUCT,
    Topic.OTHER,
)
MOST_LINE: Final = 200
NO_WISH: Final = "—"


async def take(visit: Visit) -> None:
    """Take the answer that the form gives to its question. Invalid says what is the matter with it.

    NotOpen: nobody here may take such a matter.
    """
    match visit.question:
        case "place":
            await _place(visit)
        case "topic":
            visit.telling.topic = _one_of(Topic, visit)
        case "concerns":
            visit.telling.concerns = _one_of(Concerns, visit)
        case "story":
            await _story(visit)
        case "naming":
            _naming(visit)
        case "name":
            _name(visit)
    await route_of(visit.telling)


async def route_of(telling: Telling) -> Route | None:
    """Who would handle what was told so far; None while that is open. NotOpen when nobody here may."""
    if not telling.place or not telling.concerns:
        return None
    way = await find_route(UUID(hex=telling.place), Concerns(telling.concerns))
    if way is None:
        raise NotOpen("tip.nobody_may_take_it")
    return way


def asked_next(telling: Telling) -> str:
    """The page with the first open question: who one is, is asked on one page."""
    question = telling.next_question()
    return "name" if question in {"reach", "safe"} else question


def asked_before(telling: Telling, question: str) -> str:
    """The page before this one."""
    asked = [one for one in ORDER if one != "name" or telling.naming == "named"]
    return asked[max(0, asked.index(question) - 1)] if question in asked else asked[0]


async def _place(visit: Visit) -> None:
    units, chosen = await tree(), visit.posted.text("answer")
    county = units.county()
    if chosen == "unknown" and county:
        visit.telling.place = county.id.hex
        return
    try:
        node = units.get(UUID(hex=chosen))
    except ValueError:
        node = None
    if node is None:
        raise Invalid("error.choice")
    visit.telling.place = node.id.hex


def _one_of(kind: type[Topic] | type[Concerns], visit: Visit) -> Topic | Concerns:
    try:
        return kind(visit.posted.text("answer"))
    except ValueError:
        raise Invalid("error.choice") from None


async def _story(visit: Visit) -> None:
    """Files first: they are kept even where the words are too many."""
    await visit.hang_files(visit.telling)
    rewrite(visit.telling, visit.posted.text("text"))
    if not visit.telling.parts and not visit.posted.untaken:
        raise Invalid("story.nothing_yet")


def _naming(visit: Visit) -> None:
    """Going back to 不留名 forgets what was written."""
    telling, chosen = visit.telling, visit.posted.text("answer")
    if chosen not in {"anonymous", "named"}:
        raise Invalid("error.choice")
    telling.naming = chosen
    if chosen == "anonymous":
        telling.name = telling.reach = telling.safe = ""


def _name(visit: Visit) -> None:
    if visit.posted.text("answer") == "anonymous":
        _naming(visit)
        return
    lines = {name: clean(visit.posted.text(name)) for name in ("name", "reach", "safe")}
    for name, line in lines.items():
        if (not line and name != "safe") or len(line) > MOST_LINE:
            raise Invalid("naming.line_bad", most=MOST_LINE, field=name)
    telling = visit.telling
    telling.naming = "named"
    telling.name, telling.reach, telling.safe = lines["name"], lines["reach"], lines["safe"] or NO_WISH
