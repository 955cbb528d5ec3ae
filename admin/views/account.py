"""One's own page: who I am here, my fingerprint, my password."""

from aiohttp import web

from admin.config import OPENED
from admin.forms import text
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import member
from models import flood
from models.errors import DomainError, Invalid, Throttled
from models.sealing import Refused
from models.unit import tree


@member
async def account(request: web.Request) -> web.StreamResponse:
    """Who I am here."""
    return await _show(request)


@member
async def change_password(request: web.Request) -> web.StreamResponse:
    """A new password; every other session ends."""
    try:
        await _change(request)
    except (Invalid, Throttled) as problem:
        return await _show(request, problem=problem, status=status_of(problem))
    raise web.HTTPSeeOther(request.app.router["account"].url_for().with_query(done="password"))


async def _change(request: web.Request) -> None:
    session, old, new = request[OPENED], await text(request, "old"), await text(request, "password")
    if new != await text(request, "again"):
        raise Invalid("enrol.passwords_differ")
    staff = session.actor.staff
    flood.LOGINS.enter("password", staff.id.hex)
    try:
        await staff.change_password(old=old, new=new, keep_session=session.session_id)
    except Refused:
        raise Invalid("account.old_password_wrong") from None
    flood.LOGINS.forget("password", staff.id.hex)


async def _show(request: web.Request, *, problem: DomainError | None = None, status: int = 200) -> web.Response:
    actor = actor_of(request)
    return await page(
        request,
        "account.html",
        status=status,
        unit=(await tree())[actor.unit_id],
        fingerprint=actor.staff.fingerprint(),
        problem=problem,
        done=request.query.get("done") == "password",
    )
