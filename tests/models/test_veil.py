"""No number under five can be worked out from what stands beside it."""

import random
from collections.abc import Sequence
from itertools import product

import pytest

from models.veil import SMALLEST, Column, Figure, Veil, counts, parts


def possible(cell: Figure, total: Figure | None, most: int) -> range:
    """What a reader who knows the rule may take a cell for."""
    if cell.is_shown:
        return range(cell.n, cell.n + 1)
    top = total.n if total and total.is_shown else most
    if cell.veil is Veil.FEW:
        return range(1, SMALLEST)
    if cell.veil is Veil.MOST:
        return range(top - SMALLEST + 1, top)
    return range(top + 1)


def readings(column: Column, totals: Sequence[Figure | None], most: int) -> list[set[int]]:
    """Each cell's values over all columns that look like this one."""
    spans = [possible(cell, total, most) for cell, total in zip(column.cells, totals, strict=True)]
    whole = sum(total.n for total in totals if total) or None
    sums = possible(column.sum, Figure(whole) if whole else None, most * len(spans))
    found: list[set[int]] = [set() for _ in spans]
    for guess in product(*spans):
        if sum(guess) in sums:
            for values, n in zip(found, guess, strict=True):
                values.add(n)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_every_small_count_could_be_any_small_count(seed: int) -> None:
    dice = random.Random(seed)
    numbers = [dice.choice([0, 1, 2, 3, 4, 5, 6, 9, 14]) for _ in range(dice.randint(1, 4))]
    column = counts(numbers)
    for n, cell, values in zip(numbers, column.cells, readings(column, [None] * len(numbers), 16), strict=True):
        if 0 < n < SMALLEST:
            assert not cell.is_shown
            assert len(values) > 2, (numbers, column)


@pytest.mark.parametrize("seed", range(60))
def test_neither_how_many_did_nor_how_many_did_not_can_be_worked_out(seed: int) -> None:
    dice = random.Random(1_000 + seed)
    totals = [dice.randint(1, 16) for _ in range(dice.randint(1, 3))]
    numbers = [dice.randint(0, total) for total in totals]
    whole = counts(totals)
    column = parts(numbers, whole)
    seen = [total if total.is_shown else None for total in whole.cells]
    for n, total, cell, values in zip(numbers, totals, column.cells, readings(column, seen, 16), strict=True):
        if 0 < n < total and min(n, total - n) < SMALLEST:  # nobody and everybody are told as they are
            assert not cell.is_shown
            assert len(values) > 2, (numbers, totals, column)


def test_large_numbers_are_shown_as_they_are_and_sums_are_exact() -> None:
    column = counts([40, 3, 9, 20, 0])
    assert [cell.n if cell.is_shown else cell.veil for cell in column.cells] == [40, Veil.FEW, Veil.HELD, 20, 0]
    assert (column.sum.n, column.sum.veil) == (72, Veil.NONE)
    assert all(cell.is_shown for cell in parts([40, 0, 30], counts([50, 20, 30])).cells)
