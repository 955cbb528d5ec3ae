"""Processes that share work take turns: nobody does it at the same time, and who dies holds nobody up."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from cli.waking import Job, scheduled
from models.db import Database

pytestmark = pytest.mark.parametrize("backend", ["postgres"])
at_work: list[str] = []
most: list[int] = []


async def work_a_while() -> None:
    at_work.append("")
    most.append(len(at_work))
    await asyncio.sleep(0.02)
    at_work.pop()


async def test_what_one_process_is_at_another_leaves_alone_until_it_is_done_or_dead(database: Database) -> None:
    async with database.turns() as ours, database.turns() as theirs:
        async with ours("sweep") as mine, theirs("sweep") as his, theirs("chain") as another:
            assert (mine, his, another) == (True, False, True)
        async with theirs("sweep") as his:
            assert his
        async with AsyncExitStack() as dying:
            turn = await dying.enter_async_context(database.turns())
            taken = turn("sweep")
            assert await taken.__aenter__()
        async with theirs("sweep") as his:  # its connection is gone, and with it the lock
            assert his
        await taken.__aexit__(None, None, None)


async def test_two_processes_wake_a_job_and_it_never_runs_twice_at_once(database: Database) -> None:
    most.clear()
    job = Job("busy", timedelta(seconds=0.03), f"{__name__}:work_a_while", timedelta(seconds=1))
    async with (
        database.turns() as ours,
        database.turns() as theirs,
        scheduled((job,), ours),
        scheduled((job,), theirs),
    ):
        await asyncio.sleep(0.8)
    assert len(most) > 5
    assert set(most) == {1}
    async with scheduled((job,)), scheduled((job,)):  # what the turns are for
        await asyncio.sleep(0.4)
    assert 2 in most
