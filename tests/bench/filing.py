"""Tips filed through the domain: how many a second, how long each takes in a crowd, and whether each can be read."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import TypeVar

from models.access import Access
from models.db.sqlite import PRAGMAS
from models.draft import Telling
from models.receipt import Identity, Receipt
from models.terms import Channel, Concerns, Topic
from models.thread import Thread
from models.tip import Filed, Tip
from tests.bench.county import county
from tests.bench.figures import Figure, Options
from tests.world import World

WORDS = ("去年的种粮补贴没到手，村里说镇上没发，镇上说早发了。" * 60)[:1_500]
CROWDS = {1: 100, 8: 200, 32: 400}
"""How many at once → how many in a round."""
ROUNDS = 3
COMMITS = 300

Done = TypeVar("Done")


async def filing(_options: Options) -> list[Figure]:
    """Rounds of each crowd in turn, so that a slow moment of the machine meets all alike."""
    rates: dict[int, list[float]] = {crowd: [] for crowd in CROWDS}
    waits: dict[int, list[float]] = {crowd: [] for crowd in CROWDS}
    commits: list[float] = []
    async with county() as (world, path):
        filed: list[Filed] = []
        for _ in range(ROUNDS):
            commits.append(await asyncio.to_thread(commits_per_second, path.with_name("plain.sqlite")))
            for crowd, count in CROWDS.items():
                began = time.perf_counter()
                done = await crowded([_told(world) for _ in range(count)], crowd, _file)
                rates[crowd].append(count / (time.perf_counter() - began))
                waits[crowd].append(median(wait for _, wait in done))
                filed += [one for one, _ in done]
        await _require_whole(filed)
    patience = min(waits[32]) / min(waits[1])
    return [
        *(Figure(f"filing.at_{crowd}", max(rates[crowd]), "tips/s", least=200) for crowd in CROWDS),
        Figure("filing.patience", patience, "× p50 alone, at 32", most=40),
        Figure("filing.p50", min(waits[1]) * 1000, "ms"),
        Figure("filing.commits", max(commits), "plain one-row commits/s of sqlite3"),
    ]


async def crowded(
    tellings: list[Telling], crowd: int, file: Callable[[Telling], Awaitable[Done]]
) -> list[tuple[Done, float]]:
    """`crowd` people who each file one tip after the other; each with how long it took."""
    waiting, done = iter(tellings), list[tuple[Done, float]]()

    async def person() -> None:
        for telling in waiting:
            began = time.perf_counter()
            one = await file(telling)
            done.append((one, time.perf_counter() - began))

    await asyncio.gather(*(person() for _ in range(crowd)))
    return done


def commits_per_second(path: Path) -> float:
    """What this disk allows: one row, one commit, under our own pragmas."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for name, value in PRAGMAS.items():
            database.execute(f"PRAGMA {name}={value}")
        database.execute("CREATE TABLE IF NOT EXISTS plain (id INTEGER PRIMARY KEY, body BLOB)")
        began = time.perf_counter()
        for _ in range(COMMITS):
            database.execute("INSERT INTO plain (body) VALUES (?)", (b"x" * 1_500,))
        return COMMITS / (time.perf_counter() - began)


async def _file(telling: Telling) -> Filed:
    return await Tip.file(telling, channel=Channel.WEB)


def _told(world: World) -> Telling:
    telling = Telling(
        place=world.units["清水村"].id.hex,
        topic=Topic.SUBSIDIES,
        concerns=Concerns.VILLAGE,
        naming="named",
        name="张三",
        reach="13800000000",
        safe="只发消息",
    )
    telling.add_text(WORDS)
    return telling


async def _require_whole(filed: list[Filed]) -> None:
    """None lost, none doubled, and each is read again with nothing but its code."""
    for rows, each in ((Tip, 1), (Access, 2), (Receipt, 1), (Identity, 1)):
        if await rows.all().count() != each * len(filed):
            raise AssertionError(f"{rows.__name__}: lost or doubled")
    numbers = [row["arrived_no"] for row in await Access.filter(purpose="case").values("arrived_no")]
    if sorted(numbers) != list(range(1, len(filed) + 1)):
        raise AssertionError("numbers of arrival have gaps or doubles")
    for one in filed:
        story = await (await Thread.open(str(one.code), who=one.tip_id.hex)).story()
        if story != [{"text": WORDS}]:
            raise AssertionError("a tip does not read as it was told")
