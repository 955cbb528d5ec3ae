"""Opening and closing the database, and the lock that says who serves it."""
# ruff: noqa: SLF001 - Tortoise's seams are private

import asyncio
import fcntl
import os
import urllib.parse
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext, _current_context, require_context

from models.db.current import READ, WRITE, visible_transaction
from models.db.errors import DatabaseBusy
from models.db.postgres import QingfengPostgresClient
from models.db.sqlite import PRAGMAS, QingfengSqliteClient
from models.db.transactions import Router, lock_number
from models.db.turns import Turn, Turns, undisputed

APP = "models"
_CONNECTING = {"host", "port", "user", "password", "database", "ssl"}


class Context(TortoiseContext):
    """Tortoise's state, which tasks inherit, with the connection on which transactions begin."""

    write: QingfengSqliteClient | QingfengPostgresClient
    database: "Database"


class Database:
    """An open database. What is started after opening it sees it; close it, or the process will not end."""

    def __init__(self, url: str, context: Context) -> None:
        self.url = url
        self.path = sqlite_path(url)
        self._context = context
        self._clients = [context.connections.get(name) for name in (WRITE, READ)]
        self._held: int | None = None
        context.database = self

    @property
    def write(self) -> QingfengSqliteClient | QingfengPostgresClient:
        """The connection on which transactions begin. For schema work; rows are written in `transaction()`."""
        return self._context.write

    def hold(self) -> None:
        """Makes this process the only one that serves this SQLite file. On PostgreSQL several may."""
        if self.path is not None and self._held is None:
            self._held = hold(self.path)

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[asyncio.Event]:
        """Only one process at a time is in here under this name; others wait for it to leave or to die.

        On SQLite `hold` has settled that already. On PostgreSQL the lock lives as long as a connection of its own;
        the event is set when that is lost, for then another process may come in.
        """
        lost = asyncio.Event()
        if self.path is not None:
            yield lost
            return
        lock = await self._aside()
        lock.add_termination_listener(lambda _: lost.set())
        try:
            await lock.execute("SELECT pg_advisory_lock($1)", lock_number(name))
            yield lost
        finally:
            await lock.close()

    @asynccontextmanager
    async def turns(self) -> AsyncIterator[Turn]:
        """How several processes share work by its name: on PostgreSQL one at a time does it, on SQLite there is one."""
        if self.path is not None:
            yield undisputed
            return
        taking = Turns(self._aside)
        try:
            yield taking.take
        finally:
            await taking.close()

    async def _aside(self) -> Any:
        """A connection to the server beside the pools."""
        import asyncpg

        credentials = connections(self.url)[WRITE]["credentials"]
        return await asyncpg.connect(**{key: value for key, value in credentials.items() if key in _CONNECTING})

    async def close(self) -> None:
        """Waits for the running transaction, then closes every connection and lets go of the file."""
        if visible_transaction() is not None:
            raise RuntimeError("close the database outside of transaction()")
        for client in self._clients:
            await _close(client)
        if _current_context.get() is self._context:
            _current_context.set(None)
        if self._held is not None:
            os.close(self._held)
            self._held = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def open_database(url: str, *, modules: Sequence[str], migrations: str = "models.migrations") -> Database:
    """Opens `sqlite:///absolute/path` or `postgres://…` for this task and all it will start."""
    EXECUTOR_CACHE.clear()  # Tortoise keeps statements per connection name, whatever their dialect
    if path := sqlite_path(url):
        create_private(path)
    context = Context()
    before = _current_context.set(context)
    try:
        await context.init(configuration(url, modules=modules, migrations=migrations))
        context.write = cast("QingfengSqliteClient | QingfengPostgresClient", context.connections.get(WRITE))
        await context.write.create_connection(with_db=True)
        # Now, not at the first read: a task cancelled while it opens would leave Tortoise's lock held for ever.
        await context.connections.get(READ).create_connection(with_db=True)
    except BaseException:
        _current_context.reset(before)
        await context.close_connections()
        raise
    return Database(url, context)


def this_database() -> Database:
    """The one this task was started on: for work on the whole of it, outside of any transaction."""
    if visible_transaction() is not None:
        raise RuntimeError("the whole database is worked on outside of transaction()")
    return cast("Context", require_context()).database


def configuration(url: str, *, modules: Sequence[str], migrations: str) -> dict[str, Any]:
    """What Tortoise is told."""
    app = {"models": list(modules), "migrations": migrations, "default_connection": WRITE}
    return {
        "connections": connections(url),
        "apps": {APP: app},
        "routers": [Router],
        "use_tz": True,
        "timezone": "UTC",
    }


def connections(url: str, **pragmas: str) -> dict[str, Any]:
    """The two connections, or pools, that every database has. `pragmas` differ only while migrating."""
    path = sqlite_path(url)
    return _postgres(url) if path is None else _sqlite(path, pragmas)


def _sqlite(path: Path, pragmas: dict[str, str]) -> dict[str, Any]:
    write = {"file_path": str(path), **PRAGMAS, **pragmas}
    return {
        WRITE: {"engine": "models.db.sqlite", "credentials": write},
        READ: {"engine": "models.db.sqlite", "credentials": write | {"query_only": "ON"}},
    }


def _postgres(url: str) -> dict[str, Any]:
    write = expand_db_url(url)["credentials"]
    read = write | {"server_settings": {"default_transaction_read_only": "on"}}
    return {
        WRITE: {"engine": "models.db.postgres", "credentials": write},
        READ: {"engine": "models.db.postgres", "credentials": read},
    }


def sqlite_path(url: str) -> Path | None:
    """The file behind a `sqlite:` address; None for a server."""
    scheme, _, rest = url.partition("://")
    if scheme != "sqlite":
        return None
    path = urllib.parse.unquote(rest.partition("?")[0])
    if path in {"", ":memory:"}:
        raise ValueError("the database needs a file: its two connections share nothing else")
    return Path(path)


def create_private(path: Path) -> None:
    """SQLite gives its side files the mode of the database; nobody else on the machine needs to read them."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def hold(path: Path) -> int:
    """Locks `<file>.lock` until the returned descriptor is closed or the process dies."""
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise DatabaseBusy(f"another process serves {path}") from error
    return descriptor


async def _close(client: BaseDBAsyncClient) -> None:
    if isinstance(client, QingfengSqliteClient):
        async with client._lock:
            await client.close()
    else:
        await client.close()
