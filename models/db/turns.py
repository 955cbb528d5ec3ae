"""Turns at work that several processes share: whoever is quicker does it, and nobody does it at the same time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from models.db.transactions import lock_number

Turn = Callable[[str], AbstractAsyncContextManager[bool]]
"""`async with turn("sweep") as mine:` False while another process is at it."""


@asynccontextmanager
async def undisputed(_name: str) -> AsyncIterator[bool]:
    """Where one process does everything."""
    yield True


class Turns:
    """Turns on PostgreSQL: advisory locks of one connection of their own, free at once when the process dies.

    Should that connection be lost in the middle of a turn, another process may begin the same work: the verbs look at
    rows, so nothing happens twice then either; it only costs a wait.
    """

    def __init__(self, connect: Callable[[], Awaitable[Any]]) -> None:
        self._connect = connect
        self._connection: Any = None
        self._speaking = asyncio.Lock()

    @asynccontextmanager
    async def take(self, name: str) -> AsyncIterator[bool]:
        """Whether it is ours now."""
        number = lock_number(f"turn {name}")
        async with self._speaking:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
            connection = self._connection
            mine = bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", number))
        try:
            yield mine
        finally:
            if mine and not connection.is_closed():
                async with self._speaking:
                    await connection.execute("SELECT pg_advisory_unlock($1)", number)

    async def close(self) -> None:
        """Give up whatever is ours."""
        if self._connection is not None:
            await self._connection.close()
