"""A thief with copies of things: he tries every key he can find or derive on every envelope he can find.

`take()` copies the database as stored rows; `Burglar(loot, secrets).work()` opens what those secrets open, adds
every key that comes to light, and goes on until nothing new opens.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tortoise.context import require_context
from tortoise.models import Model

from models import sealing
from models.codes import Code
from models.db import transaction
from models.keyfile import KeyFile
from models.sealing import Purpose, Refused, derive, key_id, open_any, public_id, public_of

Value = Any
ENVELOPES = {b"\x01\x01", b"\x01\x02"}
HEX = re.compile(r"[0-9a-f]{64}")
TRANSIT_TABLES = {"inbox", "draft", "outbox", "contact", "ping", "attachment"}


@dataclass(frozen=True)
class Row:
    """One stored row of one table."""

    table: str
    id: UUID | None
    columns: dict[str, Value] = field(repr=False)

    def envelopes(self) -> Iterator[tuple[str, bytes]]:
        for name, value in self.columns.items():
            if isinstance(value, bytes) and value[:2] in ENVELOPES and len(value) >= 46:
                yield name, value


@dataclass(frozen=True)
class Opened:
    """An envelope that gave way."""

    table: str
    column: str
    row: UUID
    purpose: Purpose
    plain: bytes = field(repr=False)


def every_model() -> Iterator[type[Model]]:
    """Every table there is, so that a new one is burgled too."""
    apps = require_context().apps
    assert apps is not None
    yield from apps.get_models_iterable()


async def take(*tables: str) -> list[Row]:
    """Every row of every table, or of some, as whoever copies the database has them."""
    rows: list[Row] = []
    for model in every_model():
        table = str(model._meta.db_table)
        if tables and table not in tables:
            continue
        for columns in await model.all().values():
            row_id = columns.get("id")
            rows.append(Row(table, row_id if isinstance(row_id, UUID) else None, columns))
    return rows


async def counts(*besides: str) -> dict[str, int]:
    """Rows per table."""
    return {
        str(model._meta.db_table): await model.all().count()
        for model in every_model()
        if model._meta.db_table not in besides
    }


async def overwrite(table: str, column: str, row: UUID, value: Value) -> None:
    """Write past the domain, as whoever holds the database can."""
    model = next(model for model in every_model() if model._meta.db_table == table)
    async with transaction():
        assert await model.filter(id=row).update(**{column: value})


def values_in(rows: Iterable[Row]) -> Iterator[bytes]:
    """Everything stored, as bytes."""
    for row in rows:
        for value in row.columns.values():
            if isinstance(value, bytes):
                yield value
            elif isinstance(value, UUID):
                yield value.bytes
            elif value is not None:
                yield json.dumps(value, ensure_ascii=False, default=str).encode()


def possible_secrets(rows: Iterable[Row]) -> set[bytes]:
    """Every 32 neighbouring bytes stored anywhere, and every 64 hex digits."""
    found: set[bytes] = set()
    for value in values_in(rows):
        found |= {value[start : start + 32] for start in range(len(value) - 31)}
        found |= set(_hex_secrets(value))
    return found


def of_key_file(keys: KeyFile) -> set[bytes]:
    """All that the key file yields."""
    bases = {held.secret for held in keys.bases}
    derived = {derive(base, label) for base in bases for label in ("pepper", "index", "directory")}
    return bases | derived | {held.secret for held in keys.transits}


def of_cookie(cookie: str) -> set[bytes]:
    """The session's secret."""
    return {bytes.fromhex(cookie)}


@dataclass
class Burglar:
    """Holds copies and keys; `opened` is what he could read."""

    rows: list[Row]
    secrets: set[bytes]
    keys: KeyFile | None = None  # the key file also turns receipt codes into keys
    opened: list[Opened] = field(default_factory=list)
    _by_name: dict[bytes, bytes] = field(default_factory=dict)

    def work(self) -> "Burglar":
        """Try until nothing new opens."""
        fresh, closed = set(self.secrets), self._all_envelopes()
        ids = self._ids()
        while fresh:
            self._learn(fresh)
            fresh, still = set(), []
            for row, column, envelope in closed:
                found = self._try(row, column, envelope, ids)
                if found is None:
                    still.append((row, column, envelope))
                    continue
                self.opened.append(found)
                fresh |= self._keys_in(found.plain)
                if found.plain[:2] in ENVELOPES:  # an envelope inside an envelope
                    still.append((Row(row.table, row.id, row.columns), f"{column}, inner", found.plain))
            fresh -= self.secrets
            self.secrets |= fresh
            closed = still
        return self

    def tables(self) -> set[str]:
        return {found.table for found in self.opened}

    def purposes(self) -> set[Purpose]:
        return {found.purpose for found in self.opened}

    def read(self, words: str) -> bool:
        """Whether these words lie open before him."""
        needle, escaped = words.encode(), json.dumps(words)[1:-1].encode()
        return any(needle in found.plain or escaped in found.plain for found in self.opened)

    def _learn(self, fresh: set[bytes]) -> None:
        for secret in list(fresh):
            fresh.add(derive(secret, "reporter"))
        for secret in fresh:
            self._by_name[key_id(secret)] = secret
            if len(fresh) < 2_000:  # the stored bytes themselves are far too many for key pairs
                self._by_name[public_id(public_of(secret))] = secret

    def _all_envelopes(self) -> list[tuple[Row, str, bytes]]:
        return [(row, column, envelope) for row in self.rows for column, envelope in row.envelopes()]

    def _ids(self) -> dict[int, list[UUID]]:
        return {id(row): [value for value in row.columns.values() if isinstance(value, UUID)] for row in self.rows}

    def _try(self, row: Row, column: str, envelope: bytes, ids: dict[int, list[UUID]]) -> Opened | None:
        secret = self._by_name.get(sealing.named_key(envelope))
        if secret is None:
            return None
        near = ids.get(id(row)) or [v for v in row.columns.values() if isinstance(v, UUID)]
        for place in near:
            for purpose in Purpose:
                try:
                    return Opened(row.table, column, place, purpose, open_any(secret, envelope, purpose, place))
                except Refused:
                    continue
        return None

    def _keys_in(self, plain: bytes) -> set[bytes]:
        found = {plain} if len(plain) == 32 else set()
        for secret in _hex_secrets(plain):
            found.add(secret)
            if self.keys:
                found.add(Code.from_secret(secret).key(self.keys.pepper))
        return found


def _hex_secrets(value: bytes) -> list[bytes]:
    return [bytes.fromhex(text) for text in HEX.findall(value.decode("latin-1"))]
