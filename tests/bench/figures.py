"""What a bench answers: named figures, each with the bar it must not miss."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `least` and `most` are bars; without them it only informs."""

    name: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None

    @property
    def holds(self) -> bool:
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    def __str__(self) -> str:
        bars = [f"≥ {self.least:g}"] if self.least is not None else []
        bars += [f"≤ {self.most:g}"] if self.most is not None else []
        told = f"{self.name}: {self.value:.4g} {self.unit}"
        return f"{told} (bar {', '.join(bars)}){'' if self.holds else '  MISSED'}" if bars else told


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    full: bool = False


Bench = Callable[[Options], Coroutine[Any, Any, list[Figure]]]


def at(values: list[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
