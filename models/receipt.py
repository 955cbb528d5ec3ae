"""Receipts: the code is the reporter's alone. We keep a tag to find it by and R locked under its key."""

import json
from datetime import date
from typing import NamedTuple
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.codes import Code
from models.db import BytesField, IdField, SealedField, new_id, transaction
from models.house import house
from models.ring import Ring
from models.sealing import Purpose, Refused, lock, seal, unlock


class Found(NamedTuple):
    """What a code leads to, and through which receipt."""

    tip_id: UUID
    reporter_secret: bytes
    receipt_id: UUID


class Receipt(Model):
    """R under the receipt key."""

    id = IdField()
    tag = BytesField(unique=True)
    tip_id: UUID = fields.UUIDField()
    reporter_locked: bytes = SealedField()
    made_on: date = fields.DateField()

    class Meta:
        table = "receipt"
        indexes = (("tip_id",),)

    @classmethod
    def make(cls, code: Code, reporter_secret: bytes, tip_id: UUID) -> "Receipt":
        """A receipt not stored yet."""
        receipt_id, pepper = new_id(), house().keys.pepper
        return cls(
            id=receipt_id,
            tag=code.tag(pepper),
            tip_id=tip_id,
            reporter_locked=lock(code.key(pepper), reporter_secret, Purpose.RECEIPT, receipt_id),
            made_on=clock.today(),
        )

    @classmethod
    async def find(cls, code: Code) -> Found | None:
        """What a code leads to; None when there is none. Former peppers are tried by their own tags."""
        peppers = house().keys.peppers
        tags = {code.tag(pepper): pepper for pepper in peppers}
        receipt = await cls.filter(tag__in=list(tags)).first()
        # The same work whether or not there is a row, so that time tells nothing.
        pepper = tags[receipt.tag] if receipt else peppers[0]
        key = code.key(pepper)
        if receipt is None:
            return None
        try:
            reporter_secret = unlock(key, receipt.reporter_locked, Purpose.RECEIPT, receipt.id)
        except Refused:
            return None
        if pepper != peppers[0]:
            await receipt.relock(code, reporter_secret)
        return Found(receipt.tip_id, reporter_secret, receipt.id)

    async def relock(self, code: Code, reporter_secret: bytes) -> None:
        """From a former pepper to the present one, now that the code is here."""
        pepper = house().keys.pepper
        locked = lock(code.key(pepper), reporter_secret, Purpose.RECEIPT, self.id)
        async with transaction():
            await Receipt.filter(id=self.id, tag=self.tag).update(tag=code.tag(pepper), reporter_locked=locked)


class Identity(Model):
    """Who the reporter is: sealed to a custody ring, and that envelope locked under R. Two people must meet."""

    id = IdField()
    tip_id: UUID = fields.UUIDField(unique=True)
    custody_ring_id: UUID = fields.UUIDField()
    envelope: bytes = SealedField()

    class Meta:
        table = "identity"

    @classmethod
    def sealed(cls, tip_id: UUID, reporter_secret: bytes, ring: Ring, who: dict[str, str]) -> "Identity":
        """An identity not stored yet, in two layers: handler alone and custodian alone open nothing."""
        identity_id = new_id()
        inner = seal(ring.checked_public(), json.dumps(who).encode(), Purpose.IDENTITY_INNER, identity_id)
        outer = lock(reporter_secret, inner, Purpose.IDENTITY_OUTER, identity_id)
        return cls(id=identity_id, tip_id=tip_id, custody_ring_id=ring.id, envelope=outer)
