"""Death at a chosen place: the child counts how often it passes each place, and dies at the n-th time."""

import os
import signal
from pathlib import Path
from typing import Any


class Ledger:
    """What outlives a kill: lines appended by plain writes, readable by the harness."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "ledger", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, *words: object) -> None:
        """One line."""
        os.write(self._file, ("\t".join(map(str, words)) + "\n").encode())

    @staticmethod
    def read(folder: Path) -> list[list[str]]:
        """All lines of all lives."""
        path = folder / "ledger"
        return [line.split("\t") for line in path.read_text().splitlines()] if path.exists() else []


class Reaper:
    """`passes(place)` returns, or it was the last thing this process did."""

    def __init__(self, ledger: Ledger, order: dict[str, Any]) -> None:
        self._ledger = ledger
        self._place, self._left = order.get("place", ""), order.get("nth", 1)
        self._counting = bool(order.get("counting"))

    def waits_for(self, place: str) -> bool:
        """Whether the next passing here is the deadly one."""
        return bool(place == self._place and self._left == 1)

    def passes(self, place: str) -> None:
        """Count, and perhaps die."""
        if self._counting:
            self._ledger.note("passed", place)
        if place != self._place:
            return
        self._left -= 1
        if self._left == 0:
            self._ledger.note("killed", place)
            os.kill(os.getpid(), signal.SIGKILL)
