"""PTB's four timeouts in aiohttp's terms."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from aiohttp import ClientTimeout
from telegram.request import BaseRequest

_UNSAID = BaseRequest.DEFAULT_NONE


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for a free connection, a new one, the sending, and the answer; None waits on."""

    pool: float | None = 5.0
    connect: float | None = 5.0
    write: float | None = 10.0
    media_write: float | None = 60.0
    read: float | None = 10.0

    def chosen(self, *, files: bool, read: Any, write: Any, connect: Any, pool: Any) -> ClientTimeout:
        """What the caller said, and our own where he said nothing."""
        usual_write = self.media_write if files else self.write
        return _translated(
            self.pool if pool is _UNSAID else pool,
            self.connect if connect is _UNSAID else connect,
            usual_write if write is _UNSAID else write,
            self.read if read is _UNSAID else read,
        )

    def streaming(self) -> ClientTimeout:
        """For long bodies: no limit on the whole, only on the silence between two pieces."""
        return ClientTimeout(
            total=None, connect=_sum(self.pool, self.connect), sock_connect=self.connect, sock_read=self.read
        )


@cache  # a handful of combinations, built for each message otherwise
def _translated(pool: float | None, connect: float | None, write: float | None, read: float | None) -> ClientTimeout:
    # aiohttp has no write timeout: sock_read starts when the body is out, so the total bounds the writing.
    # Its `connect` counts the wait for the pool and the connecting together.
    connected = _sum(pool, connect)
    return ClientTimeout(
        total=_sum(connected, _sum(write, read)), connect=connected, sock_connect=connect, sock_read=read
    )


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
