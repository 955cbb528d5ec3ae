"""The reporter's side: he reads what was released, never a note; what he adds only he and the desk can read."""

import asyncio
from datetime import timedelta

import pytest

from models import thread as thread_of_tip
from models.attachment import Attachment
from models.contact import Contact
from models.db import transaction
from models.draft import Telling
from models.errors import Conflict, Invalid, NotFound
from models.event import Event, Happening
from models.matter import Matter
from models.message import Message, Ping, announce_replies
from models.outbox import Lane, Outbox
from models.receipt import Receipt
from models.sealed_files import once
from models.sealing import Refused
from models.terms import Side, TipStatus
from models.thread import Thread
from models.tip import Tip
from tests.models.staging import FILE, NOTE, REPLY, resident, stored_wish
from tests.world import World


def words(text: str) -> Telling:
    told = Telling()
    told.add_text(text)
    return told


async def matter_of(world: World, tip: Tip, login: str = "shouli") -> Matter:
    return await Matter.open(await world.actor(login), tip.id)


async def opened(world: World) -> tuple[Thread, Matter]:
    filed = await world.file_tip()
    thread = await Thread.open(str(filed.code), who="reporter")
    return thread, await matter_of(world, await Tip.get(id=filed.tip_id))


async def test_a_reply_can_be_taken_back_for_thirty_seconds_and_read_from_then_on(world: World) -> None:
    thread, matter = await opened(world)
    message = await matter.reply(REPLY, asks=True)
    world.clock.forward(seconds=29.999)
    assert await thread.heard() == []
    assert (await matter.thread())[-1].recallable
    assert await matter.recall(message.id) == REPLY
    assert await matter.thread() == []
    message = await matter.reply(REPLY, asks=True)
    world.clock.forward(seconds=30)
    [line] = await thread.heard()
    assert (line.side, line.text, line.asks) == (Side.DESK, REPLY, True)
    assert not (await matter.thread())[-1].recallable
    with pytest.raises(Conflict) as caught:
        await matter.recall(message.id)
    assert caught.value.key == "tip.too_late_to_recall"
    assert len(await thread.heard()) == 1
    assert await Event.filter(happening=Happening.RECALLED).count() == 1


async def test_what_the_reporter_can_read_he_reads_from_the_same_moment_as_it_cannot_be_recalled(world: World) -> None:
    thread, matter = await opened(world)
    for seconds in (0, 15, 29.9, 30, 30.1, 100):
        message = await matter.reply(REPLY)
        start = world.clock.at
        world.clock.forward(seconds=seconds)
        readable = any(line.text == REPLY for line in await thread.heard())
        try:
            await matter.recall(message.id)
            recalled = True
        except Conflict:
            recalled = False
        assert readable is not recalled
        assert recalled is (seconds < 30)
        world.clock.at = start
        async with transaction():
            await Message.all().delete()


async def test_a_recall_reaches_only_the_desks_own_lines_of_this_tip(world: World) -> None:
    thread, matter = await opened(world)
    await thread.add(words("我补充"))
    await matter.note(NOTE)
    other = await matter_of(world, await Tip.get(id=(await world.file_tip(village="白杨村")).tip_id))
    foreign = await other.reply("别处的回复")
    lines = await Message.filter(tip_id=matter.tip.id)
    for message_id in (*[line.id for line in lines], foreign.id, matter.tip.id):
        with pytest.raises(NotFound):
            await matter.recall(message_id)
    assert await Message.all().count() == 3


async def test_notes_are_never_heard(world: World) -> None:
    thread, matter = await opened(world)
    await matter.note(NOTE)
    await matter.summarise("摘要")
    world.clock.forward(days=300)
    assert await thread.heard() == []
    async with transaction():  # not even a note whose release somebody wrote into the database
        await Message.filter(side=Side.NOTE).update(released_at=world.clock.at - timedelta(days=1))
    assert await thread.heard() == []


async def test_a_ping_comes_once_neutral_and_only_if_asked_for(world: World) -> None:
    contact, _ = await resident(1)
    _, quiet = await opened(world)
    thread, matter = await opened(world)
    await Ping.on(matter.tip.id, contact.id)
    assert await thread.pinged()
    await quiet.reply("没人要听")
    await matter.reply("第一句")
    await matter.reply("第二句", asks=True)
    assert await announce_replies() == 0
    world.clock.forward(seconds=30)
    assert await announce_replies() == 3
    [ping] = await Outbox.all()
    say = ping.say()
    assert (ping.contact_id, ping.lane, say.key, say.params, say.media, say.act, say.choices) == (
        contact.id,
        Lane.NOTICE,
        "ping.neutral",
        {},
        {},
        {},
        (),
    )
    for _ in range(3):
        world.clock.forward(minutes=10)
        assert await announce_replies() == 0
    assert await Outbox.all().count() == 1
    await matter.note("内部")
    await thread.add(words("补充"))
    world.clock.forward(minutes=1)
    assert await announce_replies() == 0
    await Ping.off(matter.tip.id)
    await matter.reply("第三句")
    world.clock.forward(minutes=1)
    await announce_replies()
    assert await Outbox.all().count() == 1
    assert not await thread.pinged()


async def test_two_processes_that_wake_together_ping_once(world: World) -> None:
    contact, _ = await resident(1)
    _, matter = await opened(world)
    await Ping.on(matter.tip.id, contact.id)
    await matter.reply(REPLY)
    world.clock.forward(minutes=1)
    started = asyncio.Event()

    async def slow() -> int:
        async with transaction():  # between looking and committing, as on a busy server
            done = await announce_replies()
            started.set()
            await asyncio.sleep(0.2)
            return done

    async def other() -> int:
        await started.wait()
        return await announce_replies()

    assert sorted(await asyncio.gather(slow(), other())) == [0, 1]
    assert await Outbox.all().count() == 1


async def test_a_recalled_reply_is_never_pinged(world: World) -> None:
    contact, _ = await resident(1)
    _, matter = await opened(world)
    await Ping.on(matter.tip.id, contact.id)
    message = await matter.reply(REPLY)
    world.clock.forward(seconds=20)
    await announce_replies()
    await matter.recall(message.id)
    world.clock.forward(minutes=5)
    assert await announce_replies() == 0
    assert not await Outbox.exists()


async def test_a_chat_that_went_away_is_not_pinged_and_blocks_nobody(world: World) -> None:
    contact, _ = await resident(1)
    _, matter = await opened(world)
    await Ping.on(matter.tip.id, contact.id)
    async with transaction():
        await Contact.filter(id=contact.id).delete()
    await matter.reply(REPLY)
    world.clock.forward(minutes=1)
    assert await announce_replies() == 1
    assert not await Outbox.exists()


async def test_a_link_that_does_not_open_silences_nobody_else(world: World) -> None:
    contact, _ = await resident(1)
    for linked in (True, False):
        _, matter = await opened(world)
        await Ping.on(matter.tip.id, contact.id)
        await matter.reply(REPLY)
        if not linked:
            async with transaction():  # as after a backup was restored, whose transit key is gone
                await Ping.filter(tip_id=matter.tip.id).update(contact_locked=bytes(90))
    world.clock.forward(minutes=1)
    assert await announce_replies() == 2
    assert await Outbox.all().count() == 1


async def test_an_addition_is_heard_by_both_and_makes_the_row_unread(world: World) -> None:
    thread, matter = await opened(world)
    await matter.read()
    await thread.add(words("𠮷支书又来了"))
    assert [line.text for line in await thread.heard()] == ["𠮷支书又来了"]
    again = await matter_of(world, matter.tip)
    assert again.access.unread
    assert (await again.thread())[0].parts == [{"text": "𠮷支书又来了"}]
    with pytest.raises(Invalid):
        await thread.add(Telling())


async def test_lines_stand_in_the_order_in_which_they_were_written_also_side_by_side(world: World) -> None:
    thread, matter = await opened(world)
    desks = [await matter_of(world, matter.tip) for _ in range(4)]
    await asyncio.gather(
        *(thread.add(words(f"补充{n}")) for n in range(4)),
        *(one.reply(f"回复{n}") for n, one in enumerate(desks)),
    )
    lines = await Message.filter(tip_id=matter.tip.id).order_by("order")
    assert [line.order for line in lines] == list(range(1, 9))
    assert (await Tip.get(id=matter.tip.id)).lines == 8


async def test_a_file_still_on_its_way_is_not_lost_from_an_addition(world: World) -> None:
    thread, matter = await opened(world)
    _, draft = await resident(1)
    wish = await stored_wish(draft.id)
    told = words("照片如下")
    told.add_file(wish.id, "photo")
    with pytest.raises(Conflict) as caught:
        await thread.add(told, draft_id=draft.id)
    assert (caught.value.key, caught.value.params) == ("tip.files_on_their_way", {"n": 1})
    assert not await Message.exists()
    await wish.receive(once(FILE))
    await thread.add(told, draft_id=draft.id)
    assert (await Attachment.get(id=wish.id)).tip_id == matter.tip.id


async def test_the_status_is_one_of_five_public_words(world: World) -> None:
    thread, matter = await opened(world)
    seen = [await thread.status()]
    await matter.register()
    seen.append(await thread.status())
    await matter.accept(summary="摘要")
    seen.append(await thread.status())
    await matter.conclude(answer="答复")
    seen.append(await thread.status())
    assert seen == [TipStatus.RECEIVED, TipStatus.SCREENING, TipStatus.ACCEPTED, TipStatus.CONCLUDED]
    assert (await thread.handler()).name == "石桥镇"


async def test_a_code_opens_its_own_thread_whatever_row_the_receipt_is_made_to_name(world: World) -> None:
    mine, foreign = await world.file_tip("我的话"), await world.file_tip("别人的话", village="上湾村")
    async with transaction():
        await Receipt.filter(tip_id=mine.tip_id).update(tip_id=foreign.tip_id)
    thread = await Thread.open(str(mine.code), who="a")
    with pytest.raises(Refused):
        await thread.story()


async def test_one_code_adds_so_much_a_day_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_of_tip, "MOST_A_DAY", 2)
    filed, other = await world.file_tip(), await world.file_tip()
    mine, theirs = [await Thread.open(str(one.code), who="a") for one in (filed, other)]
    more = Telling()
    more.add_text("又想起一些")
    for _ in range(2):
        await mine.add(more)
    with pytest.raises(Invalid) as refused:
        await mine.add(more)
    assert (refused.value.key, refused.value.params) == ("adding.too_many", {"most": 2})
    assert await Message.filter(tip_id=filed.tip_id).count() == 2
    await theirs.add(more)
    world.clock.forward(days=1)
    await mine.add(more)
