"""Numbers that come in from outside, as both sites read them."""

from typing import Final

LONGEST: Final = 9
"""Digits that every database takes for the number of a line."""


def line_number(text: str) -> int | None:
    """The line of a thread that somebody looks back from; None for anything odd, which means the newest."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
