"""How long to wait after a failure: longer each time, never in step with others."""

from collections.abc import Callable
from secrets import SystemRandom

Spread = Callable[[float, float], float]
_evenly = SystemRandom().uniform


class Backoff:
    """Doubles from `first` to `most` seconds; jitter keeps restarted bots from knocking together."""

    def __init__(self, *, first: float = 1.0, most: float = 60.0, spread: Spread = _evenly) -> None:
        self._first, self._most, self._spread = first, most, spread
        self._limit = first

    def reset(self) -> None:
        """Forgets earlier failures: the next pause is short again."""
        self._limit = self._first

    def pause(self) -> float:
        """The seconds to wait now; the next pause will be about twice as long."""
        limit, self._limit = self._limit, min(self._limit * 2, self._most)
        return self._spread(limit / 2, limit)
