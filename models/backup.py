"""Backups: every row that is worth keeping, sealed to the backup key as it is read. Never in clear on a disk.

Rows under the transit key and sessions stay out, and so does the key file; of what hangs beside broadcasts, lessons
and submissions the files' keys are taken out of transit. What was deleted since must not come
back with an older copy: restoring applies the deletion journal before anybody can open the database.

A backup file is ``QFB1 | id 16 | length 4 | key, sealed | algorithm 3 | true length, locked (54)``. Inside are
JSON lines: what it is, then rows, table by table. The same file restores on SQLite and on PostgreSQL.
"""
# ruff: noqa: SLF001 - Tortoise tells its tables under _meta

import asyncio
import base64
import importlib
import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import UUID

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models import MODEL_MODULES
from models.attachment import Attachment, FileState
from models.carried import Carried
from models.contact import Contact, Trace
from models.county import County
from models.db import connection, new_id, transaction
from models.disk import create_private, settle, settle_folder
from models.draft import Draft
from models.erasure import Erased, Gone
from models.errors import Conflict, Invalid
from models.inbox import Inbox
from models.material import Material
from models.message import Ping
from models.officer import Officer, OfficerChat
from models.official import Official, Reached
from models.once import Once
from models.outbox import Outbox
from models.passage import Passage
from models.proposal import Proposal
from models.reveal import Reveal
from models.ring import Grant
from models.sealed_files import FileSealer, Pieces, decrypt
from models.sealing import SECRET_BYTES, Purpose, Refused, lock, seal, unlock, unseal
from models.session import Session
from models.shred import erase_rows
from models.staff import Invite, Staff
from models.subscription import Subscription
from models.unit import Unit

MAGIC: Final = b"QFB1"
LEFT_OUT: Final = frozenset(
    {
        Inbox,
        Draft,
        Outbox,
        Contact,
        Trace,
        Ping,
        OfficerChat,
        Reached,
        Subscription,
        Carried,
        Session,
        Invite,
        Reveal,
        Proposal,
        Passage,
        Once,
    }
)
"""What lies under transit, ends with a session, or is worth nothing after minutes."""
_UNINVITED: Final[dict[str, Any]] = {"invite_tag": None, "invite_until": None}
CLEARED: Final[dict[type[Model], dict[str, Any]]] = {
    Official: {"reached_id": None, "chat": 0, **_UNINVITED},
    Officer: _UNINVITED,
}
"""Columns that point to what is left out, and invitations, which may have been used since: people are invited anew."""
PAGE: Final = 500
_ID_BYTES: Final = 16
_LENGTH_BYTES: Final = 4
_TRAILER_BYTES: Final = 46 + 8


async def write(place: Path) -> int:
    """Write a backup to a new file; answers how many rows it holds. FileExistsError when there is one already."""
    county = await County.get()
    sealer = FileSealer(backup_id := new_id())
    key = seal(county.backup_public, sealer.key, Purpose.BACKUP, backup_id)
    lines = _Lines()
    with await asyncio.to_thread(create_private, place) as file:
        file.write(MAGIC + backup_id.bytes + len(key).to_bytes(_LENGTH_BYTES, "big") + key)
        async with aclosing(lines.written()) as written:  # a full disk must not leave its transaction open
            async for piece in sealer.encrypt(written):
                await asyncio.to_thread(file.write, piece)
        file.write(lock(sealer.key, sealer.length.to_bytes(8, "big"), Purpose.BACKUP, backup_id))
        await asyncio.to_thread(settle, file)
    settle_folder(place.parent)
    return lines.rows


async def restore(place: Path, backup_secret: bytes, journal: Iterable[Erased]) -> int:
    """Fill an empty database from a backup, and apply the journal, in one transaction; answers how many rows.

    Conflict when the database is not empty; Invalid when this key does not open the file, the file is damaged,
    or it was written by another version of the program.
    """
    if await County.exists():
        raise Conflict("error.already_established")
    try:
        async with transaction(), aclosing(_opened(place, backup_secret)) as pieces:
            rows = await _fill(_split(pieces))
            await apply_journal(journal)
    except (Refused, ValueError, KeyError, OSError):
        raise Invalid("backup.unreadable") from None
    return rows


async def apply_journal(journal: Iterable[Erased]) -> None:
    """Take out once more what the journal names, in the caller's transaction, and keep its lines."""
    told = list(journal)
    gone = {what: [line.object_id for line in told if line.what is what] for what in Gone}
    await Grant.filter(id__in=gone[Gone.GRANT] + gone[Gone.LOST_KEY]).delete()
    await Staff.filter(id__in=gone[Gone.PERSON]).update(active=False)
    await erase_rows(gone[Gone.TIP])
    known = {(row.what, row.object_id) for row in await Erased.all()}
    await Erased.bulk_create([line for line in told if (line.what, line.object_id) not in known])


async def journal_text() -> str:
    """The deletion journal, to be kept outside of the database: it names random ids and nothing else."""
    return "".join(json.dumps(line.told()) + "\n" for line in await Erased.all().order_by("at"))


def read_journal(text: str) -> list[Erased]:
    """Back from such a text. Invalid when it is none."""
    try:
        return [Erased.heard(json.loads(line)) for line in text.splitlines() if line.strip()]
    except (ValueError, KeyError, TypeError):
        raise Invalid("backup.journal_unreadable") from None


class _Lines:
    """The rows of the database as JSON lines, as they are at one moment."""

    def __init__(self) -> None:
        self.rows = 0

    async def written(self) -> Pieces:
        async with transaction() as work:
            if work.on_postgres:
                await work.client.execute_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield _line({"qingfeng": 1, "migrations": await _migrations()})
            for model in _kept():
                async for row in _rows_of(model):
                    self.rows += 1
                    told = {name: _told(value) for name, value in row.items()}
                    yield _line({"table": model._meta.db_table, "row": told})
            yield _line({"rows": self.rows})


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _kept() -> Iterator[type[Model]]:
    """Tables in an order in which each comes after those it points to."""
    for name in MODEL_MODULES:
        module = importlib.import_module(name)
        made_here = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == name]
        models = [kind for kind in made_here if issubclass(kind, Model) and kind not in LEFT_OUT]
        yield from sorted(models, key=lambda kind: inspect.getsourcelines(kind)[1])


async def _rows_of(model: type[Model]) -> AsyncIterator[dict[str, Any]]:
    key, rows = model._meta.pk_attr, _worth_keeping(model)
    page = await rows.order_by(key).limit(PAGE).values()
    while page:
        for row in page:
            yield row | CLEARED.get(model, {}) | _bared(model, row)
        page = await rows.filter(**{f"{key}__gt": page[-1][key]}).order_by(key).limit(PAGE).values()


def _worth_keeping(model: type[Model]) -> QuerySet[Any]:
    handed_in = Q(submission_id__not_isnull=True, state=FileState.FETCHED)  # what is on its way ends with its chat
    return Attachment.filter(Q(tip_id__not_isnull=True) | handed_in) if model is Attachment else model.all()


def _bared(model: type[Model], row: dict[str, Any]) -> dict[str, Any]:
    """What of a file lies under transit, which no backup relies on; the backup's own seal is around it here."""
    ours = _under_transit(model(**row)) if model in (Material, Attachment) else None
    try:
        return ours.bare() if ours else {}
    except Refused:  # nothing opens it any more, here or there
        return {}


def _under_transit(row: Model) -> Material | Attachment | None:
    """The row, if a key of the house lies around its file's own. Around a reporter's files lies only his."""
    match row:
        case Material() | Attachment(submission_id=UUID()):
            return row
        case _:
            return None


def _told(value: Any) -> Any:
    match value:
        case bytes():
            return {"b": base64.b64encode(value).decode()}
        case UUID():
            return {"u": value.hex}
        case datetime():
            return {"t": value.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case dict() | list():
            return {"j": value}
        case _:
            return value


def _heard(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    [(kind, told)] = value.items()
    read: dict[str, Callable[[Any], Any]] = {
        "b": base64.b64decode,
        "u": lambda text: UUID(hex=text),
        "t": datetime.fromisoformat,
        "d": date.fromisoformat,
        "j": lambda whole: whole,
    }
    return read[kind](told)


async def _fill(lines: AsyncIterator[dict[str, Any]]) -> int:
    head = await anext(lines)
    if head.get("migrations") != await _migrations():
        raise Invalid("backup.other_version")
    tables, waiting, rows, ended = {m._meta.db_table: m for m in _kept()}, list[Model](), 0, None
    left_out = {model._meta.db_table for model in LEFT_OUT}
    async for line in lines:
        if ended is not None:
            raise Refused
        if "rows" in line:
            ended = line["rows"]
            continue
        rows += 1
        if line["table"] in left_out:  # an older backup kept more
            continue
        model = tables[line["table"]]
        made = model(**{name: _heard(value) for name, value in line["row"].items()} | CLEARED.get(model, {}))
        if (ours := _under_transit(made)) and len(ours.key or b"") == SECRET_BYTES:
            ours.lock_bare()
        if waiting and _is_full(waiting, made):
            await _store(waiting)
            waiting = []
        waiting.append(made)
    await _store(waiting)
    if ended != rows:
        raise Refused
    await _count_on()
    return rows


def _is_full(waiting: list[Model], made: Model) -> bool:
    another = type(waiting[0]) is not type(made)
    return another or (len(waiting) >= PAGE and not isinstance(made, Unit))


async def _store(rows: list[Model]) -> None:
    units = [row for row in rows if isinstance(row, Unit)]
    for unit in _parents_first(units):
        await unit.save(force_create=True)
    if rows and not units:
        await type(rows[0]).bulk_create(rows)


def _parents_first(units: list[Unit]) -> list[Unit]:
    """A county has a thousand units at most: they are stored together, sorted by depth."""
    by_id = {unit.id: unit for unit in units}

    def depth(unit: Unit) -> int:
        parent = by_id.get(unit.parent_id) if unit.parent_id else None
        return 0 if parent is None else 1 + depth(parent)

    return sorted(units, key=depth)


async def _count_on() -> None:
    """On PostgreSQL a sequence does not notice rows that bring their own numbers."""
    database = connection()
    if database.capabilities.dialect != "postgres":
        return
    for model in _kept():
        if model._meta.pk.generated:
            table, key = model._meta.db_table, model._meta.db_pk_column
            newest = f'SELECT COALESCE(MAX("{key}"), 1) FROM "{table}"'  # noqa: S608  names of ours
            await database.execute_query(f"SELECT setval(pg_get_serial_sequence('{table}', '{key}'), ({newest}))")


async def _migrations() -> list[str]:
    rows = await connection().execute_query_dict("SELECT name FROM tortoise_migrations ORDER BY name")
    return [row["name"] for row in rows]


async def _opened(place: Path, backup_secret: bytes) -> Pieces:
    with await asyncio.to_thread(place.open, "rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise Refused
        backup_id = UUID(bytes=file.read(_ID_BYTES))
        sealed = file.read(int.from_bytes(file.read(_LENGTH_BYTES), "big"))
        key, begins = unseal(backup_secret, sealed, Purpose.BACKUP, backup_id), file.tell()
        ends = file.seek(-_TRAILER_BYTES, 2)
        length = int.from_bytes(unlock(key, file.read(), Purpose.BACKUP, backup_id), "big")
        file.seek(begins)
        async with aclosing(decrypt(key, backup_id, length, _between(file, ends))) as pieces:
            async for piece in pieces:
                yield piece


async def _between(file: BinaryIO, ends: int) -> Pieces:
    while (left := ends - file.tell()) > 0:
        yield await asyncio.to_thread(file.read, min(left, 1 << 20))


async def _split(pieces: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
    held = b""
    async for piece in pieces:
        *whole, held = (held + piece).split(b"\n")
        for line in whole:
            yield json.loads(line)
    if held:
        raise Refused
