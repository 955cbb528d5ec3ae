"""Writes the migration that leads from the stored ones to the models: `python -m models.db.make NAME`."""

import asyncio
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tortoise.apps import Apps
from tortoise.connection import ConnectionHandler
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import AddField, DeleteModel, Operation, RemoveField
from tortoise.migrations.writer import MigrationWriter, format_migration_name

from models import MODEL_MODULES
from models.db.current import WRITE
from models.db.database import APP
from models.db.migrating import MIGRATIONS


async def drift(*, modules: Sequence[str] = MODEL_MODULES, migrations: str = MIGRATIONS) -> list[str]:
    """What the models say and no migration does yet. Empty when they agree."""
    writer = await _changes(modules, migrations)
    return [operation.describe() for operation in writer.operations] if writer else []


async def make(
    name: str, *, modules: Sequence[str] = MODEL_MODULES, migrations: str = MIGRATIONS
) -> tuple[Path, list[str]] | None:
    """Writes one migration; returns its file and what a person must look at. None when nothing changed."""
    _ensure_package(migrations)
    writer = await _changes(modules, migrations)
    if writer is None:
        return None
    writer.name = format_migration_name(int(writer.name.partition("_")[0]), name)
    return writer.write(), [hint for operation in writer.operations if (hint := _hint(operation))]


async def _changes(modules: Sequence[str], migrations: str) -> MigrationWriter | None:
    app = {"models": list(modules), "migrations": migrations, "default_connection": WRITE}
    connections = ConnectionHandler()
    connections._init_config({WRITE: {}})  # noqa: SLF001 - named, never opened
    apps = Apps({APP: app}, connections, validate_connections=False)
    writers = await MigrationAutodetector(apps, {APP: app}).changes()
    return writers[0] if writers else None


def _ensure_package(migrations: str) -> None:
    if importlib.util.find_spec(migrations):
        return
    parent, _, name = migrations.rpartition(".")
    folder = Path(next(iter(importlib.import_module(parent).__path__))) / name
    folder.mkdir()
    (folder / "__init__.py").touch()
    importlib.invalidate_caches()


def _hint(operation: Operation) -> str | None:
    """Where Tortoise's guess is known to be wrong."""
    if isinstance(operation, RemoveField | DeleteModel):
        return f"{operation.describe()}: its data goes. If it was renamed, write RenameField or RenameModel."
    if isinstance(operation, AddField):
        return _hint_on(operation)
    return None


def _hint_on(operation: AddField) -> str | None:
    field: Any = operation.field
    if field.index and not field.unique:
        return f"{operation.describe()}: db_index makes no index here; use Meta.indexes."
    if not field.null and not field.has_db_default():
        return f"{operation.describe()}: rows that are there already need a db_default."
    return None


def main(arguments: Sequence[str]) -> str:
    if len(arguments) != 1:
        return "usage: python -m models.db.make NAME"
    made = asyncio.run(make(arguments[0]))
    if made is None:
        return "The migrations agree with the models."
    path, hints = made
    return "\n".join([f"Wrote {path}", *hints])


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:]) + "\n")
