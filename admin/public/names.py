"""Names of files as strangers give them, made safe to keep and to show."""

import re
from typing import Final

from models.text import clean

LONGEST: Final = 80
_FORBIDDEN: Final = re.compile(r'[<>:"|?*\n\t]')


def clean_name(given: str) -> str:
    """The last part of a path, without control characters, no longer than a line; its ending stays."""
    name = _FORBIDDEN.sub("", clean(given.replace("\\", "/").rpartition("/")[2])).lstrip(". ")
    if len(name) <= LONGEST:
        return name
    begin, dot, ending = name.rpartition(".")
    return f"{begin[: LONGEST - 9]}{dot}{ending[:8]}" if dot else name[:LONGEST]
