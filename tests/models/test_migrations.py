"""Migrating loses nothing: not rows, not children, not indexes; and a failed migration changes nothing."""

import asyncio
import importlib
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent, indent

import pytest
from tortoise.exceptions import OperationalError
from tortoise.migrations.schema_editor import SqliteSchemaEditor
from tortoise.utils import generate_schema_for_client

from models.db import (
    DatabaseBusy,
    MigrationRefused,
    connection,
    copies,
    executor,
    migrate,
    open_database,
    pending,
    transaction,
)
from models.db.database import hold, sqlite_path
from models.db.make import drift, make
from tests.databases import SAMPLE, Templates, empty
from tests.models.sample_models import Child, Parent

HEAD = """
from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint


class Migration(migrations.Migration):
"""

ALTER_THE_PARENT = """
dependencies = [("models", "0001_first")]
operations = [ops.AlterField("Parent", "name", fields.CharField(max_length=80, unique=True))]
"""


class Package:
    """A package of migrations that a test writes as it goes along."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.folder = folder / name
        self.folder.mkdir()
        (self.folder / "__init__.py").touch()

    def write(self, name: str, body: str) -> None:
        (self.folder / f"{name}.py").write_text(HEAD + indent(dedent(body), "    "))
        importlib.invalidate_caches()

    async def first(self) -> None:
        """The migration that the sample models themselves lead to."""
        assert await make("first", modules=SAMPLE.modules, migrations=self.name)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    monkeypatch.syspath_prepend(tmp_path)
    name = f"migrations_{tmp_path.name}"
    yield Package(tmp_path, name)
    for module in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[module]


@pytest.fixture
async def url(backend: str, templates: Templates, tmp_path: Path) -> AsyncIterator[str]:
    async with empty(templates, backend, tmp_path) as address:
        yield address


async def with_rows(url: str, package: Package) -> None:
    """A database as an earlier program left it: one migration old, a parent with three children."""
    await package.first()
    await migrate(url, migrations=package.name)
    async with await open_database(url, modules=SAMPLE.modules), transaction():
        parent = await Parent.create(name="p", tag=b"\x00t")
        for name in "abc":
            await Child.create(parent=parent, name=name)


async def children(url: str) -> int:
    async with await open_database(url, modules=SAMPLE.modules):
        assert (await Parent.get(tag=b"\x00t")).name == "p"
        return await Child.all().count()


async def schema(url: str) -> list[str]:
    """Tables with their columns and indexes, as the database itself describes them."""
    if sqlite_path(url):
        query = (
            "SELECT m.name || ' ' || i.\"unique\" || ' ' || (SELECT group_concat(name) FROM pragma_index_info(i.name))"
            " AS line FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' UNION ALL"
            " SELECT m.name || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" FROM sqlite_master m"
            " JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        )
    else:
        query = (
            "SELECT regexp_replace(indexdef, 'INDEX \\S+', '') AS line FROM pg_indexes WHERE schemaname = 'public'"
            " UNION ALL SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable)"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        )
    async with await open_database(url, modules=SAMPLE.modules):
        lines = [row["line"] for row in await connection().execute_query_dict(query)]
    return sorted(line for line in lines if "tortoise_migrations" not in line)


async def test_from_empty_to_the_newest_and_then_nothing_is_pending(url: str, package: Package) -> None:
    await package.first()
    assert await pending(url, migrations=package.name) == ["0001_first"]
    assert await migrate(url, migrations=package.name) == ["0001_first"]
    assert await pending(url, migrations=package.name) == []
    assert await migrate(url, migrations=package.name) == []


async def test_migrations_lead_to_the_same_tables_as_the_models(url: str, package: Package) -> None:
    await package.first()
    await migrate(url, migrations=package.name)
    migrated = await schema(url)
    async with await open_database(url, modules=SAMPLE.modules) as database:
        await database.write.execute_script("DROP TABLE child; DROP TABLE parent")
        await generate_schema_for_client(database.write, safe=False)
    assert migrated == await schema(url)


async def test_models_and_migrations_agree_once_written_and_differ_when_not(package: Package) -> None:
    assert await drift(modules=SAMPLE.modules, migrations=package.name) != []
    await package.first()
    assert await drift(modules=SAMPLE.modules, migrations=package.name) == []
    assert await make("again", modules=SAMPLE.modules, migrations=package.name) is None
    package.write(
        "0002_less",
        """
        dependencies = [("models", "0001_first")]
        operations = [ops.RemoveField("Parent", "count")]
        """,
    )
    assert len(await drift(modules=SAMPLE.modules, migrations=package.name)) == 1
    made = await make("more", modules=SAMPLE.modules, migrations=package.name)
    assert made
    assert made[0].name == "0003_more.py"
    assert "db_default" in made[1][0]


async def test_children_survive_an_altered_parent(url: str, package: Package) -> None:
    await with_rows(url, package)
    package.write("0002_longer", ALTER_THE_PARENT)
    assert await migrate(url, migrations=package.name) == ["0002_longer"]
    assert await children(url) == 3


async def test_indexes_uniques_and_triggers_survive_an_altered_table(tmp_path: Path, package: Package) -> None:
    url = f"sqlite://{tmp_path}/kept.sqlite"
    await with_rows(url, package)
    async with await open_database(url, modules=SAMPLE.modules) as database:
        await database.write.execute_script(
            "CREATE TRIGGER noted AFTER INSERT ON child BEGIN UPDATE parent SET count = count + 1; SELECT 1; END;"
            "CREATE TRIGGER elsewhere AFTER INSERT ON parent BEGIN UPDATE child SET name = name; END;"
        )
    before = await schema(url)
    package.write(
        "0002_longer",
        """
        dependencies = [("models", "0001_first")]
        operations = [
            ops.AlterField("Parent", "name", fields.CharField(max_length=64, unique=True, description="d")),
            ops.AlterField("Child", "name", fields.CharField(max_length=64, description="d")),
        ]
        """,
    )
    await migrate(url, migrations=package.name)
    assert await schema(url) == before
    async with await open_database(url, modules=SAMPLE.modules):
        triggers = await connection().execute_query_dict("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        assert {row["name"] for row in triggers} == {"noted", "elsewhere"}
        async with transaction():
            await Child.create(parent=await Parent.get(name="p"), name="d")
        assert (await Parent.get(name="p")).count == 1


async def test_uniques_can_be_taken_away(url: str, package: Package) -> None:
    await with_rows(url, package)
    package.write(
        "0002_looser",
        """
        dependencies = [("models", "0001_first")]
        operations = [
            ops.RemoveConstraint(model_name="Child", fields=["parent", "name"]),
            ops.AlterField("Parent", "name", fields.CharField(max_length=64)),
        ]
        """,
    )
    await migrate(url, migrations=package.name)
    async with await open_database(url, modules=SAMPLE.modules), transaction():
        parent = await Parent.create(name="p")
        await Child.create(parent=parent, name="twice")
        await Child.create(parent=parent, name="twice")


async def test_a_script_keeps_semicolons_within_texts_and_triggers(tmp_path: Path, package: Package) -> None:
    url = f"sqlite://{tmp_path}/script.sqlite"
    await with_rows(url, package)
    package.write(
        "0002_script",
        """
        dependencies = [("models", "0001_first")]
        operations = [ops.RunSQL('''
            UPDATE parent SET name = 'a;b';
            CREATE TRIGGER t AFTER INSERT ON child BEGIN SELECT 1; SELECT 2; END;
            UPDATE parent SET name = 'p'
        ''')]
        """,
    )
    await migrate(url, migrations=package.name)
    assert await children(url) == 3


async def test_tortoises_own_way_would_lose_the_children(
    tmp_path: Path, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: foreign keys stay on and the editor is Tortoise's. Our checks then see the loss."""
    url = f"sqlite://{tmp_path}/trap.sqlite"
    await with_rows(url, package)
    package.write("0002_longer", ALTER_THE_PARENT)
    monkeypatch.setattr(executor, "CarefulEditor", SqliteSchemaEditor)
    monkeypatch.setattr("models.db.migrating.FOREIGN_KEYS", "ON")
    with pytest.raises(MigrationRefused, match="child would lose 3 rows"):
        await migrate(url, migrations=package.name)
    assert await children(url) == 3
    monkeypatch.setattr("models.db.migrating._refuse_losses", lambda *_: None)
    await migrate(url, migrations=package.name)
    assert await children(url) == 0


async def test_a_migration_that_fails_late_changes_nothing(url: str, package: Package) -> None:
    await with_rows(url, package)
    before = await schema(url)
    package.write("0002_longer", ALTER_THE_PARENT)
    package.write(
        "0003_wrong",
        """
        dependencies = [("models", "0002_longer")]
        operations = [
            ops.RemoveField("Parent", "count"),
            ops.RunSQL("UPDATE parent SET no_such_column = 1"),
        ]
        """,
    )
    with pytest.raises(Exception, match="no_such_column"):
        await migrate(url, migrations=package.name)
    assert await schema(url) == before
    assert await children(url) == 3
    assert await pending(url, migrations=package.name) == ["0002_longer", "0003_wrong"]


async def test_a_script_cannot_commit_half_a_migration(tmp_path: Path, package: Package) -> None:
    url = f"sqlite://{tmp_path}/half.sqlite"
    await with_rows(url, package)
    package.write(
        "0002_half",
        """
        dependencies = [("models", "0001_first")]
        operations = [ops.RunSQL("UPDATE child SET name = name || '!'; COMMIT; UPDATE nothing SET x = 1")]
        """,
    )
    with pytest.raises(OperationalError, match="may not end"):
        await migrate(url, migrations=package.name)
    async with await open_database(url, modules=SAMPLE.modules):
        assert {child.name for child in await Child.all()} == set("abc")


async def test_lost_rows_are_refused_unless_they_are_meant(url: str, package: Package) -> None:
    await with_rows(url, package)
    body = """
    dependencies = [("models", "0001_first")]
    operations = [ops.RunSQL("DELETE FROM child WHERE name = 'a'")]
    """
    package.write("0002_fewer", body)
    with pytest.raises(MigrationRefused, match="child would lose 1 rows"):
        await migrate(url, migrations=package.name)
    assert await children(url) == 3
    package.write("0002_fewer", dedent(body) + 'loses_rows_of = ("child",)\n')
    del sys.modules[f"{package.name}.0002_fewer"]
    await migrate(url, migrations=package.name)
    assert await children(url) == 2


async def test_orphans_are_refused(tmp_path: Path, package: Package) -> None:
    url = f"sqlite://{tmp_path}/orphans.sqlite"
    await with_rows(url, package)
    package.write(
        "0002_orphans",
        """
        dependencies = [("models", "0001_first")]
        operations = [ops.RunSQL("UPDATE child SET parent_id = 'nobody'")]
        """,
    )
    with pytest.raises(MigrationRefused, match="lose their parents"):
        await migrate(url, migrations=package.name)
    assert await children(url) == 3


async def test_a_copy_from_before_is_kept_and_only_the_newest(tmp_path: Path, package: Package) -> None:
    path = tmp_path / "copied.sqlite"
    url = f"sqlite://{path}"
    await with_rows(url, package)
    assert copies(path) == []
    package.write("0002_longer", ALTER_THE_PARENT)
    await migrate(url, migrations=package.name)
    assert [copy.name for copy in copies(path)] == ["copied.sqlite.before-2"]
    package.write(
        "0003_less",
        """
        dependencies = [("models", "0002_longer")]
        operations = [ops.RunSQL("DELETE FROM child")]
        loses_rows_of = ("child",)
        """,
    )
    await migrate(url, migrations=package.name)
    [copy] = copies(path)
    assert (copy.name, copy.stat().st_mode & 0o777) == ("copied.sqlite.before-3", 0o600)
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT count(*) FROM child").fetchone() == (3,)


async def test_a_served_file_is_not_migrated(tmp_path: Path, package: Package) -> None:
    await package.first()
    path = tmp_path / "served.sqlite"
    with open(hold(path)), pytest.raises(DatabaseBusy):  # noqa: ASYNC230, PTH123 - it is a descriptor
        await migrate(f"sqlite://{path}", migrations=package.name)
    assert await migrate(f"sqlite://{path}", migrations=package.name) == ["0001_first"]


async def test_two_runs_at_once_apply_each_migration_once(url: str, package: Package) -> None:
    await package.first()
    results = await asyncio.gather(*(migrate(url, migrations=package.name) for _ in range(2)), return_exceptions=True)
    applied = [result for result in results if result == ["0001_first"]]
    others = [result for result in results if result != ["0001_first"]]
    assert len(applied) == 1
    assert others == [[]] or isinstance(others[0], DatabaseBusy)


async def test_a_database_of_a_newer_program_is_refused(url: str, package: Package) -> None:
    await with_rows(url, package)
    package.write("0002_longer", ALTER_THE_PARENT)
    await migrate(url, migrations=package.name)
    (package.folder / "0002_longer.py").unlink()
    with pytest.raises(MigrationRefused, match="newer than this program: 0002_longer"):
        await pending(url, migrations=package.name)


async def test_asking_what_is_pending_makes_no_file(tmp_path: Path, package: Package) -> None:
    await package.first()
    assert await pending(f"sqlite://{tmp_path}/new.sqlite", migrations=package.name) == ["0001_first"]
    assert not await asyncio.to_thread(lambda: list(tmp_path.glob("new.sqlite*")))
