"""The key file of the process, and what is printed from keys for people to keep in a safe.

The base secret yields the pepper, the index key and the directory key; transit secrets lock what the process
itself must read: inbox, drafts, outbox. They live in one file that only the service's user may read, never
in the database and never in its backups.
"""

import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

from models import base32, clock
from models.disk import create_private, settle, settle_folder
from models.sealing import (
    SECRET_BYTES,
    Purpose,
    Refused,
    derive,
    keep,
    key_id,
    lock,
    named_key,
    new_secret,
    public_id,
    public_of,
    unlock,
)

_FORMAT: Final = 1
_CHECK_BYTES: Final = 8
_SET_BYTES: Final = 5


class UnsafeKeyFile(Exception):
    """The key file cannot be used as it lies there: open to others, damaged, or of another format."""


class MistypedLine(Exception):
    """A printed line was not typed as it stands. `number` counts from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number}")
        self.number = number


@dataclass(frozen=True, slots=True)
class HeldSecret:
    """A secret of the process and the day it was made."""

    secret: bytes = field(repr=False)
    made: date

    def __post_init__(self) -> None:
        keep(self.secret)

    @property
    def id(self) -> bytes:
        """The 16 bytes by which envelopes name it."""
        return key_id(self.secret)

    @classmethod
    def fresh(cls) -> Self:
        """A new secret, made today."""
        return cls(new_secret(), clock.today())


@dataclass(frozen=True, slots=True)
class Transit:
    """Locks with the newest transit secret; opens with the one an envelope names, if it is ours."""

    secrets: tuple[HeldSecret, ...]

    @property
    def id(self) -> bytes:
        """The key id that new envelopes carry; rows with another one await re-locking."""
        return self.secrets[0].id

    def lock(self, plaintext: bytes, purpose: Purpose, row: UUID) -> bytes:
        """As `sealing.lock`."""
        return lock(self.secrets[0].secret, plaintext, purpose, row)

    def unlock(self, envelope: bytes, purpose: Purpose, row: UUID) -> bytes:
        """As `sealing.unlock`.

        Raises:
            Refused: also when the envelope names a secret that we do not hold (any more).
        """
        name = named_key(envelope)
        for held in self.secrets:
            if held.id == name:
                return unlock(held.secret, envelope, purpose, row)
        raise Refused


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The secrets of one installation, newest first. Never empty."""

    bases: tuple[HeldSecret, ...]
    transits: tuple[HeldSecret, ...]

    @classmethod
    def new(cls) -> Self:
        """Fresh secrets, in memory only; `save` them before anything is locked."""
        return cls(bases=(HeldSecret.fresh(),), transits=(HeldSecret.fresh(),))

    @property
    def transit(self) -> Transit:
        """What locks inbox, drafts and outbox."""
        return Transit(self.transits)

    @property
    def pepper(self) -> bytes:
        """Goes into password keys and receipts."""
        return self.peppers[0]

    @property
    def peppers(self) -> tuple[bytes, ...]:
        """The present pepper, then former ones that passwords and receipts not used since may still need."""
        return tuple(derive(base.secret, "pepper") for base in self.bases)

    @property
    def index(self) -> bytes:
        """Keys look-up tags and search tokens."""
        return derive(self.bases[0].secret, "index")

    @property
    def indexes(self) -> tuple[bytes, ...]:
        """The present index key, then former ones under which codes of people still outside were noted."""
        return tuple(derive(base.secret, "index") for base in self.bases)

    @property
    def directory(self) -> bytes:
        """Keys the directory's MACs over public keys."""
        return derive(self.bases[0].secret, "directory")

    def with_new_transit(self) -> Self:
        """A fresh transit secret in front; the old ones stay until nothing names them."""
        return replace(self, transits=(HeldSecret.fresh(), *self.transits))

    def without_transit(self, transit_id: bytes) -> Self:
        """One transit secret less.

        Raises:
            ValueError: it is the newest, which is in use.
        """
        if transit_id == self.transits[0].id:
            raise ValueError("the newest transit secret is in use")
        return replace(self, transits=tuple(held for held in self.transits if held.id != transit_id))

    def with_new_base(self) -> Self:
        """A fresh base secret in front."""
        return replace(self, bases=(HeldSecret.fresh(), *self.bases))

    def save(self, path: Path, *, overwrite: bool = False) -> None:
        """Write durably with mode 0600; a crash leaves the old file or the new one, whole.

        Raises:
            FileExistsError: there is one already, whose loss would be final, and `overwrite` is not set.
        """
        part = path.with_name(f".{path.name}-{new_secret()[:4].hex()}.part")
        try:
            with create_private(part) as file:
                file.write(self._to_json().encode())
                settle(file)
            if overwrite:
                part.replace(path)
            else:
                # Unlike a rename, a link never takes the place of a file that is there.
                path.hardlink_to(part)
        finally:
            part.unlink(missing_ok=True)
        settle_folder(path.parent)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the key file.

        Raises:
            FileNotFoundError: there is none.
            UnsafeKeyFile: group or others may touch it, or it does not read as a key file.
        """
        with path.open() as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise UnsafeKeyFile(f"{path}: chmod 600")
            text = file.read()
        try:
            return cls._from_json(text)
        except (ValueError, KeyError, TypeError, IndexError):
            # The chain would carry the text, and with it secrets, into a log.
            raise UnsafeKeyFile(f"{path}: not a key file") from None

    def _to_json(self) -> str:
        told = {
            "format": _FORMAT,
            "bases": [_told(held) for held in self.bases],
            "transits": [_told(held) for held in self.transits],
        }
        return json.dumps(told, indent=2) + "\n"

    @classmethod
    def _from_json(cls, text: str) -> Self:
        told = json.loads(text)
        bases, transits = (tuple(map(_heard, told[name])) for name in ("bases", "transits"))
        if told["format"] != _FORMAT or not bases or not transits:
            raise ValueError("format")
        return cls(bases, transits)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One of three recovery sheets: two of the three parts whose exclusive-or is the recovery secret.

    Any two sheets hold all three parts; one alone tells nothing, for a missing part is 32 random bytes.
    """

    number: int
    of: bytes = field(repr=False)
    """The first bytes of the public half's id: sheets of one set share it, and it proves the result."""
    parts: tuple[bytes, bytes] = field(repr=False)

    def lines(self) -> list[str]:
        """Seven lines to print, each with a check symbol that also knows the line's place."""
        data = bytes([self.number]) + self.of + b"".join(self.parts)
        return _to_lines(data)

    @classmethod
    def parse(cls, lines: Sequence[str]) -> Self:
        """A sheet from its typed lines.

        Raises:
            MistypedLine: which line to look at again.
        """
        data = _from_lines(lines, 7)
        number, of, first, second = data[0], data[1:6], data[6:38], data[38:]
        if number not in {1, 2, 3}:
            raise MistypedLine(1)
        return cls(number, of, (first, second))


def make_sheets(secret: bytes) -> list[Sheet]:
    """Three sheets, (p1, p2), (p2, p3) and (p3, p1) with p1 xor p2 xor p3 = `secret`, for three people."""
    first, second = new_secret(), new_secret()
    third = _xor(secret, first, second)
    of = _set_of(secret)
    pairs = (first, second), (second, third), (third, first)
    return [Sheet(number, of, pair) for number, pair in enumerate(pairs, start=1)]


def combine(one: Sheet, other: Sheet) -> bytes:
    """The recovery secret from any two different sheets of one set.

    Raises:
        Refused: the same sheet twice, sheets of two sets, or one that was altered.
    """
    if one.number == other.number or one.of != other.of:
        raise Refused
    # Sheet n holds parts n and n+1, counted round.
    if one.number % 3 + 1 != other.number:
        one, other = other, one
    if one.parts[1] != other.parts[0]:
        raise Refused
    secret = _xor(*one.parts, other.parts[1])
    if _set_of(secret) != one.of:
        raise Refused
    return secret


def paper_lines(secret: bytes) -> list[str]:
    """Four lines for a paper copy of one secret: the backup key, or a base secret."""
    return _to_lines(secret + derive(secret, "paper", _CHECK_BYTES))


def from_paper(lines: Sequence[str]) -> bytes:
    """The secret of a typed paper copy.

    Raises:
        MistypedLine: which line to look at again.
        Refused: every line reads well, yet together they are no secret: two copies were mixed.
    """
    data = _from_lines(lines, 4)
    secret = data[:SECRET_BYTES]
    if derive(secret, "paper", _CHECK_BYTES) != data[SECRET_BYTES:]:
        raise Refused
    return secret


def _to_lines(data: bytes) -> list[str]:
    size = base32.LINE_BYTES
    return [base32.to_line(data[start : start + size], start // size) for start in range(0, len(data), size)]


def _from_lines(lines: Sequence[str], expected: int) -> bytes:
    data = b""
    for place in range(expected):
        line = base32.from_text(lines[place], place) if place < len(lines) else None
        if line is None:
            raise MistypedLine(place + 1)
        data += line
    return data


def _set_of(secret: bytes) -> bytes:
    return public_id(public_of(secret))[:_SET_BYTES]


def _xor(*parts: bytes) -> bytes:
    number = 0
    for part in parts:
        number ^= int.from_bytes(part, "big")
    return number.to_bytes(SECRET_BYTES, "big")


def _told(held: HeldSecret) -> dict[str, str]:
    return {"secret": held.secret.hex(), "made": held.made.isoformat()}


def _heard(told: dict[str, Any]) -> HeldSecret:
    secret = bytes.fromhex(told["secret"])
    if len(secret) != SECRET_BYTES:
        raise ValueError("secret")
    return HeldSecret(secret, date.fromisoformat(told["made"]))
