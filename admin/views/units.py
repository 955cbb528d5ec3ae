"""机构: the tree of units, new ones, and the opening of those whose head has enrolled."""

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
from models.offices import offices
from models.policy import Action
from models.staff import Staff
from models.structure import KINDS_UNDER, found_unit
from models.terms import UnitKind
from models.unit import Node, Tree, tree

KINDS: Final = (UnitKind.TOWNSHIP, UnitKind.VILLAGE, UnitKind.STATION, UnitKind.ZONE, UnitKind.PANEL)
"""The usual ones first."""


@action(Action.FOUND_UNIT)
async def units(request: web.Request) -> web.StreamResponse:
    """The tree."""
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
    nodes = await tree()
    founded = nodes.get(_id(request.query.get("founded", "")))
    return await page(
        request,
        "units.html",
        status=status_of(problem) if problem else 200,
        units=nodes,
        roots=[node for node in nodes.nodes.values() if node.parent_id not in nodes.nodes],
        open_units=(await offices()).case,
        parents=list(_downward(nodes, None)),
        kinds=KINDS,
        problem=problem,
        typed=await words(request) if problem else {},
        founded=founded,
    )


def _downward(units: Tree, parent_id: UUID | None, depth: int = 0) -> Iterator[tuple[int, Node]]:
    """Units that may have something below them, each before what lies under it."""
    for node in units.children(parent_id):
        if KINDS_UNDER[node.kind]:
            yield depth, node
            yield from _downward(units, node.id, depth + 1)


def _id(value: str) -> UUID | None:
    try:
        return UUID(hex=value)
    except ValueError:
        return None
