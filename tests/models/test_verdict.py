"""What a reporter says of the answer, and what the desk owes him then (KG 27)."""

import asyncio

import pytest

from models import clock, desk
from models.access import Access
from models.audit import Act, Audit
from models.deadline import LIMITS, Deadline, Rule
from models.desk import Pick
from models.draft import Telling
from models.errors import Conflict, Forbidden, Invalid, Repeated
from models.event import REPORTER_SIDE, Event, Happening
from models.matter import Matter
from models.message import Message
from models.once import Once, act_id
from models.terms import RingPurpose, TipStatus, Verdict
from models.thread import Thread
from models.tip import Tip
from models.verdict import offered
from tests.models.test_thread import words
from tests.world import World


async def answered(world: World, *, named: bool = False) -> tuple[Thread, Matter]:
    """A matter that came to its answer, read by its reporter."""
    filed = await world.file_tip(named=named)
    matter = await again(world, filed.tip_id)
    await matter.accept(summary="补贴")
    await matter.conclude(answer="已补发。")
    world.clock.forward(minutes=1)
    return await Thread.open(str(filed.code), who="reporter"), await again(world, filed.tip_id)


async def again(world: World, tip_id: object, login: str = "shouli", mark: str = "") -> Matter:
    return await Matter.open(await world.actor(login), tip_id, mark=mark)  # type: ignore[arg-type]


def test_what_is_offered_follows_from_where_the_matter_stands() -> None:
    ended = {TipStatus.CONCLUDED, TipStatus.OUT_OF_SCOPE}
    for status in TipStatus:
        for settled in (True, False):
            expected = set(Verdict) if status in ended and not settled else {Verdict.NEWS} if status in ended else set()
            assert set(offered(status, settled=settled)) == expected


async def test_an_objection_makes_the_desk_owe_an_answer_within_fifteen_working_days(world: World) -> None:
    thread, _ = await answered(world)
    await thread.add(words("没有补发。"), verdict=Verdict.OBJECTED)
    [owed] = await Deadline.filter(rule=Rule.ANSWER_OBJECTION)
    assert owed.due_on == clock.add_working_days(clock.today(), 15)
    assert "第二十七条" in LIMITS[Rule.ANSWER_OBJECTION].source
    for row in await Access.all():
        assert (row.objected, row.due_on, row.unread) == (True, owed.due_on, True)
    counts = await desk.counts(await world.actor("shouli"))
    assert (counts[Pick.OBJECTED], counts[Pick.OVERDUE]) == (1, 0)
    world.clock.forward(days=30)
    assert (await desk.counts(await world.actor("shouli")))[Pick.OVERDUE] == 1


async def test_after_the_second_answer_the_matter_rests_and_only_news_are_heard(world: World) -> None:
    thread, matter = await answered(world)
    with pytest.raises(Conflict):
        await matter.answer_objection("没人问。")
    await thread.add(words("没有补发。"), verdict=Verdict.OBJECTED)
    await (await again(world, matter.tip.id)).answer_objection("九月三日已到账。")
    tip, row = await Tip.get(), await Access.get(purpose=RingPurpose.CASE)
    assert (tip.status, tip.rests, tip.objected, row.objected, row.due_on) == (
        TipStatus.CONCLUDED, True, False, False, None,
    )  # fmt: skip
    assert not await Deadline.filter(met_on=None).exists()
    world.clock.forward(minutes=1)
    assert await thread.verdicts() == (Verdict.NEWS,)
    for verdict in (Verdict.OBJECTED, Verdict.AGREED):
        with pytest.raises(Conflict) as caught:
            await thread.add(words("还是不服。"), verdict=verdict)
        assert caught.value.key == "verdict.not_now"
    await thread.add(words("新的凭据。"), verdict=Verdict.NEWS)
    assert (await Access.get(purpose=RingPurpose.CASE)).news


async def test_a_second_answer_taken_back_is_owed_again(world: World) -> None:
    thread, matter = await answered(world)
    await thread.add(words("没有补发。"), verdict=Verdict.OBJECTED)
    matter = await again(world, matter.tip.id)
    await matter.answer_objection("发错了。")
    message = (await matter.thread())[-1].message
    assert await matter.recall(message.id) == "发错了。"
    row = await Access.get(purpose=RingPurpose.CASE)
    assert (row.objected, (await Tip.get()).rests) == (True, False)
    assert row.due_on is not None
    await (await again(world, matter.tip.id)).answer_objection("想好了。")


@pytest.mark.parametrize("named", [True, False])
async def test_what_was_right_to_object_to_is_taken_up_again(world: World, named: bool) -> None:
    filed = await world.file_tip(named=named)
    await (await again(world, filed.tip_id)).mark_out_of_scope(guidance="归法院。")
    world.clock.forward(days=20)
    thread = await Thread.open(str(filed.code), who="reporter")
    await thread.add(words("是村支书经手的。"), verdict=Verdict.OBJECTED)
    await (await again(world, filed.tip_id)).take_up_again("您说得对，我们重新看。")
    tip, row = await Tip.get(), await Access.get(purpose=RingPurpose.CASE)
    assert (tip.status, tip.objected, tip.rests, row.status) == (
        TipStatus.SCREENING, False, False, TipStatus.SCREENING,
    )  # fmt: skip
    [running] = await Deadline.filter(met_on=None)
    assert running.rule is (Rule.TELL_ACCEPTANCE if named else Rule.SCREEN)
    assert (running.started_on, row.due_on) == (clock.today(), running.due_on)
    matter = await again(world, filed.tip_id)
    await matter.accept(summary="补贴")
    await matter.conclude(answer="已处理。")
    world.clock.forward(minutes=1)
    assert Verdict.OBJECTED in await thread.verdicts()  # the new answer is one of its own


async def test_news_are_flagged_until_the_desk_says_something(world: World) -> None:
    thread, matter = await answered(world)
    await thread.add(words("又来了一笔。"), verdict=Verdict.NEWS)
    assert (await desk.counts(await world.actor("shouli")))[Pick.NEWS] == 1
    await (await again(world, matter.tip.id)).reply("看到了，在核。")
    assert not await Access.filter(news=True).exists()


async def test_nothing_is_judged_before_it_is_there_and_an_objection_needs_words(world: World) -> None:
    filed = await world.file_tip()
    thread = await Thread.open(str(filed.code), who="reporter")
    for verdict in Verdict:
        with pytest.raises(Conflict):
            await thread.add(words("早了。"), verdict=verdict)
    await (await again(world, filed.tip_id)).mark_out_of_scope(guidance="归法院。")
    assert await thread.verdicts() == ()  # it can still be taken back
    for verdict in (Verdict.OBJECTED, Verdict.NEWS):
        with pytest.raises(Invalid):
            await thread.add(Telling(), verdict=verdict)
    assert not await Message.filter(act_id__isnull=False).exists()


async def test_the_reporters_side_tells_the_day_and_the_desk_its_acts(world: World) -> None:
    thread, matter = await answered(world)
    await thread.add(words("没有补发。"), verdict=Verdict.OBJECTED)
    await (await again(world, matter.tip.id)).answer_objection("已到账。")
    await (await again(world, matter.tip.id)).take_up_again("再查。")
    events = await Event.filter(tip_id=matter.tip.id)
    assert all((event.at is None) == (event.happening in REPORTER_SIDE) for event in events)
    assert {Happening.OBJECTED, Happening.ANSWERED, Happening.TAKEN_UP_AGAIN} <= {e.happening for e in events}
    acts = {line.act for line in await Audit.filter(object_id=matter.tip.id)}
    assert {Act.OBJECTION_ANSWERED, Act.TAKEN_UP_AGAIN} <= acts


async def test_only_the_desk_that_handles_it_answers_and_only_what_has_ended(world: World) -> None:
    thread, matter = await answered(world)
    await thread.add(words("没有补发。"), verdict=Verdict.OBJECTED)
    open_one = await again(world, (await world.file_tip()).tip_id)
    for act in (open_one.answer_objection("x"), open_one.take_up_again("x")):
        with pytest.raises(Forbidden):
            await act
    assert (await Tip.get(id=matter.tip.id)).objected


async def test_two_who_object_and_answer_side_by_side_leave_one_objection(world: World) -> None:
    thread, _ = await answered(world)
    outcomes = await asyncio.gather(
        *(thread.add(words(f"第{n}次"), verdict=Verdict.OBJECTED) for n in range(3)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 2
    assert await Deadline.filter(rule=Rule.ANSWER_OBJECTION).count() == 1


async def test_the_same_page_says_the_same_words_once(world: World) -> None:
    filed = await world.file_tip()
    for _ in range(2):
        matter = await again(world, filed.tip_id, mark="page one")
        if await Message.exists():
            with pytest.raises(Repeated):
                await matter.note("一笔")
        else:
            await matter.note("一笔")
    await (await again(world, filed.tip_id, mark="page one")).note("另一笔")
    await (await again(world, filed.tip_id, mark="page two")).note("一笔")
    await (await again(world, filed.tip_id, login="chengban", mark="page one")).note("一笔")
    assert await Message.all().count() == 4


async def test_words_that_were_taken_back_may_be_sent_again_from_the_same_page(world: World) -> None:
    filed = await world.file_tip()
    for _ in range(2):
        message = await (await again(world, filed.tip_id, mark="page")).reply("同一句")
        await (await again(world, filed.tip_id)).recall(message.id)
    assert not await Message.exists()


async def test_side_by_side_the_same_form_is_taken_once(world: World) -> None:
    filed = await world.file_tip()
    matters = [await again(world, filed.tip_id, mark="page") for _ in range(4)]
    outcomes = await asyncio.gather(*(matter.reply("同一句") for matter in matters), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(Repeated) == 3
    assert await Message.all().count() == 1


async def test_marks_tell_nothing_and_are_swept(world: World) -> None:
    assert act_id("", "x") is None
    assert act_id("page", "x") == act_id("page", "x") != act_id("page", "y")
    await (await again(world, (await world.file_tip()).tip_id, mark="page")).note("一笔")
    [row] = await Once.all().values()
    assert set(row) == {"id", "day"}  # the day only: it may be a reporter's act
    assert await Once.sweep() == 0
    world.clock.forward(days=3)
    assert await Once.sweep() == 0
    world.clock.forward(days=1)
    assert await Once.sweep() == 1


async def test_whoever_claims_is_told_when_it_is_in_other_hands_by_now(world: World) -> None:
    filed = await world.file_tip()
    first, second = [await again(world, filed.tip_id, login=login) for login in ("shouli", "chengban")]
    await first.claim()
    with pytest.raises(Conflict) as caught:
        await second.claim()
    assert caught.value.key == "tip.claimed_meanwhile"
    fresh = await again(world, filed.tip_id, login="chengban")
    with pytest.raises(Conflict):
        await fresh.claim(instead_of=None)  # his page showed it in nobody's hands
    await fresh.claim(instead_of=first.actor.id)
    assert (await Access.get(purpose=RingPurpose.CASE)).assignee_id == fresh.actor.id
