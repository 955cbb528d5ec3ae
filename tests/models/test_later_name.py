"""A name given later is sealed like one given at filing, and moves what the reporter is owed."""

import json

import pytest

from models import protection
from models.access import Access
from models.db import transaction
from models.deadline import Deadline, Rule
from models.draft import Telling
from models.errors import Conflict, Invalid
from models.event import Event, Happening
from models.later_name import can_give_name, give_name
from models.matter import Matter
from models.message import Message, Ping
from models.proposal import approve
from models.receipt import Identity, Receipt
from models.reveal import ask_reveal, read_reveal
from models.ring import Grant
from models.sealing import Purpose, Refused, open_any
from models.stepup import step_up
from models.terms import RingPurpose
from models.thread import Thread
from models.tip import Tip
from tests.models.burglar import every_model
from tests.models.staging import resident
from tests.world import PASSWORD, World

NAME, REACH, SAFE = "欧阳㛃", "13000000000", "只发消息，别找家里"


async def opened(world: World) -> Thread:
    filed = await world.file_tip()
    return await Thread.open(str(filed.code), who="reporter")


async def test_handler_and_custodian_must_meet_to_read_it_and_safety_comes_first(world: World) -> None:
    thread = await opened(world)
    await give_name(thread, name=NAME, reach=REACH, safe=SAFE)
    handler, custodian = await world.actor("chengban"), await world.actor("baoguan")
    proposal = await ask_reveal(handler, thread.tip_id, "要核对")
    proof = await step_up(custodian, password=PASSWORD, code=world.fresh_code("baoguan"))
    reveal = await approve(custodian, proposal.id, proof=proof)
    who = await read_reveal(handler, reveal.id)
    assert (who.safe, who.name, who.reach) == (SAFE, NAME, REACH)


async def test_handler_alone_and_custodian_alone_open_nothing(world: World) -> None:
    thread = await opened(world)
    await give_name(thread, name=NAME, reach=REACH, safe=SAFE)
    identity = await Identity.get()
    inner = open_any(thread.reporter_secret, identity.envelope, Purpose.IDENTITY_OUTER, identity.id)
    ring = await (await world.actor("baoguan")).ring_secret(identity.custody_ring_id)
    with pytest.raises(Refused):
        open_any(ring, identity.envelope, Purpose.IDENTITY_OUTER, identity.id)
    for login in ("chengban", "shuji"):
        actor = await world.actor(login)
        for held in await actor.held(RingPurpose.CASE):
            with pytest.raises(Refused):
                open_any(await actor.ring_secret(held), inner, Purpose.IDENTITY_INNER, identity.id)
    assert json.loads(open_any(ring, inner, Purpose.IDENTITY_INNER, identity.id))["name"] == NAME


async def test_he_is_owed_what_a_named_reporter_is_owed(world: World) -> None:
    thread = await opened(world)
    before = await Deadline.get()
    await give_name(thread, name=NAME, reach=REACH, safe=SAFE)
    after = await Deadline.get()
    assert (before.rule, after.rule, after.due_on) == (Rule.SCREEN, Rule.TELL_ACCEPTANCE, before.due_on)
    assert (await Tip.get()).named
    assert {row.named for row in await Access.all()} == {True}
    [event] = await Event.filter(happening=Happening.NAMED)
    assert event.at is None
    assert not await can_give_name(thread)


async def test_it_is_given_once_and_never_half(world: World) -> None:
    thread = await opened(world)
    for name, reach in (("", REACH), (NAME, "")):
        with pytest.raises(Invalid):
            await give_name(thread, name=name, reach=reach, safe=SAFE)
    await give_name(thread, name=NAME, reach=REACH, safe=SAFE)
    with pytest.raises(Conflict) as caught:
        await give_name(thread, name="别人", reach="1", safe="")
    assert caught.value.key == "naming.given_already"
    assert await Identity.all().count() == 1


async def test_where_nobody_keeps_identities_none_is_taken(world: World) -> None:
    from models.county import County

    thread = await opened(world)
    async with transaction():
        await Grant.filter(ring__purpose=RingPurpose.CUSTODY).delete()
        await County.tree_changed()
    assert not await can_give_name(thread)
    with pytest.raises(Invalid) as caught:
        await give_name(thread, name=NAME, reach=REACH, safe=SAFE)
    assert caught.value.key == "tip.no_custodian"
    assert not (await Tip.get()).named


async def test_no_row_shows_the_name_and_the_desk_sees_only_that_there_is_one(world: World) -> None:
    thread = await opened(world)
    await give_name(thread, name=NAME, reach=REACH, safe=SAFE)
    for model in every_model():
        for row in await model.all().values():
            assert NAME not in repr(row)
            assert REACH not in repr(row)
    matter = await Matter.open(await world.actor("chengban"), thread.tip_id)
    assert NAME not in json.dumps(matter.narrative(), ensure_ascii=False)
    assert await matter.thread() == []


async def test_a_new_code_shuts_out_whoever_has_the_thread_open_with_the_old_one(world: World) -> None:
    from models.codes import Code

    filed = await world.file_tip()
    (contact, draft), (mine, _) = await resident(1), await resident(2)
    relative, thread = [await Thread.open(str(filed.code), who=who) for who in ("relative", "reporter")]
    draft.keep_open(relative.tip_id, relative.reporter_secret, relative.receipt_id)
    await relative.ping_in(contact.id)
    assert (await Thread.reopen(draft.thread)).tip_id == filed.tip_id
    code = Code.new()
    await thread.renew_code(code, chat=mine.id)
    assert not await Ping.exists()
    telling = Telling()
    telling.add_text("混进来的话")
    for act in (
        Thread.reopen(draft.thread),
        relative.add(telling),
        relative.renew_code(Code.new()),
        relative.ping_in(contact.id),
        protection.ask(relative),
        give_name(relative, name=NAME, reach=REACH, safe=SAFE),
    ):
        with pytest.raises(Invalid) as caught:
            await act
        assert caught.value.key == "track.closed"
    assert not await Message.exists()
    assert not await Ping.exists()
    assert (await Thread.open(str(code), who="reporter")).tip_id == filed.tip_id
    await thread.ping_in(mine.id)  # he who renewed goes on as before, and his own chat stays pinged
    await thread.renew_code(Code.new(), chat=mine.id)
    assert await thread.pinged()
    await thread.add(telling)


async def test_a_new_code_takes_over_and_the_old_row_is_gone(world: World) -> None:
    from models.codes import Code

    filed = await world.file_tip()
    thread = await Thread.open(str(filed.code), who="reporter")
    code = Code.new()
    for _ in range(2):
        await thread.renew_code(code)
    [row] = await Receipt.all()
    assert row.tip_id == filed.tip_id
    with pytest.raises(Invalid):
        await Thread.open(str(filed.code), who="other")
    assert (await Thread.open(str(code), who="other")).reporter_secret == thread.reporter_secret
    assert await Event.filter(happening=Happening.CODE_RENEWED).count() == 1
