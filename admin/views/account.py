"""One's own page: who I am here, my fingerprint, my password, my rescue codes, my sessions, my ties."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from aiohttp import web

from admin.config import OPENED
from admin.forms import text, words
from admin.pages import actor_of, page
from admin.phone import new_password
from admin.problems import status_of
from admin.routing import member
from models import flood
from models.errors import Conflict, DomainError, Forbidden, Invalid, Throttled
from models.policy import Action, may
from models.rescue import codes_left, make_codes
from models.sealing import Refused
from models.session import end_others, sessions_of
from models.stepup import step_up
from models.ties import named_unit, tie
from models.unit import tree

DONE = frozenset({"password", "sessions", "tied"})


@member
async def account(request: web.Request) -> web.StreamResponse:
    """Who I am here."""
    return await _show(request)


@member
async def change_password(request: web.Request) -> web.StreamResponse:
    """A new password; every other session ends."""
    return await _carry_out(request, "password", _change)


@member
async def end_sessions(request: web.Request) -> web.StreamResponse:
    """End every other log-in of mine."""
    return await _carry_out(request, "sessions", lambda request: end_others(request[OPENED]))


@member
async def declare(request: web.Request) -> web.StreamResponse:
    """Declare that I belong to another unit too. Only the security administrator can take it back."""

    async def act(request: web.Request) -> None:
        actor, unit = actor_of(request), named_unit(await tree(), await text(request, "tie"))
        await tie(actor, actor.staff, unit.id)

    return await _carry_out(request, "tied", act)


@member
async def new_codes(request: web.Request) -> web.StreamResponse:
    """New rescue codes, on this page once. They replace the telephone, so he proves himself anew."""
    actor = actor_of(request)
    try:
        await step_up(actor, password=await text(request, "password"), code=await text(request, "code"))
    except (Invalid, Throttled) as problem:
        return await _show(request, problem=problem, at="codes")
    return await _show(request, codes=await make_codes(actor.staff))


async def _carry_out(
    request: web.Request, done: str, act: Callable[[web.Request], Awaitable[object]]
) -> web.StreamResponse:
    try:
        await act(request)
    except (Invalid, Throttled, Conflict, Forbidden) as problem:
        return await _show(request, problem=problem, at=done)
    raise web.HTTPSeeOther(request.app.router["account"].url_for().with_query(done=done))


async def _change(request: web.Request) -> None:
    session, old, new = request[OPENED], await text(request, "old"), await new_password(request)
    staff = session.actor.staff
    flood.LOGINS.enter("password", staff.id.hex)
    try:
        await staff.change_password(old=old, new=new, keep_session=session.session_id)
    except Refused:
        raise Invalid("account.old_password_wrong") from None
    flood.LOGINS.forget("password", staff.id.hex)


async def _show(
    request: web.Request, *, problem: DomainError | None = None, at: str = "", **extra: Any
) -> web.Response:
    actor, units, done = actor_of(request), await tree(), request.query.get("done", "")
    belongs = (units.get(UUID(hex=one)) for one in actor.staff.belongs_to)
    return await page(
        request,
        "account.html",
        status=status_of(problem) if problem else 200,
        unit=units[actor.unit_id],
        fingerprint=actor.staff.fingerprint(),
        left=await codes_left(actor.staff),
        sessions=await sessions_of(actor.staff),
        here_now=request[OPENED].session_id,
        ties=[node for node in belongs if node],
        declares=may(actor, Action.DECLARE_TIES, actor.staff),
        problem=problem,
        at=at,
        typed=await words(request) if problem else {},
        done=done if done in DONE else "",
        **{"codes": [], **extra},
    )
