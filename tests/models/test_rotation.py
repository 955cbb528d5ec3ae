"""A ring gets a new secret: who left opens nothing new, who stayed opens everything."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

import pytest

from models import desk
from models.access import Access
from models.db import Database, transaction
from models.errors import Conflict, Corrupt, NotFound
from models.house import house
from models.matter import Matter
from models.removal import remove
from models.ring import Former, Grant, Ring
from models.rotation import marked, rotate, rotate_marked
from models.sealing import Purpose, new_secret, public_of, unseal
from models.terms import Concerns, RingPurpose, Role
from tests.commands import ROOT
from tests.models.burglar import Burglar, overwrite, take
from tests.models.striking import Strike, Struck
from tests.world import World

FIRST, SECOND, THIRD = "第一件事，旧钥匙封的。", "第二件事，新钥匙封的。", "第三件事，再换之后。"


async def case_ring(world: World, unit: str = "石桥镇") -> Ring:
    ring = await Ring.filter(unit_id=world.units[unit].id, purpose=RingPurpose.CASE).order_by("-version").first()
    assert ring is not None
    return ring


async def told(world: World, login: str, tip_id: UUID) -> str:
    matter = await Matter.open(await world.actor(login), tip_id)
    return str(matter.narrative()["parts"][0]["text"])


async def test_invariant_7_a_removed_member_with_an_old_copy_opens_no_tip_filed_after_rotation(world: World) -> None:
    await world.file_tip(FIRST)
    member = world.staff["chengban"]
    his_key, old_copy = (await world.actor("chengban"))._secret, await take()
    assert Burglar(old_copy, {his_key}).work().read(FIRST)
    await remove(await world.actor("shuji"), member)
    assert await rotate_marked(await world.actor("shouli")) == 1
    await world.file_tip(SECOND, village="白杨村")
    # The old copy gives him the old ring's secret; the new database, stolen too, opens no further by it.
    thief = Burglar([*old_copy, *await take()], {his_key}).work()
    assert thief.read(FIRST)
    assert not thief.read(SECOND)
    assert not (thief.secrets & {await (await world.actor("shuji")).ring_secret((await case_ring(world)).id)})
    assert Burglar(await take(), {(await world.actor("shouli"))._secret}).work().read(SECOND)


async def test_who_stayed_opens_former_and_new_tips_in_lists_and_alone(world: World) -> None:
    first = await world.file_tip(FIRST)
    shuji = await world.actor("shuji")
    await desk.inbox(shuji)  # the first listing locks T under the ring's secret
    await remove(shuji, world.staff["chengban"])
    assert await rotate_marked(await world.actor("shuji")) == 1
    second = await world.file_tip(SECOND, village="白杨村")
    row = await Access.get(tip_id=second.tip_id, purpose=RingPurpose.CASE)
    assert row.ring_id == (await case_ring(world)).id
    for login in ("shuji", "fushuji", "shouli"):
        assert await told(world, login, first.tip_id) == FIRST
        assert await told(world, login, second.tip_id) == SECOND
        assert {item.tip_id for item in (await desk.inbox(await world.actor(login))).items} == {
            first.tip_id,
            second.tip_id,
        }


async def test_a_grant_to_the_newest_version_opens_all_former_ones_through_the_chain(world: World) -> None:
    tips = {}
    for number, (words, leaver) in enumerate(((FIRST, "chengban"), (SECOND, "shouli"), (THIRD, ""))):
        tips[words] = (await world.file_tip(words, village="清水村" if number % 2 else "白杨村")).tip_id
        if leaver:
            await remove(await world.actor("shuji"), world.staff[leaver])
            assert await rotate_marked(await world.actor("fushuji")) == 1
    ring, newcomer = await case_ring(world), await world.enrol("xinlai", unit="石桥镇", role=Role.HANDLER)
    assert ring.version == 3
    await world.appoint("xinlai", by="shuji")
    older = [grant.id for grant in await Grant.filter(staff_id=newcomer.id) if grant.ring_id != ring.id]
    assert older  # he was given each version; the chain alone does as well
    async with transaction():
        await Grant.filter(id__in=older).delete()
    assert len(await (await world.actor("xinlai")).held(RingPurpose.CASE)) == 3
    for words, tip_id in tips.items():
        assert await told(world, "xinlai", tip_id) == words
    with pytest.raises(NotFound):
        await (await world.actor("liuban")).ring_secret((await Ring.get(unit_id=ring.unit_id, version=1)).id)


async def test_recovery_opens_the_new_version_too(world: World) -> None:
    await remove(await world.actor("shuji"), world.staff["chengban"])
    await rotate_marked(await world.actor("shuji"))
    ring = await case_ring(world)
    secret = unseal(world.recovery, ring.for_recovery, Purpose.RING_RECOVERY, ring.id)
    assert public_of(secret) == ring.checked_public()


async def test_a_ring_is_rotated_once_for_each_removal(world: World) -> None:
    await remove(await world.actor("shuji"), world.staff["chengban"])
    old, shuji = await case_ring(world), await world.actor("shuji")
    assert await marked(shuji) == [old]
    await rotate_marked(await world.actor("shouli"))
    assert await rotate_marked(shuji) == 0  # his request was under way before; the colleague was faster
    with pytest.raises(Conflict):
        await rotate(shuji, old)
    assert await rotate_marked(await world.actor("shuji")) == 0
    await remove(await world.actor("shuji"), world.staff["shouli"])
    assert await rotate_marked(await world.actor("shuji")) == 1
    assert (await case_ring(world)).version == 3


async def test_two_holders_at_once_make_one_version(world: World) -> None:
    await remove(await world.actor("shuji"), world.staff["chengban"])
    actors = [await world.actor(login) for login in ("shuji", "fushuji", "shouli")]
    done = await asyncio.gather(*(rotate_marked(actor) for actor in actors))
    assert sum(done) == 1
    assert (await case_ring(world)).version == 2


async def test_every_ring_he_held_is_marked_custody_and_oversight_too(world: World) -> None:
    await world.enrol("fuxian", unit="云岭县", role=Role.DEPUTY)
    await world.appoint("fuxian", by="xianshuji")
    await world.enrol("erguan", unit="云岭县", role=Role.CUSTODIAN)
    await world.appoint("erguan", by="baoguan")
    tip = await world.file_tip(named=True)
    await remove(await world.actor("anquan"), world.staff["fuxian"])
    await remove(await world.actor("anquan"), world.staff["erguan"])
    assert {ring.purpose for ring in await marked(await world.actor("xianshuji"))} == {
        RingPurpose.CASE,
        RingPurpose.OVERSIGHT,
    }
    assert await rotate_marked(await world.actor("xianshuji")) == 2
    assert await rotate_marked(await world.actor("baoguan")) == 1
    row = await Access.get(tip_id=tip.tip_id, purpose=RingPurpose.OVERSIGHT)
    assert await row.open_tip(await world.actor("xianshuji"))


async def test_invariant_5_a_swapped_staff_key_stops_rotation_and_nothing_is_sealed(world: World) -> None:
    await remove(await world.actor("shuji"), world.staff["chengban"])
    mine = new_secret()
    await overwrite("staff", "public", world.staff["shouli"].id, public_of(mine))
    with pytest.raises(Corrupt):
        await rotate_marked(await world.actor("shuji"))
    assert (await case_ring(world)).version == 1
    assert not Burglar(await take(), {mine}).work().opened
    await overwrite("staff", "public", world.staff["shouli"].id, world.staff["shouli"].public)
    assert await rotate_marked(await world.actor("shuji")) == 1


async def test_invariant_5_an_opened_ring_that_is_not_the_directorys_is_refused(world: World) -> None:
    filed, ring = await world.file_tip(), await case_ring(world)
    await overwrite("ring", "public", ring.id, public_of(new_secret()))
    with pytest.raises(Corrupt):
        await Matter.open(await world.actor("shuji"), filed.tip_id)


async def whole(world: World, tip_id: UUID, before: Ring) -> bool:
    """Whether it is rotated; either way everything opens, and new tips come in."""
    ring = await case_ring(world)
    assert await Former.all().count() == ring.version - 1
    for login in ("shuji", "shouli", "fushuji"):
        assert await told(world, login, tip_id) == FIRST
        assert await (await world.actor(login)).ring_secret(ring.id)
    number = await Access.filter(purpose=RingPurpose.CASE).count()
    new = await world.file_tip(f"{SECOND}{number}", village="白杨村", concerns=Concerns.VILLAGE)
    assert (await told(world, "shouli", new.tip_id)).startswith(SECOND)
    return ring.id != before.id


async def test_invariant_11_struck_down_at_any_wait_a_rotation_is_old_or_new(world: World) -> None:
    filed, before = await world.file_tip(FIRST), await case_ring(world)
    await remove(await world.actor("shuji"), world.staff["chengban"])
    states: list[bool] = []
    for place in range(1, 400):
        strike = Strike(rotate(await world.actor("shuji"), before), at=place)
        try:
            await strike
        except Struck:
            states.append(await whole(world, filed.tip_id, before))
            if states[-1]:
                break
        else:
            break
    assert place > 10
    assert states.count(False) > 8
    assert await whole(world, filed.tip_id, before)


@pytest.mark.parametrize("waits", [3, 8, 12, 16])
async def test_invariant_11_a_killed_process_leaves_the_ring_old_or_new(
    world: World, database: Database, tmp_path: Path, waits: int
) -> None:
    filed, before = await world.file_tip(FIRST), await case_ring(world)
    await remove(await world.actor("shuji"), world.staff["chengban"])
    house().keys.save(tmp_path / "keys.json")
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.models.killed", database.url, str(tmp_path / "keys.json"),
        str(tmp_path / "files"), "shuji", "rotate", str(waits), before.id.hex, cwd=ROOT,
    )  # fmt: skip
    assert await child.wait() == -9
    await whole(world, filed.tip_id, before)
    if (await case_ring(world)).id == before.id:
        assert await rotate_marked(await world.actor("shuji")) == 1
    assert await whole(world, filed.tip_id, before)
