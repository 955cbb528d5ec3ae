"""A request for protection is read by the heads and by nobody else; nothing at the desk gives it away."""

import pytest

from models import protection
from models.access import Access
from models.audit import Act, Audit
from models.db import transaction
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.event import Event, Happening
from models.matter import Matter
from models.message import Message, Ping
from models.outbox import Outbox
from models.protection import Protection
from models.shred import TABLES, shred
from models.staff import Staff
from models.terms import Concerns, RingPurpose
from models.thread import Thread
from models.tip import Filed
from tests.models.burglar import every_model
from tests.models.staging import resident
from tests.world import World

FEAR = "他说要砸我家的门，𠮷支书的侄子。"


async def feared(world: World, concerns: Concerns = Concerns.VILLAGE) -> tuple[Filed, Thread]:
    filed = await world.file_tip(concerns=concerns)
    thread = await Thread.open(str(filed.code), who="reporter")
    await protection.ask(thread, FEAR)
    return filed, thread


async def test_the_heads_of_the_handling_and_the_overseeing_unit_read_it(world: World) -> None:
    filed, thread = await feared(world)
    assert [node.name for node in await protection.told_to(thread)] == ["石桥镇", "云岭县"]
    for login, handles in (("shuji", True), ("xianshuji", False)):
        actor = await world.actor(login)
        [request] = (await protection.requests(actor)).items
        assert (request.place, request.handles, request.tip_id) == ("清水村", handles, filed.tip_id)
        assert (await protection.read(actor, request.id)).words == FEAR
    assert await Audit.filter(act=Act.PROTECTION_READ).count() == 2


async def test_nobody_else_reads_it_or_learns_that_it_is_there(world: World) -> None:
    filed, _ = await feared(world)
    [row] = await Protection.all()
    for login in ("shouli", "chengban", "fushuji", "xianban", "baoguan", "shenji", "anquan"):
        actor = await world.actor(login)
        for act in (protection.requests(actor), protection.read(actor, row.id), protection.answer(actor, row.id, "x")):
            with pytest.raises(Forbidden):
                await act
    foreign = await world.actor("liushuji")
    assert (await protection.requests(foreign)).items == []
    with pytest.raises(NotFound):
        await protection.read(foreign, row.id)
    matter = await Matter.open(await world.actor("chengban"), filed.tip_id)
    assert Happening.AFRAID not in {event.happening for event in await matter.timeline()}
    assert await matter.thread() == []
    head = await Matter.open(await world.actor("shuji"), filed.tip_id)
    assert Happening.AFRAID in {event.happening for event in await head.timeline()}


async def test_a_matter_kept_from_the_township_asks_only_the_county(world: World) -> None:
    _, thread = await feared(world, Concerns.TOWNSHIP)
    assert [node.name for node in await protection.told_to(thread)] == ["云岭县"]
    assert (await protection.requests(await world.actor("shuji"))).items == []
    [request] = (await protection.requests(await world.actor("xianshuji"))).items
    assert request.handles


async def test_the_answer_is_the_reporters_alone_and_pings_him_neutrally(world: World) -> None:
    filed, thread = await feared(world)
    contact, _ = await resident(1)
    await Ping.on(filed.tip_id, contact.id)
    actor = await world.actor("shuji")
    [request] = (await protection.requests(actor)).items
    waiting = await protection.asked(thread)
    assert waiting
    assert (waiting.answer, waiting.answered_on) == ("", None)
    with pytest.raises(Invalid):
        await protection.answer(actor, request.id, " \u202e")
    await protection.answer(actor, request.id, "派出所已知道。")
    told = await protection.asked(thread)
    assert told
    assert told.answer == "派出所已知道。"
    [ping] = await Outbox.all()
    assert (ping.say().key, ping.say().params) == ("ping.neutral", {})
    assert not await Message.exists()  # the desk reads its thread; this is not in it
    assert not await Access.filter(afraid=True).exists()
    with pytest.raises(Conflict):
        await protection.answer(await world.actor("xianshuji"), request.id, "我也答。")
    assert (await protection.requests(actor)).items == []


async def test_while_one_waits_there_is_no_second_and_after_an_answer_there_may_be(world: World) -> None:
    _, thread = await feared(world)
    with pytest.raises(Conflict):
        await protection.ask(thread, "再说一次")
    with pytest.raises(Invalid):
        await protection.ask(thread, "长" * 2001)
    actor = await world.actor("shuji")
    [request] = (await protection.requests(actor)).items
    await protection.answer(actor, request.id, "已安排。")
    await protection.ask(thread)
    waiting = await protection.asked(thread)
    assert waiting
    assert waiting.answered_on is None


async def test_the_database_holds_no_word_and_no_hour_of_it(world: World) -> None:
    await feared(world)
    for model in every_model():
        for row in await model.all().values():
            assert FEAR.encode() not in repr(row).encode()
            assert "侄子" not in repr(row)
    assert not await Event.filter(happening=Happening.AFRAID, at__isnull=False).exists()
    assert set(await Event.filter(happening=Happening.AFRAID).values_list("unit_id", flat=True)) == {
        world.units["石桥镇"].id,
        world.units["云岭县"].id,
    }


async def test_a_head_without_the_ring_reads_nothing(world: World) -> None:
    await feared(world)
    [row] = await Protection.all()
    actor = await world.actor("shuji")
    async with transaction():
        from models.ring import Grant

        await Grant.filter(staff_id=actor.id).delete()
    actor = await world.actor("shuji")
    assert (await protection.requests(actor)).items == []
    with pytest.raises(NotFound):
        await protection.read(actor, row.id)


async def test_a_matter_sealed_upward_takes_the_request_along(world: World) -> None:
    filed, _ = await feared(world)
    await (await Matter.open(await world.actor("chengban"), filed.tip_id)).seal_upward()
    assert (await protection.requests(await world.actor("shuji"))).items == []
    [request] = (await protection.requests(await world.actor("xianshuji"))).items
    assert request.handles
    assert {row.afraid for row in await Access.filter(purpose=RingPurpose.CASE)} == {True}


async def test_shredding_takes_it_along(world: World) -> None:
    filed, _ = await feared(world)
    await shred([filed.tip_id])
    assert not await Protection.exists()
    assert "protection" in TABLES


async def test_a_deputy_of_the_secretary_sees_it_on_his_days_only(world: World) -> None:
    await feared(world)
    staff = await Staff.get(login="fushuji")
    from models.actor import Actor
    from models.terms import Role

    standing_in = Actor(staff, (await world.actor("fushuji"))._secret, frozenset({Role.SECRETARY}))
    assert len((await protection.requests(standing_in)).items) == 1


async def test_a_flood_hides_no_real_request_and_there_is_a_next_page(world: World) -> None:
    for number in range(protection.PAGE * 2 + 2):
        filed = await world.file_tip()
        if number % 2:  # every second one came in the flood
            async with transaction():
                await Access.filter(tip_id=filed.tip_id).update(quarantined=True)
        await protection.ask(await Thread.open(str(filed.code), who=f"reporter {number}"))
    for login in ("shuji", "xianshuji"):
        actor = await world.actor(login)
        for apart in (False, True):
            first = await protection.requests(actor, apart=apart)
            assert (len(first.items), first.total) == (protection.PAGE, protection.PAGE + 1)
            second = await protection.requests(actor, after=first.after, apart=apart)
            assert (len(second.items), second.after) == (1, None)
            tips = {one.tip_id for one in (*first.items, *second.items)}
            assert len(tips) == protection.PAGE + 1
            assert {row.quarantined for row in await Access.filter(tip_id__in=list(tips))} == {apart}
