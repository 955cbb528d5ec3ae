"""What waits for whom: proposals as those see them who decide them, and those who made them."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models import clock
from models.actor import Actor
from models.errors import NotFound
from models.kinds import KINDS
from models.policy import may
from models.proposal import Proposal
from models.terms import ProposalState, RingPurpose

REMEMBERED: Final = timedelta(days=30)
MOST_OWN: Final = 50


def decides(actor: Actor) -> bool:
    """Whether anything at all could ever wait for him."""
    return any(may(actor, kind.approve) for kind in KINDS.values())


async def waiting_for(actor: Actor) -> list[Proposal]:
    """What the actor could decide now, oldest first."""
    rows = await _waiting(actor)
    return [] if rows is None else await rows.order_by("made_at")


async def count_waiting(actor: Actor) -> int:
    """How many those are: one query, and none for who decides nothing."""
    rows = await _waiting(actor) if decides(actor) else None
    return 0 if rows is None else await rows.count()


async def proposed_by(actor: Actor) -> list[Proposal]:
    """What he proposed himself within the last month, newest first, with what became of it."""
    since = clock.now() - REMEMBERED
    return await Proposal.filter(by_id=actor.id, made_at__gt=since).order_by("-made_at").limit(MOST_OWN)


async def open_about(actor: Actor, object_id: UUID) -> list[Proposal]:
    """What the actor's unit has proposed about this and nobody has decided yet."""
    rows = Proposal.filter(object_id=object_id, from_unit_id=actor.unit_id, state=ProposalState.OPEN)
    return await rows.filter(expires_at__gt=clock.now()).order_by("made_at")


async def shown_to(actor: Actor, proposal_id: UUID) -> Proposal:
    """A proposal for who may decide it, and for who made it. NotFound alike for everybody else."""
    proposal = await Proposal.get_or_none(id=proposal_id)
    if proposal is None or not (proposal.by_id == actor.id or is_for(actor, proposal)):
        raise NotFound
    return proposal


def is_for(actor: Actor, proposal: Proposal) -> bool:
    """Whether he is one of those who decide it. Never who made it, nor whom it concerns."""
    ours = proposal.unit_id == actor.unit_id and may(actor, KINDS[proposal.kind].approve)
    return ours and actor.id not in {proposal.by_id, proposal.about_id}


def is_open(proposal: Proposal) -> bool:
    """Whether it can still be decided."""
    return proposal.state is ProposalState.OPEN and proposal.expires_at > clock.now()


def asks_for_proof(proposal: Proposal) -> bool:
    """Whether who approves it must prove himself anew."""
    return KINDS[proposal.kind].fresh


async def reason_of(actor: Actor, proposal: Proposal) -> str:
    """Why, in the proposer's words; empty where none is asked for, or where this reader holds no key to them."""
    reason = KINDS[proposal.kind].reason
    if reason is None or proposal.reason is None:
        return ""
    try:
        return await reason(actor, proposal)
    except NotFound:
        return ""


async def _waiting(actor: Actor) -> QuerySet[Proposal] | None:
    """Only what he can carry out: where keys are needed, he holds some of his unit's."""
    keyed = any([await actor.held(purpose) for purpose in RingPurpose])
    kinds = [name for name, kind in KINDS.items() if may(actor, kind.approve) and (keyed or not kind.keys)]
    if not kinds:
        return None
    rows = Proposal.filter(unit_id=actor.unit_id, kind__in=kinds, state=ProposalState.OPEN)
    rows = rows.filter(expires_at__gt=clock.now()).exclude(by_id=actor.id)
    return rows.filter(Q(about_id__isnull=True) | ~Q(about_id=actor.id))
