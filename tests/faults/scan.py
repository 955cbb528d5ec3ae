"""Looks at every byte of every file under a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

from tests.faults.words import Words

CLEAR_BY_DESIGN = {
    "keys.json": "the key file holds keys, which are no one's words, and is private to the service's user",
    "ledger": "the harness's own notes: places and ids",
}
"""Files that are not looked into, and why."""


def findings(folder: Path, words: Words) -> list[str]:
    """One line for each thing found: what, and in which file."""
    needles = words.needles()
    return sorted(
        {line for path in _files(folder) for line in _in_file(path, path.relative_to(folder), needles, words)}
    )


def _files(folder: Path) -> Iterator[Path]:
    # A shared server drops another test's database meanwhile: os.walk passes over a folder that is gone.
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.is_file() and name not in CLEAR_BY_DESIGN:
                yield path


def _in_file(path: Path, name: Path, needles: dict[bytes, str], words: Words) -> Iterator[str]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:  # the server removed it meanwhile
        return
    for needle, meaning in needles.items():
        at = data.find(needle)
        if at >= 0:
            place = f" ({words.place_at(data, at, needle)})" if meaning == "a canary word" else ""
            yield f"{meaning}{place} in {name}"
    for needle, meaning in needles.items():
        if needle in str(name).encode():
            yield f"{meaning} in the name of {name}"
