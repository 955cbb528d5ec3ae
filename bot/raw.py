"""An update as it came: bytes and a number, before anything of it is believed."""

import json
from dataclasses import dataclass, field
from typing import Any

_LARGEST_ID = 2**63 - 1  # what a database column holds; a larger number is not Telegram's


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """One update in Telegram's own words. Without a usable number it can only be dead-lettered."""

    update_id: int | None
    body: bytes = field(repr=False)  # people's words: they must not reach a log through a repr

    @classmethod
    def of(cls, entry: Any, body: bytes | None = None) -> "RawUpdate":
        """Takes any JSON value, whatever its shape; `body` is its text where that is at hand."""
        return cls(_number_of(entry), _written(entry) if body is None else body)


def _number_of(entry: Any) -> int | None:
    number = entry.get("update_id") if isinstance(entry, dict) else None
    usable = isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= _LARGEST_ID
    return number if usable else None


def _written(entry: Any) -> bytes:
    # ASCII escapes on purpose: a lone surrogate in one text would make the UTF-8 encoder refuse the batch.
    return json.dumps(entry, separators=(",", ":")).encode("ascii")
