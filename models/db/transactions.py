"""One unit of work: what happens inside `transaction()` is stored together or not at all."""
# ruff: noqa: SLF001 - Tortoise's seams are private

import hashlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import require_context
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.db.current import (
    READ,
    WRITE,
    Hook,
    Transaction,
    current,
    joinable_transaction,
    own_transaction,
    visible_transaction,
)
from models.db.errors import NoTransaction
from models.db.postgres import QingfengPostgresClient
from models.db.sqlite import QingfengSqliteClient

Row = TypeVar("Row", bound=Model)


@asynccontextmanager
async def transaction() -> AsyncIterator[Transaction]:
    """Begins a transaction on the write connection, or joins the one this task is already in."""
    joined = joinable_transaction()
    if joined is not None:
        yield joined
        return
    work: Transaction | None = None
    try:
        async with _write_client()._in_transaction() as client:
            work = Transaction(client)
            token = current.set(work)
            try:
                yield work
            finally:
                work.is_open = False
                current.reset(token)
    finally:
        if work is not None:
            work.finish()


def _write_client() -> QingfengSqliteClient | QingfengPostgresClient:
    # Not through the connection handler: a task started inside a transaction still sees that one there.
    return cast("QingfengSqliteClient | QingfengPostgresClient", getattr(require_context(), "write"))  # noqa: B009


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Lets a part fail alone. PostgreSQL refuses everything after a caught IntegrityError without it."""
    work = own_transaction()
    commits, rollbacks = len(work.after_commit), len(work.after_rollback)
    try:
        async with work.client._in_transaction():
            yield
    except BaseException:
        work.undo_since(commits, rollbacks)
        raise


def atomic() -> AbstractAsyncContextManager[object]:
    """All of it or nothing, wherever it stands: a transaction of its own, or a savepoint of the running one."""
    return transaction() if joinable_transaction() is None else savepoint()


def on_commit(hook: Hook) -> None:
    """Calls `hook` once, after this transaction is safely stored, and outside of it. Dropped on rollback."""
    own_transaction().after_commit.append(hook)


def on_rollback(hook: Hook) -> None:
    """Calls `hook` if this transaction comes to nothing, last first: memory follows the database."""
    own_transaction().after_rollback.append(hook)


async def advisory_lock(name: str) -> None:
    """Waits for the lock of this name and keeps it until the transaction ends. SQLite has one writer."""
    work = own_transaction()
    if work.on_postgres:
        await work.client.execute_query("SELECT pg_advisory_xact_lock($1)", [lock_number(name)])


def lock_number(name: str) -> int:
    """PostgreSQL names advisory locks by signed 64-bit numbers."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def for_update(rows: QuerySet[Row], *, skip_locked: bool = False, of: tuple[str, ...] = ()) -> QuerySet[Row]:
    """Locks the rows it finds until the transaction ends. On SQLite the transaction itself is that lock."""
    work = own_transaction()
    return rows.using_db(work.client).select_for_update(skip_locked=skip_locked, of=of)


class Router:
    """Reads use the read connection, except inside a transaction, which must see its own writes."""

    def db_for_read(self, _model: type[Model]) -> str:
        return WRITE if visible_transaction() else READ

    def db_for_write(self, model: type[Model]) -> str:
        try:
            own_transaction()
        except NoTransaction:
            raise NoTransaction(f"writing a {model.__name__} needs transaction()") from None
        return WRITE


def connection() -> BaseDBAsyncClient:
    """For hand-written SQL: the connection of the transaction, else the one for reading."""
    return require_context().connections.get(WRITE if visible_transaction() else READ)
