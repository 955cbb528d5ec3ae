"""The deletion journal: what must stay gone even when an older copy of the database comes back.

It names only random ids, never what they stood for. Its entries about grants also say which rings await a new
secret: those from whose newest version somebody was taken away.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.db import IdField, UtcDatetimeField


class Gone(StrEnum):
    """What was deleted. The words are stored in journals outside of the database: never rename a value."""

    GRANT = "grant"  # of a member who was removed: the ring is to be rotated
    LOST_KEY = "lost key"  # a grant to a staff key whose password was lost
    PERSON = "person"
    TIP = "tip"


class Erased(Model):
    """One line of the journal."""

    id = IdField()
    what = fields.CharEnumField(Gone, max_length=8)
    object_id: UUID = fields.UUIDField()
    ring_id: UUID | None = fields.UUIDField(null=True)
    at: datetime = UtcDatetimeField()

    class Meta:
        table = "erased"
        unique_together = (("what", "object_id"),)
        indexes = (("ring_id",),)

    @classmethod
    def of(cls, what: Gone, object_id: UUID, ring_id: UUID | None = None) -> "Erased":
        """A line not stored yet."""
        return cls(what=what, object_id=object_id, ring_id=ring_id, at=clock.now())

    def told(self) -> dict[str, Any]:
        """As a journal outside of the database tells it."""
        ring = self.ring_id.hex if self.ring_id else None
        return {"what": self.what, "id": self.object_id.hex, "ring": ring, "at": self.at.isoformat()}

    @classmethod
    def heard(cls, told: dict[str, Any]) -> "Erased":
        """Back from a journal. ValueError, KeyError or TypeError when it is none."""
        ring = UUID(hex=told["ring"]) if told["ring"] else None
        at = datetime.fromisoformat(told["at"])
        return cls(what=Gone(told["what"]), object_id=UUID(hex=told["id"]), ring_id=ring, at=at)
