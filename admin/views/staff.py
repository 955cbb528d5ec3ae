"""人员: who works here, invitations, keys for newcomers, and units whose keys nobody holds any more."""

from typing import Any, Final
from uuid import UUID

from aiohttp import web

from admin.forms import chosen_id, path_id, text, words
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from models.appointing import appoint, openings, waiting
from models.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from models.orphans import orphans, unfinished
from models.policy import Action, may, scope
from models.staff import Staff
from models.structure import ROLES_IN, former_names, invite, open_invites, revoke_invite
from models.terms import ADMINISTRATORS, Role
from models.ties import named_unit
from models.unit import tree

DONE: Final = frozenset({"granted", "opened", "reopened", "resealed", "revoked"})


@action(Action.LIST_STAFF)
async def staff(request: web.Request) -> web.StreamResponse:
    """The members this one may know of."""
    return await show_staff(request)


@action(Action.INVITE)
async def invitations(request: web.Request) -> web.StreamResponse:
    """Invite somebody; the code is on this page once and never again."""
    try:
        role, ties = Role(await text(request, "role")), await _ties(request)
        code = await invite(actor_of(request), unit_id=await chosen_id(request, "unit"), role=role, ties=ties)
    except (Invalid, ValueError) as problem:
        shown = problem if isinstance(problem, Invalid) else Invalid("error.choice")
        return await show_staff(request, problem=shown)
    return await show_staff(request, code=code)


@action(Action.INVITE)
async def invite_end(request: web.Request) -> web.StreamResponse:
    """Void an invitation that nobody has used yet."""
    await revoke_invite(actor_of(request), path_id(request, "invite"))
    raise web.HTTPSeeOther(request.app.router["staff"].url_for().with_query(done="revoked"))


@action(Action.GRANT_RING)
async def appointment(request: web.Request) -> web.StreamResponse:
    """Compare the fingerprint that was read out, and seal this unit's rings to the newcomer.

    Matters that concern him go to the office above first, once whoever appoints him has agreed to that.
    """
    newcomer = await scope(actor_of(request), Staff).get_or_none(id=path_id(request, "member"))
    if newcomer is None:
        raise NotFound
    heard, upward = await text(request, "fingerprint"), await text(request, "upward") == "yes"
    try:
        await appoint(actor_of(request), newcomer, heard, seal_upward=upward)
    except (Invalid, Conflict, Forbidden) as problem:
        asks = problem.key == "unit.concerns_him"  # the fingerprint was right, and need not be typed again
        return await show_staff(request, problem=problem, at=newcomer.id.hex, heard=heard if asks else "")
    raise web.HTTPSeeOther(request.app.router["staff"].url_for().with_query(done="granted"))


async def show_staff(request: web.Request, *, problem: DomainError | None = None, **extra: Any) -> web.Response:
    """The page, also after something that must be mended."""
    actor, done = actor_of(request), request.query.get("done", "")
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
        invited=await open_invites(actor),
        orphans=await orphans(actor),
        unfinished=await unfinished(actor),
        may_open=may(actor, Action.OPEN_UNIT),
        number=_number(request.query.get("n", "")),
        problem=problem,
        typed=await words(request) if problem else {},
        done=done if done in DONE else "",
        **{"code": "", "at": "", "heard": "", **extra},
    )


def _number(given: str) -> int:
    return int(given) if given.isdecimal() and given.isascii() and len(given) < 6 else 0  # noqa: PLR2004  a count


async def _ties(request: web.Request) -> frozenset[UUID]:
    """What is known of the newcomer's ties: units by name, parted by spaces or commas."""
    units = await tree()
    return frozenset(named_unit(units, name).id for name in former_names(await text(request, "ties")))
