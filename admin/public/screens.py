"""Each question as a page: what stands on it beside the words of the catalogs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from admin.problems import status_of
from admin.public.answers import OFFERED, ORDER, route_of
from admin.public.pages import language_of, listed, page
from admin.public.posted import Untaken
from admin.public.visit import Visit
from models.clock import day_of
from models.errors import DomainError
from models.routing import Route
from models.terms import Concerns, Topic, UnitKind
from models.unit import Node, Tree, tree

KEPT: Final = "%Y-%m-%d"
OK: Final = 200


@dataclass(slots=True)
class Shown:
    """Which page, and what happened on the way to it."""

    question: str
    problem: DomainError | None = None
    notice: str = ""  # a key
    typed: bool = False  # show what was typed rather than what is kept
    untaken: list[Untaken] = field(default_factory=list)


async def show(visit: Visit, shown: Shown) -> web.Response:
    """The page of a question, with everything typed still on it when something was the matter."""
    context = await SCREENS[shown.question](visit, shown)
    steps = [one for one in ORDER if one not in {"name", "wipe"}]
    at = {"name": "naming", "wipe": "review", "before": "review"}.get(shown.question, shown.question)
    return page(
        visit.request,
        f"{TEMPLATES.get(shown.question, shown.question)}.html",
        status=status_of(shown.problem) if shown.problem else OK,
        form=visit.secret.hex(),
        question=shown.question,
        step=steps.index(at) + 1,
        steps=len(steps),
        kept_until=day_of(visit.draft.expires_at).strftime(KEPT),
        problem=shown.problem,
        notice=shown.notice,
        untaken=shown.untaken,
        **context,
    )


def _as_typed(visit: Visit, shown: Shown) -> bool:
    return bool(shown.problem or shown.typed) and visit.question == shown.question


async def _place(visit: Visit, shown: Shown) -> dict[str, Any]:
    units, (act, rest) = await tree(), visit.act
    here = visit.question == "place"
    typed = visit.posted.text("search") if here and act == "search" else ""
    town = _node(units, rest) if here and act == "town" else None
    asked_anew = act in {"other", "town", "search"} or shown.problem or visit.telling.place
    return {
        "guess": None if asked_anew else _village_of_station(units, visit),
        "station": visit.draft.talk.get("station", ""),
        "typed": typed[:20],
        "found": [(node.id.hex, _full_name(units, node)) for node in units.search(typed)],
        "town": town,
        "villages": [node for node in units.children(town.id) if node.kind is UnitKind.VILLAGE] if town else [],
        "towns": units.of_kind(UnitKind.TOWNSHIP),
        "chosen": visit.telling.place,
    }


async def _topic(visit: Visit, shown: Shown) -> dict[str, Any]:
    choices = [(topic.value, f"term.Topic.{topic}") for topic in OFFERED]
    return {"choices": choices, "chosen": visit.telling.topic, "ask": f"{shown.question}.ask"}


async def _concerns(visit: Visit, shown: Shown) -> dict[str, Any]:
    choices = [(one.value, f"term.Concerns.{one}") for one in Concerns]
    return {"choices": choices, "chosen": visit.telling.concerns, "ask": f"{shown.question}.ask"}


async def _story(visit: Visit, shown: Shown) -> dict[str, Any]:
    typed = visit.posted.text("text") if _as_typed(visit, shown) else None
    return {
        "way": await _way(visit),
        "text": visit.telling.words() if typed is None else typed,
        "files": visit.shown_files(visit.telling),
    }


async def _naming(visit: Visit, shown: Shown) -> dict[str, Any]:  # noqa: ARG001  every screen is called alike
    """Where nobody keeps identities apart, only 不留名 is offered."""
    way = await route_of(visit.telling)
    apart = bool(way and way.custodian)
    offered = ("anonymous", "named") if apart else ("anonymous",)
    return {
        "choices": [(one, f"naming.{one}") for one in offered],
        "chosen": visit.telling.naming,
        "ask": "naming.ask" if apart else "naming.only_anonymous",
    }


async def _name(visit: Visit, shown: Shown) -> dict[str, Any]:
    names = ("name", "reach", "safe")
    typed = {one: visit.posted.text(one) for one in names} if _as_typed(visit, shown) else None
    told = visit.telling
    bad = shown.problem.params.get("field", "") if shown.problem else ""
    return {
        "lines": [(one, typed[one] if typed else getattr(told, one), one == bad) for one in names],
    }


async def _review(visit: Visit, shown: Shown) -> dict[str, Any]:  # noqa: ARG001  every screen is called alike
    units, told = await tree(), visit.telling
    place = _node(units, told.place)
    return {
        "told": told,
        "place": _full_name(units, place) if place else "",
        "topic": told.topic or Topic.UNSORTED,
        "text": told.words(),
        "files": visit.shown_files(told),
        "way": await _way(visit),
    }


async def _before(visit: Visit, shown: Shown) -> dict[str, Any]:
    return {"typed": visit.posted.text("old") if _as_typed(visit, shown) else ""}


@dataclass(frozen=True, slots=True)
class Way:
    """Who will see it and who will not, in words."""

    readers: str
    handler: str
    kept_from: str


async def _way(visit: Visit) -> Way | None:
    found: Route | None = await route_of(visit.telling)
    if found is None:
        return None
    language = language_of(visit.request)
    return Way(
        listed(language, [node.office for node in (found.handler, found.overseer) if node]),
        found.handler.office,
        listed(language, [node.name for node in found.kept_from]),
    )


Screen = Callable[[Visit, Shown], Awaitable[dict[str, Any]]]
SCREENS: Final[dict[str, Screen]] = {
    "place": _place,
    "topic": _topic,
    "concerns": _concerns,
    "story": _story,
    "naming": _naming,
    "name": _name,
    "review": _review,
    "wipe": _review,
    "before": _before,
}
TEMPLATES: Final = dict.fromkeys(("topic", "concerns", "naming"), "choice")


def _node(units: Tree, text: str) -> Node | None:
    try:
        return units.get(UUID(hex=text))
    except ValueError:
        return None


def _full_name(units: Tree, node: Node) -> str:
    township = units.nearest(node.id, UnitKind.TOWNSHIP)
    return f"{township.name} {node.name}" if township and township.id != node.id else node.name


def _village_of_station(units: Tree, visit: Visit) -> Node | None:
    station = _node(units, visit.draft.talk.get("station", ""))
    return units.village_of(station.id) if station else None
