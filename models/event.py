"""Events: what happened to a tip, for its timeline. Reporter-side events tell only the day."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.db import IdField, UtcDatetimeField


class Happening(StrEnum):
    """Kinds of event. Each is a catalog key `term.Happening.<value>`."""

    ARRIVED = "arrived"
    ADDED = "added"  # the reporter added something
    AGREED = "agreed"  # the reporter accepts the answer
    OBJECTED = "objected"  # the reporter does not
    NEWS = "news"  # the reporter tells new facts of an ended matter
    NAMED = "named"  # the reporter gave his name later
    CODE_RENEWED = "code_renewed"  # the reporter made himself a new code
    AFRAID = "afraid"  # the reporter asks for protection; heads read this line, nobody else
    PROTECTED = "protected"  # and was answered
    REGISTERED = "registered"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    REPLIED = "replied"
    RECALLED = "recalled"
    NOTED = "noted"
    SUMMARISED = "summarised"
    CONCLUDED = "concluded"
    ANSWERED = "answered"  # the objection
    TAKEN_UP_AGAIN = "taken_up_again"
    OUT_OF_SCOPE = "out_of_scope"
    SEALED_UPWARD = "sealed_upward"
    RELEASED = "released"
    HANDED_OVER = "handed_over"
    TAKEN_OVER = "taken_over"
    WITHDRAWN = "withdrawn"
    UNASSIGNED = "unassigned"
    IDENTITY_READ = "identity_read"
    ESCALATED = "escalated"  # the superior was told that it is overdue, or decides about it
    OVERSEEN = "overseen"  # the superior read it; the superior's line, nobody else's


REPORTER_SIDE = frozenset(
    {
        Happening.ARRIVED,
        Happening.ADDED,
        Happening.AGREED,
        Happening.OBJECTED,
        Happening.NEWS,
        Happening.NAMED,
        Happening.CODE_RENEWED,
        Happening.AFRAID,
    }
)


class Event(Model):
    """One line of a timeline, seen by the units that hold a row in it."""

    id = IdField()
    tip_id: UUID = fields.UUIDField()
    unit_id: UUID = fields.UUIDField()
    happening = fields.CharEnumField(Happening, max_length=16)
    actor_id: UUID | None = fields.UUIDField(null=True)
    on: date = fields.DateField(source_field="day")
    at: datetime | None = UtcDatetimeField(null=True)  # never for the reporter's side

    class Meta:
        table = "event"
        indexes = (("tip_id", "unit_id"),)

    @classmethod
    def of(cls, happening: Happening, *, tip_id: UUID, unit_id: UUID, actor_id: UUID | None = None) -> "Event":
        """An event not stored yet. Without an actor it carries no time of day."""
        at = None if happening in REPORTER_SIDE else clock.now()
        return cls(tip_id=tip_id, unit_id=unit_id, happening=happening, actor_id=actor_id, on=clock.today(), at=at)
