"""机构: the county down to its townships, a search for villages, new units, and the opening of those with a head."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from aiohttp import web

from admin.forms import chosen_id, path_id, text, words
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from admin.views.staff import show_staff
from models.appointing import open_below
from models.errors import Conflict, DomainError, Invalid, NotFound
from models.house import house
from models.offices import offices
from models.policy import Action, may
from models.staff import Staff
from models.structure import KINDS_UNDER, found_unit
from models.terms import UnitKind
from models.unit import Node, Tree, tree

KINDS: Final = (UnitKind.TOWNSHIP, UnitKind.VILLAGE, UnitKind.STATION, UnitKind.ZONE, UnitKind.PANEL)
"""The usual ones first."""
SHOWN: Final = frozenset({UnitKind.SUPERIOR, UnitKind.COUNTY, UnitKind.ZONE, UnitKind.TOWNSHIP, UnitKind.PANEL})
"""What the first page lists; villages and stations stand on the page of their township."""
MOST_FOUND: Final = 30


@action(Action.LIST_UNITS)
async def units(request: web.Request) -> web.StreamResponse:
    """The tree, or what was searched for."""
    return await _show(request)


@action(Action.FOUND_UNIT)
async def found(request: web.Request) -> web.StreamResponse:
    """A new unit gets its place. It takes no tips before its head holds its rings."""
    try:
        unit = await found_unit(
            actor_of(request),
            parent_id=await chosen_id(request, "parent"),
            kind=UnitKind(await text(request, "kind")),
            name=await text(request, "name"),
            office=await text(request, "office"),
            old_names=await text(request, "old_names"),
        )
    except (Invalid, ValueError) as problem:
        shown = problem if isinstance(problem, Invalid) else Invalid("error.choice")
        return await _show(request, problem=shown)
    path = request.app.router["units"].url_for().with_query(founded=unit.id.hex)
    raise web.HTTPSeeOther(path)


@action(Action.OPEN_UNIT)
async def opening(request: web.Request) -> web.StreamResponse:
    """Make a unit's first rings for the person whose fingerprint was read out."""
    person = await Staff.get_or_none(id=path_id(request, "member"), active=True)
    if person is None:
        raise NotFound
    try:
        await open_below(actor_of(request), person, await text(request, "fingerprint"))
    except (Invalid, Conflict) as problem:
        return await show_staff(request, problem=problem, at=person.id.hex)
    raise web.HTTPSeeOther(request.app.router["staff"].url_for().with_query(done="opened"))


async def _show(request: web.Request, *, problem: DomainError | None = None) -> web.Response:
    nodes, actor, asked = await tree(), actor_of(request), request.query.get("q", "")
    return await page(
        request,
        "units/list.html",
        status=status_of(problem) if problem else 200,
        units=nodes,
        rows=[] if asked else list(_downward(nodes, None)),
        asked=asked,
        found=nodes.search(asked, limit=MOST_FOUND),
        counts=_counts(nodes),
        open_units=(await offices()).case,
        may_found=may(actor, Action.FOUND_UNIT, mode=house().mode),
        may_import=may(actor, Action.IMPORT_STRUCTURE, mode=house().mode),
        parents=[(depth, node) for depth, node in _downward(nodes, None) if KINDS_UNDER[node.kind]],
        kinds=KINDS,
        problem=problem,
        typed=await words(request) if problem else {},
        founded=nodes.get(_id(request.query.get("founded", ""))),
    )


def _downward(units: Tree, parent_id: UUID | None, depth: int = 0) -> Iterator[tuple[int, Node]]:
    """Offices, each before what lies under it."""
    for node in units.children(parent_id):
        if node.kind in SHOWN:
            yield depth, node
            yield from _downward(units, node.id, depth + 1)


def _counts(units: Tree) -> dict[UUID, dict[UnitKind, int]]:
    """How many villages and stations lie in each township."""
    counts: dict[UUID, dict[UnitKind, int]] = {}
    for kind in (UnitKind.VILLAGE, UnitKind.STATION):
        for node in units.of_kind(kind):
            if township := units.nearest(node.id, UnitKind.TOWNSHIP):
                here = counts.setdefault(township.id, {})
                here[kind] = here.get(kind, 0) + 1
    return counts


def _id(value: str) -> UUID | None:
    try:
        return UUID(hex=value)
    except ValueError:
        return None
