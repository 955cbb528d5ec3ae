"""The database: one write connection with transactions, one for reading, fields, and migrations."""

from models.db.current import Transaction
from models.db.database import Database, open_database, this_database
from models.db.dead_rows import cleared
from models.db.errors import DatabaseBusy, ForeignTransaction, MigrationRefused, NoTransaction, is_trouble
from models.db.fields import BytesField, IdField, SealedField, UtcDatetimeField, new_id
from models.db.inserting import insert
from models.db.migrating import copies, migrate, pending
from models.db.transactions import (
    advisory_lock,
    atomic,
    connection,
    for_update,
    on_commit,
    on_rollback,
    savepoint,
    transaction,
)
from models.db.turns import Turn

__all__ = [
    "BytesField",
    "Database",
    "DatabaseBusy",
    "ForeignTransaction",
    "IdField",
    "MigrationRefused",
    "NoTransaction",
    "SealedField",
    "Transaction",
    "Turn",
    "UtcDatetimeField",
    "advisory_lock",
    "atomic",
    "cleared",
    "connection",
    "copies",
    "for_update",
    "insert",
    "is_trouble",
    "migrate",
    "new_id",
    "on_commit",
    "on_rollback",
    "open_database",
    "pending",
    "savepoint",
    "this_database",
    "transaction",
]
