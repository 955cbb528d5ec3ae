"""The outbox: what is to be said, never Bot API JSON. The edge renders it in the contact's language."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Subquery
from tortoise.models import Model

from models import clock
from models.contact import Contact, Trace
from models.db import IdField, SealedField, UtcDatetimeField, insert, new_id, on_commit, transaction
from models.house import house
from models.sealing import Purpose

VERSION = 1
MAX_TRIES = 300
"""At most five minutes apart: a receipt outlives a day without Telegram."""
KEEP_FAILED = timedelta(hours=24)


class Lane(StrEnum):
    """Who overtakes whom."""

    INTERACTIVE = "interactive"
    NOTICE = "notice"
    BROADCAST = "broadcast"


class Sending(StrEnum):
    """Where a row stands. Sent rows of residents are erased, so there is no such state."""

    QUEUED = "queued"
    BLOCKED = "blocked"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: pressing it answers `data`, copies `copy`, opens `url`, or opens `app` within the messenger."""

    key: str
    data: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    copy: str = ""
    url: str = ""
    app: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """One message: a catalog key, its parameters, rows of choices, perhaps a picture the edge draws.

    A parameter that is `{"t": key}` is itself looked up in the reader's language. `media` is a QR
    picture: `{"qr": code}`, `{"link": address}`, or `{"start": payload}`, a way into this bot. `act` asks the edge
    to do something in the chat beside speaking: `{"wipe": True}` clears both sides of it first.
    """

    key: str
    params: dict[str, Any] = field(default_factory=dict)
    choices: tuple[tuple[Choice, ...], ...] = ()
    media: dict[str, Any] = field(default_factory=dict)
    act: dict[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """As stored, before locking."""
        choices = [[by_name(choice) for choice in row] for row in self.choices]
        return json.dumps({"v": VERSION, **by_name(self), "choices": choices}).encode()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Say":
        """Back from storage."""
        told = json.loads(stored)
        del told["v"]
        told["choices"] = tuple(tuple(Choice(**choice) for choice in row) for row in told["choices"])
        return cls(**told)


def by_name(thing: Any) -> dict[str, Any]:
    """The fields of one small slotted dataclass. `asdict` copies deeply, at ten times the cost."""
    return {name: getattr(thing, name) for name in thing.__slots__}


class Outbox(Model):
    """One thing to say to one contact. `key` makes a second telling of the same step impossible."""

    id = IdField()
    key = fields.CharField(max_length=64, unique=True)
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField("models.Contact", related_name="outbox")
    contact_id: UUID
    lane = fields.CharEnumField(Lane, max_length=12)
    body: bytes = SealedField()
    state = fields.CharEnumField(Sending, max_length=8, default=Sending.QUEUED)
    tries: int = fields.IntField(default=0)
    due_at: datetime = UtcDatetimeField()

    class Meta:
        table = "outbox"
        indexes = (("state", "due_at"), ("contact_id",))

    _said: Say | None = None  # of a row made in this process, so that its sender need not open it again

    def say(self) -> Say:
        """What is to be said."""
        if self._said is not None:
            return self._said
        return Say.from_bytes(house().keys.transit.unlock(self.body, Purpose.OUTBOX, self.id))

    @classmethod
    def row(cls, contact_id: UUID, say: Say, *, key: str, lane: Lane) -> "Outbox":
        """A row not stored yet."""
        row_id = new_id()
        body = house().keys.transit.lock(say.to_bytes(), Purpose.OUTBOX, row_id)
        row = cls(id=row_id, key=key, contact_id=contact_id, lane=lane, body=body, due_at=clock.now())
        row._said = say
        return row

    @classmethod
    async def put(cls, told: Iterable[tuple[UUID, Say]], *, lane: Lane) -> None:
        """Queue what was not born from a step, inside the caller's transaction."""
        await cls.store([cls.row(contact, say, key=new_id().hex, lane=lane) for contact, say in told])

    @classmethod
    async def store(cls, rows: list["Outbox"], *, beside: Sequence[Model] = ()) -> None:
        """Insert rows, with others beside them; once committed, hand them to the sender in this process."""
        await insert(*rows, *beside)
        if rows:
            on_commit(lambda: _hand_over(rows))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one sending went. `message` is the edge's message id; `retry_in` in seconds from `at`, when it ended."""

    row: Outbox
    message: int | None = None
    retry_in: float | None = None
    blocked: bool = False
    failed: bool = False
    at: datetime = field(default_factory=clock.now)

    @property
    def is_final(self) -> bool:
        """Whether the row can go: it was said, or its reader stopped the bot."""
        return self.retry_in is None and not self.failed


_hand_over: Callable[[list[Outbox]], None] = lambda _rows: None  # noqa: E731  nobody sends in this process


def deliver_with(sender: Callable[[list[Outbox]], None] | None) -> None:
    """The sender of this process takes committed rows from memory; others find them in the table."""
    global _hand_over  # noqa: PLW0603  one sender per process
    _hand_over = sender or (lambda _rows: None)


async def queued(limit: int = 500) -> list[Outbox]:
    """Rows that are due, oldest first. After a crash these are spoken again: at least once.

    A row that must wait holds back its contact's later ones, and comes before them when its time has come.
    """
    at = clock.now()
    resting = Outbox.filter(state=Sending.QUEUED, due_at__gt=at).values("contact_id")
    rows = Outbox.filter(state=Sending.QUEUED, due_at__lte=at, contact_id__not_in=Subquery(resting))
    return await rows.order_by("-tries", "due_at", "key").limit(limit).prefetch_related("contact")


async def settle(outcomes: list[Outcome]) -> None:
    """Write down how a batch went, in one commit. What was said is erased; only a trace for 清掉 stays."""
    async with transaction():
        done = [outcome for outcome in outcomes if outcome.is_final]
        await Outbox.filter(id__in=[outcome.row.id for outcome in done]).delete()
        traces = [Trace(contact_id=o.row.contact_id, message=o.message, at=o.at) for o in done if o.message]
        if traces:
            await Trace.bulk_create(traces)
        if blocked := [outcome.row.contact_id for outcome in done if outcome.blocked]:
            await Contact.filter(id__in=blocked).update(blocked=True)
        for outcome in outcomes:
            if not outcome.is_final:
                await _keep(outcome)


async def _keep(outcome: Outcome) -> None:
    row = outcome.row
    row.tries += 1
    if outcome.failed or row.tries >= MAX_TRIES:
        row.state = Sending.FAILED
    row.due_at = outcome.at + timedelta(seconds=outcome.retry_in or 0)
    await row.save(update_fields=["state", "tries", "due_at"])


async def sweep() -> int:
    """Erase what could not be said within a day. A job."""
    async with transaction():
        return await Outbox.filter(state=Sending.FAILED, due_at__lt=clock.now() - KEEP_FAILED).delete()
