"""keys.md §3.3: before a newcomer gets a key, open matters that name him are out of his reach."""

import pytest

from models import message
from models.access import Access
from models.appointing import appoint
from models.audit import Act, Audit
from models.db import transaction
from models.draft import Telling
from models.errors import Conflict, NotFound
from models.matter import Matter
from models.removal import remove
from models.ring import Grant
from models.staff import Staff
from models.succession import reopen_unit
from models.terms import Concerns, RingPurpose, Role, TipStatus
from models.thread import Thread
from models.ties import tie
from tests.models.burglar import Burglar, take
from tests.world import World

NAMING = "发补贴的是孙大壮，他扣了我两百块。"
OTHER = "去年的种粮补贴没到手。"


async def appointed(world: World, *, agreed: bool) -> None:
    head, person = await world.actor("shuji"), world.staff["sun"]
    await appoint(head, person, person.fingerprint(), seal_upward=agreed)


async def test_a_matter_that_names_the_newcomer_is_sealed_upward_before_he_gets_the_ring(world: World) -> None:
    named, other = await world.file_tip(NAMING), await world.file_tip(OTHER, village="白杨村")
    await world.enrol("sun", unit="石桥镇", role=Role.HANDLER, name="孙 大壮")
    with pytest.raises(Conflict) as asked:
        await appointed(world, agreed=False)
    assert (asked.value.key, asked.value.params) == ("unit.concerns_him", {"n": 1})
    assert not await Grant.exists(staff_id=world.staff["sun"].id)
    assert await Access.exists(tip_id=named.tip_id, unit_id=world.units["石桥镇"].id)
    await appointed(world, agreed=True)
    assert not await Access.exists(tip_id=named.tip_id, unit_id=world.units["石桥镇"].id)
    him = await world.actor("sun")
    with pytest.raises(NotFound):
        await Matter.open(him, named.tip_id)
    assert (await Matter.open(him, other.tip_id)).narrative()
    assert (await Matter.open(await world.actor("xianban"), named.tip_id)).narrative()
    thief = Burglar(await take(), {him._secret}).work()
    assert thief.read(OTHER)
    assert not thief.read(NAMING)


async def test_a_name_in_what_the_reporter_added_counts_and_one_character_does_not(world: World) -> None:
    filed = await world.file_tip(OTHER)
    await world.enrol("wang", unit="石桥镇", role=Role.HANDLER, name="补")
    await world.appoint("wang", by="shuji")
    thread = await Thread.open(str(filed.code), who="a")
    more = Telling()
    more.add_text(NAMING)
    await thread.add(more)
    await world.enrol("sun", unit="石桥镇", role=Role.HANDLER, name="孙大壮")
    with pytest.raises(Conflict):
        await appointed(world, agreed=False)


async def test_ties_of_the_newcomer_count_and_ended_matters_stay(world: World) -> None:
    tied, ended = await world.file_tip(OTHER), await world.file_tip(NAMING, village="白杨村")
    async with transaction():
        await Access.filter(tip_id=ended.tip_id).update(status=TipStatus.CONCLUDED)
    await world.enrol("sun", unit="石桥镇", role=Role.HANDLER, name="孙大壮")
    await tie(await world.actor("anquan"), world.staff["sun"], world.units["清水村"].id)
    world.staff["sun"] = await Staff.get(login="sun")
    await appointed(world, agreed=True)
    left = await Access.filter(unit_id=world.units["石桥镇"].id).values_list("tip_id", flat=True)
    assert list(left) == [ended.tip_id]
    assert not await Access.exists(tip_id=tied.tip_id, unit_id=world.units["石桥镇"].id)


async def test_the_audit_tells_that_it_was_looked_through_and_not_what_was_found(world: World) -> None:
    await world.file_tip(NAMING)
    await world.enrol("sun", unit="石桥镇", role=Role.HANDLER, name="孙大壮")
    await appointed(world, agreed=True)
    granted = await Audit.get(act=Act.GRANTED, object_id=world.staff["sun"].id)
    assert granted.detail == {"rings": ["case"], "looked_through": 1}
    assert not await Audit.exists(act=Act.SEALED_UPWARD, seen_by_id=world.units["石桥镇"].id)


async def test_where_nobody_stands_above_nobody_is_appointed_over_a_matter_about_him(world: World) -> None:
    filed = await world.file_tip(NAMING, concerns=Concerns.TOWNSHIP_HEADS)
    newcomer = await world.enrol("sun", unit="云岭县", role=Role.HANDLER, name="孙大壮")
    with pytest.raises(Conflict) as refused:
        await appoint(await world.actor("xianshuji"), newcomer, newcomer.fingerprint(), seal_upward=True)
    assert refused.value.key == "unit.nobody_above"
    assert not await Grant.exists(staff_id=newcomer.id)
    assert await Access.exists(tip_id=filed.tip_id, purpose=RingPurpose.CASE)


async def test_a_new_head_of_an_orphaned_unit_does_not_get_the_matter_that_names_him(world: World) -> None:
    named = await world.file_tip(NAMING, village="上湾村")
    other = await world.file_tip(OTHER, village="上湾村")
    for login in ("liuban", "liushuji"):
        await remove(await world.actor("anquan"), await Staff.get(login=login))
    head = await world.enrol("sun", unit="柳河镇", role=Role.SECRETARY, name="孙大壮")
    assert await reopen_unit(await world.actor("xianshuji"), head, head.fingerprint()) == 1
    him = await world.actor("sun")
    assert (await Matter.open(him, other.tip_id)).narrative()
    with pytest.raises(NotFound):
        await Matter.open(him, named.tip_id)
    matter = await Matter.open(await world.actor("xianban"), named.tip_id)
    assert matter.tip.unit_id == world.units["云岭县"].id
    await matter.register()
    assert not Burglar(await take(), {him._secret}).work().read(NAMING)


async def test_a_name_is_found_however_long_the_thread_and_across_its_lines(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message, "SLICE", 2)
    filed = await world.file_tip(OTHER)
    thread = await Thread.open(str(filed.code), who="a")
    for words in ("再说", "再说", "再说", "是孙", "大壮。"):
        more = Telling()
        more.add_text(words)
        await thread.add(more)
    await world.enrol("sun", unit="石桥镇", role=Role.HANDLER, name="孙大壮")
    with pytest.raises(Conflict):
        await appointed(world, agreed=False)
