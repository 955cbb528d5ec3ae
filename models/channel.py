"""The channel of a place stays open: neither a tie nor a key leaves it without anybody who receives what is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models.db import advisory_lock
from models.errors import Conflict
from models.offices import read
from models.routing import closed
from models.unit import tree


@asynccontextmanager
async def kept_open() -> AsyncIterator[None]:
    """For what recuses an office, within the caller's transaction, which is undone when this refuses.

    Conflict when some place that had a receiver would have none left, whatever it is that would be told there.
    """
    await advisory_lock("channel")  # two ties that only together close a channel
    units, before = await tree(), await read()
    yield
    lost = next(closed(units, before, await read()), None)
    if lost:
        place, _ = lost
        raise Conflict("ties.closes", place=place.name)
