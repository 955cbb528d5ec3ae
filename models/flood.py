"""Flood control in memory: counts that fade, keyed by an HMAC, gone with the process."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from models.errors import Throttled
from models.sealing import lookup_tag

MOST_KEYS = 10_000


class Gate:
    """At most `tries` in `seconds` for one key. Nothing is stored but an HMAC under a key of this process."""

    def __init__(self, *, tries: int, seconds: int, message: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._tries, self._seconds, self._message, self._clock = tries, seconds, message, clock
        self._key = secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, list[float]] = OrderedDict()

    def enter(self, *who: str) -> None:
        """Count a try. Throttled when there were too many."""
        tag, at = lookup_tag(self._key, *who), self._clock()
        recent = [moment for moment in self._seen.pop(tag, []) if moment > at - self._seconds]
        if len(recent) >= self._tries:
            self._seen[tag] = recent
            raise Throttled(self._message, seconds=int(recent[0] + self._seconds - at) + 1)
        self._seen[tag] = [*recent, at]
        while len(self._seen) > MOST_KEYS:
            self._seen.popitem(last=False)

    def forget(self, *who: str) -> None:
        """A success clears the count."""
        self._seen.pop(lookup_tag(self._key, *who), None)


LOGINS = Gate(tries=10, seconds=600, message="login.throttled")
CODES = Gate(tries=10, seconds=600, message="track.throttled")
