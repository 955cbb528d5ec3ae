"""One unit: what it is called, how it is reached, what lies below; for the administrator, every change of it."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from aiohttp import web

from admin.forms import chosen_id, path_id, text, words
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from models.arranging import (
    CLOSABLE,
    REACH,
    edit_unit,
    look_at,
    may_lie_under,
    move_unit,
    restore_unit,
    retire_unit,
)
from models.errors import Conflict, DomainError, Invalid, NotFound
from models.house import house
from models.offices import offices
from models.policy import Action, may
from models.terms import UnitKind
from models.unit import Node, tree

PAGE: Final = 100
ON_PAPER: Final = frozenset({UnitKind.VILLAGE, UnitKind.STATION})
DONE: Final = frozenset({"edited", "moved", "retired", "restored"})


@action(Action.LIST_UNITS)
async def unit(request: web.Request) -> web.StreamResponse:
    """Its page."""
    return await _show(request)


@action(Action.ARRANGE_UNITS)
async def editing(request: web.Request) -> web.StreamResponse:
    """Name, office, old names, reach."""
    typed = await words(request)
    told = {field: typed.get(field, "") for field in ("name", "office", "old_names")}
    reach = {part: typed.get(part, "") for part in REACH}
    return await _carry_out(request, "edited", lambda at: edit_unit(actor_of(request), at, reach=reach, **told))


@action(Action.ARRANGE_UNITS)
async def moving(request: web.Request) -> web.StreamResponse:
    """Under another unit."""

    async def act(at: UUID) -> None:
        await move_unit(actor_of(request), at, under=await chosen_id(request, "under"))

    return await _carry_out(request, "moved", act)


@action(Action.ARRANGE_UNITS)
async def retirement(request: web.Request) -> web.StreamResponse:
    """停用."""

    async def act(at: UUID) -> None:
        if await text(request, "sure") != "yes":
            raise Invalid("unit.retire_not_sure")
        await retire_unit(actor_of(request), at)

    return await _carry_out(request, "retired", act)


@action(Action.ARRANGE_UNITS)
async def restoration(request: web.Request) -> web.StreamResponse:
    """恢复使用."""
    return await _carry_out(request, "restored", lambda at: restore_unit(actor_of(request), at))


async def _carry_out(request: web.Request, done: str, act: Callable[[UUID], Awaitable[None]]) -> web.Response:
    unit_id = path_id(request, "unit")
    try:
        await act(unit_id)
    except (Invalid, Conflict) as problem:
        return await _show(request, problem=problem)
    raise web.HTTPSeeOther(request.app.router["unit"].url_for(unit=unit_id.hex).with_query(done=done))


async def _show(request: web.Request, *, problem: DomainError | None = None) -> web.Response:
    actor, units = actor_of(request), await tree()
    seen = await look_at(actor, path_id(request, "unit"))
    node = units[seen.id]
    children, after = _children(units.children(node.id), request.query.get("after", ""))
    done = request.query.get("done", "")
    return await page(
        request,
        "units/show.html",
        status=status_of(problem) if problem else 200,
        unit=seen,
        node=node,
        above=list(units.upward(node.id))[:0:-1],
        children=children,
        after=after,
        retired=units.retired_under(node.id),
        is_open=node.id in (await offices()).case,
        may_arrange=may(actor, Action.ARRANGE_UNITS, mode=house().mode),
        targets=may_lie_under(units, node),
        closable=node.kind in CLOSABLE,
        parent_serves=bool(node.parent_id and units[node.parent_id].serves),
        reach=REACH,
        paper=house().form_url if node.kind in ON_PAPER and node.serves else "",
        on_paper=node.kind in ON_PAPER and node.serves,
        problem=problem,
        typed=await words(request) if problem else {},
        done=done if done in DONE else "",
    )


def _children(nodes: list[Node], after: str) -> tuple[list[Node], str]:
    """A page of what lies below, and the one after whom the next page begins."""
    start = 0
    if after:
        start = next((n for n, node in enumerate(nodes, 1) if node.id.hex == after), -1)
        if start < 0:
            raise NotFound
    shown = nodes[start : start + PAGE]
    return shown, shown[-1].id.hex if len(nodes) > start + PAGE else ""
