"""A unit whose last holder is gone: its new head gets new keys, and the office above passes its matters on."""

from aiohttp import web

from admin.forms import path_id, text
from admin.pages import actor_of
from admin.routing import action
from admin.views.staff import show_staff
from models.errors import Conflict, Invalid, NotFound
from models.policy import Action
from models.staff import Staff
from models.succession import reopen_unit, reseal_matters, successor


@action(Action.OPEN_UNIT)
async def reopening(request: web.Request) -> web.StreamResponse:
    """New rings for the head whose fingerprint was read out; then every matter the office above can open."""
    head = await Staff.get_or_none(id=path_id(request, "member"), active=True)
    if head is None:
        raise NotFound
    try:
        done = await reopen_unit(actor_of(request), head, await text(request, "fingerprint"))
    except (Invalid, Conflict) as problem:
        return await show_staff(request, problem=problem, at=head.id.hex)
    raise _to_staff(request, "reopened", done)


@action(Action.OPEN_UNIT)
async def resealing(request: web.Request) -> web.StreamResponse:
    """Go on where an interrupted run stopped."""
    head = await successor(actor_of(request), path_id(request, "unit"))
    raise _to_staff(request, "resealed", await reseal_matters(actor_of(request), head))


def _to_staff(request: web.Request, done: str, number: int) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(request.app.router["staff"].url_for().with_query(done=done, n=str(number)))
