"""The library: versions and four eyes, what a case must be before it is taught, and who reads what."""

from datetime import date
from typing import Any

import pytest

from models import library, proposal, publishing
from models.checklist import MAX_BODY, MAX_TITLE
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.lesson import Lesson, LessonVersion
from models.proposal import Proposal
from models.publishing import approve, decline, propose
from models.terms import CaseCheck, Language, LessonKind, LessonState, ProposalState
from tests.models.lessons import CHECKED, WORDS, approved, published, titled, written
from tests.models.outreach import official, person
from tests.world import World


async def test_readers_see_the_old_version_until_another_approved_the_new_one(world: World) -> None:
    lesson = await published(world)
    await lesson.revise(await world.actor("xianban"), texts=titled("改过的标题"))
    newest, live = await lesson.newest(), await lesson.live()
    assert (newest.number, newest.state, live and live.number) == (2, LessonState.DRAFT, 1)
    assert (await library.read(lesson.id)).text_in("zh_CN")["title"] == "公款不是私款"
    await approved(world, lesson)
    assert (await library.read(lesson.id)).text_in("zh_CN")["title"] == "改过的标题"
    kept = await LessonVersion.filter(lesson_id=lesson.id).order_by("number")
    assert [one.state for one in kept] == [LessonState.REPLACED, LessonState.PUBLISHED]
    assert kept[0].texts == WORDS
    await lesson.withdraw(await world.actor("xianban"))
    with pytest.raises(NotFound):
        await library.read(lesson.id)
    with pytest.raises(Conflict):
        await lesson.withdraw(await world.actor("xianban"))


async def test_neither_the_author_nor_the_proposer_nor_another_office_approves(world: World) -> None:
    lesson = await written(world, by="shuji")
    await propose(await world.actor("shouli"), lesson)
    for login in ("shuji", "shouli", "chengban", "liushuji"):
        actor = await world.actor(login)
        assert not await publishing.approves(actor, await lesson.newest())
        with pytest.raises((Forbidden, NotFound)):
            await approve(actor, lesson)
    assert await publishing.approves(await world.actor("fushuji"), await lesson.newest())
    await approve(await world.actor("fushuji"), lesson)
    with pytest.raises(Forbidden):
        await lesson.revise(await world.actor("xianban"), texts=WORDS)
    with pytest.raises(Forbidden):
        await lesson.withdraw(await world.actor("xianban"))


async def test_a_change_after_proposing_needs_a_new_proposal(world: World) -> None:
    lesson, actor = await written(world), await world.actor("xianban")
    await propose(actor, lesson)
    await lesson.revise(actor, texts=titled("换了"))
    assert (await Proposal.get()).state is ProposalState.EXPIRED
    with pytest.raises(Conflict):
        await approve(await world.actor("xianshuji"), lesson)
    await propose(actor, lesson)
    await decline(await world.actor("xianshuji"), lesson)
    assert (await lesson.newest()).state is LessonState.DRAFT
    await approved(world, lesson)
    with pytest.raises(Conflict):
        await propose(actor, lesson)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        *[({"checks": set(CaseCheck) - {one}}, "checks_missing") for one in CaseCheck],
        ({"notified_where": " "}, "notified_missing"),
        ({"notified_on": None}, "notified_missing"),
        ({"notified_on": date(2027, 1, 1)}, "notified_future"),
    ],
)
async def test_a_case_is_not_proposed_before_every_check_is_ticked(
    world: World, wrong: dict[str, Any], why: str
) -> None:
    lesson = await written(world, kind=LessonKind.CASE, **wrong)
    with pytest.raises(Invalid, match=why):
        await propose(await world.actor("xianban"), lesson)
    assert (await lesson.newest()).state is LessonState.DRAFT


async def test_who_approves_a_case_ticks_every_check_himself(world: World) -> None:
    lesson = await written(world, kind=LessonKind.CASE)
    await propose(await world.actor("xianban"), lesson)
    head = await world.actor("xianshuji")
    for seen in ([], list(CaseCheck)[1:]):
        with pytest.raises(Invalid, match="checks_missing"):
            await approve(head, lesson, seen)
    with pytest.raises(Conflict, match="checks_unseen"):  # the door of all proposals
        await proposal.approve(head, (await Proposal.get()).id)
    assert await lesson.live() is None
    await approve(head, lesson, list(CaseCheck))
    live = await lesson.live()
    assert live
    assert live.seen_by_id == head.id
    await lesson.revise(await world.actor("xianban"), **CHECKED)
    assert (await lesson.newest()).seen_by_id is None


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_words_that_cannot_be_used_are_refused(world: World) -> None:
    chinese = WORDS[Language.ZH_CN]
    wrongs: tuple[dict[Language, dict[str, str]], ...] = (
        {},
        {Language.EN: WORDS[Language.EN]},
        {Language.ZH_CN: {"title": "只有标题", "body": " \x00 "}},
        {Language.ZH_CN: chinese, Language.EN: {"title": "half done"}},
        {Language.ZH_CN: {**chinese, "title": "长" * (MAX_TITLE + 1)}},
        {Language.ZH_CN: {**chinese, "body": "长" * (MAX_BODY + 1)}},
    )
    for wrong in wrongs:
        with pytest.raises(Invalid):
            await written(world, texts=wrong)
    with pytest.raises(Invalid, match="material_missing"):
        await propose(await world.actor("xianban"), await written(world, kind=LessonKind.VIDEO))
    assert await Lesson.all().count() == 1


async def test_residents_read_what_is_for_all_and_people_in_office_also_what_is_theirs(world: World) -> None:
    ours = await published(world)
    theirs = await published(world, texts=titled("干部必读"), officials_only=True)
    await written(world, texts=titled("草稿"))
    _, contact = await official(world, 1)
    assert await library.is_official(contact.id)
    assert not await library.is_official((await person(2)).id)
    assert [one.lesson_id for one in (await library.readable()).items] == [ours.id]
    assert {one.lesson_id for one in (await library.readable(officials=True)).items} == {ours.id, theirs.id}
    with pytest.raises(NotFound):
        await library.read(theirs.id)
    assert (await library.read(theirs.id, officials=True)).lesson_id == theirs.id


async def test_the_desk_finds_by_kind_and_words_page_by_page(world: World) -> None:
    await published(world, kind=LessonKind.CASE)
    for number in range(31):
        await written(world, texts=titled(f"第{number}课 100%"))
    await written(world, by="liushuji", texts=titled("柳河的草稿"))
    actor = await world.actor("xianban")
    first, second = await library.held(actor), await library.held(actor, number=2)
    assert (len(first.items), len(second.items), first.pages) == (30, 2, 2)
    assert (await library.held(actor, number=99)).number == 2
    assert [one.title for one in (await library.held(actor, kind=LessonKind.CASE)).items] == ["低保名单里的亲戚"]
    assert [one.title for one in (await library.held(actor, words="第7课 100%")).items] == ["第7课 100%"]
    assert not (await library.held(actor, words="_课")).items
    elsewhere = await world.actor("liuban")
    assert {one.title for one in (await library.held(elsewhere)).items} == {"柳河的草稿", "低保名单里的亲戚"}
    draft = next(one for one in first.items if one.title != "低保名单里的亲戚")
    with pytest.raises(NotFound):
        await Lesson.of(elsewhere, draft.id)
    for login in ("xitong", "anquan", "shenji", "baoguan"):
        with pytest.raises(Forbidden):
            await library.held(await world.actor(login))
