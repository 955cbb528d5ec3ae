"""What Telegram calls our materials: each is carried there once for each bot, by one process at a time."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.db import UtcDatetimeField, advisory_lock, new_id, transaction

CLAIM_LIFE: Final = timedelta(seconds=180)
"""How long somebody may take to carry one to Telegram before another tries."""
MOST_RENEWALS: Final = 3


class Carried(Model):
    """What Telegram calls a material in one bot's mouth. Whoever holds the claim carries it there; others wait."""

    id = fields.BigIntField(primary_key=True, generated=True)
    material_id: UUID = fields.UUIDField()
    bot: int = fields.BigIntField()
    name = fields.CharField(max_length=255, default="")  # Telegram's file_id; empty until it has been there
    claim_id: UUID | None = fields.UUIDField(null=True)
    claimed_until: datetime | None = UtcDatetimeField(null=True)
    renewals: int = fields.SmallIntField(default=0)

    class Meta:
        table = "carried"
        unique_together = (("material_id", "bot"),)

    @classmethod
    async def claim(cls, material_id: UUID, bot: int) -> "Carried":
        """Its row: with a name; or without, and then `claim_id` is the caller's if it was free.

        The claim is committed before anything is sent, and ends by itself if its holder dies.
        """
        known = await cls.get_or_none(material_id=material_id, bot=bot)
        if known and (known.name or not known.is_free):
            known.claim_id = None
            return known
        mine, until = new_id(), clock.now() + CLAIM_LIFE
        async with transaction():
            await advisory_lock(f"carry {material_id} {bot}")
            row = await cls.get_or_none(material_id=material_id, bot=bot) or cls(material_id=material_id, bot=bot)
            if row.name or not row.is_free:
                row.claim_id = None
                return row
            row.claim_id, row.claimed_until = mine, until
            await row.save()
        return row

    @property
    def is_free(self) -> bool:
        """Whether nobody has it in hand, or he who had died."""
        return self.claimed_until is None or self.claimed_until <= clock.now()

    async def carried(self, name: str) -> None:
        """It is there; the claim is over. Without a name it did not arrive, and the next one tries."""
        async with transaction():
            mine = Carried.filter(id=self.id, claim_id=self.claim_id)
            await mine.update(name=name, claim_id=None, claimed_until=None)

    async def forget(self) -> bool:
        """Telegram does not know the name any more. False when that happened too often in a row: somebody must look."""
        if self.renewals >= MOST_RENEWALS:
            return False
        async with transaction():
            same = Carried.filter(id=self.id, name=self.name)
            await same.update(name="", renewals=self.renewals + 1)
        return True

    @classmethod
    async def start_over(cls, material_id: UUID) -> None:
        """Somebody has looked, or will: the next letter brings it anew."""
        async with transaction():
            await cls.filter(material_id=material_id, claim_id=None).update(name="", renewals=0)
