"""Altering tables on SQLite, where Tortoise drops the old table with all that belongs to it."""
# ruff: noqa: SLF001 - Tortoise's seams are private

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.constraints import CheckConstraint
from tortoise.migrations.schema_editor import SqliteSchemaEditor

from models.db.errors import MigrationRefused

Columns = tuple[str | None, ...]


@dataclass(frozen=True)
class Index:
    """An index of a table. Those that belong to a UNIQUE in the table's own definition have no `sql`."""

    name: str
    columns: Columns
    unique: bool
    sql: str | None


@dataclass(frozen=True)
class Attachments:
    """What the rebuild of a table would silently drop."""

    table: str
    rows: int
    indexes: list[Index]
    triggers: list[str]


class CarefulEditor(SqliteSchemaEditor):
    """Tortoise's editor, made to keep indexes, uniques and triggers, and to count."""

    async def _run_sql(self, sql: str) -> None:
        # The transaction's own script runner knows where a statement ends; Tortoise cuts at each semicolon.
        await self.client.execute_script(sql)

    async def _remake_table(
        self,
        model: Any,
        create_field: Any = None,
        delete_field: Any = None,
        alter_fields: Sequence[tuple[Any, Any]] | None = None,
    ) -> None:
        dropped = uniques_decided_anew(alter_fields or ())
        await self._rebuild(model, dropped, create_field, delete_field, alter_fields)
        for _, field in alter_fields or ():
            if field.unique and not field.pk:
                await ensure_unique(self.client, model._meta.db_table, (column_of(field),))

    async def remove_constraint(self, model: Any, constraint: Any) -> None:
        """A UNIQUE in the table's definition has no name to drop: the table is rebuilt without it."""
        if isinstance(constraint, CheckConstraint):
            await super().remove_constraint(model, constraint)
            return
        table, columns = (
            model._meta.db_table,
            tuple(self._resolve_fields_to_columns(model, constraint.fields)),
        )
        found = [index for index in await indexes_of(self.client, table) if same_unique(index, columns)]
        for index in found:
            if index.sql is not None:
                await self.client.execute_query(f'DROP INDEX "{index.name}"')
        if not found or any(index.sql is None for index in found):
            await self._rebuild(model, {columns})

    async def _rebuild(self, model: Any, dropped: set[Columns], *change: Any) -> None:
        before = await attachments(self.client, model._meta.db_table)
        # Without it, RENAME refuses when a trigger elsewhere names the table that is missing for a moment.
        await self.client.execute_query("PRAGMA legacy_alter_table=ON")
        try:
            await super()._remake_table(model, *change)
        finally:
            await self.client.execute_query("PRAGMA legacy_alter_table=OFF")
        await reattach(self.client, before, dropped)


def uniques_decided_anew(alter_fields: Iterable[tuple[Any, Any]]) -> set[Columns]:
    """An altered column's new definition says whether it is unique, not its old index."""
    return {(column_of(old),) for old, _ in alter_fields}


def column_of(field: Any) -> str:
    return str(field.source_field or field.model_field_name)


def same_unique(index: Index, columns: Columns) -> bool:
    return index.unique and index.columns == columns


async def attachments(client: BaseDBAsyncClient, table: str) -> Attachments:
    triggers = await client.execute_query_dict(
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", [table]
    )
    return Attachments(
        table=table,
        rows=await count(client, table),
        indexes=await indexes_of(client, table),
        triggers=[row["sql"] for row in triggers],
    )


async def count(client: BaseDBAsyncClient, table: str) -> int:
    rows = await client.execute_query_dict(f'SELECT count(*) AS n FROM "{table}"')  # noqa: S608
    return int(rows[0]["n"])


async def indexes_of(client: BaseDBAsyncClient, table: str) -> list[Index]:
    """All but the primary key's own."""
    rows = await client.execute_query_dict(
        'SELECT l.name, l."unique" AS is_unique, m.sql FROM pragma_index_list(?) l'
        " JOIN sqlite_master m ON m.type = 'index' AND m.name = l.name"
        " WHERE l.origin <> 'pk' ORDER BY l.seq DESC",
        [table],
    )
    return [
        Index(row["name"], await columns_of(client, row["name"]), bool(row["is_unique"]), row["sql"]) for row in rows
    ]


async def columns_of(client: BaseDBAsyncClient, index: str) -> Columns:
    rows = await client.execute_query_dict("SELECT name FROM pragma_index_info(?) ORDER BY seqno", [index])
    return tuple(row["name"] for row in rows)


async def reattach(client: BaseDBAsyncClient, before: Attachments, dropped: set[Columns]) -> None:
    """Puts back what the rebuild dropped, except what named a column that is gone."""
    if await count(client, before.table) != before.rows:
        raise MigrationRefused(f"rebuilding {before.table} would lose rows")
    info = await client.execute_query_dict("SELECT name FROM pragma_table_info(?)", [before.table])
    present: set[str | None] = {row["name"] for row in info} | {None}  # None stands for an expression
    for index in before.indexes:
        if not present.issuperset(index.columns):
            continue
        if index.sql is not None:
            await client.execute_query(index.sql)
        elif index.columns not in dropped:
            await ensure_unique(client, before.table, index.columns)
    for trigger in before.triggers:
        await client.execute_query(trigger)


async def ensure_unique(client: BaseDBAsyncClient, table: str, columns: Columns) -> None:
    if any(same_unique(index, columns) for index in await indexes_of(client, table)):
        return
    names = [str(column) for column in columns]
    listed = ", ".join(f'"{name}"' for name in names)
    await client.execute_query(f'CREATE UNIQUE INDEX "uid_{table}_{"_".join(names)}" ON "{table}" ({listed})')
