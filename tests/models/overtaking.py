"""Lets one request be overtaken by another at any place where it waits: the rival runs there, whole, if it can."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any

from models.errors import DomainError

PATIENCE = 0.3
"""Seconds after which a rival that waits for a lock is left waiting, and the first goes on."""


class Overtaken:
    """Awaits `work`; before its n-th wait ends, `rival` runs. `kept_out`: the rival had to wait for `work`."""

    def __init__(self, work: Coroutine[Any, Any, Any], rival: Coroutine[Any, Any, Any], *, at: int) -> None:
        self._work, self._rival, self._at = work, asyncio.create_task(self._run(rival)), at
        self._go, self.waits, self.kept_out = asyncio.Event(), 0, False

    async def _run(self, rival: Coroutine[Any, Any, Any]) -> None:
        await self._go.wait()
        with suppress(DomainError):
            await rival

    def __await__(self) -> Generator[Any, Any, None]:
        with suppress(DomainError):
            yield from self._steps()
        self._go.set()
        yield from self._rival.__await__()

    def _steps(self) -> Generator[Any, Any, None]:
        with suppress(StopIteration):
            waited = self._work.send(None)
            while True:
                self.waits += 1
                try:
                    answer = yield waited
                    if self.waits == self._at:
                        yield from self._let_pass().__await__()
                except BaseException as error:  # noqa: BLE001  what was waited for failed
                    waited = self._work.throw(error)
                else:
                    waited = self._work.send(answer)

    async def _let_pass(self) -> None:
        self._go.set()
        _, pending = await asyncio.wait({self._rival}, timeout=PATIENCE)
        self.kept_out = bool(pending)


async def overtaken_anywhere(
    scene: Callable[[], Awaitable[tuple[Any, Any]]], check: Callable[[], Awaitable[None]]
) -> None:
    """Overtake at the first wait, the second, …, until the rival is kept out or the work has no further wait."""
    for at in range(1, 200):
        race = Overtaken(*await scene(), at=at)
        await race
        await check()
        if race.kept_out or race.waits < at:
            return
