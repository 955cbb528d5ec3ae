"""Telegram's limits on sending, as token buckets."""

import math
from collections.abc import Callable

from bot.simulator.errors import too_many

PER_BOT = 30.0
PER_CHAT = 1.0
CHAT_BURST = 3.0


class Bucket:
    """Tokens that come back with time."""

    __slots__ = ("_at", "_burst", "_level", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        """Start full."""
        self._rate, self._burst, self._level, self._at = rate, burst, burst, now

    def missing(self, now: float) -> float:
        """Seconds until a token is there; zero when one is."""
        self._level = min(self._burst, self._level + max(0.0, now - self._at) * self._rate)
        self._at = now
        return 0.0 if self._level >= 1 else (1 - self._level) / self._rate

    def take(self) -> None:
        """Use one."""
        self._level -= 1


class Limits:
    """30 messages a second per bot, one a second per private chat with a small burst."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        per_bot: float = PER_BOT,
        per_chat: float = PER_CHAT,
        burst: float = CHAT_BURST,
    ) -> None:
        """Rates in messages per second."""
        self._clock = clock
        self._chat = per_chat, burst
        self._bot = Bucket(per_bot, per_bot, clock())
        self._chats: dict[int, Bucket] = {}

    def take(self, chat_id: int) -> None:
        """Count one message, or refuse it with the time to wait."""
        now = self._clock()
        if (chat := self._chats.get(chat_id)) is None:
            chat = self._chats[chat_id] = Bucket(*self._chat, now)
        if wait := max(self._bot.missing(now), chat.missing(now)):
            raise too_many(math.ceil(wait))
        self._bot.take()
        chat.take()
