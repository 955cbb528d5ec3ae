"""Who keeps a reporter's identity: the nearest custodian clear of the matter, and one spare for each above him.

A spare is the same identity sealed to a custodian further up, in the same two layers. It serves one moment only:
when a matter is sealed upward the touched unit's custodian must have nothing left, and must not be asked
(ADR 0013). A hand-over uses none: there the identity stays until its keeper passes it on.
"""

from collections.abc import Sequence
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.db import IdField, SealedField
from models.receipt import Identity
from models.ring import Ring


class Spare(Model):
    """Another envelope of one identity. `place` counts upward from its keeper."""

    id = IdField()
    tip_id: UUID = fields.UUIDField()
    custody_ring_id: UUID = fields.UUIDField()
    envelope: bytes = SealedField()
    place: int = fields.IntField()

    class Meta:
        table = "identity_spare"
        indexes = (("tip_id",),)


def seal_identity(
    tip_id: UUID, reporter_secret: bytes, rings: Sequence[Ring], who: dict[str, str]
) -> tuple[Identity, list[Spare]]:
    """The identity for the first ring and a spare for each further one; nothing is stored yet."""
    first, *others = [Identity.sealed(tip_id, reporter_secret, ring, who) for ring in rings]
    return first, [_spare(one, place) for place, one in enumerate(others, 1)]


async def leave_custody(tip_id: UUID, units: Sequence[UUID]) -> None:
    """These units keep nothing of the identity: the nearest spare above takes its place. In the caller's transaction.

    Where nobody above kept a spare, the identity stays where it is.
    """
    identity, spares = await Identity.get_or_none(tip_id=tip_id), await Spare.filter(tip_id=tip_id).order_by("place")
    if identity is None:
        return
    rings = [identity.custody_ring_id, *[one.custody_ring_id for one in spares]]
    keeping = dict(await Ring.filter(id__in=rings).values_list("id", "unit_id"))
    await Spare.filter(id__in=[one.id for one in spares if keeping[one.custody_ring_id] in units]).delete()
    heir = next((one for one in spares if keeping[one.custody_ring_id] not in units), None)
    if keeping[identity.custody_ring_id] not in units or heir is None:
        return
    await Identity.filter(id=identity.id).delete()
    await Spare.filter(id=heir.id).delete()
    await Identity.create(id=heir.id, tip_id=tip_id, custody_ring_id=heir.custody_ring_id, envelope=heir.envelope)


def _spare(one: Identity, place: int) -> Spare:
    ring_id, envelope = one.custody_ring_id, one.envelope
    return Spare(id=one.id, tip_id=one.tip_id, custody_ring_id=ring_id, envelope=envelope, place=place)
