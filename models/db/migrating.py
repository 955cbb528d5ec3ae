"""Bringing a database to the newest migration: alone, in one transaction, checked before it is committed."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import _current_context
from tortoise.migrations.executor import PlanStep

from models.db.current import READ, WRITE
from models.db.database import Context, connections, create_private, hold, sqlite_path
from models.db.errors import MigrationRefused
from models.db.executor import Executor, tables
from models.db.postgres import QingfengPostgresClient
from models.db.rebuild import count
from models.db.sqlite import QingfengSqliteClient
from models.db.transactions import advisory_lock, transaction

MIGRATIONS = "models.migrations"

FOREIGN_KEYS = "OFF"
"""Rebuilding a table drops the old one; with foreign keys on, that would delete all its children."""


async def pending(url: str, *, migrations: str = MIGRATIONS) -> list[str]:
    """The names of the migrations this database still lacks. Changes nothing."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return _names(await Executor(None, migrations).steps())
    async with _connected(url, access=READ) as client:
        return _names(await Executor(client, migrations).steps())


async def migrate(url: str, *, migrations: str = MIGRATIONS) -> list[str]:
    """Applies what is pending, all or nothing, and returns the names. Refuses while the file is served."""
    path = sqlite_path(url)
    if path is None:
        async with _connected(url, access=WRITE):
            return await _apply(None, migrations)
    create_private(path)
    held = hold(path)
    try:
        async with _connected(url, access=WRITE, foreign_keys=FOREIGN_KEYS):
            return await _apply(path, migrations)
    finally:
        os.close(held)


async def _apply(path: Path | None, migrations: str) -> list[str]:
    async with transaction() as work:
        await advisory_lock("migrations")
        executor = Executor(work.client, migrations)
        steps = await executor.steps()
        if not steps:
            return []
        copy = None if path is None else await _keep_copy(path, done=len(executor.loader.applied_migrations))
        before = await _rows(work.client)
        await executor.run()
        if path is not None:
            await _check_file(work.client)
        _refuse_losses(before, await _rows(work.client), steps)
    if path is not None:
        _forget_copies_but(path, copy)
    return _names(steps)


@asynccontextmanager
async def _connected(url: str, *, access: str, **pragmas: str) -> AsyncIterator[BaseDBAsyncClient]:
    """A context without models: migrations bring their own."""
    context = Context()
    context._init_timezone(use_tz=True, timezone="UTC")  # noqa: SLF001
    context.connections._init_config(connections(url, **pragmas))  # noqa: SLF001
    client = context.connections.get(access)
    context.write = cast("QingfengSqliteClient | QingfengPostgresClient", client)
    before = _current_context.get()
    _current_context.set(context)
    try:
        await client.create_connection(with_db=True)
        yield client
    finally:
        await client.close()
        _current_context.set(before)


async def _keep_copy(path: Path, *, done: int) -> Path | None:
    """A copy of the file as it was, because a migration may be right and still regretted."""
    if not done:
        return None
    copy = path.with_name(f"{path.name}.before-{done + 1}")
    copy.unlink(missing_ok=True)
    create_private(copy)
    await asyncio.to_thread(_copy, path, copy)
    return copy


def _copy(path: Path, copy: Path) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def copies(path: Path) -> list[Path]:
    """The kept copies of this file. They hold what was shredded since: whoever shreds removes them too."""
    return sorted(path.parent.glob(f"{path.name}.before-*"))


def _forget_copies_but(path: Path, newest: Path | None) -> None:
    for copy in copies(path):
        if copy != newest:
            copy.unlink()


async def _check_file(client: BaseDBAsyncClient) -> None:
    orphans = await client.execute_query_dict("PRAGMA foreign_key_check")
    if orphans:
        raise MigrationRefused(f"{len(orphans)} rows of {orphans[0]['table']} would lose their parents")
    [answer] = await client.execute_query_dict("PRAGMA integrity_check(1)")
    if answer["integrity_check"] != "ok":
        raise MigrationRefused(f"the file is damaged: {answer['integrity_check']}")


async def _rows(client: BaseDBAsyncClient) -> dict[str, int]:
    return {table: await count(client, table) for table in await tables(client)}


def _refuse_losses(before: dict[str, int], after: dict[str, int], steps: list[PlanStep]) -> None:
    """A migration that means to delete rows says so: `loses_rows_of = ("table",)` in its class."""
    meant = {table for step in steps for table in getattr(step.migration, "loses_rows_of", ())}
    for table in before.keys() & after.keys() - meant:
        if after[table] < before[table]:
            raise MigrationRefused(f"{table} would lose {before[table] - after[table]} rows")


def _names(steps: list[PlanStep]) -> list[str]:
    return [step.migration.name for step in steps]
