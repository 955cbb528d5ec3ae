"""Canary words: one for each place where somebody may type, and every shape in which it could lie on a disk."""

import base64
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote

PLACES = (
    "story",
    "caption",
    "file name",
    "file content",
    "voice",
    "own name",
    "reach",
    "safe",
    "village",
    "command",
    "edited",
    "wrong code",
    "addition",
    "group",
    "dead letter",
    "reply",
    "note",
    "summary",
    "blocked",
)


@dataclass
class Words:
    """`words["story"]` is a word nobody else in the world says. All share a mark, so one search finds all."""

    mark: str = field(default_factory=lambda: f"雀{secrets.token_hex(6)}鸣")
    secrets: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, place: str) -> str:
        return f"{self.mark}{PLACES.index(place):02d}"

    def told(self) -> dict[str, str]:
        """For the child's desk."""
        return {place: self[place] for place in PLACES}

    def needles(self) -> dict[bytes, str]:
        """What to look for, and what it means if found."""
        core = self.mark[1:-1]  # in ASCII: the same in every escaping
        found = dict.fromkeys(shapes(self.mark) | shapes(core), "a canary word")
        for name, secret in self.secrets.items():
            found |= dict.fromkeys(shapes(secret), name)
        return found

    def place_at(self, data: bytes, at: int, needle: bytes) -> str:
        """Which place the word came from, as far as it can be told."""
        rest = data[at + len(needle) : at + len(needle) + 12]
        number = bytes(byte for byte in rest if byte in b"0123456789")[:2].decode()
        return PLACES[int(number)] if number.isdigit() and int(number) < len(PLACES) else "somewhere"


def shapes(word: str) -> set[bytes]:
    """A word in clear: as text in several encodings, escaped, in base64 at any offset, in hex."""
    raws = {word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be"), word.encode("gb18030")}
    escaped = word.encode("ascii", "backslashreplace").decode()
    texts = {
        escaped,
        "".join(f"\\u{ord(char):04X}" if ord(char) > 127 else char for char in word),
        repr(word.encode())[2:-1],
        quote(word),
        quote(word).lower(),
        word.encode().hex(),
        word.encode().hex().upper(),
    }
    texts |= {text.replace("\\", "\\\\") for text in texts}
    for offset in range(3):
        texts |= _base64_within(word.encode(), offset)
    return raws | {text.encode() for text in texts}


def _base64_within(raw: bytes, offset: int) -> set[str]:
    """The characters that are the same whatever stands before and after the word."""
    padded = b"\0" * offset + raw
    whole = len(padded) // 3 * 3
    first = 4 if offset else 0
    return {encode(padded[:whole])[first:].decode() for encode in (base64.b64encode, base64.urlsafe_b64encode)}
