"""One member: who he is here, what he holds, and what may be done about it. Each act is a resource."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

from aiohttp import web

from admin.forms import chosen_id, path_id, text
from admin.member_page import member_page
from admin.pages import actor_of
from admin.routing import action
from models.deputy import LONGEST_DAYS, Deputy, deputise, end
from models.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from models.policy import Action, scope
from models.removal import remove
from models.reset import propose_reset
from models.roles import propose_role
from models.staff import Staff
from models.terms import Role
from models.ties import named_unit, tie, untie
from models.unit import tree

TO_BE_MENDED: Final = (Invalid, Conflict, Forbidden)


@action(Action.LIST_STAFF)
async def member(request: web.Request) -> web.StreamResponse:
    """His page."""
    return await member_page(request, await chosen_member(request))


@action(Action.REMOVE)
async def removal(request: web.Request) -> web.StreamResponse:
    """离任: keys and sessions go at once, and the rings he held await a new secret."""

    async def act(one: Staff) -> None:
        if await text(request, "sure") != "yes":
            raise Invalid("people.not_sure")
        await remove(actor_of(request), one)

    return await _carry_out(request, "removed", act)


@action(Action.PROPOSE_ROLE)
async def role_proposal(request: web.Request) -> web.StreamResponse:
    """Propose another post; a security administrator decides."""

    async def act(one: Staff) -> None:
        try:
            role = Role(await text(request, "role"))
        except ValueError:
            raise Invalid("error.choice") from None
        await propose_role(actor_of(request), one, role)

    return await _carry_out(request, "role_proposed", act)


@action(Action.PROPOSE_RESET)
async def reset_proposal(request: web.Request) -> web.StreamResponse:
    """Propose a new key for whom has lost his password; a security administrator decides."""
    return await _carry_out(request, "reset_proposed", lambda one: propose_reset(actor_of(request), one))


@action(Action.DEPUTISE)
async def deputies(request: web.Request) -> web.StreamResponse:
    """Let this member stand in for a colleague, from one day to another."""

    async def act(one: Staff) -> None:
        absent = await scope(actor_of(request), Staff).get_or_none(id=await chosen_id(request, "for"), active=True)
        if absent is None:
            raise Invalid("error.choice")
        first, last = await _day(request, "first"), await _day(request, "last")
        await deputise(actor_of(request), one, stands_in_for=absent, first_on=first, last_on=last)

    return await _carry_out(request, "deputised", act)


@action(Action.DEPUTISE)
async def deputy_end(request: web.Request) -> web.StreamResponse:
    """End a standing-in before its day."""

    async def act(one: Staff) -> None:
        deputy_id = path_id(request, "deputy")
        if await Deputy.exists(id=deputy_id, staff_id=one.id):  # one of this page, or gone already
            await end(actor_of(request), deputy_id)

    return await _carry_out(request, "deputy_ended", act)


@action(Action.SET_TIES)
async def ties(request: web.Request) -> web.StreamResponse:
    """Note another unit he belongs to."""

    async def act(one: Staff) -> None:
        unit = named_unit(await tree(), await text(request, "tie"))
        await tie(actor_of(request), one, unit.id)

    return await _carry_out(request, "tied", act)


@action(Action.SET_TIES)
async def tie_end(request: web.Request) -> web.StreamResponse:
    """Take a tie back."""
    return await _carry_out(request, "untied", lambda one: untie(actor_of(request), one, path_id(request, "unit")))


async def chosen_member(request: web.Request) -> Staff:
    """The member in the path, among those this actor may know of."""
    found: Staff | None = await scope(actor_of(request), Staff).get_or_none(id=path_id(request, "member"))
    if found is None:
        raise NotFound
    return found


async def _carry_out(request: web.Request, done: str, act: Callable[[Staff], Awaitable[object]]) -> web.StreamResponse:
    one = await chosen_member(request)
    try:
        await act(one)
    except TO_BE_MENDED as problem:
        return await _again(request, one, problem)
    raise web.HTTPSeeOther(request.app.router["member"].url_for(member=one.id.hex).with_query(done=done))


async def _again(request: web.Request, one: Staff, problem: DomainError) -> web.Response:
    return await member_page(request, await Staff.get(id=one.id), problem=problem)


async def _day(request: web.Request, name: str) -> date:
    try:
        return date.fromisoformat(await text(request, name))
    except ValueError:
        raise Invalid("deputy.days_bad", most=LONGEST_DAYS) from None
