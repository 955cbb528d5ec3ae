"""Access rows: holding one is the permission to see a tip, and the only way to its secret."""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.expressions import F
from tortoise.models import Model

from models.actor import Actor
from models.db import IdField, SealedField, connection, new_id
from models.errors import NotFound
from models.ring import Ring
from models.sealing import KeyPair, Purpose, is_sealed, lock, seal, unlock, unseal
from models.staff import Staff
from models.terms import Channel, Concerns, RingPurpose, TipStatus, Topic
from models.unit import Unit

if TYPE_CHECKING:
    from models.tip import Tip


class Counter(Model):
    """The next place in one unit's list, in order of arrival. Nothing global is countable, and no place is shown."""

    id = IdField()
    unit_id = fields.UUIDField()
    series = fields.CharField(max_length=24)  # "case", "oversight", "official 2026"
    value = fields.IntField(default=0)

    class Meta:
        table = "counter"
        unique_together = (("unit_id", "series"),)

    @classmethod
    async def next(cls, unit_id: UUID, series: str) -> int:
        """Take the next number, inside the caller's transaction."""
        return (await cls.next_of_each([(unit_id, series)]))[0]

    @classmethod
    async def next_of_each(cls, wanted: Sequence[tuple[UUID, str]]) -> list[int]:
        """The next number of several series in one statement, whose row locks keep a number from being taken twice."""
        database = connection()
        given = [str(value) for unit_id, series in wanted for value in (new_id(), unit_id, series)]
        rows = await database.execute_query_dict(_next_sql(len(wanted), database.capabilities.dialect), given)
        taken = {(UUID(str(row["unit_id"])), row["series"]): int(row["value"]) for row in rows}
        return [taken[each] for each in wanted]

    @classmethod
    async def close_gap(cls, unit_id: UUID, purpose: RingPurpose, gone: int) -> None:
        """A row went that nobody may miss: those after it move up. In the caller's transaction.

        These numbers order lists and are never shown, so nobody's number changes under his eyes (ADR 0013).
        """
        await cls.filter(unit_id=unit_id, series=purpose).update(value=F("value") - 1)
        later = Access.filter(unit_id=unit_id, purpose=purpose)
        # In two steps, for at no moment may two rows have one number.
        await later.filter(arrived_no__gt=gone).update(arrived_no=1 - F("arrived_no"))
        await later.filter(arrived_no__lt=0).update(arrived_no=0 - F("arrived_no"))


@cache
def _next_sql(count: int, dialect: str) -> str:
    places = (f"${n}" if dialect == "postgres" else "?" for n in range(1, 3 * count + 1))
    rows = ", ".join(f"({', '.join(islice(places, 3))}, 1)" for _ in range(count))
    return (
        f"INSERT INTO counter (id, unit_id, series, value) VALUES {rows} "  # noqa: S608  placeholders only
        "ON CONFLICT (unit_id, series) DO UPDATE SET value = counter.value + 1 RETURNING unit_id, series, value"
    )


class Access(Model):
    """T for one unit, sealed to one of its rings, with copies of what its list sorts and filters on."""

    id = IdField()
    tip: fields.ForeignKeyRelation["Tip"] = fields.ForeignKeyField("models.Tip", related_name="access")
    tip_id: UUID
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("models.Unit", related_name="access")
    unit_id: UUID
    ring: fields.ForeignKeyRelation[Ring] = fields.ForeignKeyField("models.Ring", related_name="access")
    ring_id: UUID
    purpose = fields.CharEnumField(RingPurpose, max_length=16)
    secret: bytes = SealedField()  # T; sealed at filing, locked under the ring's secret from the first listing on
    arrived_no = fields.IntField()
    arrived_on: date = fields.DateField()
    unread = fields.BooleanField(default=True)
    status = fields.CharEnumField(TipStatus, max_length=16, default=TipStatus.RECEIVED)
    topic = fields.CharEnumField(Topic, max_length=4)
    place_id = fields.UUIDField()
    concerns = fields.CharEnumField(Concerns, max_length=16)
    channel = fields.CharEnumField(Channel, max_length=8)
    named = fields.BooleanField()
    files = fields.IntField(default=0)
    quarantined = fields.BooleanField(default=False, db_default=False)  # one of a flood: listed apart
    objected = fields.BooleanField(default=False, db_default=False)  # the reporter waits for a second answer
    news = fields.BooleanField(default=False, db_default=False)  # he told new facts of an ended matter
    afraid = fields.BooleanField(default=False, db_default=False)  # he asks for protection: shown to heads only
    reads_only = fields.BooleanField(default=False, db_default=False)  # handed over: this unit only reads on
    escalated_on: date | None = fields.DateField(null=True)  # an oversight row: from here on no reason is asked for
    due_on: date | None = fields.DateField(null=True)
    assignee: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "models.Staff", related_name="assigned", null=True
    )
    assignee_id: UUID | None

    class Meta:
        table = "access"
        unique_together = (("tip_id", "unit_id", "purpose"), ("unit_id", "purpose", "arrived_no"))
        indexes = (
            ("unit_id", "purpose", "status", "arrived_no"),
            ("unit_id", "purpose", "assignee_id", "arrived_no"),
        )

    @property
    def reference(self) -> str:
        """What people call the matter by."""
        return reference(self.tip_id)

    async def open_tip(self, actor: Actor) -> bytes:
        """T, through the actor's own ring. NotFound when he does not hold it."""
        return open_access(await actor.ring_secret(self.ring_id), self.id, self.secret)


def reference(tip_id: UUID) -> str:
    """What people call a matter by, on the telephone and in lists. It counts nothing, so none is ever missing."""
    return f"{tip_id.hex[:3]}-{tip_id.hex[3:6]}".upper()


def referred_to(typed: str) -> tuple[UUID, UUID] | None:
    """The first and the last id with this reference; None when what was typed is none."""
    plain = typed.replace("-", "").lower()
    if not re.fullmatch("[0-9a-f]{6}", plain):
        return None
    return UUID(hex=plain.ljust(32, "0")), UUID(hex=plain.ljust(32, "f"))


def seal_access(ring: Ring, tip_secret: bytes, access_id: UUID) -> bytes:
    """T sealed to a ring, after its directory entry was checked."""
    return seal(ring.checked_public(), tip_secret, Purpose.TIP_SECRET, access_id)


def open_access(ring_secret: bytes, access_id: UUID, envelope: bytes, pair: KeyPair | None = None) -> bytes:
    """T out of an Access row's envelope. Refused when it is not this ring's. `pair`: the ring's, grown already."""
    if pair and is_sealed(envelope):
        return pair.unseal(envelope, Purpose.TIP_SECRET, access_id)
    opener = unseal if is_sealed(envelope) else unlock
    return opener(ring_secret, envelope, Purpose.TIP_SECRET, access_id)


def relock_access(ring_secret: bytes, tip_secret: bytes, access_id: UUID) -> bytes:
    """T locked under the ring's secret, sixty times cheaper to open in lists."""
    return lock(ring_secret, tip_secret, Purpose.TIP_SECRET, access_id)


def carried_over(old: Access) -> dict[str, Any]:
    """What a row made for another unit takes from this one: where the matter stands and what is asked for."""
    return {
        name: getattr(old, name)
        for name in (
            "status",
            "topic",
            "place_id",
            "concerns",
            "channel",
            "named",
            "files",
            "objected",
            "news",
            "afraid",
            "due_on",
        )
    }


async def access_of(actor: Actor, tip_id: UUID, purpose: RingPurpose = RingPurpose.CASE) -> Access:
    """The actor's unit's row for this tip. NotFound alike for absent, hidden and not his."""
    row = await Access.get_or_none(tip_id=tip_id, unit_id=actor.unit_id, purpose=purpose)
    if row is None or row.ring_id not in await actor.held(purpose):
        raise NotFound
    return row
