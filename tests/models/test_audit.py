"""The chains: what was written down cannot be changed, dropped, slipped in or reordered unseen."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from models import clock
from models.audit import Act, Audit, chain, is_sound, verify
from models.db import Database, new_id, transaction
from models.matter import Matter
from tests.world import World

UNIT, OTHER = UUID(int=1), UUID(int=2)


async def record(unit: UUID = UNIT, *, count: int = 1, act: Act = Act.NOTED) -> None:
    async with transaction():
        for n in range(count):
            await Audit.record(act, unit_id=unit, actor_id=UUID(int=9), object_id=UUID(int=n), detail={"n": n})


async def change(entry: Audit, **columns: Any) -> None:
    """Past the domain, in the database."""
    async with transaction():
        assert await Audit.filter(id=entry.id).update(**columns)


async def entries(unit: UUID = UNIT) -> list[Audit]:
    return await Audit.filter(unit_id=unit, place__not_isnull=True).order_by("place")


async def twelve_and_three(database: Database) -> list[Audit]:
    assert database
    await record(count=6)
    await record(OTHER, count=3)
    await record(count=6)
    assert await chain() == 15
    assert await chain() == 0
    heads = {unit: ((await entries(unit))[-1].digest or b"").hex() for unit in (UNIT, OTHER)}
    assert await verify() == (heads, [])
    return await entries()


@pytest.mark.parametrize(
    "column",
    [
        {"act": Act.RECALLED},
        {"actor_id": UUID(int=10)},
        {"actor_id": None},
        {"object_id": UUID(int=99)},
        {"object_id": None},
        {"detail": {"n": 5, "more": 1}},
        {"detail": {}},
        {"key": UUID(int=3)},
        {"digest": b""},
        {"digest": bytes(32)},
    ],
    ids=str,
)
async def test_a_changed_entry_is_found(database: Database, column: dict[str, Any]) -> None:
    lines = await twelve_and_three(database)
    await change(lines[4], **column)
    heads, problems = await verify()
    assert any(f"unit {UNIT}: entry 5 was changed" in problem for problem in problems)
    assert not any(str(OTHER) in problem for problem in problems)
    assert len(heads) == 2
    assert not await is_sound(UNIT)
    assert await is_sound(OTHER)


async def test_a_changed_time_is_found(database: Database) -> None:
    lines = await twelve_and_three(database)
    await change(lines[11], at=clock.now())
    assert not await is_sound(UNIT)


async def drop(lines: list[Audit]) -> None:
    async with transaction():
        await lines[3].delete()


async def drop_the_first(lines: list[Audit]) -> None:
    async with transaction():
        await lines[0].delete()


async def swap(lines: list[Audit]) -> None:
    one, other = lines[2], lines[7]
    await change(one, place=other.place)
    await change(other, place=one.place)


async def swap_with_digests(lines: list[Audit]) -> None:
    one, other = lines[2], lines[3]
    await change(one, place=other.place, digest=other.digest)
    await change(other, place=one.place, digest=one.digest)


async def slip_in(lines: list[Audit]) -> None:
    """A forged line after the seventh, the rest moved up and left as they were."""
    for line in lines[7:][::-1]:
        await change(line, place=(line.place or 0) + 1)
    await record()
    forged = await Audit.get(digest__isnull=True)
    forged.place = 8
    await change(forged, place=8, digest=forged.hash_after(lines[6].digest or b""))


async def share_a_place(lines: list[Audit]) -> None:
    await record()
    forged = await Audit.get(digest__isnull=True)
    forged.place = 12
    await change(forged, place=12, digest=forged.hash_after(lines[10].digest or b""))


async def stand_before_the_first(lines: list[Audit]) -> None:
    assert lines
    await record()
    forged = await Audit.get(digest__isnull=True)
    forged.place = 0
    await change(forged, place=0, digest=forged.hash_after(b""))


async def hide_without_a_place(lines: list[Audit]) -> None:
    """With a digest and no place it is neither in the chain nor waiting for it."""
    assert lines
    await record()
    await change(await Audit.get(digest__isnull=True), digest=bytes(32))


async def move_to_another_unit(lines: list[Audit]) -> None:
    await change(lines[5], unit_id=OTHER)


async def move_to_a_new_unit(lines: list[Audit]) -> None:
    await change(lines[-1], unit_id=new_id())


@pytest.mark.parametrize(
    "forge",
    [
        drop, drop_the_first, swap, swap_with_digests, slip_in, share_a_place, stand_before_the_first,
        hide_without_a_place, move_to_another_unit, move_to_a_new_unit,
    ],
)  # fmt: skip
async def test_a_dropped_moved_or_slipped_in_entry_is_found(
    database: Database, forge: Callable[[list[Audit]], Awaitable[None]]
) -> None:
    lines = await twelve_and_three(database)
    await forge(lines)
    assert (await verify())[1]


async def test_a_duplicate_at_a_pages_edge_is_found(database: Database) -> None:
    """The walk reads a thousand lines at a time."""
    assert database
    await record(count=1_002)
    while await chain():
        pass
    lines = await entries()
    await share_a_place_at(lines, 1_000)
    assert not await is_sound(UNIT)


async def share_a_place_at(lines: list[Audit], place: int) -> None:
    await record()
    forged = await Audit.get(digest__isnull=True)
    forged.place = place
    await change(forged, place=place, digest=forged.hash_after(lines[place - 2].digest or b""))


async def test_a_dropped_tail_changes_the_head_that_was_anchored(database: Database) -> None:
    """Nothing inside the database can show it; the exported head does."""
    lines = await twelve_and_three(database)
    anchored = (await verify())[0][UNIT]
    async with transaction():
        await Audit.filter(id__in=[lines[-1].id, lines[-2].id]).delete()
    heads, problems = await verify()
    assert problems == []
    assert heads[UNIT] != anchored
    await record(count=2)
    await chain()
    assert (await verify())[0][UNIT] != anchored


async def test_two_units_chains_are_independent(database: Database) -> None:
    await twelve_and_three(database)
    assert [line.place for line in await entries()] == list(range(1, 13))
    assert [line.place for line in await entries(OTHER)] == [1, 2, 3]
    async with transaction():
        await Audit.filter(unit_id=UNIT).delete()
    assert await is_sound(OTHER)


async def late() -> int:
    await record(count=2)
    return 0


async def test_entries_written_side_by_side_are_chained_once(database: Database) -> None:
    assert database
    await asyncio.gather(*(record(unit, count=3) for unit in (UNIT, OTHER) for _ in range(5)))
    chained = await asyncio.gather(chain(), chain(), late(), chain(), chain())
    assert sum(chained) + await chain() == 32
    assert [line.place for line in await entries()] == list(range(1, 18))
    assert (await verify())[1] == []


async def test_stragglers_are_told(database: Database) -> None:
    await twelve_and_three(database)
    await record(count=4)
    heads, problems = await verify()
    assert problems == ["4 entries are not chained yet"]
    assert heads[UNIT] == ((await entries())[11].digest or b"").hex()
    assert await is_sound(UNIT)
    await chain()
    assert (await verify())[1] == []


async def test_an_entry_shares_the_fate_of_its_effect(database: Database) -> None:
    assert database
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await Audit.record(Act.NOTED, unit_id=UNIT, actor_id=None)
            raise ZeroDivisionError
    assert not await Audit.exists()


async def test_who_may_see_a_line_is_not_part_of_its_chain(world: World) -> None:
    """A matter sealed upward takes its lines along; the township's chain still holds."""
    filed = await world.file_tip()
    matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
    await matter.read()
    await matter.note("一笔")
    await chain()
    await matter.seal_upward()
    await chain()
    town = world.units["石桥镇"].id
    assert await Audit.filter(unit_id=town, object_id=filed.tip_id).count() == 2
    assert not await Audit.filter(seen_by_id=town, object_id=filed.tip_id).exists()
    assert (await verify())[1] == []


async def test_no_line_tells_content(world: World) -> None:
    filed = await world.file_tip("只有我知道的事", named=True)
    matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
    await matter.read()
    await matter.register()
    await matter.accept(summary="摘要的字", assignee_id=matter.actor.id)
    await matter.reply("回复的字")
    await matter.note("备注的字")
    await matter.conclude(answer="结论的字")
    told = repr(await Audit.all().values())
    for word in ("只有我", "摘要的字", "回复的字", "备注的字", "结论的字", "张三", str(filed.code)):
        assert word not in told
