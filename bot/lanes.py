"""What the limiter knows of a chat, and how its lanes share the road."""

import asyncio
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import IntEnum

Ticket = asyncio.Future[None]


class Priority(IntEnum):
    """Answers to a person who waits go before notices, and notices before broadcasts."""

    INTERACTIVE = 0
    NOTICE = 1
    BROADCAST = 2


# How often a lane that could send lets better ones pass before it takes one turn. So nothing starves, and a
# person's answer never waits for more than two messages it should have overtaken.
PATIENCE = {Priority.INTERACTIVE: 0, Priority.NOTICE: 9, Priority.BROADCAST: 29}


@dataclass(slots=True, eq=False)
class Chat:
    """One chat's waiting messages and what it owes."""

    key: Hashable
    owed_until: float = 0.0
    stopped_until: float = 0.0
    resting: bool = False
    waiting: dict[Priority, deque[Ticket]] = field(default_factory=lambda: {p: deque() for p in Priority})

    @property
    def waits(self) -> bool:
        """Whether anything is waiting here."""
        return any(self.waiting.values())

    def opens_at(self, ahead: float) -> float:
        """The moment from which it may send, `ahead` seconds of debt being allowed."""
        return max(self.owed_until - ahead, self.stopped_until)

    def idle(self, now: float) -> bool:
        """Whether forgetting it changes nothing."""
        return not self.waits and not self.resting and max(self.owed_until, self.stopped_until) <= now
