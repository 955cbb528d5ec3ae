"""From the chat to the page: what was chosen in the chat (place, topic, whom it concerns) need not be chosen again.

A ticket in the address stands for these choices, once and for half an hour. It holds nothing of the telling, no
code, and no chat: the row names nobody, and what was typed in the chat stays there (ADR 0007, 0010).
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise.models import Model

from models import clock
from models.db import IdField, SealedField, UtcDatetimeField, transaction
from models.draft import Telling
from models.house import house
from models.sealing import Purpose, lookup_tag

LIFE: Final = timedelta(minutes=30)
TICKET_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Choices:
    """What goes along."""

    place: str
    topic: str
    concerns: str
    station: str


class Passage(Model):
    """One way over, not yet gone. Its id follows from the ticket, which is kept nowhere."""

    id = IdField()
    body: bytes = SealedField()
    expires_at: datetime = UtcDatetimeField()

    class Meta:
        table = "passage"
        indexes = (("expires_at",),)

    @classmethod
    async def open(cls, telling: Telling, station_id: UUID | None) -> str:
        """Make a ticket for what was chosen so far, inside the caller's step or in a transaction of its own."""
        ticket = os.urandom(TICKET_BYTES).hex()
        told = [telling.place, telling.topic, telling.concerns, station_id.hex if station_id else ""]
        row_id = _row_id(ticket)
        body = house().keys.transit.lock(json.dumps(told).encode(), Purpose.PASSAGE, row_id)
        async with transaction():
            await cls.create(id=row_id, body=body, expires_at=clock.now() + LIFE)
        return ticket

    @classmethod
    async def stands(cls, ticket: str) -> bool:
        """Whether the ticket still leads over. Looking uses nothing up: messengers look at links beforehand."""
        return await cls.filter(id=_row_id(ticket), expires_at__gt=clock.now()).exists()

    @classmethod
    async def go(cls, ticket: str) -> Choices | None:
        """Use the ticket up. None when it was used, has expired, or is none."""
        async with transaction():
            row = await cls.get_or_none(id=_row_id(ticket), expires_at__gt=clock.now())
            if row is None or not await cls.filter(id=row.id).delete():
                return None
        return Choices(*json.loads(house().keys.transit.unlock(row.body, Purpose.PASSAGE, row.id)))

    @classmethod
    async def sweep(cls) -> int:
        """Tickets nobody used. A job."""
        async with transaction():
            return await cls.filter(expires_at__lte=clock.now()).delete()


def _row_id(ticket: str) -> UUID:
    return UUID(bytes=lookup_tag(house().keys.index, "passage", ticket)[:16])
