"""Faults on demand: what the network and Telegram's servers do on bad days."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from bot.simulator.errors import Refusal, too_many

Kind = Literal["400", "401", "403", "429", "500", "502", "timeout", "slow", "drop", "drop_answer", "garbage"]
KINDS: tuple[str, ...] = get_args(Kind)
SECONDS = 60.0
REASONS = {
    "400": "Bad Request: fault on demand",
    "401": "Unauthorized",
    "403": "Forbidden: bot was blocked by the user",
    "500": "Internal Server Error",
    "502": "Bad Gateway",
}


@dataclass
class Fault:
    """One fault: which calls it meets and how often. `hits` counts the calls it met."""

    kind: Kind
    method: str = "*"
    times: int | None = 1
    retry_after: int = 1
    chat_id: int | None = None
    seconds: float = SECONDS
    reason: str = ""  # of a refusal, in other words than usual
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Catch a mistyped kind where it is written."""
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; one of {', '.join(KINDS)}")

    def meets(self, method: str, chat_id: str) -> bool:
        """Whether it strikes this call; if so, it is counted."""
        fits = self.method == "*" or self.method.lower() == method.lower()
        fits = fits and (self.chat_id is None or str(self.chat_id) == chat_id)
        if not fits or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True

    def refusal(self) -> Refusal | None:
        """The answer in place of the real one, for kinds that are answers."""
        if self.kind == "429":
            return too_many(self.retry_after)
        return Refusal(int(self.kind), self.reason or REASONS[self.kind]) if self.kind in REASONS else None


class Faults:
    """The faults lying in wait, oldest first."""

    def __init__(self) -> None:
        """None yet."""
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Lay one in wait."""
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """All is well again."""
        self._faults.clear()

    def strike(self, method: str, chat_id: str) -> Fault | None:
        """The fault that meets this call, if any."""
        return next((fault for fault in self._faults if fault.meets(method, chat_id)), None)
