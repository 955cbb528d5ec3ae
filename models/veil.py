"""Small numbers behind a veil: cells under five are not shown, and nothing beside them tells what they were.

A column is shown together with its sum, so hiding one cell is not enough: sum less the others would be its number.
Further cells are hidden until every value a small cell could have remains possible to a reader who knows this rule
(complementary suppression). Where even that does not help, all cells are withheld and the sum alone is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final

SMALLEST: Final = 5
"""Cells below are not shown as numbers: in a village of three, a count names somebody."""


class Veil(StrEnum):
    """Why a number is not shown."""

    NONE = "none"
    FEW = "few"  # one to four
    MOST = "most"  # all but one to four
    HELD = "held"  # it would tell another one


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it may be shown. Without its veil `n` must not reach anybody."""

    n: int
    veil: Veil = Veil.NONE

    @property
    def is_shown(self) -> bool:
        """Whether the number itself may stand there."""
        return self.veil is Veil.NONE


@dataclass(frozen=True, slots=True)
class Column:
    """Numbers of one kind, and their sum."""

    cells: tuple[Figure, ...]
    sum: Figure


@dataclass(slots=True)
class _Cell:
    """One number and what a reader would know of it if it were hidden: it lies between `low` and `high`."""

    n: int
    low: float
    high: float
    secret: bool
    veil: Veil
    hidden: bool = False

    @property
    def can_cover(self) -> bool:
        """Nought and all are shown as they are, and hide nobody else."""
        return not self.hidden and self.low <= self.n <= self.high


def counts(numbers: Sequence[int]) -> Column:
    """How many there are in each."""
    return _veiled([_count(n) for n in numbers], _count(sum(numbers)))


def parts(numbers: Sequence[int], totals: Column) -> Column:
    """How many of each total: nobody can tell either how many not."""
    cells = [_part(n, total) for n, total in zip(numbers, totals.cells, strict=True)]
    return _veiled(cells, _part(sum(numbers), totals.sum))


def alone(n: int, of: int) -> Figure:
    """One part of one total."""
    return parts([n], Column((Figure(of),), Figure(of))).sum


def _count(n: int) -> _Cell:
    few = 0 < n < SMALLEST
    return _Cell(n, 1, SMALLEST - 1, True, Veil.FEW, hidden=True) if few else _Cell(n, SMALLEST, inf, False, Veil.HELD)


def _part(n: int, total: Figure) -> _Cell:
    if not total.is_shown:
        most = SMALLEST - 1 if total.veil is Veil.FEW else inf
        return _Cell(n, 0, most, True, Veil.HELD, hidden=True)
    if 0 < n < SMALLEST:
        return _Cell(n, 1, SMALLEST - 1, True, Veil.FEW, hidden=True)
    if 0 < total.n - n < SMALLEST:
        return _Cell(n, total.n - SMALLEST + 1, total.n - 1, True, Veil.MOST, hidden=True)
    return _Cell(n, SMALLEST, total.n - SMALLEST, False, Veil.HELD)


def _veiled(cells: list[_Cell], total: _Cell) -> Column:
    while _tells(cells, total):
        cover = min((cell for cell in cells if cell.can_cover), key=lambda cell: cell.n, default=None)
        if cover is None:
            return Column(tuple(Figure(cell.n, Veil.HELD) for cell in cells), _figure(total))
        cover.hidden = True
    return Column(tuple(map(_figure, cells)), _figure(total))


def _figure(cell: _Cell) -> Figure:
    return Figure(cell.n, cell.veil if cell.hidden else Veil.NONE)


def _tells(cells: list[_Cell], total: _Cell) -> bool:
    """Whether the sum, as far as it is told, narrows down a number that is somebody's secret."""
    shown = sum(cell.n for cell in cells if not cell.hidden)
    least, most = (total.low, total.high) if total.hidden else (total.n, total.n)
    hidden = [cell for cell in cells if cell.hidden]
    return any(cell.secret and _narrowed(cell, hidden, least - shown, most - shown) for cell in hidden)


def _narrowed(cell: _Cell, hidden: list[_Cell], least: float, most: float) -> bool:
    """`least` and `most` are what the hidden ones come to together."""
    others = [one for one in hidden if one is not cell]
    lowest = least - sum(one.high for one in others)
    highest = most - sum(one.low for one in others)
    return lowest > cell.low or highest < min(cell.high, cell.low + SMALLEST - 2)
