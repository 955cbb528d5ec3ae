"""联络员: who serves at which station, appointing one, a new code for a lost phone, and the end."""

from typing import Any
from uuid import UUID

from aiohttp import web

from admin.forms import chosen_id, path_id, text, words
from admin.officer_slip import full_name, slip_of
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from models.errors import Conflict, DomainError, Invalid, NotFound
from models.officer import SERVES, Officer, officers_under
from models.policy import Action
from models.terms import UnitKind
from models.unit import Node, Tree, tree


@action(Action.LIST_OFFICERS)
async def officers(request: web.Request) -> web.StreamResponse:
    """By station; one village's when it is looked for."""
    return await _show(request)


@action(Action.APPOINT_OFFICER)
async def appointments(request: web.Request) -> web.StreamResponse:
    """Appoint one; the slip with his code is this answer and never shown again."""
    try:
        officer, code = await Officer.appoint(
            actor_of(request), station_id=await chosen_id(request, "station"), name=await text(request, "name")
        )
    except Invalid as problem:
        return await _show(request, problem=problem)
    return await _slip(request, officer, code)


@action(Action.APPOINT_OFFICER)
async def invitation(request: web.Request) -> web.StreamResponse:
    """A new code for the same officer: the old one is void, and enrolling again moves his chat."""
    officer = await _officer(request)
    try:
        code = await officer.invite_again(actor_of(request))
    except Conflict as problem:
        return await _show(request, problem=problem)
    return await _slip(request, officer, code)


@action(Action.END_OFFICER)
async def end(request: web.Request) -> web.StreamResponse:
    """卸任: his chat is an ordinary one at once."""
    officer = await _officer(request)
    try:
        await officer.end(actor_of(request))
    except Conflict as problem:
        return await _show(request, problem=problem)
    raise web.HTTPSeeOther(request.app.router["officers"].url_for().with_query(done="ended"))


async def _officer(request: web.Request) -> Officer:
    officer = await Officer.get_or_none(id=path_id(request, "officer"))
    if officer is None:
        raise NotFound
    return officer


async def _slip(request: web.Request, officer: Officer, code: str) -> web.Response:
    return await page(request, "officers/slip.html", slips=[slip_of(request, await tree(), officer, code)])


async def _show(request: web.Request, *, problem: DomainError | None = None) -> web.Response:
    units, typed = await tree(), request.query.get("q", "")
    found = _found(units, actor_of(request).unit_id, typed)
    listed = await officers_under(
        actor_of(request), station_id=_chosen(request, "station") or _only(found), after=_chosen(request, "after")
    )
    return await page(
        request,
        "officers/list.html",
        status=status_of(problem) if problem else 200,
        officers=[(one, standing, full_name(units, one)) for one, standing in listed.items],
        after=listed.after,
        here_after=request.query.get("after", ""),
        station=request.query.get("station", ""),
        asked=typed,
        found=found,
        stations=_stations(units, actor_of(request).unit_id),
        problem=problem,
        typed=await words(request) if problem else {},
        done=request.query.get("done") == "ended",
    )


def _chosen(request: web.Request, name: str) -> UUID | None:
    """An id in the query. What cannot be one does not exist."""
    try:
        return UUID(hex=request.query[name]) if request.query.get(name) else None
    except ValueError:
        raise NotFound from None


def _found(units: Tree, under: UUID, typed: str) -> list[Node]:
    """Villages and townships whose name was typed, as far as they are this office's."""
    return [node for node in units.search(typed) if units.under(node.id, under)] if typed else []


def _only(found: list[Node]) -> UUID | None:
    return found[0].id if len(found) == 1 else None


def _stations(units: Tree, under: UUID) -> list[dict[str, Any]]:
    """Where one may be appointed, by township: a village is offered where it has no station of its own."""
    grouped: dict[str, list[Node]] = {}
    for unit_id in units.below(under):
        node = units[unit_id]
        stands_for_itself = node.kind in SERVES and not any(c.kind in SERVES for c in units.children(node.id))
        if stands_for_itself and node.serves:
            township = units.nearest(node.id, UnitKind.TOWNSHIP)
            grouped.setdefault(township.name if township else "—", []).append(node)
    return [{"name": name, "stations": stations} for name, stations in grouped.items()]
