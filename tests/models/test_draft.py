"""What is half said waits for three days, is read by nobody, and goes."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.attachment import Attachment, FileState, drop_unfetched
from models.attachment import sweep as sweep_files
from models.contact import Contact
from models.db import new_id, transaction
from models.draft import Draft, OpenedThread, Telling, forget_threads, pauses, sweep
from models.errors import Gone, Invalid
from models.house import house
from models.outbox import Outbox, Say
from models.sealing import Purpose, Refused, new_secret
from models.terms import Channel, Concerns, Topic
from models.text import MAX_TIP
from models.thread import Thread
from models.tip import Tip
from tests.models.staging import full_tip, resident, send_file, stored_wish, telling
from tests.world import World


async def stored(draft: Draft) -> Draft:
    return (await Draft.get(id=draft.id)).unlock()


async def save(draft: Draft) -> None:
    draft.lock_changes()
    async with transaction():
        await draft.save()


async def test_a_draft_comes_back_as_it_was_left(world: World) -> None:
    _, draft = await resident()
    draft.telling.place, draft.telling.topic, draft.telling.concerns = "ab", Topic.FEES, Concerns.UNSURE
    draft.telling.add_text("𠮷 一句\n两句", mark=7)
    draft.telling.naming, draft.telling.name, draft.telling.care = "named", "欧阳㛃", True
    draft.adding.add_text("补充")
    draft.talk["screen"] = "review"
    await save(draft)
    again = await stored(draft)
    assert (again.telling, again.adding, again.talk) == (draft.telling, draft.adding, draft.talk)
    assert not again.lock_changes()
    again.telling.care = False
    assert again.lock_changes()


async def test_a_draft_expires_after_three_days_without_a_word_and_each_word_gives_it_three_more(world: World) -> None:
    _, draft = await resident()
    world.clock.forward(days=2.9)
    assert await sweep() == 0
    again = await stored(draft)
    again.telling.add_text("noch da")
    await save(again)
    world.clock.forward(days=3)
    assert await sweep() == 0
    world.clock.forward(seconds=1)
    assert await sweep() == 1
    assert not await Draft.exists()
    assert await Contact.exists()  # the chat is known a while longer


async def test_an_opened_thread_is_forgotten_after_thirty_minutes_and_the_addition_waits_for_the_code(
    world: World,
) -> None:
    filed = await world.file_tip()
    _, draft = await resident()
    draft.keep_open(filed.tip_id, bytes(32), new_id())
    draft.adding.add_text("halb gesagt")
    draft.talk["screen"] = "thread"
    await save(draft)
    world.clock.forward(minutes=29, seconds=59)
    assert await forget_threads() == 0
    again = await stored(draft)
    assert again.thread
    assert [again.thread.alive] == [True]
    assert bytes(32).hex() not in repr(again.thread)
    world.clock.forward(seconds=1)
    assert [again.thread.alive] == [False]
    assert await forget_threads() == 1
    again = await stored(draft)
    assert (again.thread, again.close_at, again.talk) == (None, None, {"adding_to": filed.tip_id.hex})
    assert [part.text for part in again.adding.parts] == ["halb gesagt"]
    assert again.adding_to() == filed.tip_id.hex
    assert await forget_threads() == 0


async def test_a_thread_opened_before_receipts_were_noted_is_closed(world: World) -> None:
    filed = await world.file_tip()
    _, draft = await resident()
    draft.keep_open(filed.tip_id, bytes(32), new_id())
    assert draft.thread
    draft.thread = OpenedThread(filed.tip_id.hex, bytes(32).hex(), draft.thread.until)
    await save(draft)
    told = json.loads(house().keys.transit.unlock(draft.body, Purpose.DRAFT, draft.id))
    del told["thread"]["receipt_id"]
    draft.body = house().keys.transit.lock(json.dumps(told).encode(), Purpose.DRAFT, draft.id)
    async with transaction():
        await Draft.filter(id=draft.id).update(body=draft.body)
    with pytest.raises(Invalid) as caught:
        await Thread.reopen((await stored(draft)).thread)
    assert caught.value.key == "track.closed"


async def test_a_pause_is_answered_once(world: World) -> None:
    contact, draft = await resident()
    draft.telling.add_text("ein Satz")
    draft.heard_something()
    await save(draft)
    world.clock.forward(seconds=3.9)
    assert await pauses(lambda _: Say("story.counted")) == 0
    world.clock.forward(seconds=0.1)
    assert await pauses(lambda _: Say("story.counted")) == 1
    assert await pauses(lambda _: Say("story.counted")) == 0
    [row] = await Outbox.all()
    assert (row.contact_id, row.say().key) == (contact.id, "story.counted")


async def test_a_draft_opens_in_its_own_row_only(world: World) -> None:
    _, one = await resident(1)
    _, other = await resident(2)
    async with transaction():
        await Draft.filter(id=one.id).update(body=other.body)
    with pytest.raises(Refused):
        await stored(one)
    with pytest.raises(Refused):
        house().keys.transit.unlock(other.body, Purpose.OUTBOX, other.id)


async def test_a_contacts_end_takes_its_draft_along(world: World) -> None:
    contact, _ = await resident()
    world.clock.forward(days=30)
    assert await Contact.forget_idle() == 0
    world.clock.forward(days=1)
    assert await Contact.forget_idle()
    assert not await Draft.exists()
    assert not await Contact.filter(id=contact.id).exists()


async def test_files_that_nobody_has_any_more_are_swept_after_a_day_and_no_others(world: World) -> None:
    _, draft = await resident(1)
    _, gone = await resident(2)
    kept, lost = await send_file(draft), await send_file(gone)
    attached = await Attachment.get(tip_id=(await full_tip(world, number=3)).tip_id)
    async with transaction():
        await Draft.filter(id=gone.id).delete()
    assert await sweep_files() == 0
    world.clock.at += timedelta(days=1, minutes=1)
    await sweep_files()
    assert {file.id for file in await Attachment.all()} == {kept.id, attached.id}
    world.clock.at += timedelta(days=1)  # a stored file tells only its day
    await sweep_files()
    stored = [file_id async for file_id in house().files.list_older_than(world.clock.at)]
    assert set(stored) == {kept.id, attached.id}
    assert lost.id not in stored


async def test_going_on_without_the_files_that_have_not_come_keeps_those_that_have(world: World) -> None:
    _, draft = await resident()
    here, missing = await send_file(draft), await stored_wish(draft.id)
    draft.telling.add_text("ein Satz")
    draft.telling.add_file(here.id, "photo")
    draft.telling.add_file(missing.id, "photo")
    await drop_unfetched(draft)
    assert draft.telling.files() == [here.id]
    assert draft.telling.parts[0].text == "ein Satz"
    assert (await Attachment.get(id=missing.id)).state is FileState.WANTED


@settings(deadline=None)
@given(pieces=st.lists(st.text(max_size=8_000), max_size=8))
def test_the_whole_never_grows_past_what_may_be_said_and_nothing_accepted_is_lost(pieces: list[str]) -> None:
    told, taken = Telling(), list[str]()
    for piece in pieces:
        try:
            told.add_text(piece)
        except Invalid:
            pass
        else:
            taken.append(told.parts[-1].text)
    assert told.length() <= MAX_TIP
    assert [part.text for part in told.parts] == taken


def test_twenty_files_and_no_more() -> None:
    from models.db import new_id

    told = Telling()
    for _ in range(20):
        told.add_file(new_id(), "photo")
    with pytest.raises(Invalid) as caught:
        told.add_file(new_id(), "photo")
    assert caught.value.params == {"most": 20}
    assert len(told.files()) == 20


def test_an_edited_message_changes_its_own_piece_and_stays_within_bounds() -> None:
    told = Telling()
    told.add_text("eins", mark=1)
    told.add_text("zwei", mark=2)
    assert told.rewrite(2, " 二 ")
    assert not told.rewrite(3, "drei")
    assert not told.rewrite(2, " \x00 ")
    assert [part.text for part in told.parts] == ["eins", "二"]
    assert told.rewrite(1, "字" * 30_000)
    assert told.length() <= MAX_TIP
    assert told.parts[1].text == "二"


async def half_told(world: World) -> bytes:
    """A form on the web, answered to its end and not handed in; its secret."""
    secret = new_secret()
    draft = await Draft.of_form(secret)
    draft.telling = replace(telling(world, "第一段"), secret=draft.telling.secret)
    await draft.keep()
    return secret


async def test_a_form_handed_in_from_another_page_does_not_come_back_to_life(world: World) -> None:
    secret = await half_told(world)
    slow, quick = await Draft.of_form(secret), await Draft.of_form(secret)
    await Tip.file(quick.telling, channel=Channel.WEB, draft_id=quick.id, form=quick)
    slow.telling.add_text("账本照片")
    with pytest.raises(Gone):
        await slow.keep()
    assert not await Draft.exists()


async def test_handing_in_forgets_the_draft_in_the_same_moment_or_does_nothing(world: World) -> None:
    secret = await half_told(world)
    old, other = await Draft.of_form(secret), await Draft.of_form(secret)
    other.telling.add_text("另一页刚补的")
    await other.keep()
    with pytest.raises(Gone):
        await Tip.file(old.telling, channel=Channel.WEB, draft_id=old.id, form=old)
    assert not await Tip.exists()
    now = await Draft.of_form(secret)
    filed = await Tip.file(now.telling, channel=Channel.WEB, draft_id=now.id, form=now)
    assert not await Draft.exists()
    story = await (await Thread.open(str(filed.code), who=None)).story()
    assert story[-1]["text"] == "另一页刚补的"
