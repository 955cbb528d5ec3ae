"""Bytes that people copy by hand: 32 symbols without I, L, O and U, and a check symbol at the end of a line.

Ten bytes make one line, ``7K4M-Q2XD-9RTA-W5HC`` and a check symbol. The check is a weighted sum over
GF(32) with a different weight for each place, so one wrong symbol, or any two exchanged, never passes;
other slips pass one time in 32.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

LINE_BYTES: Final = 10
LINE_SYMBOLS: Final = 17

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {symbol: value for value, symbol in enumerate(_ALPHABET)}
_SHAPE: Final = (4, 4, 4, 5)
_FIELD_POLYNOMIAL: Final = 0b100101  # x^5 + x^2 + 1, primitive over GF(2)
_TOP_BIT: Final = 0b100000
# What the eye confuses, and the dashes and blanks that keyboards and chats put for ours.
_LOOK_ALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "ー": "-", "一": "-", "~": "-"})
_WORD: Final = re.compile(r"[0-9A-Z]+")
_HARD_BREAK: Final = re.compile(r"[^0-9A-Z\s\-_‐-―−·.]+")


def to_line(data: bytes, number: int = 0) -> str:
    """Ten bytes as 17 symbols grouped 4-4-4-5; `number` (0 to 31) binds the line to its place on a sheet."""
    value = int.from_bytes(data, "big")
    symbols = "".join(_ALPHABET[value >> shift & 31] for shift in range(75, -1, -5))
    symbols += _check(symbols, number)
    ends = list(accumulate(_SHAPE))
    return "-".join(symbols[end - size : end] for end, size in zip(ends, _SHAPE, strict=True))


def from_text(text: str, number: int = 0) -> bytes | None:
    """The one line found in what somebody typed, pasted or scanned; None if there is none, or more than one.

    Case, width, blanks, dashes and look-alikes do not matter, nor do words around the line.
    """
    found = {(shaped, symbols) for shaped, symbols in _runs(text) if _passes(symbols, number)}
    # Words beside the line may pass by chance; they hardly have its shape as well.
    candidates = {symbols for shaped, symbols in found if shaped} or {symbols for _, symbols in found}
    if len(candidates) != 1:
        return None
    value = 0
    for symbol in candidates.pop()[:-1]:
        value = value << 5 | _VALUES[symbol]
    return value.to_bytes(LINE_BYTES, "big")


def _passes(symbols: str, number: int) -> bool:
    return _check(symbols[:-1], number) == symbols[-1]


def _check(symbols: str, number: int) -> str:
    total = _doubled(number)
    for symbol in symbols:
        total = _doubled(total ^ _VALUES[symbol])
    return _ALPHABET[total]


def _doubled(value: int) -> int:
    value <<= 1
    return value ^ _FIELD_POLYNOMIAL if value & _TOP_BIT else value


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    """Every run of neighbouring words with 17 symbols in all, and whether it has the printed grouping."""
    plain = unicodedata.normalize("NFKC", text).upper().translate(_LOOK_ALIKES)
    for stretch in _HARD_BREAK.split(plain):
        words = _WORD.findall(stretch)
        for first in range(len(words)):
            # Seventeen words of one symbol are the most that can make a line.
            for count, total in enumerate(accumulate(map(len, words[first : first + LINE_SYMBOLS])), 1):
                if total == LINE_SYMBOLS:
                    run = words[first : first + count]
                    yield tuple(map(len, run)) in {_SHAPE, (LINE_SYMBOLS,)}, "".join(run)
