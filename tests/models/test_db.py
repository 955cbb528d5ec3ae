"""The database layer keeps its promises, on SQLite and on PostgreSQL."""

import asyncio
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from tortoise.backends.sqlite.client import SqliteTransactionContext
from tortoise.exceptions import IntegrityError, OperationalError

from models.db import (
    Database,
    DatabaseBusy,
    ForeignTransaction,
    NoTransaction,
    advisory_lock,
    connection,
    for_update,
    new_id,
    on_commit,
    on_rollback,
    open_database,
    savepoint,
    sqlite,
    transaction,
)
from tests.databases import SAMPLE
from tests.models.sample_models import Child, Parent

ROOT = Path(__file__).parent.parent.parent
ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"])


class Deliberate(Exception):
    """Raised to make a transaction fail."""


def script(body: str, *arguments: str) -> list[str]:
    """A program of its own that has the database open while `body` runs."""
    lines = "\n".join(f"        {line}" for line in body.strip().splitlines())
    program = f"""
import asyncio, sys
from models.db import *
from tests.models.sample_models import Parent
async def main():
    async with await open_database(sys.argv[1], modules={SAMPLE.modules!r}) as database:
{lines}
asyncio.run(main())
"""
    return [sys.executable, "-W", "error", "-c", program, *arguments]


async def names() -> set[str]:
    return {parent.name for parent in await Parent.all()}


async def test_what_a_transaction_stores_is_read_afterwards(samples: Database) -> None:
    async with transaction():
        stored = await Parent.create(name="p", tag=b"\x00\xff", sealed=b"\x01\x00")
        await Child.create(parent=stored, name="c")
    found = await Parent.get(tag=b"\x00\xff").prefetch_related("children")
    assert (found.id, found.sealed, [child.name for child in found.children]) == (stored.id, b"\x01\x00", ["c"])


async def test_a_transaction_reads_its_own_writes(samples: Database) -> None:
    async with transaction():
        parent = await Parent.create(name="p")
        await Child.create(parent=parent, name="c")
        [found] = await Parent.all().prefetch_related("children")
        assert [child.name for child in found.children] == ["c"]
        assert await parent.children.all().count() == 1
        assert (await connection().execute_query_dict("SELECT count(*) AS n FROM parent"))[0]["n"] == 1


async def test_a_failed_transaction_stores_nothing(samples: Database) -> None:
    with pytest.raises(Deliberate):
        async with transaction():
            await Parent.create(name="p")
            raise Deliberate
    assert not await Parent.exists()


async def test_writing_outside_a_transaction_is_refused(samples: Database) -> None:
    with pytest.raises(NoTransaction, match="writing a Parent"):
        await Parent.create(name="p")
    with pytest.raises(NoTransaction):
        await Parent.all().delete()
    with pytest.raises(NoTransaction):
        on_commit(list)


async def test_the_read_connection_cannot_write(samples: Database) -> None:
    with pytest.raises(NoTransaction):
        await connection().execute_query("DELETE FROM parent")


async def test_a_query_written_outside_does_not_silently_miss_the_transactions_writes(samples: Database) -> None:
    rows = Parent.all()
    async with transaction():
        await Parent.create(name="p")
        with pytest.raises(ForeignTransaction):
            await rows


async def test_a_nested_transaction_joins_the_outer_one(samples: Database) -> None:
    with pytest.raises(Deliberate):
        async with transaction() as outer:
            async with transaction() as inner:
                assert inner is outer
                await Parent.create(name="inner")
            raise Deliberate
    assert not await Parent.exists()


async def test_hooks_run_once_after_the_commit(samples: Database) -> None:
    seen: list[bool] = []

    def hook() -> None:
        with pytest.raises(NoTransaction):
            on_commit(list)
        seen.append(True)

    async with transaction():
        async with transaction():
            on_commit(hook)
        on_rollback(lambda: seen.append(False))
        assert seen == []
    assert seen == [True]


async def test_rollback_runs_its_hooks_last_first_and_drops_the_others(samples: Database) -> None:
    seen: list[str] = []
    with pytest.raises(Deliberate):
        async with transaction():
            on_rollback(lambda: seen.append("first"))
            on_rollback(lambda: seen.append("second"))
            on_commit(lambda: seen.append("never"))
            raise Deliberate
    assert seen == ["second", "first"]


async def test_a_failing_hook_changes_neither_the_outcome_nor_the_next_hook(samples: Database) -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, about: reported.append(about["exception"]))
    seen: list[str] = []
    async with transaction():
        await Parent.create(name="p")
        on_commit(lambda: 1 // 0)
        on_commit(lambda: seen.append("next"))
    assert seen == ["next"]
    assert [type(error) for error in reported] == [ZeroDivisionError]
    assert await Parent.exists()


async def test_a_savepoint_survives_a_caught_conflict_and_takes_its_hooks_back(samples: Database) -> None:
    seen: list[str] = []
    async with transaction():
        await Parent.create(name="same")
        on_commit(lambda: seen.append("outer"))
        with pytest.raises(IntegrityError):
            async with savepoint():
                on_commit(lambda: seen.append("lost"))
                on_rollback(lambda: seen.append("undone"))
                await Parent.create(name="lost")
                await Parent.create(name="same")
        assert seen == ["undone"]
        await Parent.create(name="after")
    assert seen == ["undone", "outer"]
    assert await names() == {"same", "after"}


async def test_get_or_create_works_inside_a_transaction(samples: Database) -> None:
    async with transaction():
        first, made = await Parent.get_or_create(name="p")
        again, made_again = await Parent.get_or_create(name="p")
    assert (first.id, made, made_again) == (again.id, True, False)


async def test_readers_are_not_blocked_by_an_open_transaction(samples: Database) -> None:
    is_open, may_end = asyncio.Event(), asyncio.Event()

    async def writer() -> None:
        async with transaction():
            await Parent.create(name="unseen")
            is_open.set()
            await may_end.wait()

    writing = asyncio.create_task(writer())
    await is_open.wait()
    async with asyncio.timeout(2):
        assert await Parent.all().count() == 0
    may_end.set()
    await writing
    assert await Parent.all().count() == 1


async def test_a_task_started_inside_may_not_write_there_and_stands_alone_afterwards(samples: Database) -> None:
    ended = asyncio.Event()

    async def writer() -> None:
        with pytest.raises(ForeignTransaction):
            await Parent.create(name="stray")
        with pytest.raises(ForeignTransaction):
            async with transaction():
                pass
        await ended.wait()
        async with transaction():
            await Parent.create(name="late")

    async with transaction():
        writing = asyncio.create_task(writer())
        await Parent.create(name="early")
        await asyncio.sleep(0.01)
    ended.set()
    await writing
    assert await names() == {"early", "late"}


async def test_transactions_of_many_tasks_lose_no_update(samples: Database) -> None:
    async with transaction():
        parent = await Parent.create(name="counter")

    async def count_up() -> None:
        async with transaction():
            found = await for_update(Parent.filter(id=parent.id)).get()
            found.count += 1
            await found.save(update_fields=["count"])

    await asyncio.gather(*(count_up() for _ in range(30)))
    await parent.refresh_from_db()
    assert parent.count == 30


async def test_two_processes_reading_then_writing_are_never_locked_out(sample_url: str) -> None:
    body = """
async with transaction():
    await Parent.get_or_create(name="counter")
for _ in range(80):
    async with transaction():
        await advisory_lock("counter")
        found = await Parent.get(name="counter")
        found.count += 1
        await found.save()
"""
    async with await open_database(sample_url, modules=SAMPLE.modules):
        async with transaction():
            await Parent.create(name="counter")
        running = [
            await asyncio.create_subprocess_exec(*script(body, sample_url), cwd=ROOT, stderr=subprocess.PIPE)
            for _ in range(2)
        ]
        errors = [(await process.communicate())[1] for process in running]
        assert errors == [b"", b""]
        assert (await Parent.get(name="counter")).count == 160


async def read_then_write_twice(url: str) -> None:
    """Two connections that read first and write later, in the worst order."""
    both_read = asyncio.Barrier(2)

    async def one() -> None:
        async with await open_database(url, modules=SAMPLE.modules), transaction():
            found = await Parent.get(name="counter")
            try:
                async with asyncio.timeout(0.2):
                    await both_read.wait()
            except (TimeoutError, asyncio.BrokenBarrierError):
                pass
            await Parent.filter(id=found.id).update(count=found.count + 1)

    await asyncio.gather(one(), one())


@ON_SQLITE
async def test_a_deferred_begin_would_lock_one_of_them_out(sample_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with await open_database(sample_url, modules=SAMPLE.modules):
        async with transaction():
            await Parent.create(name="counter")
        await read_then_write_twice(sample_url)
        assert (await Parent.get(name="counter")).count == 2
        monkeypatch.setattr(sqlite, "_begin", lambda connection: connection.execute("BEGIN"))
        with pytest.raises(OperationalError, match="locked"):
            await read_then_write_twice(sample_url)


@ON_SQLITE
async def test_a_cancelled_begin_does_not_hang_later_queries(samples: Database) -> None:
    assert samples.path is not None
    other = sqlite3.connect(samples.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def waiting() -> None:
        async with transaction():
            pytest.fail("the other connection holds the lock")

    task = asyncio.create_task(waiting())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    other.execute("ROLLBACK")
    other.close()
    async with asyncio.timeout(7), transaction():
        await Parent.create(name="after")
    assert await Parent.all().count() == 1


@ON_SQLITE
async def test_a_begin_that_finds_the_file_locked_says_so_and_leaves_nothing_behind(samples: Database) -> None:
    await samples.write.execute_script("PRAGMA busy_timeout=50")
    with closing(sqlite3.connect(str(samples.path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            async with transaction():
                pytest.fail("the other connection holds the lock")
    async with asyncio.timeout(2), transaction():
        await Parent.create(name="after")


@ON_SQLITE
async def test_tortoises_own_transaction_would_keep_its_lock(samples: Database) -> None:
    """The planted fault to the test above."""
    assert isinstance(samples.write, sqlite.QingfengSqliteClient)
    await samples.write.execute_script("PRAGMA busy_timeout=50")
    lock = samples.write._lock
    with closing(sqlite3.connect(str(samples.path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            async with SqliteTransactionContext(sqlite.SqliteTransaction(samples.write), lock):
                pytest.fail("the other connection holds the lock")
    assert lock.locked()
    lock.release()  # else closing would wait for ever


async def test_cancelled_anywhere_memory_and_database_agree(samples: Database) -> None:
    outcomes: list[bool] = []

    async def one(number: int) -> None:
        async with transaction():
            on_commit(lambda: outcomes.append(True))
            on_rollback(lambda: outcomes.append(False))
            await Parent.create(name=str(number))

    chance = random.Random(7)
    for number in range(60):
        task = asyncio.create_task(one(number))
        await asyncio.sleep(chance.uniform(0, 0.003))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5), transaction():
        assert await Parent.all().count() == outcomes.count(True)


@ON_SQLITE
async def test_a_cancelled_commit_that_succeeded_counts_as_committed(
    samples: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, outcomes = sqlite._commit, list[str]()

    def slowly(connection: sqlite3.Connection) -> None:
        time.sleep(0.1)
        commit(connection)

    async def one() -> None:
        async with transaction():
            on_commit(lambda: outcomes.append("committed"))
            on_rollback(lambda: outcomes.append("rolled back"))
            await Parent.create(name="p")

    monkeypatch.setattr(sqlite, "_commit", slowly)
    task = asyncio.create_task(one())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outcomes == ["committed"]
    assert await Parent.exists()


@ON_SQLITE
async def test_what_sqlite_rolled_back_by_itself_never_looks_committed(samples: Database) -> None:
    seen: list[str] = []
    with pytest.raises(OperationalError, match="early"):
        async with transaction() as work:
            on_rollback(lambda: seen.append("rolled back"))
            await Parent.create(name="p")
            await work.client.execute_query("ROLLBACK")
    assert seen == ["rolled back"]


async def test_datetimes_with_offsets_compare_by_moment(samples: Database) -> None:
    china = timezone(timedelta(hours=8))
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    async with transaction():
        await Parent.create(name="before", at=datetime(2026, 11, 22, 19, 59, 59, tzinfo=china))
        await Parent.create(name="same", at=datetime(2026, 11, 22, 20, tzinfo=china))
        await Parent.create(name="after", at=noon + timedelta(microseconds=1))
        await Parent.filter(name="after").update(at=datetime(2026, 11, 22, 20, 0, 1, tzinfo=china))
    assert [row.name for row in await Parent.filter(at__lte=noon).order_by("at")] == ["before", "same"]
    assert await Parent.filter(at__gt=datetime(2026, 11, 22, 20, tzinfo=china)).count() == 1
    same = await Parent.get(at=noon)
    assert (same.name, same.at, same.at and same.at.utcoffset()) == ("same", noon, timedelta(0))


async def test_a_moment_without_a_zone_is_refused(samples: Database) -> None:
    with pytest.raises(ValueError, match="time zone"):
        async with transaction():
            await Parent.create(name="p", at=datetime(2026, 11, 22))  # noqa: DTZ001


async def test_tags_are_unique(samples: Database) -> None:
    with pytest.raises(IntegrityError):
        async with transaction():
            await Parent.create(name="a", tag=b"\x00same")
            await Parent.create(name="b", tag=b"\x00same")


def test_ids_use_all_their_bits() -> None:
    seen_versions = {new_id().version for _ in range(200)}
    assert None in seen_versions or len(seen_versions) > 1


async def test_an_advisory_lock_lasts_until_the_transaction_ends(samples: Database) -> None:
    order: list[str] = []
    held = asyncio.Event()

    async def first() -> None:
        async with transaction():
            await advisory_lock("one name")
            held.set()
            await asyncio.sleep(0.05)
            order.append("first")

    async def second() -> None:
        await held.wait()
        async with transaction():
            await advisory_lock("one name")
            order.append("second")

    await asyncio.gather(first(), second())
    assert order == ["first", "second"]


@pytest.mark.parametrize("backend", ["postgres"])
async def test_locked_rows_can_be_skipped(samples: Database) -> None:
    async with transaction():
        await Parent.create(name="a")
        await Parent.create(name="b")
    locked = asyncio.Event()
    done = asyncio.Event()

    async def first() -> None:
        async with transaction():
            await for_update(Parent.filter(name="a")).get()
            locked.set()
            await done.wait()

    task = asyncio.create_task(first())
    await locked.wait()
    async with transaction():
        free = await for_update(Parent.all(), skip_locked=True)
    done.set()
    await task
    assert [row.name for row in free] == ["b"]


async def test_a_site_started_within_a_test_sees_the_database(samples: Database) -> None:
    async def handler(_: web.Request) -> web.Response:
        async with transaction():
            await Parent.create(name="from a handler")
        return web.Response(text=str(await Parent.all().count()))

    site = web.Application()
    site.router.add_post("/", handler)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession() as client, client.post(f"http://127.0.0.1:{runner.addresses[0][1]}/") as answer:
        assert await answer.text() == "1"
    await runner.cleanup()


@ON_SQLITE
async def test_the_file_is_durable_overwritten_and_private(samples: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "temp_store": 2}
    async with transaction():
        for name, value in wanted.items():
            assert (await connection().execute_query_dict(f"PRAGMA {name}"))[0][name] == value
    assert (await connection().execute_query_dict("PRAGMA query_only"))[0]["query_only"] == 1


def modes(folder: Path) -> set[int]:
    return {file.stat().st_mode & 0o777 for file in folder.iterdir()}


async def test_a_new_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    async with await open_database(f"sqlite://{path}", modules=SAMPLE.modules):
        assert await asyncio.to_thread(modes, tmp_path) == {0o600}


async def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        await open_database("sqlite://:memory:", modules=SAMPLE.modules)


@ON_SQLITE
async def test_holding_a_file_refuses_a_second_process_until_it_is_closed(sample_url: str) -> None:
    def try_it() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            script("database.hold()", sample_url), cwd=ROOT, capture_output=True, text=True, check=False
        )

    async with await open_database(sample_url, modules=SAMPLE.modules) as database:
        database.hold()
        database.hold()
        assert "DatabaseBusy: another process serves" in (await asyncio.to_thread(try_it)).stderr
    assert (await asyncio.to_thread(try_it)).returncode == 0


async def test_closing_lets_the_process_exit(sample_url: str) -> None:
    body = "async with transaction():\n    await Parent.create(name='p')\nawait Parent.all().count()"
    done = await asyncio.to_thread(
        subprocess.run,
        script(body, sample_url),
        cwd=ROOT,
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


async def test_closing_waits_for_the_running_transaction(sample_url: str) -> None:
    database = await open_database(sample_url, modules=SAMPLE.modules)
    is_open = asyncio.Event()

    async def writer(finish: Callable[[], None]) -> None:
        async with transaction():
            is_open.set()
            await asyncio.sleep(0.05)
            await Parent.create(name="in time")
        finish()

    finished = asyncio.Event()
    writing = asyncio.create_task(writer(finished.set))
    await is_open.wait()
    await database.close()
    await writing
    assert finished.is_set()
    async with await open_database(sample_url, modules=SAMPLE.modules):
        assert await Parent.filter(name="in time").exists()


async def test_a_database_that_cannot_be_opened_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        await open_database(f"sqlite://{tmp_path}/missing/file", modules=SAMPLE.modules)
    with pytest.raises(OSError, match=r"sock|refused|exist|No such"):
        await open_database(f"postgres://postgres@/none?host={tmp_path}", modules=SAMPLE.modules)
    with pytest.raises(RuntimeError, match="TortoiseContext"):
        async with transaction():
            pass
