"""What the wire can answer beyond PTB's errors, told apart because sending again depends on it."""

import json
from datetime import timedelta
from typing import Any

from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

_AT_LEAST = 1.0


class NotSent(NetworkError):
    """The request surely never reached Telegram: sending it again cannot speak twice."""

    __slots__ = ()


class NotSentInTime(NotSent, TimedOut):
    """The same, because no connection was free or made in time."""

    __slots__ = ()


class SlowDown(RetryAfter):
    """A 429. PTB's own RetryAfter warns of its deprecation when it is merely made; this one has `seconds`."""

    __slots__ = ()

    def __init__(self, seconds: float) -> None:
        self._retry_after = timedelta(seconds=seconds)
        TelegramError.__init__(self, f"Too many requests: retry in {seconds:g} s")

    @property
    def seconds(self) -> float:
        """How long Telegram asked us to wait."""
        return self._retry_after.total_seconds()

    @classmethod
    def told_by(cls, payload: bytes) -> "SlowDown":
        """Reads `parameters.retry_after`; an answer without it asks for a second."""
        try:
            told: Any = json.loads(payload)["parameters"]["retry_after"]
            return cls(max(float(told), _AT_LEAST))
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return cls(_AT_LEAST)
