"""A county on SQLite in a folder of its own: sealing on, synchronous FULL, the clock running."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from models import clock
from models.db import open_database
from tests.databases import REAL, build
from tests.world import World


@asynccontextmanager
async def county() -> AsyncIterator[tuple[World, Path]]:
    """云岭县 and its database file."""
    with tempfile.TemporaryDirectory(prefix="qingfeng-bench-") as folder:
        path = Path(folder) / "bench.sqlite"
        await build(f"sqlite://{path}", REAL)
        async with await open_database(f"sqlite://{path}", modules=REAL.modules):
            world = await World.build(Path(folder))
            clock.set_source(None)
            try:
                yield world, path
            finally:
                world.leave()
