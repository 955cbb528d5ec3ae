"""Doors of outreach that were tried: who must not approve, what must not go out, what figures must not tell."""

import io
import re
from collections.abc import Sequence

import pytest
from openpyxl import load_workbook

from models import rounds
from models.attachment import Attachment
from models.campaign import Campaign
from models.contact import Contact
from models.db import new_id, transaction
from models.draft import Part, Proposing
from models.ledger import Ledger, acknowledge, count_known, lease
from models.lesson import Lesson
from models.material import Material
from models.official import Official
from models.proposal import Proposal
from models.quiz import Quiz
from models.quiz_totals import count_runs
from models.sitting import sweep
from models.submission import Submission, Wish
from models.subscription import Subscription
from models.terms import CampaignKind, CampaignState, LedgerState, LessonState
from tests.admin.client import Desk
from tests.admin.test_composing_media import send, sheet
from tests.admin.test_submissions import open_, serving, submitted
from tests.models import quizzes
from tests.models.lessons import published
from tests.models.media_samples import photo
from tests.models.outreach import at, official, officials, scheduled, send_all, sending, sent, states
from tests.world import World

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


async def again(desk: Desk, login: str) -> None:
    await desk.log_out()
    await desk.log_in(login)


@pytest.mark.parametrize(("taker", "named"), [("shuji", ""), ("shouli", "shuji")])
async def test_a_lesson_from_an_officer_is_approved_neither_by_its_taker_nor_by_his_namesake(
    desk: Desk, taker: str, named: str
) -> None:
    """A colleague's rewriting makes neither of them a stranger to it."""
    name = (await desk.world.actor(named)).staff.name if named else "陈联络"
    one = await submitted(await serving(desk.world, name=name), "教材", CampaignKind.EDUCATION)
    await desk.log_in(taker)
    await desk.send((await open_(desk, one)).form("/taking"), **{"as": "lesson"})
    lesson = await Lesson.get()
    await again(desk, "chengban")
    edit = (await desk.get(f"/lessons/{lesson.id.hex}/edit")).form("/edit")
    await desk.send((await desk.send(edit, body_zh_CN="教材。")).form("/proposal"))
    put = await Proposal.get()
    assert put.unit_id == desk.world.units["石桥镇"].id  # where the deputy may
    await again(desk, "shuji")
    page = await desk.get(f"/lessons/{lesson.id.hex}")
    assert not page.has_form("/approval")
    forged = {"token": page.form("/logout").fields["token"], "proposal": put.id.hex}
    for path in (f"/lessons/{lesson.id.hex}/approval", f"/approvals/{put.id.hex}/approval"):
        assert (await desk.post(path, forged)).status == 403
    assert (await lesson.newest()).state is LessonState.PROPOSED
    await again(desk, "fushuji")
    await desk.send((await desk.get(f"/lessons/{lesson.id.hex}")).form("/approval"))
    assert (await lesson.newest()).state is LessonState.PUBLISHED


async def test_what_was_withdrawn_is_not_sent_any_more(world: World) -> None:
    """Its first words are in the broadcast: a case that was wrong must not go out because it was approved before."""
    await officials(world, 1)
    lesson = await published(world)
    campaign = await scheduled(world, kind=CampaignKind.EDUCATION, lesson_id=lesson.id)
    await lesson.withdraw(await world.actor("xianban"))
    world.clock.at = at(world)
    await rounds.move_on()
    assert not await Ledger.exists()
    assert (await Campaign.get(id=campaign.id)).state is CampaignState.STOPPED


async def test_who_left_the_register_is_not_reminded_though_he_subscribes(world: World) -> None:
    stays, left = await officials(world, 2)
    await Subscription.take(left.id, world.units["清水村"].id)
    campaign = await sending(world, second_at=at(world, 3))
    await send_all()
    await rounds.move_on()
    await Official.leave(left.id)
    world.clock.at = at(world, 2)
    await rounds.move_on()
    assert [letter.contact.id for letter in await lease(30)] == [stays.id]
    assert await states(campaign, 2) == {LedgerState.LEASED: 1, LedgerState.BLOCKED: 1}


async def test_who_may_not_compose_stores_no_file(desk: Desk) -> None:
    await desk.log_in("xianban")
    form = await sheet(desk)
    await again(desk, "xitong")
    form.fields["token"] = (await desk.get("/")).form("/logout").fields["token"]
    assert (await send(desk, form, photo(), "海报.png", text_zh_CN="不收礼。")).status == 403
    assert not await Material.exists()


@pytest.mark.parametrize(("asked", "pressed", "told"), [(3, 2, False), (16, 14, False), (16, 8, True)])
async def test_the_second_round_tells_no_number_the_coverage_hides(
    desk: Desk, asked: int, pressed: int, told: bool
) -> None:
    """It goes to the silent: how many they are is how many did not press."""
    campaign = await _twice(desk.world, await officials(desk.world, asked), pressed)
    await desk.log_in("xianban")
    path = f"/outreach/{campaign.id.hex}"
    for page in (await desk.get(path), await desk.get(f"{path}/report")):
        assert (f"共 {asked - pressed} 人" in page.html) is told
        assert ("人少，不显示人数" in page.html) is not told
    async with desk.client.get(f"{path}/report.xlsx") as book:
        whole = load_workbook(io.BytesIO(await book.read())).worksheets[0]
    [second] = [row for row in whole.iter_rows(values_only=True) if row[0] == "第 2 次"]
    assert second[1] == (asked - pressed if told else "—")


async def test_totals_of_a_quiz_grow_by_five_so_that_no_difference_tells_one_persons_answers(desk: Desk) -> None:
    quiz = await quizzes.published(desk.world)
    contacts = await officials(desk.world, 10)
    await desk.log_in("xianban")

    async def page() -> str:
        await count_runs()
        return re.sub(r'name="token" value="[^"]*"', "", (await desk.get(f"/quizzes/{quiz.id.hex}")).html)

    for contact in contacts[:5]:
        await quizzes.takes(quiz, contact)
    before = await page()
    assert "<dd>5</dd>" in before
    for contact in contacts[5:9]:
        await quizzes.takes(quiz, contact, quizzes.WRONG)
        assert await page() == before
    await quizzes.takes(quiz, contacts[9])
    assert "<dd>10</dd>" in await page()
    await sit_and_leave(desk.world, quiz)


async def sit_and_leave(world: World, quiz: Quiz) -> None:
    """One who came last is never counted; his answers go with the others' all the same."""
    await quizzes.takes(quiz, (await official(world, 99))[1])
    assert await count_runs() == 0
    world.clock.forward(days=91)
    assert await sweep() == 11


async def _twice(world: World, contacts: Sequence[Contact], pressed: int) -> Campaign:
    campaign = await sending(world, second_at=at(world, 3))
    await send_all()
    for contact in contacts[:pressed]:
        await acknowledge(campaign.id, contact.id)
    await count_known()
    await rounds.move_on()
    world.clock.at = at(world, 2)
    await rounds.move_on()
    await sent(await lease(30))
    return campaign


async def test_files_of_what_was_merged_into_a_draft_go_as_they_do_once_it_is_taken(desk: Desk) -> None:
    officer = await serving(desk.world)
    told = Proposing(CampaignKind.REMINDER, [Part(text="不收月饼礼盒。")])
    async with transaction():
        told.add_file((await Attachment.want(new_id(), kind="photo", source={})).id, "photo")
    one, other = await Submission.hand_in(officer, told, Wish()), await submitted(officer, "另一份。")
    await desk.log_in("shouli")
    await desk.send((await open_(desk, other)).form("/taking"))
    campaign = await Campaign.get()
    await desk.send((await open_(desk, one)).form("/merging"), into=f"campaign-{campaign.id.hex}")
    assert (await Submission.get(id=one.id)).campaign_id == campaign.id
    assert not await Attachment.exists()
