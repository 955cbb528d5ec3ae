"""A day as people type it: a month and a day, whatever stands between them, perhaps with a year in front."""

import re
from datetime import date
from typing import Final
from unicodedata import normalize

_NUMBERS: Final = re.compile(r"\d+")
_YEAR: Final = 4
"""Digits of a number that is a year."""


def day_in(typed: str, today: date) -> date | None:
    """The day meant; without a year the next one to come. None when it is no day of any calendar."""
    numbers = _NUMBERS.findall(normalize("NFKC", typed))
    has_year = bool(numbers) and len(numbers[0]) == _YEAR
    if len(numbers) != 2 + has_year or any(len(number) > _YEAR for number in numbers):
        return None
    year = int(numbers[0]) if has_year else today.year
    month, day = (int(number) for number in numbers[-2:])
    try:
        meant = date(year, month, day)
        return meant if has_year or meant >= today else date(year + 1, month, day)
    except ValueError:
        return None
