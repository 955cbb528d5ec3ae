"""The receipt code (查询码): 80 random bits that a reporter copies down, and we never store.

80 random bits cannot be guessed through a rate-limited door, and a database thief lacks the pepper, so
a slow hash would add nothing. What is stored is the tag; the key opens the reporter's secret.
"""

import hmac
import os
from dataclasses import dataclass, field
from typing import Self

from models import base32
from models.sealing import derive


@dataclass(frozen=True, slots=True)
class Code:
    """``str(code)`` is what the reporter sees: ``7K4M-Q2XD-9RTA-W5HC`` and a check symbol."""

    bits: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.bits) != base32.LINE_BYTES:
            raise ValueError("a receipt code is 80 bits")

    @classmethod
    def new(cls) -> Self:
        """A fresh code from the operating system's random source."""
        return cls(os.urandom(base32.LINE_BYTES))

    @classmethod
    def from_secret(cls, secret: bytes) -> Self:
        """The code of one form or draft: sending the same form twice gives the same receipt."""
        return cls(derive(secret, "receipt code", base32.LINE_BYTES))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The code in what somebody typed, pasted or scanned, with words around it or without."""
        bits = base32.from_text(text)
        return cls(bits) if bits is not None else None

    def __str__(self) -> str:
        return base32.to_line(self.bits)

    def tag(self, pepper: bytes) -> bytes:
        """32 bytes by which the receipt's row is found."""
        return derive(self._secret(pepper), "receipt tag")

    def key(self, pepper: bytes) -> bytes:
        """The secret under which the reporter's secret R is locked. Not derivable from the tag."""
        return derive(self._secret(pepper), "receipt key")

    def _secret(self, pepper: bytes) -> bytes:
        # HKDF-Extract (RFC 5869) with the pepper as its salt.
        return hmac.digest(pepper, self.bits, "sha256")
