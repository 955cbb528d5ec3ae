"""Contacts: an address at which somebody may be spoken to. Channel-neutral; only the bot knows Telegram."""

from datetime import date, timedelta
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.db import BytesField, IdField, UtcDatetimeField, new_id, transaction
from models.house import house
from models.sealing import Purpose, lookup_tag
from models.terms import Language

IDLE_CONTACTS = timedelta(days=30)
TRACE_LIFE = timedelta(hours=48)
"""Telegram lets a bot delete a private message for 48 hours; afterwards the trace is of no use to the resident."""


class Contact(Model):
    """One address. In clear it holds only a language and a station; the address is locked, its tag an HMAC."""

    id = IdField()
    tag = BytesField(unique=True)
    address_locked = BytesField()
    language = fields.CharEnumField(Language, max_length=8, default=Language.ZH_CN)
    station_id: UUID | None = fields.UUIDField(null=True)
    blocked = fields.BooleanField(default=False)
    seen_on: date = fields.DateField()

    class Meta:
        table = "contact"
        indexes = (("seen_on",),)

    @classmethod
    def new(cls, address: str, language: Language) -> "Contact":
        """A contact not stored yet. `address` is `channel:number`."""
        contact_id = new_id()
        locked = house().keys.transit.lock(address.encode(), Purpose.CONTACT, contact_id)
        return cls(
            id=contact_id,
            tag=address_tag(address),
            address_locked=locked,
            language=language,
            seen_on=clock.today(),
        )

    def address(self) -> str:
        """`channel:number`, for the edge that delivers."""
        return house().keys.transit.unlock(self.address_locked, Purpose.CONTACT, self.id).decode()

    async def speak(self, language: Language) -> None:
        """From now on this contact reads another language."""
        self.language = language
        async with transaction():
            await self.save(update_fields=["language"])

    async def come_through(self, station_id: UUID | None) -> None:
        """A station's poster brought this contact; its village is offered first."""
        if self.station_id != station_id:
            self.station_id = station_id
            async with transaction():
                await self.save(update_fields=["station_id"])

    @classmethod
    async def forget_idle(cls) -> int:
        """Contacts nobody used for thirty days go, with all that hangs on them, but not those of people in office.

        A job.
        """
        from models.officer import keep_chats  # they know contacts, not the other way round
        from models.official import keep_reached

        await keep_chats()
        await keep_reached()
        async with transaction():
            return await cls.filter(seen_on__lt=clock.today() - IDLE_CONTACTS).delete()


class Trace(Model):
    """A message id in a contact's chat, kept only so that 清掉 can delete it there. No content, no tip."""

    id = fields.BigIntField(primary_key=True, generated=True)
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField("models.Contact", related_name="traces")
    contact_id: UUID
    message = fields.BigIntField()
    at = UtcDatetimeField()

    class Meta:
        table = "trace"
        indexes = (("contact_id",), ("at",))

    @classmethod
    async def sweep(cls) -> int:
        """Forget ids that Telegram would no longer delete. A job."""
        async with transaction():
            return await cls.filter(at__lt=clock.now() - TRACE_LIFE).delete()


def address_tag(address: str) -> bytes:
    """The HMAC under which a contact is found."""
    return lookup_tag(house().keys.index, "contact", address)


async def traces_of(contact_id: UUID) -> list[int]:
    """Message ids of a chat that may still be deleted, oldest first."""
    rows = await Trace.filter(contact_id=contact_id).order_by("message").values("message")
    return [row["message"] for row in rows]


async def forget_traces(contact_id: UUID, messages: list[int]) -> None:
    """They were deleted in the chat."""
    async with transaction():
        await Trace.filter(contact_id=contact_id, message__in=messages).delete()
