"""Four eyes: one proposes, another approves in his own request, and the effect runs with his keys.

A proposal holds no secret: its reason is locked for those who decide, and what it carries is an envelope that
its proposer could not open further. What can be proposed stands in one table (models/kinds.py).
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.actor import Actor
from models.audit import Act, Audit
from models.db import IdField, SealedField, UtcDatetimeField, advisory_lock, new_id, transaction
from models.deputy import standing_in
from models.errors import Conflict, Forbidden, NotFound
from models.policy import ROLES, Action, may
from models.staff import Staff
from models.stepup import Proof
from models.terms import ProposalKind, ProposalState
from models.unit import tree

_ACTS = {
    ProposalState.APPROVED: Act.APPROVED,
    ProposalState.DECLINED: Act.DECLINED,
    ProposalState.RECALLED: Act.TAKEN_BACK,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What approving it takes, and what it does. The effect is given the approver and the proposal."""

    approve: Action
    effect: Callable[[Actor, "Proposal"], Awaitable[Any]]
    lives: timedelta
    reason: Callable[[Actor, "Proposal"], Awaitable[str]] | None = None  # opened by those who decide
    keys: bool = False  # only who holds a ring of his unit can carry it out
    fresh: bool = False  # the approver proves himself anew
    audit_first: bool = False  # the decision is stored before anything opens
    hold: Callable[["Proposal"], Awaitable[Any]] | None = None  # keeps what it is about as it is until it is decided
    refused: Callable[["Proposal"], Awaitable[Any]] | None = None  # the effect of declining it or taking it back


class Proposal(Model):
    """One thing proposed. `unit_id` is the unit whose people decide."""

    id = IdField()
    kind = fields.CharEnumField(ProposalKind, max_length=16)
    object_id: UUID = fields.UUIDField()
    unit_id: UUID = fields.UUIDField()
    from_unit_id: UUID = fields.UUIDField()
    by_id: UUID = fields.UUIDField()
    about_id: UUID | None = fields.UUIDField(null=True)  # the member it concerns, who does not decide it
    params: dict[str, Any] = fields.JSONField(default=dict)  # ids and flags, never content
    reason: bytes | None = SealedField(null=True)
    filed: bytes | None = SealedField(null=True)  # an envelope for the approver; gone once decided
    state = fields.CharEnumField(ProposalState, max_length=8, default=ProposalState.OPEN)
    made_at: datetime = UtcDatetimeField()
    expires_at: datetime = UtcDatetimeField()
    decided_by_id: UUID | None = fields.UUIDField(null=True)
    decided_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "proposal"
        indexes = (("unit_id", "state"), ("object_id",), ("state", "expires_at"))

    def param(self, name: str) -> UUID:
        """An id among the parameters."""
        return UUID(hex=self.params[name])


def new_proposal(actor: Actor, kind: ProposalKind, object_id: UUID, **rest: Any) -> Proposal:
    """A proposal not put yet. `rest` are further columns; `unit_id` is found when it is put, if not given."""
    at = clock.now()
    rest = {"id": new_id(), "unit_id": actor.unit_id, **rest}
    return Proposal(
        kind=kind,
        object_id=object_id,
        from_unit_id=actor.unit_id,
        by_id=actor.id,
        made_at=at,
        expires_at=at + _kind(kind).lives,
        **rest,
    )


async def put(proposal: Proposal) -> Proposal:
    """Propose it. Conflict when the same is proposed already."""
    async with transaction():
        await advisory_lock(f"proposal {proposal.kind} {proposal.object_id}")
        open_ones = Proposal.filter(kind=proposal.kind, object_id=proposal.object_id, state=ProposalState.OPEN)
        if await open_ones.filter(expires_at__gt=clock.now()).exists():
            raise Conflict("proposal.open_already")
        await proposal.save(force_create=True)
        await _note(Act.PROPOSED, proposal, proposal.by_id, proposal.from_unit_id)
    return proposal


async def deciding_unit(
    kind: ProposalKind, *, start: UUID, besides: Iterable[UUID], among: frozenset[UUID] | None = None
) -> UUID:
    """Whose people decide: the nearest unit from here upward with somebody who may and is not concerned himself.

    What nobody here can decide goes to the superior at once. Conflict when there is nobody at all.
    """
    rule, excluded = _kind(kind), frozenset(besides)
    for node in (await tree()).upward(start):
        if (among is None or node.id in among) and await _has_decider(rule, node.id, excluded):
            return node.id
    raise Conflict("proposal.nobody")


async def waiting(kind: ProposalKind, object_id: UUID) -> Proposal | None:
    """What is proposed about it and waits for a decision."""
    rows = Proposal.filter(kind=kind, object_id=object_id, state=ProposalState.OPEN)
    return await rows.filter(expires_at__gt=clock.now()).first()


async def to_decide(kind: ProposalKind, object_id: UUID, asked: UUID | None) -> Proposal:
    """What waits. Conflict when nothing does, or not what somebody was `asked`: it was changed and proposed anew since
    he read it.
    """
    found = await waiting(kind, object_id)
    if found is None:
        raise Conflict("proposal.decided")
    if asked not in {None, found.id}:
        raise Conflict("proposal.not_this")
    return found


async def approve(actor: Actor, proposal_id: UUID, *, proof: Proof | None = None) -> Any:
    """Carry it out with the actor's keys; answers what the effect answers.

    NotFound when it is not for him; Forbidden for the proposer and for whom it concerns; Conflict once it is
    decided or has expired; Invalid when he must prove himself anew.
    """
    proposal = await _for_decision(actor, proposal_id)
    kind = _kind(proposal.kind)
    if kind.fresh:
        Proof.require(proof, actor)
    if kind.audit_first:
        await _decide(actor, proposal, ProposalState.APPROVED)
        return await kind.effect(actor, proposal)
    async with transaction():
        await _hold(proposal)
        await _decide(actor, proposal, ProposalState.APPROVED)
        return await kind.effect(actor, proposal)


async def decline(actor: Actor, proposal_id: UUID) -> None:
    """Say no. Errors as for `approve`."""
    await _refuse(actor, await _for_decision(actor, proposal_id), ProposalState.DECLINED)


async def take_back(actor: Actor, proposal_id: UUID) -> None:
    """撤回: who proposed it does not want it any more. NotFound for everybody else; Conflict once it is decided."""
    proposal = await Proposal.get_or_none(id=proposal_id, by_id=actor.id)
    if proposal is None:
        raise NotFound
    await _refuse(actor, proposal, ProposalState.RECALLED)


async def withdraw_all_about(object_id: UUID, *, from_unit: UUID) -> None:
    """A unit that has the matter no more proposes nothing about it. In the caller's transaction."""
    rows = Proposal.filter(object_id=object_id, from_unit_id=from_unit, state=ProposalState.OPEN)
    await rows.update(state=ProposalState.EXPIRED, filed=None)


async def withdraw_all_of(staff_id: UUID) -> None:
    """A removed member proposes nothing any more. In the caller's transaction."""
    rows = Proposal.filter(by_id=staff_id, state=ProposalState.OPEN)
    await rows.update(state=ProposalState.EXPIRED, filed=None)


async def forget_proposals(object_id: UUID) -> None:
    """Nothing of what was proposed about it remains. In the caller's transaction."""
    await Proposal.filter(object_id=object_id).delete()


async def expire() -> int:
    """The job that closes what nobody decided in time, and forgets the envelope it carried."""
    async with transaction():
        late = Proposal.filter(state=ProposalState.OPEN, expires_at__lte=clock.now())
        return await late.update(state=ProposalState.EXPIRED, filed=None)


def _kind(kind: ProposalKind) -> Kind:
    from models.kinds import KINDS  # the table knows the effects, and these know proposals

    return KINDS[kind]


async def _has_decider(rule: Kind, unit_id: UUID, besides: frozenset[UUID]) -> bool:
    members = Staff.filter(unit_id=unit_id, active=True)
    if rule.keys:
        members = members.filter(grants__ring__unit_id=unit_id)
    for member in await members.distinct():
        roles = {member.role, *await standing_in(member.id)}
        if member.id not in besides and roles & ROLES[rule.approve]:
            return True
    return False


async def _for_decision(actor: Actor, proposal_id: UUID) -> Proposal:
    proposal = await Proposal.get_or_none(id=proposal_id, unit_id=actor.unit_id)
    if proposal is None or not may(actor, _kind(proposal.kind).approve):
        raise NotFound
    if actor.id in {proposal.by_id, proposal.about_id}:
        raise Forbidden("proposal.four_eyes")
    if proposal.state is not ProposalState.OPEN or proposal.expires_at <= clock.now():
        raise Conflict("proposal.decided")
    return proposal


async def _hold(proposal: Proposal) -> None:
    if hold := _kind(proposal.kind).hold:
        await hold(proposal)


async def _refuse(actor: Actor, proposal: Proposal, state: ProposalState) -> None:
    async with transaction():
        await _hold(proposal)
        await _decide(actor, proposal, state)
        if refused := _kind(proposal.kind).refused:
            await refused(proposal)


async def _decide(actor: Actor, proposal: Proposal, state: ProposalState) -> None:
    at = clock.now()
    async with transaction():
        still_open = Proposal.filter(id=proposal.id, state=ProposalState.OPEN, expires_at__gt=at)
        if not await still_open.update(state=state, filed=None, decided_by_id=actor.id, decided_at=at):
            raise Conflict("proposal.decided")
        await _note(_ACTS[state], proposal, actor.id, actor.unit_id)


async def _note(act: Act, proposal: Proposal, actor_id: UUID, unit_id: UUID) -> None:
    detail = {"kind": proposal.kind, "proposal": proposal.id.hex}
    await Audit.record(act, unit_id=unit_id, actor_id=actor_id, object_id=proposal.object_id, detail=detail)
