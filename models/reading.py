"""That a superior read a matter of a unit below, and why: the reason lies under T, the entry in the audit trail."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.db import IdField, SealedField, UtcDatetimeField


class Reading(Model):
    """It opens the matter's pages to him until its time is over."""

    id = IdField()
    tip_id: UUID = fields.UUIDField()
    unit_id: UUID = fields.UUIDField()
    staff_id: UUID = fields.UUIDField()
    reason: bytes = SealedField()  # under T
    made_at: datetime = UtcDatetimeField()
    until: datetime = UtcDatetimeField()

    class Meta:
        table = "oversight_reading"
        indexes = (("tip_id", "staff_id", "until"),)
