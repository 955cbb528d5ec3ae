"""A form that was sent twice is taken once: each page carries a random mark, and what was done with it is noted.

The mark counts together with what was written: the same form sent again with other words, as after a step back,
is another act, and no word is lost.
"""

import hashlib
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.db import transaction
from models.errors import Repeated

KEPT: Final = timedelta(days=3)
"""Longer than any session, and as long as a form on the web."""


class Once(Model):
    """One act that was done. The id tells nothing of it, and the row only the day: it may be a reporter's."""

    id: UUID = fields.UUIDField(primary_key=True)
    day: date = fields.DateField()

    class Meta:
        table = "once"
        indexes = (("day",),)

    @classmethod
    async def sweep(cls) -> int:
        """Forget marks of pages that nobody has open any more. A job."""
        async with transaction():
            return await cls.filter(day__lt=clock.today() - KEPT).delete()


def act_id(mark: str, *said: object) -> UUID | None:
    """The id of an act: the page's mark and everything that makes the act what it is. None without a mark."""
    if not mark:
        return None
    told = "\0".join([mark, *map(str, said)])
    return UUID(bytes=hashlib.sha256(told.encode(errors="surrogatepass")).digest()[:16])


async def refuse_repeated(act: UUID | None) -> None:
    """Repeated when it was done already."""
    if act is not None and await Once.exists(id=act):
        raise Repeated


async def forget(act: UUID | None) -> None:
    """It was taken back: the same may be done again, inside the caller's transaction."""
    if act is not None:
        await Once.filter(id=act).delete()


async def take(act: UUID | None) -> None:
    """Note it, inside the transaction of the effect and under the lock of what it changes. Repeated as above."""
    if act is not None:
        await refuse_repeated(act)
        await Once.create(id=act, day=clock.today())
