"""SQLite as we need it: one writer that locks first, and answers that are never lost to a cancelled task."""
# ruff: noqa: SLF001 - Tortoise's seams are private

import asyncio
import sqlite3
from asyncio import CancelledError, Future
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import aiosqlite
from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionWrapper,
)
from tortoise.connection import ConnectionToken, get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from models.db.current import refuse_reading_aside
from models.db.errors import DatabaseBusy, NoTransaction
from models.db.settled import settled

PRAGMAS: dict[str, str | int] = {
    "busy_timeout": 5000,  # first, because switching to WAL may already have to wait
    "journal_mode": "WAL",
    "synchronous": "FULL",  # an acknowledged row survives a power cut
    "foreign_keys": "ON",
    "secure_delete": "ON",  # shredded bytes are overwritten
    "temp_store": "MEMORY",  # nothing spills into files beside the database
    "journal_size_limit": 16 * 1024 * 1024,
    "wal_autocheckpoint": 1000,
    "cache_size": -16 * 1024,
}

ENDINGS = {"BEGIN", "COMMIT", "END", "ROLLBACK"}


class QingfengSqliteClient(SqliteClient):
    """One connection with its thread. Its transactions are immediate."""

    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        refuse_reading_aside(self.connection_name)
        return super().acquire_connection()

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        try:
            answer: tuple[int, Sequence[Any]] = await super().execute_query(query, values)
        except OperationalError as error:
            if "readonly" in str(error):
                raise NoTransaction("writing needs transaction()") from error
            raise
        return answer

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransaction(self)


class ImmediateTransaction(TransactionContext):
    """Replaces Tortoise's, which begins deferred and keeps its lock when BEGIN fails or is cancelled."""

    __slots__ = ("client", "parent", "token")

    def __init__(self, parent: QingfengSqliteClient) -> None:
        self.parent = parent
        self.token: ConnectionToken | None = None

    async def __aenter__(self) -> TransactionalDBClient:
        await self.parent._lock.acquire()
        try:
            if not self.parent._connection:
                await self.parent.create_connection(with_db=True)
            self.client: SqliteTransaction = SqliteTransaction(self.parent)
            await self.client.begin()
        except BaseException:
            self.parent._lock.release()
            raise
        self.token = get_connections().set(self.parent.connection_name, self.client)
        return self.client

    async def __aexit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        try:
            if not self.client._finalized:
                await (self.client.rollback() if exc_type else self.client.commit())
        finally:
            get_connections().reset(self.token)
            self.parent._lock.release()


class SqliteTransaction(SqliteTransactionWrapper):
    """The connection as it is seen inside one transaction."""

    committed = False

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(type(self)(cast("SqliteClient", self)))

    async def begin(self) -> None:
        """Takes the write lock at once, so that what is read inside cannot change before it is written."""
        try:
            await self._in_thread(_begin)
        except CancelledError:
            # The thread may still be waiting for the lock; it must not keep what it gets.
            self._in_thread(_roll_back)
            raise
        except sqlite3.OperationalError as error:
            raise DatabaseBusy("another process did not finish writing in time") from error

    async def commit(self) -> None:
        """Whether it succeeded is always known: the hooks depend on it."""
        self._finalized = True
        try:
            await settled(self._in_thread(_commit), done=self._mark_committed)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    async def rollback(self) -> None:
        self._finalized = True
        await settled(self._in_thread(_roll_back))

    async def execute_script(self, query: str) -> None:
        """Statement by statement: sqlite3's executescript would commit the open transaction."""
        for statement in statements(query):
            if statement.split()[0].upper() in ENDINGS:
                raise OperationalError(f"a script may not end its transaction: {statement}")
            await self.execute_query(statement)

    async def execute_together(self, lots: Sequence[tuple[str, list[list[Any]]]]) -> None:
        """Several statements in one crossing into the thread."""

        def run(connection: sqlite3.Connection) -> None:
            for query, values in lots:
                connection.executemany(query, values)

        try:
            await self._in_thread(run)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    def _mark_committed(self) -> None:
        self.committed = True

    def _in_thread(self, act: Callable[[sqlite3.Connection], None]) -> Future[None]:
        """Queues `act` behind everything sent before. It runs even when nobody waits for it any more."""
        connection = self._connection
        answer: Future[None] = asyncio.get_running_loop().create_future()
        connection._tx.put_nowait((answer, lambda: act(connection._conn)))
        return answer


def _begin(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")


def _commit(connection: sqlite3.Connection) -> None:
    if not connection.in_transaction:
        # A full disk makes SQLite roll back by itself; what came after stands alone and must not look whole.
        raise sqlite3.OperationalError("SQLite ended the transaction early")
    try:
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def statements(script: str) -> Iterator[str]:
    """Cuts a script where SQLite itself says that a statement is complete."""
    pending = ""
    for piece in script.split(";"):
        pending += piece
        if sqlite3.complete_statement(pending + ";"):
            if pending.strip():
                yield pending.strip()
            pending = ""
        else:
            pending += ";"
    if pending.strip("; \n\t"):
        yield pending.strip()


client_class = QingfengSqliteClient
