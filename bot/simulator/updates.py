"""The queue of updates: kept until confirmed, for 24 hours, exactly as getUpdates promises."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.simulator.chats import Signal
from bot.simulator.errors import CONFLICT, Json, Refusal, encode

KEPT_SECONDS = 24 * 3600
MAX_BATCH = 100
# Telegram's queue reads an offset further ahead than this as a mistake and starts from its head: that is
# how bots survive the random restart of ids after a quiet week.
FUTURE = 10


@dataclass(slots=True)
class Update:
    """One update as JSON text, frozen when it happened."""

    id: int
    body: str
    at: float
    lane: int
    pushed: bool = False
    served: bool = False


class Updates:
    """What happened and was not yet confirmed, in order of arrival."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Ids start at random, as Telegram's do."""
        self._clock = clock
        self._waiting: dict[int, Update] = {}
        self._arrivals = 0
        self._turn = 0
        self._arrived = Signal()
        self.next_id = 100_000_000 + secrets.randbelow(800_000_000)
        self.listener: Callable[[int, Update], None] | None = None

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def add(self, content: Json, lane: int) -> int:
        """Queue an ordinary update under the next id."""
        update_id = self.next_id
        self.next_id += 1
        body = encode({"update_id": update_id, **content})
        self._queue(Update(update_id, body, self._clock(), lane))
        return update_id

    def push(self, raw: Json, update_id: int | None = None) -> int:
        """Queue anything. With an id of its own it is a duplicate or a straggler: kept until served once."""
        given = raw.get("update_id") if update_id is None else update_id
        if not isinstance(given, int):
            given, self.next_id = self.next_id, self.next_id + 1
            body = encode({"update_id": given, **raw})
            self._queue(Update(given, body, self._clock(), 0))
            return given
        body = encode({**raw, "update_id": given})
        self._queue(Update(given, body, self._clock(), 0, pushed=True))
        return given

    def waiting(self) -> list[tuple[int, Update]]:
        """Everything unconfirmed and not too old, with its place in the order of arrival."""
        oldest = self._clock() - KEPT_SECONDS
        for place in [place for place, update in self._waiting.items() if update.at < oldest]:
            del self._waiting[place]
        return list(self._waiting.items())

    def forget(self, place: int) -> None:
        """The webhook took this one."""
        self._waiting.pop(place, None)

    def clear(self) -> None:
        """drop_pending_updates."""
        self._waiting.clear()

    async def get(self, offset: int, limit: int, seconds: float) -> list[Update]:
        """Confirm below the offset, then hand out what waits or comes; a later caller ends the wait."""
        self._turn += 1
        turn = self._turn
        self._arrived.fire()
        self._confirm(offset)
        until = time.monotonic() + seconds
        while not self._waiting and (left := until - time.monotonic()) > 0:
            await self._arrived.wait(left)
            if turn != self._turn:
                raise Refusal(
                    CONFLICT,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
        batch = [update for _, update in self.waiting()[: min(max(limit, 1), MAX_BATCH)]]
        for update in batch:
            update.served = True
        return batch

    def _queue(self, update: Update) -> None:
        self._arrivals += 1
        self._waiting[self._arrivals] = update
        self._arrived.fire()
        if self.listener is not None:
            self.listener(self._arrivals, update)

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            for place in list(self._waiting)[:offset]:
                del self._waiting[place]
            return
        known = max([self.next_id, *(u.id for u in self._waiting.values() if u.pushed)])
        if offset == 0 or offset > known + FUTURE:
            return
        done = [p for p, u in self._waiting.items() if u.id < offset and (u.served or not u.pushed)]
        for place in done:
            del self._waiting[place]
