"""A county on SQLite in a folder of its own: sealing on, synchronous FULL, the clock running."""

import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyotp

from models import clock, house, passwords
from models.db import open_database
from models.terms import Role
from tests.databases import REAL, build, execute
from tests.postgres import address, binaries, shared_server
from tests.world import MONDAY, World


@asynccontextmanager
async def county(*, clerks: int = 0) -> AsyncIterator[tuple[World, Path]]:
    """云岭县 and its database file. With `clerks`, so many can log in at the real price of a password."""
    with tempfile.TemporaryDirectory(prefix="qingfeng-bench-") as folder:
        path = Path(folder) / "bench.sqlite"
        await build(f"sqlite://{path}", REAL)
        async with await open_database(f"sqlite://{path}", modules=REAL.modules):
            world = await World.build(Path(folder))
            if clerks:
                house.enter(replace(house.house(), argon2=passwords.DEFAULT))
            for number in range(clerks):
                await world.enrol(clerk(number), unit="石桥镇", role=Role.REGISTRAR)
            clock.set_source(_running())
            try:
                yield world, path
            finally:
                world.leave()


async def counties() -> AsyncIterator[tuple[str, World]]:
    """The county on SQLite, then on PostgreSQL where a server is installed; its time runs."""
    async with county() as (world, _):
        yield "sqlite", world
    if binaries() is None:
        return
    with tempfile.TemporaryDirectory(prefix="qingfeng-bench-") as folder, shared_server(Path(folder)) as server:
        await execute(server, "CREATE DATABASE bench")
        url = address(server, "bench")
        await build(url, REAL)
        async with await open_database(url, modules=REAL.modules):
            world = await World.build(Path(folder))
            clock.set_source(_running())
            try:
                yield "postgres", world
            finally:
                world.leave()


def clerk(number: int) -> str:
    """A clerk's login."""
    return f"yuan{number}"


def code_of(world: World, login: str) -> str:
    """The one-time code this member's phone shows now."""
    return pyotp.TOTP(world.seeds[login]).at(clock.now())


def _running() -> Callable[[], datetime]:
    """The county was made on a Monday that may lie ahead; from a minute later on its time runs like ours."""
    began = time.monotonic()
    return lambda: MONDAY + timedelta(minutes=1, seconds=time.monotonic() - began)
