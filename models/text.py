"""What people type, made safe to store and show without changing what it says."""

import re
import unicodedata

MAX_TIP = 20_000
"""Characters of one tip, all parts together."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def has_controls(text: str) -> bool:
    """Whether `clean` would take more than line ends from it: characters nobody sees and nobody types."""
    return _CONTROLS.search(text.replace("\r\n", "\n")) is not None


def clean(text: str) -> str:
    """NFC, without control and bidirectional-override characters; rare surnames stay as typed."""
    return unicodedata.normalize("NFC", _CONTROLS.sub("", text.replace("\r\n", "\n"))).strip()


def folded(text: str) -> str:
    """For look-ups only: width and case folded, spaces gone."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
