"""A desk with many tips behind the real panel, in a process of its own."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any
from uuid import UUID

from models.access import Access, Counter
from models.db import new_id, transaction
from models.matter import Matter
from models.sealing import Purpose, derive, keep, lock, new_secret
from models.terms import RingPurpose
from models.tip import Tip
from tests.bench.child import answering
from tests.bench.county import code_of, county
from tests.bench.filing import WORDS
from tests.bench.panel import site
from tests.world import World

LOGIN = "shouli"
FULL = 1_000
"""So many of the newest rows carry a whole story; the older ones, which no page here shows, a short one."""
SUMMARY = "反映某村去年种粮补贴没有按时发到户，时间、金额和经手人都说得清楚。"


async def main(pipe: Any, count: int) -> None:
    """A unit with `count` tips, then its panel, until told to stop."""
    async with AsyncExitStack() as stack:
        world, path = await stack.enter_async_context(county())
        tip_id = await _fill(world, path, count)
        root = await stack.enter_async_context(site())

        async def door() -> dict[str, str]:
            return {"root": root, "login": LOGIN, "code": code_of(world, LOGIN), "tip": tip_id.hex}

        await answering(pipe, door=door)


async def _fill(world: World, path: Path, count: int) -> UUID:
    """All but one are copies of a filed tip, each under ids and envelopes of its own; the newest has a thread."""
    first = await world.file_tip(WORDS)
    row = await Access.get(tip_id=first.tip_id, purpose=RingPurpose.CASE)
    ring_secret = await (await world.actor(LOGIN)).ring_secret(row.ring_id)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.row_factory = sqlite3.Row
        tip = dict(database.execute("SELECT * FROM tip WHERE id = ?", (str(first.tip_id),)).fetchone())
        access = dict(database.execute("SELECT * FROM access WHERE id = ?", (str(row.id),)).fetchone())
        tips, rows = [], []
        database.execute("BEGIN IMMEDIATE")
        for one, its in _copies(tip, access, ring_secret, count - 2):
            tips.append(one)
            rows.append(its)
            if len(rows) == FULL:
                _insert(database, tips, rows)
        _insert(database, tips, rows)
        database.execute("COMMIT")
    async with transaction():
        await Counter.filter(unit_id=row.unit_id, series=RingPurpose.CASE).update(value=count - 1)
    return await _newest(world)


def _copies(
    tip: dict[str, Any], access: dict[str, Any], ring_secret: bytes, count: int
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    secret = new_secret()
    reporter = derive(secret, "reporter")
    for kept in (ring_secret, secret, reporter):
        keep(kept)  # this is a bench: a hundred thousand copies in a moment
    whole, short = (json.dumps({"v": 1, "parts": [{"text": words}], "care": False}).encode() for words in (WORDS, "略"))
    for number in range(2, count + 2):
        tip_id, access_id = new_id(), new_id()
        story = whole if number > count - FULL else short
        yield (
            tip
            | {
                "id": str(tip_id),
                "narrative": lock(reporter, story, Purpose.NARRATIVE, tip_id),
                "summary": lock(secret, SUMMARY.encode(), Purpose.SUMMARY, tip_id),
            },
            access
            | {
                "id": str(access_id),
                "tip_id": str(tip_id),
                "arrived_no": number,
                "secret": lock(ring_secret, secret, Purpose.TIP_SECRET, access_id),
                "unread": number % 3 == 0,
                "arrived_on": f"2026-10-{number % 30 + 1:02}",
                "due_on": f"2026-11-{number % 30 + 1:02}",
            },
        )


def _insert(database: sqlite3.Connection, tips: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    for table, lot in (("tip", tips), ("access", rows)):
        if lot:
            names = ", ".join(lot[0])
            places = ", ".join(f":{name}" for name in lot[0])
            database.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", lot)  # noqa: S608
        lot.clear()


async def _newest(world: World) -> UUID:
    """A tip through the domain, with what a month at the desk leaves on it."""
    filed = await world.file_tip(WORDS, named=True)
    actor = await world.actor(LOGIN)
    await (await Matter.open(actor, filed.tip_id)).register()
    await (await Matter.open(actor, filed.tip_id)).accept(summary=SUMMARY, assignee_id=actor.id)
    for words in ("补贴是哪一年的？", "材料收到了，正在核实。"):
        await (await Matter.open(actor, filed.tip_id)).reply(words)
    await (await Matter.open(actor, filed.tip_id)).note("已联系农业农村局。")
    return (await Tip.get(id=filed.tip_id)).id
