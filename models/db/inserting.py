"""Rows of several kinds, born together and stored in one go."""
# ruff: noqa: SLF001 - Tortoise's seams are private

from itertools import groupby
from operator import itemgetter
from typing import Any

from tortoise.models import Model

from models.db.current import own_transaction
from models.db.sqlite import SqliteTransaction


async def insert(*rows: Model) -> None:
    """Inserts rows in their order. On SQLite they cross into the connection's thread once, not once each.

    Ids that the database makes stay unknown here. Inside `transaction()` only, like every writing.
    """
    client = own_transaction().client
    statements = groupby((_statement(row, client) for row in rows), key=itemgetter(0))
    lots = [(query, [values for _, values in lot]) for query, lot in statements]
    if isinstance(client, SqliteTransaction):
        await client.execute_together(lots)
    else:
        for query, values in lots:
            await client.execute_many(query, values)
    for row in rows:
        row._saved_in_db = True


def _statement(row: Model, client: Any) -> tuple[str, list[Any]]:
    executor, columns = client.executor_class(model=type(row), db=client), row._meta.fields_map
    whole = row.pk is not None
    names = executor.regular_columns_all if whole else executor.regular_columns
    values = [columns[name].to_db_value(getattr(row, name), row) for name in names]
    return executor.insert_query_all if whole else executor.insert_query, values
