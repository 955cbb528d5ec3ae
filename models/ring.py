"""Rings: the secrets a unit's people hold together, and the grants through which each holds them."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import directory
from models.audit import Act, Audit
from models.county import County
from models.db import BytesField, IdField, SealedField, new_id, transaction
from models.errors import Conflict, Forbidden, Invalid
from models.sealing import Purpose, new_secret, public_of, seal
from models.staff import Staff
from models.terms import RingPurpose, Role, UnitKind
from models.unit import Unit

CASE_ROLES = frozenset({Role.REGISTRAR, Role.HANDLER, Role.DEPUTY, Role.SECRETARY, Role.COUNTY_REVIEWER})
OVERSIGHT_ROLES = frozenset({Role.SECRETARY, Role.DEPUTY})


class Ring(Model):
    """One version of a unit's ring. Its secret exists only inside grants and under the recovery key."""

    id = IdField()
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("models.Unit", related_name="rings")
    unit_id: UUID
    purpose = fields.CharEnumField(RingPurpose, max_length=16)
    version = fields.IntField(default=1)
    public = BytesField()
    mac = BytesField()
    for_recovery = BytesField()

    class Meta:
        table = "ring"
        unique_together = (("unit_id", "purpose", "version"),)

    def checked_public(self) -> bytes:
        """The public key, checked against the directory. Corrupt when it was exchanged."""
        return directory.check(self.unit_id, self.purpose, self.version, self.public, self.mac)

    @classmethod
    async def make(cls, unit: Unit, purpose: RingPurpose, holder: Staff) -> "Ring":
        """A new ring, sealed to its first holder and to recovery. The secret is forgotten at once."""
        last = await cls.filter(unit_id=unit.id, purpose=purpose).order_by("-version").first()
        secret = new_secret()
        ring = await cls.enter(unit.id, purpose, last.version + 1 if last else 1, secret)
        await Grant.give(ring, secret, to=holder)
        return ring

    @classmethod
    async def enter(cls, unit_id: UUID, purpose: RingPurpose, version: int, secret: bytes) -> "Ring":
        """Enter a secret's public half into the directory, and seal the secret to recovery."""
        county, ring_id, public = await County.get(), new_id(), public_of(secret)
        return await cls.create(
            id=ring_id,
            unit_id=unit_id,
            purpose=purpose,
            version=version,
            public=public,
            mac=directory.attest(unit_id, purpose, version, public),
            for_recovery=seal(county.recovery(), secret, Purpose.RING_RECOVERY, ring_id),
        )


class Former(Model):
    """A former version's secret, locked under the version that came after: who holds the newest holds them all."""

    id = IdField()
    ring: fields.ForeignKeyRelation[Ring] = fields.ForeignKeyField("models.Ring", related_name="after")
    ring_id: UUID
    newer: fields.ForeignKeyRelation[Ring] = fields.ForeignKeyField("models.Ring", related_name="before")
    newer_id: UUID
    secret: bytes = SealedField()

    class Meta:
        table = "ring_former"
        unique_together = (("ring_id",), ("newer_id",))


class Grant(Model):
    """A ring's secret sealed to one member's staff key."""

    id = IdField()
    ring: fields.ForeignKeyRelation[Ring] = fields.ForeignKeyField("models.Ring", related_name="grants")
    ring_id: UUID
    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField("models.Staff", related_name="grants")
    staff_id: UUID
    sealed = BytesField()

    class Meta:
        table = "key_grant"  # GRANT is a word of SQL
        unique_together = (("ring_id", "staff_id"),)
        indexes = (("staff_id",),)

    @classmethod
    async def give(cls, ring: Ring, secret: bytes, *, to: Staff) -> "Grant":
        """Seal the secret to a member. Administrators never hold one (三员分立)."""
        if to.is_administrator:
            raise Forbidden("error.administrators_hold_no_keys")
        if not await Staff.exists(id=to.id, active=True):
            raise Forbidden("unit.not_active")
        if not await Staff.exists(id=to.id, public=to.public):  # he made a new key since he was looked up
            raise Conflict("unit.key_changed")
        grant_id = new_id()
        sealed = seal(to.checked_public(), secret, Purpose.RING_SECRET, grant_id)
        return await cls.create(id=grant_id, ring_id=ring.id, staff_id=to.id, sealed=sealed)


def purposes_for(role: Role, kind: UnitKind) -> frozenset[RingPurpose]:
    """Which of his unit's rings a role may hold (keys of docs/architecture.md)."""
    if role is Role.CUSTODIAN:
        return frozenset({RingPurpose.CUSTODY})
    if role is Role.ZONE_HEAD:
        return frozenset({RingPurpose.CASE})
    held = {RingPurpose.CASE} if role in CASE_ROLES else set()
    if kind in {UnitKind.COUNTY, UnitKind.SUPERIOR} and role in OVERSIGHT_ROLES:
        held.add(RingPurpose.OVERSIGHT)
    return frozenset(held)


async def open_unit(unit: Unit, *, head: Staff, fingerprint: str, by_id: UUID | None) -> None:
    """Make the unit's rings, sealed to its head. The approver compared the fingerprint the head read out.

    From here on the unit takes tips. `by_id` is None only for the root, at the console of init.
    Invalid when the fingerprint is not the head's; Conflict when the unit is open already.
    """
    compare_fingerprint(head, fingerprint)
    if head.unit_id != unit.id or head.role is not head_role(unit.kind):
        raise Invalid("unit.not_its_head")
    async with transaction():
        if await Ring.exists(unit_id=unit.id, purpose=RingPurpose.CASE):
            raise Conflict("unit.already_open")
        for purpose in purposes_for(head.role, unit.kind):
            await Ring.make(unit, purpose, head)
        await County.tree_changed()
        await Audit.record(Act.UNIT_OPENED, unit_id=unit.id, actor_id=by_id, object_id=head.id)


async def open_custody(unit: Unit, *, custodian: Staff, fingerprint: str, by_id: UUID | None) -> None:
    """Make the unit's custody ring, sealed to its custodian alone."""
    compare_fingerprint(custodian, fingerprint)
    if custodian.unit_id != unit.id or custodian.role is not Role.CUSTODIAN:
        raise Invalid("unit.not_its_custodian")
    async with transaction():
        if await Ring.exists(unit_id=unit.id, purpose=RingPurpose.CUSTODY):
            raise Conflict("unit.already_open")
        await Ring.make(unit, RingPurpose.CUSTODY, custodian)
        await County.tree_changed()
        await Audit.record(Act.UNIT_OPENED, unit_id=unit.id, actor_id=by_id, object_id=custodian.id)


def compare_fingerprint(staff: Staff, read_out: str) -> None:
    """A grant without the compared fingerprint is refused. Spaces, dashes and case are forgiven."""
    plain = "".join(symbol for symbol in read_out.upper() if symbol.isalnum())
    if plain != staff.fingerprint().replace("-", ""):
        raise Invalid("unit.fingerprint_differs")


def head_role(kind: UnitKind) -> Role:
    """Whose role it is to hold a unit's first ring."""
    return Role.ZONE_HEAD if kind is UnitKind.ZONE else Role.SECRETARY
