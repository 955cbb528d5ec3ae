"""What a member's page shows, and to whom."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from aiohttp import web

from admin.forms import words
from admin.pages import actor_of, page
from admin.problems import status_of
from models import clock
from models.actor import Actor
from models.deputy import Deputy
from models.errors import DomainError
from models.orphans import sole_holder
from models.policy import Action, may, scope
from models.proposal import Proposal
from models.ring import Grant
from models.staff import Staff
from models.structure import ROLES_IN
from models.terms import ADMINISTRATORS, ProposalKind, ProposalState, RingPurpose, Role
from models.unit import Node, Tree, tree

WEEK = timedelta(days=6)
ACTS = (
    Action.REMOVE,
    Action.PROPOSE_ROLE,
    Action.PROPOSE_RESET,
    Action.DEPUTISE,
    Action.SET_TIES,
)
DONE = frozenset({"removed", "role_proposed", "reset_proposed", "deputised", "deputy_ended", "tied", "untied"})


async def member_page(
    request: web.Request, member: Staff, *, problem: DomainError | None = None, **extra: Any
) -> web.Response:
    """The page, also after something that must be mended."""
    actor, units = actor_of(request), await tree()
    held, done = await _held(member), request.query.get("done", "")
    may_now = {one.value for one in ACTS if may(actor, one, member)} if member.active else set[str]()
    return await page(
        request,
        "staff/member.html",
        status=status_of(problem) if problem else 200,
        member=member,
        unit=units[member.unit_id],
        may=may_now - ({Action.REMOVE, Action.PROPOSE_ROLE, Action.PROPOSE_RESET} if actor.id == member.id else set()),
        held=sorted(held),
        # Whoever is to compare it must hear it from the person, so it is not shown before he holds keys.
        fingerprint=member.fingerprint() if held else "",
        alone=sorted(await sole_holder(member)) if held else [],
        roles=_roles(units[member.unit_id], member),
        colleagues=await _colleagues(actor, member),
        standing=await _standing(member),
        ties=_ties(actor, units, member),
        open=await _open(member),
        today=clock.today(),
        week=_span(),
        problem=problem,
        typed=await words(request) if problem else {},
        done=done if done in DONE else "",
        **extra,
    )


async def _held(member: Staff) -> frozenset[RingPurpose]:
    rows = await Grant.filter(staff_id=member.id, ring__unit_id=member.unit_id).values("ring__purpose")
    return frozenset(row["ring__purpose"] for row in rows)


def _roles(unit: Node, member: Staff) -> list[Role]:
    """Posts he could be given here. None for administrators: they stay apart from those who see content."""
    if member.is_administrator:
        return []
    return [role for role in ROLES_IN[unit.kind] if role not in ADMINISTRATORS and role is not member.role]


async def _open(member: Staff) -> list[Proposal]:
    """What is proposed about him and waits for a security administrator."""
    rows = Proposal.filter(about_id=member.id, kind__in=[ProposalKind.RESET, ProposalKind.CHANGE_ROLE])
    return list(await rows.filter(state=ProposalState.OPEN, expires_at__gt=clock.now()).order_by("made_at"))


async def _colleagues(actor: Actor, member: Staff) -> list[Staff]:
    """Those he could stand in for."""
    if member.role in ADMINISTRATORS | {Role.CUSTODIAN} or not may(actor, Action.DEPUTISE, member):
        return []
    same = scope(actor, Staff).filter(unit_id=member.unit_id, active=True).exclude(id=member.id)
    return list(await same.exclude(role__in=[*ADMINISTRATORS, Role.CUSTODIAN]).order_by("name"))


async def _standing(member: Staff) -> list[Deputy]:
    """Standing-ins that run or will run, his own and those for him."""
    coming = Deputy.filter(last_on__gte=clock.today()).order_by("first_on").select_related("staff", "for_staff")
    return [*await coming.filter(staff_id=member.id), *await coming.filter(for_staff_id=member.id)]


def _ties(actor: Actor, units: Tree, member: Staff) -> list[Node] | None:
    """Whom he belongs to is for himself, his head and the security administrator; None for others."""
    if actor.id != member.id and not may(actor, Action.SET_TIES, member) and not may(actor, Action.REMOVE, member):
        return None
    found = (units.get(UUID(hex=one)) for one in member.belongs_to)
    return [node for node in found if node]


def _span() -> tuple[date, date]:
    today = clock.today()
    return today, today + WEEK
