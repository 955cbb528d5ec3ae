"""Tickets: one-time links that an officer holds out to be scanned. A ticket knows its station and nobody else.

It opens the door through which a resident tells on his own phone, and is gone then: what he writes, his code,
and who held out the ticket are linked by no row.
"""

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.db import BytesField, IdField, UtcDatetimeField, transaction
from models.house import house
from models.sealing import lookup_tag

TICKET_LIFE: Final = timedelta(minutes=30)
LONGEST: Final = 64
_RANDOM_BYTES: Final = 16


class Ticket(Model):
    """One ticket not used yet. Only its tag is kept."""

    id = IdField()
    tag = BytesField(unique=True)
    station_id: UUID = fields.UUIDField()
    until = UtcDatetimeField()

    class Meta:
        table = "ticket"
        indexes = (("until",),)

    @classmethod
    async def issue(cls, station_id: UUID) -> str:
        """A new ticket; answers what its link carries. Letters, digits, - and _ only."""
        word = secrets.token_urlsafe(_RANDOM_BYTES)
        async with transaction():
            await cls.create(tag=_tag(word), station_id=station_id, until=clock.now() + TICKET_LIFE)
        return word

    @classmethod
    async def look(cls, word: str) -> UUID | None:
        """The station of a ticket that is still good; looking does not use it up."""
        ticket = await cls.get_or_none(tag__in=_tags(word), until__gt=clock.now())
        return ticket.station_id if ticket else None

    @classmethod
    async def use(cls, word: str) -> UUID | None:
        """Use it up; answers its station. None when it is unknown, used or too old, all alike."""
        station_id = await cls.look(word)
        if station_id is None:
            return None
        async with transaction():
            return station_id if await cls.filter(tag__in=_tags(word)).delete() else None

    @classmethod
    async def sweep(cls) -> int:
        """Those nobody scanned. A job."""
        async with transaction():
            return await cls.filter(until__lte=clock.now()).delete()


def _tags(word: str) -> list[bytes]:
    """Under each index key: a ticket outlives the hour in which a base secret is exchanged."""
    return [_tag(word[:LONGEST], index) for index in house().keys.indexes]


def _tag(word: str, index: bytes | None = None) -> bytes:
    return lookup_tag(index or house().keys.index, "ticket", word)
