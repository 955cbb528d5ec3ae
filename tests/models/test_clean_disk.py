"""By night the disk is cleaned of what was destroyed, and nobody's unfinished work is torn for it."""

import asyncio

import pytest

from models.county import County
from models.db import Database, transaction
from models.shred import clean_disk, shred
from tests.models.staging import full_tip
from tests.models.test_shred import disk, keys_and_words
from tests.world import World


async def at_three(world: World) -> None:
    """It was nine o'clock."""
    world.clock.forward(minutes=18 * 60)


async def test_the_night_after_a_shredding_leaves_no_byte_of_it_on_the_disk_and_the_next_one_rests(
    world: World, database: Database
) -> None:
    scenes = [await full_tip(world, number=n, village=v) for n, v in enumerate(("清水村", "白杨村"), 1)]
    needles = await keys_and_words(scenes[0]) | await keys_and_words(scenes[1])
    assert not await clean_disk()
    await shred([scene.tip_id for scene in scenes])
    assert not await clean_disk()  # not while people are at work
    await at_three(world)
    assert await clean_disk()
    stored = await disk(database)
    assert not [needle for needle in needles if needle in stored]
    assert not await clean_disk()


async def test_a_night_that_was_missed_is_made_up_by_day(world: World) -> None:
    scene = await full_tip(world)
    await shred([scene.tip_id])
    world.clock.forward(days=1)
    assert not await clean_disk()
    world.clock.forward(minutes=60)
    assert await clean_disk()
    assert (await County.get()).shredded_at is None


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_it_waits_for_who_is_writing_and_is_refused_within_a_transaction(
    world: World, database: Database
) -> None:
    """SQLite has one connection for writing: a VACUUM between BEGIN and COMMIT would fail, or end another's work."""
    await shred([(await full_tip(world)).tip_id])
    await at_three(world)
    begun, finish = asyncio.Event(), asyncio.Event()

    async def somebody_writes() -> None:
        async with transaction():
            await County.all().update(name="云岭县甲")
            begun.set()
            await finish.wait()

    writing = asyncio.create_task(somebody_writes())
    await begun.wait()
    cleaning = asyncio.create_task(clean_disk())
    done, _ = await asyncio.wait({cleaning}, timeout=0.2)
    assert not done
    finish.set()
    assert await cleaning
    await writing
    assert (await County.get()).name == "云岭县甲"
    with pytest.raises(RuntimeError):
        async with transaction():
            await County.has_shredded()
            await clean_disk()
