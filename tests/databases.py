"""Databases for tests: made once per run as templates, then copied for each test."""

import asyncio
import fcntl
import importlib.util
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from tortoise.utils import generate_schema_for_client

from models import MODEL_MODULES
from models.db import Database, migrate, open_database
from models.db.database import APP
from models.db.executor import Executor
from models.db.make import drift
from tests.postgres import address
from tests.slate import Slate


@dataclass(frozen=True)
class Blueprint:
    """Which tables a database has."""

    name: str
    modules: Sequence[str]
    migrations: str = "models.migrations"
    bare: "Blueprint | None" = None  # the same without people; else the county of tests/world.py is in it


REAL = Blueprint("real", MODEL_MODULES)
PEOPLED = Blueprint("peopled", MODEL_MODULES, bare=REAL)
SAMPLE = Blueprint("sample", ("tests.models.sample_models",), "tests.models.no_migrations")


async def build(url: str, blueprint: Blueprint) -> None:
    """Gives an empty database its tables: through the migrations, or from the models where these are ahead.

    That they are ahead is another test's complaint; meanwhile everybody else's tests can run.
    """
    if has_migrations(blueprint.migrations) and not await drift(
        modules=blueprint.modules, migrations=blueprint.migrations
    ):
        await migrate(url, migrations=blueprint.migrations)
        return
    async with await open_database(url, modules=blueprint.modules) as database:
        await generate_schema_for_client(database.write, safe=False)
        if has_migrations(blueprint.migrations):
            await _note_as_applied(database, blueprint.migrations)


async def _note_as_applied(database: Database, migrations: str) -> None:
    """So that commands find nothing pending."""
    executor = Executor(database.write, migrations)
    await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
    for step in await executor.steps():
        await executor.recorder.record_applied(APP, step.migration.name)


def has_migrations(package: str) -> bool:
    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:
        return False
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return any(Path(folder).glob("[0-9]*.py") for folder in folders)


@dataclass(frozen=True)
class Templates:
    """The templates of this run. `server` is the folder of the PostgreSQL server, if one runs."""

    shared: Path
    server: Path | None
    slates: dict[str, Slate] = field(default_factory=dict)  # of this worker, by blueprint

    def file(self, blueprint: Blueprint) -> Path:
        path = self.shared / f"{blueprint.name}.sqlite"
        bare = self.file(blueprint.bare) if blueprint.bare else None

        def make() -> None:
            if bare:
                shutil.copyfile(bare, path)
            apart(self._build(f"sqlite://{path}", blueprint))

        self._once(path.name, make)
        return path

    def memory(self, backend: str) -> Path:
        """What the peopled county remembers beside its database: keys, seeds of one-time codes."""
        return self.shared / f"peopled-{backend}.world"

    async def _build(self, url: str, blueprint: Blueprint) -> None:
        if blueprint.bare is None:
            await build(url, blueprint)
            return
        from tests.world import World  # which needs the whole domain

        async with await open_database(url, modules=blueprint.modules):
            world = await World.build(self.shared)
            self.memory(url.partition(":")[0]).write_bytes(world.remembered())
            world.leave()

    def database(self, blueprint: Blueprint) -> str:
        name = f"template_{blueprint.name}"
        bare = self.database(blueprint.bare) if blueprint.bare else "template1"
        self._once(name, lambda: apart(self._prepare(name, bare, blueprint)))
        return name

    async def _prepare(self, name: str, bare: str, blueprint: Blueprint) -> None:
        assert self.server is not None
        await execute(self.server, f"CREATE DATABASE {name} TEMPLATE {bare} STRATEGY FILE_COPY")
        await self._build(address(self.server, name), blueprint)

    def _once(self, name: str, make: Callable[[], None]) -> None:
        """The first worker makes it while the others wait."""
        with (self.shared / f"{name}.made").open("a+") as note:
            fcntl.flock(note, fcntl.LOCK_EX)
            note.seek(0)
            if not note.read():
                make()
                note.write("made")


@asynccontextmanager
async def fresh(templates: Templates, backend: str, blueprint: Blueprint, folder: Path) -> AsyncIterator[str]:
    """The address of a database of its own, with tables and without rows."""
    if backend == "sqlite":
        yield _file(templates, blueprint, folder)
        return
    async with _copied(templates.server, templates.database(blueprint)) as url:
        yield url


async def tidied(templates: Templates, backend: str, blueprint: Blueprint, folder: Path) -> str:
    """As `fresh`; but on PostgreSQL this worker's one copy, put back as it was: a tenth of the price of a new one.

    Bytes of what was deleted stay in it, and a test must not change its tables: who minds asks for `apart`.
    """
    if backend == "sqlite":
        return _file(templates, blueprint, folder)
    assert templates.server is not None
    slate = templates.slates.get(blueprint.name)
    if slate is None or not await slate.wipe():
        slate = await Slate.take(
            address(templates.server, await _copy(templates.server, templates.database(blueprint)))
        )
        templates.slates[blueprint.name] = slate
    return slate.url


def _file(templates: Templates, blueprint: Blueprint, folder: Path) -> str:
    path = folder / f"{blueprint.name}.sqlite"
    shutil.copyfile(templates.file(blueprint), path)
    return f"sqlite://{path}"


@asynccontextmanager
async def empty(templates: Templates, backend: str, folder: Path) -> AsyncIterator[str]:
    """The address of a database of its own without tables."""
    if backend == "sqlite":
        yield f"sqlite://{folder / 'empty.sqlite'}"
        return
    async with _copied(templates.server, "template1") as url:
        yield url


@asynccontextmanager
async def _copied(server: Path | None, template: str) -> AsyncIterator[str]:
    assert server is not None
    name = await _copy(server, template)
    try:
        yield address(server, name)
    finally:
        await execute(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _copy(server: Path, template: str) -> str:
    name = f"test_{secrets.token_hex(8)}"
    await execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return name


async def execute(server: Path, statement: str) -> None:
    connection = await asyncpg.connect(address(server, "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def apart(work: Coroutine[Any, Any, None]) -> None:
    """Runs it in a thread of its own, so that no test's loop or database is touched."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()
