"""Who the reporter is, shown for minutes: the desk opens the outer layer, the custodian the inner one.

Neither opens anything alone. The approval is in the audit trail before a byte is opened; what the custodian
opens is sealed at once to the key of the one who asked, who reads it within a quarter of an hour.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock, offices
from models.access import Access, access_of
from models.actor import Actor
from models.audit import Act, Audit
from models.care import require_care_seen
from models.db import IdField, SealedField, UtcDatetimeField, new_id, transaction
from models.errors import Conflict, Invalid, NotFound
from models.event import Event, Happening
from models.policy import Action, require
from models.proposal import Proposal, deciding_unit, new_proposal, put
from models.receipt import Identity
from models.ring import Ring
from models.sealing import Purpose, open_any, seal, unseal
from models.staff import Staff
from models.terms import ProposalKind, RingPurpose
from models.text import clean
from models.tip import Tip, hold_still, reporter_secret
from models.unit import Node, tree

WINDOW: Final = timedelta(minutes=15)
MAX_REASON: Final = 500


class Reveal(Model):
    """An identity under the staff key of the one who asked, until its minutes are over. `id` is the proposal's."""

    id = IdField()
    tip_id: UUID = fields.UUIDField()
    unit_id: UUID = fields.UUIDField()
    asked_by: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField("models.Staff", related_name="reveals")
    asked_by_id: UUID
    envelope: bytes = SealedField()
    until: datetime = UtcDatetimeField()

    class Meta:
        table = "reveal"
        indexes = (("asked_by_id",), ("tip_id",), ("until",))


@dataclass(frozen=True, slots=True)
class Who:
    """What the page shows. How to reach the reporter without harm comes first; the watermark lies over all."""

    safe: str = field(repr=False)
    name: str = field(repr=False)
    reach: str = field(repr=False)
    reader: str
    at: datetime
    until: datetime

    @property
    def watermark(self) -> str:
        """Who read it and when, to be seen on every photograph of the screen."""
        return f"{self.reader} {self.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}"


async def ask_reveal(actor: Actor, tip_id: UUID, reason: str) -> Proposal:
    """Open the outer layer, and file the inner envelope with a reason that only custodians can read.

    Invalid without a reason, or when the reporter gave no name; NotFound when the tip is not the actor's.
    """
    async with transaction():
        await hold_still(tip_id)  # or it could be sealed upward between the look at it and the proposal
        return await _ask(actor, tip_id, reason, ProposalKind.REVEAL, Action.ASK_REVEAL, {})


async def ask_to_move(actor: Actor, tip_id: UUID, reason: str, *, to_unit: UUID, care_seen: bool = False) -> Proposal:
    """Ask the custodian to pass the identity on to the custodian of the unit that has the matter now.

    Invalid when that unit has neither the matter nor a custodian, or when the reporter asked for care and nobody
    confirmed to have seen that.
    """
    async with transaction():
        tip, access = await hold_still(tip_id), await access_of(actor, tip_id)
        if to_unit not in {unit.id for unit in await keepers(actor, tip_id)}:
            raise Invalid("reveal.not_theirs")
        require_care_seen(tip, await access.open_tip(actor), seen=care_seen)
        return await _ask(actor, tip_id, reason, ProposalKind.MOVE_IDENTITY, Action.MOVE_IDENTITY, {"to": to_unit.hex})


async def keepers(actor: Actor, tip_id: UUID) -> list[Node]:
    """Units that handle the matter and have a custodian of their own, beside the one that keeps the identity now."""
    require(actor, Action.MOVE_IDENTITY, await access_of(actor, tip_id))
    identity = await Identity.get_or_none(tip_id=tip_id)
    if identity is None:
        return []
    here, units = await Ring.get(id=identity.custody_ring_id), await tree()
    handling = Access.filter(tip_id=tip_id, purpose=RingPurpose.CASE, reads_only=False)
    with_custodian = (await offices.offices()).custody - {here.unit_id}
    return [units[row.unit_id] for row in await handling if row.unit_id in with_custodian]


async def reason_of(actor: Actor, proposal: Proposal) -> str:
    """The reason, for the custodian who is asked. NotFound when he does not hold the ring."""
    secret = await actor.ring_secret(proposal.param("ring"))
    return unseal(secret, proposal.reason or b"", Purpose.REASON, proposal.id).decode()


async def show(actor: Actor, proposal: Proposal) -> Reveal:
    """The effect: re-seal what the custodian opens to the one who asked. The audit entry is stored already."""
    who = await _inner(actor, proposal)
    async with transaction():
        await _require_still(proposal, proposal.from_unit_id)
        asked_by = await Staff.get_or_none(id=proposal.by_id, active=True)
        if asked_by is None:
            raise Conflict("proposal.decided")
        sealed = seal(asked_by.checked_public(), who, Purpose.REVEAL, proposal.id)
        await Audit.record(Act.IDENTITY_OPENED, unit_id=actor.unit_id, actor_id=actor.id, object_id=proposal.object_id)
        return await Reveal.create(
            id=proposal.id,
            tip_id=proposal.object_id,
            unit_id=proposal.from_unit_id,
            asked_by_id=asked_by.id,
            envelope=sealed,
            until=clock.now() + WINDOW,
        )


async def move(actor: Actor, proposal: Proposal) -> None:
    """The effect: re-seal the identity to the other unit's custody ring, and that to R's public key."""
    identity_id, ring = proposal.param("identity"), await offices.ring_of(proposal.param("to"), RingPurpose.CUSTODY)
    inner = seal(ring.checked_public(), await _inner(actor, proposal), Purpose.IDENTITY_INNER, identity_id)
    async with transaction():
        tip = await _require_still(proposal, proposal.param("to"))
        outer = seal(tip.reporter_public, inner, Purpose.IDENTITY_OUTER, identity_id)
        unchanged = Identity.filter(id=identity_id, custody_ring_id=proposal.param("ring"))
        if not await unchanged.update(envelope=outer, custody_ring_id=ring.id):
            raise Conflict("proposal.decided")
        await Audit.record(Act.IDENTITY_MOVED, unit_id=actor.unit_id, actor_id=actor.id, object_id=tip.id)


async def safe_note(actor: Actor, reveal_id: UUID) -> tuple[Reveal, str]:
    """How to reach the reporter without harm, to be read before anything else. No name is seen, none is noted."""
    reveal = await _open_reveal(actor, reveal_id)
    return reveal, _told(actor, reveal)["safe"]


async def read_reveal(actor: Actor, reveal_id: UUID) -> Who:
    """Read it while its minutes last. NotFound afterwards, for others, and once the tip is not his any more."""
    reveal = await _open_reveal(actor, reveal_id)
    async with transaction():
        await Audit.record(Act.IDENTITY_READ, unit_id=actor.unit_id, actor_id=actor.id, object_id=reveal.tip_id)
        event = Event.of(Happening.IDENTITY_READ, tip_id=reveal.tip_id, unit_id=actor.unit_id, actor_id=actor.id)
        await event.save(force_create=True)
    told = _told(actor, reveal)
    reader = f"{actor.staff.name} {actor.staff.login}"
    return Who(told["safe"], told["name"], told["reach"], reader, clock.now(), reveal.until)


async def revealed_to(actor: Actor) -> list[Reveal]:
    """What waits to be read by the actor."""
    return await Reveal.filter(asked_by_id=actor.id, until__gt=clock.now()).order_by("until")


async def forget_reveals() -> int:
    """The job that deletes what was shown. It holds no key."""
    async with transaction():
        return await Reveal.filter(until__lte=clock.now()).delete()


async def forget_shown(tip_id: UUID, units: Iterable[UUID]) -> None:
    """What units that have the matter no more were shown of it. In the caller's transaction."""
    await Reveal.filter(tip_id=tip_id, unit_id__in=list(units)).delete()


async def _open_reveal(actor: Actor, reveal_id: UUID) -> Reveal:
    reveal = await Reveal.get_or_none(id=reveal_id, asked_by_id=actor.id, until__gt=clock.now())
    if reveal is None:
        raise NotFound
    require(actor, Action.ASK_REVEAL, await access_of(actor, reveal.tip_id))
    return reveal


def _told(actor: Actor, reveal: Reveal) -> dict[str, str]:
    told: dict[str, str] = json.loads(actor.open_own(reveal.envelope, Purpose.REVEAL, reveal.id))
    return told


async def _ask(
    actor: Actor, tip_id: UUID, reason: str, kind: ProposalKind, action: Action, params: dict[str, str]
) -> Proposal:
    access = await access_of(actor, tip_id)
    require(actor, action, access)
    reason = clean(reason)
    if not 1 <= len(reason) <= MAX_REASON:
        raise Invalid("reveal.reason_bad", most=MAX_REASON)
    identity = await Identity.get_or_none(tip_id=tip_id)
    if identity is None:
        raise Invalid("reveal.anonymous")
    reporter = reporter_secret(await access.open_tip(actor))
    ring, proposal_id = await Ring.get(id=identity.custody_ring_id), new_id()
    # Whom it would be shown to is not the one who may let it be seen.
    unit_id = await deciding_unit(kind, start=ring.unit_id, besides={actor.id}, among=frozenset({ring.unit_id}))
    return await put(
        new_proposal(
            actor,
            kind,
            tip_id,
            id=proposal_id,
            unit_id=unit_id,
            params={**params, "ring": ring.id.hex, "identity": identity.id.hex},
            reason=seal(ring.checked_public(), reason.encode(), Purpose.REASON, proposal_id),
            filed=open_any(reporter, identity.envelope, Purpose.IDENTITY_OUTER, identity.id),
        )
    )


async def _require_still(proposal: Proposal, unit_id: UUID) -> Tip:
    """In the caller's transaction: the unit handles the matter, and the custodian who was asked keeps the identity.

    Conflict once either has changed.
    """
    tip = await hold_still(proposal.object_id)
    handling = Access.filter(tip_id=tip.id, unit_id=unit_id, purpose=RingPurpose.CASE, reads_only=False)
    kept = Identity.filter(id=proposal.param("identity"), custody_ring_id=proposal.param("ring"))
    if not await handling.exists() or not await kept.exists():
        raise Conflict("proposal.decided")
    return tip


async def _inner(actor: Actor, proposal: Proposal) -> bytes:
    secret = await actor.ring_secret(proposal.param("ring"))
    return unseal(secret, proposal.filed or b"", Purpose.IDENTITY_INNER, proposal.param("identity"))
