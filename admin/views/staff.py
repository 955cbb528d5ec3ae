"""人员: who works here, invitations, and keys for newcomers."""

from typing import Any

from aiohttp import web

from admin.forms import chosen_id, path_id, text, words
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from models.appointing import appoint, openings, waiting
from models.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from models.policy import Action, may, scope
from models.staff import Staff
from models.structure import ROLES_IN, invite
from models.terms import ADMINISTRATORS, Role
from models.unit import tree


@action(Action.LIST_STAFF)
async def staff(request: web.Request) -> web.StreamResponse:
    """The members this one may know of."""
    return await show_staff(request)


@action(Action.INVITE)
async def invitations(request: web.Request) -> web.StreamResponse:
    """Invite somebody; the code is on this page once and never again."""
    try:
        role = Role(await text(request, "role"))
        code = await invite(actor_of(request), unit_id=await chosen_id(request, "unit"), role=role)
    except (Invalid, ValueError) as problem:
        shown = problem if isinstance(problem, Invalid) else Invalid("error.choice")
        return await show_staff(request, problem=shown)
    return await show_staff(request, code=code)


@action(Action.GRANT_RING)
async def appointment(request: web.Request) -> web.StreamResponse:
    """Compare the fingerprint that was read out, and seal this unit's rings to the newcomer."""
    newcomer = await scope(actor_of(request), Staff).get_or_none(id=path_id(request, "member"))
    if newcomer is None:
        raise NotFound
    try:
        await appoint(actor_of(request), newcomer, await text(request, "fingerprint"))
    except (Invalid, Conflict, Forbidden) as problem:
        return await show_staff(request, problem=problem, at=newcomer.id.hex)
    raise web.HTTPSeeOther(request.app.router["staff"].url_for().with_query(done="granted"))


async def show_staff(request: web.Request, *, problem: DomainError | None = None, **extra: Any) -> web.Response:
    """The page, also after something that must be mended."""
    actor = actor_of(request)
    units = await tree()
    return await page(
        request,
        "staff.html",
        status=status_of(problem) if problem else 200,
        members=await scope(actor, Staff).order_by("unit_id", "enrolled_at"),
        waiting=await waiting(actor),
        openings=await openings(actor),
        units=units,
        offices=[node for node in units.nodes.values() if ROLES_IN[node.kind]],
        roles=[role for role in Role if role not in ADMINISTRATORS] + sorted(ADMINISTRATORS),
        invites=may(actor, Action.INVITE),
        problem=problem,
        typed=await words(request) if problem else {},
        done=request.query.get("done", ""),
        **{"code": "", "at": "", **extra},
    )
