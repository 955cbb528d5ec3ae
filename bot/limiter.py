"""Decides when a message may go out, within Telegram's limits: pure logic on a clock that tests can hold.

Thirty a second for the bot is a sliding window: a token bucket would let sixty pass around a second's edge.
One a second for a chat is a debt that is paid off with time, up to `burst` messages ahead.
"""

import asyncio
import heapq
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from itertools import count
from typing import Any

from bot.lanes import PATIENCE, Chat, Priority, Ticket
from bot.refused import Refusals

_WINDOW = 1.0
_SHORTEST_NAP = 0.001  # a float can land a hair before the moment it aims at


class Limiter:
    """One per bot token. `slot` returns when the message may be sent; `refused` tells it of a 429."""

    def __init__(
        self,
        *,
        per_second: int = 30,
        burst: int = 3,
        pace: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._ahead, self._pace = (burst - 1) * pace, pace
        self._sent: deque[float] = deque(maxlen=per_second)
        self._refusals = Refusals()
        self._chats: dict[Hashable, Chat] = {}
        self._sweep_at = 64
        # Chats that may send now, taking turns within their lane; and those that may again at a known moment.
        self._open: dict[Priority, OrderedDict[Hashable, Chat]] = {p: OrderedDict() for p in Priority}
        self._resting: list[tuple[float, int, Chat]] = []
        self._order = count()
        self._passed_over = dict.fromkeys(Priority, 0)
        self._waiting = 0
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at = 0.0

    @property
    def beat(self) -> float:
        """Seconds between two messages when they go out evenly at the full rate."""
        return _WINDOW / (self._sent.maxlen or 1)

    async def slot(self, chat: Hashable, priority: Priority) -> None:
        """Waits for this message's turn. Cancelling gives the place back; a slot already granted is spent."""
        ticket: Ticket = asyncio.get_running_loop().create_future()
        state = self._state(chat)
        state.waiting[priority].append(ticket)
        self._waiting += 1
        self._place(state)
        self._grant_all()
        try:
            await ticket
        except asyncio.CancelledError:
            self._withdraw(state, priority, ticket)
            raise

    def refused(self, chat: Hashable, retry_after: float) -> None:
        """A 429 came back for `chat`: it stops; when several are refused at once, the whole bot does."""
        now = self._clock()
        state = self._state(chat)
        state.stopped_until = max(state.stopped_until, now + retry_after)
        self._refusals.heard(chat, now, now + retry_after)
        self._place(state)
        self._grant_all()

    def _grant_all(self) -> None:
        now = self._clock()
        self._wake(now)
        while now >= self._room_at() and (priority := self._next_lane()) is not None:
            self._grant(priority, now)
        self._set_alarm(now)

    def _room_at(self) -> float:
        full = len(self._sent) == self._sent.maxlen
        return max(self._refusals.stopped_until, self._sent[0] + _WINDOW if full else 0.0)

    def _next_lane(self) -> Priority | None:
        ready = [priority for priority in Priority if self._open[priority]]
        for priority in reversed(ready):
            if self._passed_over[priority] >= PATIENCE[priority]:
                return priority
        return ready[0] if ready else None

    def _grant(self, priority: Priority, now: float) -> None:
        for other in Priority:
            self._passed_over[other] += bool(self._open[other])
        self._passed_over[priority] = 0
        _, chat = self._open[priority].popitem(last=False)
        ticket = chat.waiting[priority].popleft()
        chat.owed_until = max(chat.owed_until, now) + self._pace
        self._sent.append(now)
        self._waiting -= 1
        self._place(chat)
        if not ticket.done():  # cancelled, but its task has not run yet: the slot is spent
            ticket.set_result(None)

    def _place(self, chat: Chat) -> None:
        opens_at = chat.opens_at(self._ahead)
        is_open = opens_at <= self._clock()
        for priority, tickets in chat.waiting.items():
            if is_open and tickets:
                self._open[priority].setdefault(chat.key, chat)
            else:
                self._open[priority].pop(chat.key, None)
        if not is_open and chat.waits and not chat.resting:
            chat.resting = True
            heapq.heappush(self._resting, (opens_at, next(self._order), chat))

    def _wake(self, now: float) -> None:
        while self._resting and self._resting[0][0] <= now:
            chat = heapq.heappop(self._resting)[2]
            chat.resting = False
            self._place(chat)

    def _withdraw(self, chat: Chat, priority: Priority, ticket: Ticket) -> None:
        if ticket in chat.waiting[priority]:
            chat.waiting[priority].remove(ticket)
            self._waiting -= 1
            self._place(chat)
            self._grant_all()

    def _set_alarm(self, now: float) -> None:
        due = self._due()
        if self._alarm is not None and (due is None or due < self._alarm_at):
            self._alarm.cancel()
            self._alarm = None
        if due is not None and self._alarm is None:
            self._alarm_at = due
            # An empty context: a sleeper must not hold the caller's database connection.
            self._alarm = asyncio.get_running_loop().create_task(self._ring(due - now), context=Context())

    def _due(self) -> float | None:
        if not self._waiting:
            return None
        if any(self._open.values()):
            return self._room_at()
        return max(self._resting[0][0], self._room_at())

    async def _ring(self, delay: float) -> None:
        await self._sleep(max(delay, _SHORTEST_NAP))
        self._alarm = None
        self._grant_all()

    def _state(self, chat: Hashable) -> Chat:
        if chat not in self._chats and len(self._chats) >= self._sweep_at:
            now = self._clock()
            self._chats = {key: one for key, one in self._chats.items() if not one.idle(now)}
            self._sweep_at = max(64, 2 * len(self._chats))
        return self._chats.setdefault(chat, Chat(chat))
