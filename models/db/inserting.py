"""Rows of several kinds, born together and stored in one go."""
# ruff: noqa: SLF001 - Tortoise's seams are private

from typing import Any

from tortoise.models import Model

from models.db.current import own_transaction
from models.db.sqlite import SqliteTransaction


async def insert(*rows: Model) -> None:
    """Inserts rows in their order. On SQLite they cross into the connection's thread once, not once each.

    For rows whose ids are made in code. Inside `transaction()` only, like every writing.
    """
    client = own_transaction().client
    statements = [_statement(row, client) for row in rows]
    if isinstance(client, SqliteTransaction):
        await client.execute_together(statements)
    else:
        for query, values in statements:
            await client.execute_insert(query, values)
    for row in rows:
        row._saved_in_db = True


def _statement(row: Model, client: Any) -> tuple[str, list[Any]]:
    executor, columns = client.executor_class(model=type(row), db=client), row._meta.fields_map
    values = [columns[name].to_db_value(getattr(row, name), row) for name in executor.regular_columns_all]
    return executor.insert_query_all, values
