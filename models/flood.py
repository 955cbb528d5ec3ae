"""Flood control in memory: counts that fade, keyed by an HMAC, gone with the process."""

import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from models.errors import Throttled
from models.sealing import lookup_tag

MOST_KEYS = 10_000
MOMENT = 5
"""Seconds after which somebody who met a full line may try again."""
HUMAN_SECONDS = 60
"""Nobody answers all questions of a form in less."""
UTTERLY = 10
"""How many times too many tips are too many even when each took its time."""
FADING = 5
"""How often a level halves within the ten minutes."""


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


class Line:
    """A line before work that is dear: who finds it full is asked to come again in a moment.

    It bounds what a crowd of strangers can make this process compute, however many names they try.
    """

    def __init__(self, *, places: int) -> None:
        self._places, self._standing = places, 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Stand in line. Throttled when it is full."""
        if self._standing >= self._places:
            raise Throttled("login.crowded", seconds=MOMENT)
        self._standing += 1
        try:
            yield
        finally:
            self._standing -= 1


STRANGERS = Line(places=24)
"""Browsers in which nobody has logged in as this member yet: some seconds of Argon2 wait in it at most."""
KNOWN = Line(places=64)
"""Browsers that bear a member's own mark have a line of their own: no stranger can fill it."""
LOGINS = Gate(tries=10, seconds=600, message="login.throttled")
CODES = Gate(tries=10, seconds=600, message="track.throttled")


class AddressGate:
    """How busy one network address is. It slows down and marks, and never refuses: a village shares an address.

    What is kept is an HMAC under a key of this process and a level that fades within ten minutes.
    """

    def __init__(
        self,
        *,
        posts: int = 300,
        tips: int = 30,
        tries: int = 30,
        seconds: int = 600,
        longest: float = 4.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._longest, self._seconds, self._clock = longest, seconds, clock
        self._most = {"post": posts, "tip": tips, "try": tries}
        self._key = secrets.token_bytes(32)
        self._levels: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def post_wait(self, address: str) -> float:
        """Seconds to wait before a form from this address is read."""
        return self._wait(self._busier("post", address))

    def try_wait(self, address: str) -> float:
        """Seconds to wait before a receipt code from this address is looked up."""
        return self._wait(self._busier("try", address))

    def is_flood(self, address: str, told_in: float) -> bool:
        """Whether a tip from here is to be listed apart: one of too many, and told faster than a person tells.

        Whoever took his time passes even while others behind his address flood; ten times too many do not.
        """
        busy = self._busier("tip", address)
        return busy > 1 and (told_in < HUMAN_SECONDS or busy > UTTERLY)

    def _wait(self, busy: float) -> float:
        return max(0.0, min(self._longest, (busy - 1) * self._longest))

    def _busier(self, what: str, address: str) -> float:
        """Count one more; how full the measure is, 1 being what is normal."""
        tag, at = lookup_tag(self._key, what, address), self._clock()
        self._forget(at)
        level, since = self._levels.pop(tag, (0.0, at))
        level = level * math.exp2((since - at) * FADING / self._seconds) + 1
        self._levels[tag] = level, at
        return level / self._most[what]

    def _forget(self, at: float) -> None:
        """Whoever was not seen for ten minutes, and the oldest when there are too many, is gone."""
        while self._levels:
            tag, (_, since) = next(iter(self._levels.items()))
            if since > at - self._seconds and len(self._levels) < MOST_KEYS:
                return
            del self._levels[tag]
