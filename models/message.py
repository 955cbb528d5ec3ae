"""Messages: the thread between reporter and desk, and the desk's notes beside it."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models import clock
from models.contact import Contact
from models.db import IdField, SealedField, UtcDatetimeField, for_update, new_id, transaction
from models.event import Happening
from models.house import house
from models.outbox import Lane, Outbox, Say
from models.sealing import Purpose, Refused, lock, seal
from models.terms import Side

RECALL_FOR = timedelta(seconds=30)
SLICE = 50
"""Lines held in memory at once where a whole thread is read."""


class Message(Model):
    """One line. Replies are locked under R, additions sealed to R's public key, notes locked under T."""

    id = IdField()
    tip_id: UUID = fields.UUIDField()
    unit_id: UUID = fields.UUIDField()  # whose desk wrote it, or received it
    side = fields.CharEnumField(Side, max_length=8)
    author_id: UUID | None = fields.UUIDField(null=True)
    body: bytes = SealedField()
    on: date = fields.DateField(source_field="day")
    at: datetime | None = UtcDatetimeField(null=True)  # never for the reporter's side
    released_at: datetime | None = UtcDatetimeField(null=True)  # from here on the reporter reads it
    asks = fields.BooleanField(default=False)  # a question that waits for an answer
    did = fields.CharEnumField(Happening, max_length=16, null=True)  # what was done with these words, if anything
    act_id: UUID | None = fields.UUIDField(null=True)  # models/once.py
    pinged = fields.BooleanField(default=True)
    order: int = fields.IntField()

    class Meta:
        table = "message"
        indexes = (("tip_id", "order"), ("pinged", "released_at"))

    @classmethod
    def reply(
        cls,
        tip_id: UUID,
        unit_id: UUID,
        author_id: UUID,
        words: str,
        reporter_secret: bytes,
        *,
        order: int,
        asks: bool,
        did: Happening | None = None,
        act_id: UUID | None = None,
    ) -> "Message":
        """Words to the reporter, his to read after the thirty seconds in which they can be taken back."""
        message_id, at = new_id(), clock.now()
        return cls(
            id=message_id,
            tip_id=tip_id,
            unit_id=unit_id,
            side=Side.DESK,
            author_id=author_id,
            body=lock(reporter_secret, words.encode(), Purpose.MESSAGE, message_id),
            on=clock.today(),
            at=at,
            released_at=at + RECALL_FOR,
            asks=asks,
            did=did,
            act_id=act_id,
            pinged=False,
            order=order,
        )

    @classmethod
    def note(
        cls, tip_id: UUID, unit_id: UUID, author_id: UUID, words: str, tip_secret: bytes, *, order: int
    ) -> "Message":
        """An internal note. R does not open it."""
        message_id = new_id()
        return cls(
            id=message_id,
            tip_id=tip_id,
            unit_id=unit_id,
            side=Side.NOTE,
            author_id=author_id,
            body=lock(tip_secret, words.encode(), Purpose.NOTE, message_id),
            on=clock.today(),
            at=clock.now(),
            order=order,
        )

    @classmethod
    def addition(cls, tip_id: UUID, unit_id: UUID, words: bytes, reporter_public: bytes, *, order: int) -> "Message":
        """What the reporter adds, sealed to R's public key: writing needs no secret, reading does."""
        message_id = new_id()
        return cls(
            id=message_id,
            tip_id=tip_id,
            unit_id=unit_id,
            side=Side.REPORTER,
            body=seal(reporter_public, words, Purpose.MESSAGE, message_id),
            on=clock.today(),
            order=order,
        )


class Ping(Model):
    """A reporter asked to be pinged in this chat. The link lies under the transit key; one tap removes it."""

    id = IdField()
    tip_id: UUID = fields.UUIDField(unique=True)
    contact_locked: bytes = SealedField()

    class Meta:
        table = "ping"

    @classmethod
    async def on(cls, tip_id: UUID, contact_id: UUID) -> None:
        """From now on a neutral line announces that there is something to read."""
        ping_id = new_id()
        locked = house().keys.transit.lock(contact_id.bytes, Purpose.PING, ping_id)
        async with transaction():
            await cls.filter(tip_id=tip_id).delete()
            await cls.create(id=ping_id, tip_id=tip_id, contact_locked=locked)

    @classmethod
    async def off(cls, tip_id: UUID) -> None:
        """No more lines."""
        async with transaction():
            await cls.filter(tip_id=tip_id).delete()

    @classmethod
    async def off_elsewhere(cls, tip_id: UUID, contact_id: UUID | None) -> None:
        """No more lines in another chat than this one, inside the caller's transaction."""
        ping = await cls.get_or_none(tip_id=tip_id)
        if ping and (contact_id is None or ping.contact_id() != contact_id):
            await ping.delete()

    def contact_id(self) -> UUID | None:
        """The chat to ping. None when the link does not open, as in a restored backup whose key is gone."""
        try:
            return UUID(bytes=house().keys.transit.unlock(self.contact_locked, Purpose.PING, self.id))
        except Refused:
            return None


async def ping_now(tip_id: UUID) -> None:
    """Announce something to read that is no line of the thread, inside the caller's transaction."""
    ping = await Ping.get_or_none(tip_id=tip_id)
    contact_id = ping.contact_id() if ping else None
    if contact_id and await Contact.exists(id=contact_id):
        await Outbox.put([(contact_id, Say("ping.neutral"))], lane=Lane.NOTICE)


async def announce_replies(limit: int = 100) -> int:
    """The job behind the neutral ping: replies whose thirty seconds are over are announced, once.

    It opens chat links only, no ring, no T, no R; the words wait until the reporter comes with the code.
    """
    async with transaction():
        waiting = Message.filter(pinged=False, released_at__lte=clock.now()).limit(limit)
        due = await for_update(waiting, skip_locked=True)
        if not due:
            return 0
        pings = await Ping.filter(tip_id__in=[message.tip_id for message in due])
        linked = {contact_id for ping in pings if (contact_id := ping.contact_id())}
        told = await Contact.filter(id__in=list(linked)).only("id")
        await Outbox.put([(contact.id, Say("ping.neutral")) for contact in told], lane=Lane.NOTICE)
        await Message.filter(id__in=[message.id for message in due]).update(pinged=True)
        return len(due)


async def in_slices(lines: QuerySet[Message]) -> AsyncIterator[list[Message]]:
    """Lines of one tip in their order, some at a time: a thread may be long."""
    last = -1
    while taken := await lines.filter(order__gt=last).order_by("order").limit(SLICE):
        yield taken
        last = taken[-1].order


def words_of(told: dict[str, Any]) -> str:
    """The words of a narrative or addition, parts joined by line breaks."""
    return "\n".join(part["text"] for part in told["parts"] if part.get("text"))
