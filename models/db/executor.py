"""Tortoise's migration runner, with our editor and a record that does not guess."""

from functools import partial
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.executor import MigrationExecutor, PlanStep
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.loader import MigrationLoader
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import AddIndex, CreateModel
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

from models.db.current import WRITE
from models.db.database import APP
from models.db.errors import MigrationRefused
from models.db.rebuild import CarefulEditor

ASKS_NOT_WHAT_WAS: Final = (CreateModel, AddIndex)


class Recorder(MigrationRecorder):
    """Tortoise's takes any error for "nothing was applied yet"."""

    async def applied_migrations(self) -> list[MigrationKey]:
        if self.connection is None or not await has_table(self.connection, self.table_name):
            return []
        rows = await self.connection.execute_query_dict(
            f"SELECT app, name FROM {self.table_name} ORDER BY app, name"  # noqa: S608
        )
        return [MigrationKey(app_label=row["app"], name=row["name"]) for row in rows]


class Loader(MigrationLoader):
    """Migrations that spare what nobody reads."""

    def load_disk(self) -> None:
        super().load_disk()
        for migration in self.disk_migrations.values():
            migration.apply = partial(_apply, migration)  # type: ignore[method-assign]


async def _apply(
    migration: Migration,
    state: State,
    *,
    dry_run: bool = False,
    schema_editor: BaseSchemaEditor | None = None,
    collect_sql: bool = False,
) -> State:
    """Tortoise's own copies the whole state before each operation: with our tables most of the time it takes."""
    if dry_run or schema_editor is None or collect_sql:
        return await Migration.apply(
            migration, state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql
        )
    transactions = schema_editor.client.capabilities.supports_transactions
    for operation in migration.operations:
        before = state if isinstance(operation, ASKS_NOT_WHAT_WAS) else state.clone()
        operation.state_forward(migration.app_label, state)
        await migration._run_database_forward(operation, before, state, schema_editor, transactions)  # noqa: SLF001
    state.validate_relations_initialized()
    return state


class Executor(MigrationExecutor):
    """Runs the migrations of one package on one connection. Without a connection it can only plan."""

    def __init__(self, connection: Any, migrations: str) -> None:
        apps = {APP: {"migrations": migrations, "default_connection": WRITE}}
        super().__init__(connection, apps)
        self.recorder = Recorder(connection)
        self.loader = Loader(apps, self.recorder)

    async def steps(self) -> list[PlanStep]:
        """What is still to do. Refuses a database that a newer program has migrated further."""
        todo = await self.plan()
        unknown = self.loader.applied_migrations - set(self.loader.disk_migrations)
        if unknown:
            names = ", ".join(sorted(key.name for key in unknown))
            raise MigrationRefused(f"this database is newer than this program: {names}")
        return todo

    async def run(self) -> None:
        # First of all: on PostgreSQL, asking a table that is not there would end the transaction.
        await self.recorder.ensure_schema(self._schema_editor(atomic=False))
        await self.migrate(direction="forward")

    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:
        if self.connection.capabilities.dialect == "sqlite":
            return CarefulEditor(self.connection, atomic=atomic, collect_sql=collect_sql)
        return super()._schema_editor(atomic=atomic, collect_sql=collect_sql)


async def has_table(connection: BaseDBAsyncClient, table: str) -> bool:
    return table in await tables(connection)


async def tables(connection: BaseDBAsyncClient) -> list[str]:
    """The names of all tables of ours."""
    if connection.capabilities.dialect == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    else:
        query = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
    return [row["name"] for row in await connection.execute_query_dict(query)]
