"""Invariant 11 for sealing upward and for opening a unit again: struck down anywhere, old or new, never unreadable."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

import pytest

from models.access import Access
from models.db import Database
from models.errors import NotFound
from models.event import Event
from models.house import house
from models.matter import Matter
from models.orphans import unreadable
from models.removal import remove
from models.ring import Ring
from models.staff import Staff
from models.succession import reopen_unit, reseal_matters
from models.terms import RingPurpose, Role
from tests.commands import ROOT
from tests.models.staging import STORY, full_tip
from tests.models.striking import Strike, Struck
from tests.world import World


async def whole(world: World, tip_id: UUID) -> bool:
    """Whether it went upward. Either way exactly one of the two desks reads all of it, and no trace is torn off."""
    [row] = await Access.filter(tip_id=tip_id, purpose=RingPurpose.CASE)
    done = row.unit_id == world.units["云岭县"].id
    reads, not_any_more = ("xianban", "chengban") if done else ("chengban", "xianban")
    matter = await Matter.open(await world.actor(reads), tip_id)
    assert matter.narrative()["parts"][0]["text"] == STORY
    assert len(await matter.thread()) == 3
    assert matter.tip.unit_id == row.unit_id
    assert await matter.deadlines()
    with pytest.raises(NotFound):
        await Matter.open(await world.actor(not_any_more), tip_id)
    here = await Event.filter(tip_id=tip_id, unit_id=world.units["石桥镇"].id).count()
    assert (here == 0) is done
    return done


async def test_invariant_11_struck_down_at_any_wait_sealing_upward_is_old_or_new(world: World) -> None:
    scene, undone = await full_tip(world), 0
    for place in range(1, 400):
        matter = await Matter.open(await world.actor("shuji"), scene.tip_id)
        try:
            await Strike(matter.seal_upward(), at=place)
        except Struck:
            if await whole(world, scene.tip_id):
                break
            undone += 1
        else:
            break
    assert undone > 10
    assert await whole(world, scene.tip_id)


@pytest.mark.parametrize("waits", [4, 10, 16])
async def test_invariant_11_a_killed_process_leaves_it_below_or_above(
    world: World, database: Database, tmp_path: Path, waits: int
) -> None:
    scene = await full_tip(world)
    house().keys.save(tmp_path / "keys.json")
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.models.killed", database.url, str(tmp_path / "keys.json"),
        str(tmp_path / "files"), "shuji", "upward", str(waits), scene.tip_id.hex, cwd=ROOT,
    )  # fmt: skip
    assert await child.wait() == -9
    if not await whole(world, scene.tip_id):
        await (await Matter.open(await world.actor("shuji"), scene.tip_id)).seal_upward()
    assert await whole(world, scene.tip_id)


async def test_invariant_11_struck_down_at_any_wait_a_unit_is_opened_again_or_not_and_never_loses_a_matter(
    world: World,
) -> None:
    tips = [(await world.file_tip(f"第{n}件", village="上湾村")).tip_id for n in range(3)]
    for login in ("liuban", "liushuji"):
        await remove(await world.actor("anquan"), await Staff.get(login=login))
    head = await world.enrol("xinshuji", unit="柳河镇", role=Role.SECRETARY)
    unit, stages = head.unit_id, set[tuple[int, int]]()
    for place in range(1, 400):
        above = await world.actor("xianshuji")
        opened = await Ring.filter(unit_id=unit, purpose=RingPurpose.CASE).count() == 2
        work = reseal_matters(above, head) if opened else reopen_unit(above, head, head.fingerprint())
        try:
            await Strike(work, at=place)
        except Struck:
            versions = await Ring.filter(unit_id=unit, purpose=RingPurpose.CASE).count()
            stages.add((versions, await unreadable(unit)))
            if versions == 2 and not await unreadable(unit):
                break
        else:
            break
    assert (1, 0) in stages  # nothing was done: all lie under the ring that nobody holds
    assert stages <= {(1, 0), (2, 3), (2, 0)}
    for tip_id in tips:
        assert (await Matter.open(await world.actor("xinshuji"), tip_id)).narrative()
        assert await Access.exists(tip_id=tip_id, unit_id=world.units["云岭县"].id, purpose=RingPurpose.OVERSIGHT)
