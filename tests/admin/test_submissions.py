"""联络员交来的 at the desk: read, taken and edited, returned, merged, refused; two clerks at once; nobody else's."""

import asyncio

import pytest

from models.attachment import Attachment
from models.audit import Act, Audit
from models.campaign import Campaign
from models.contact import Contact
from models.db import new_id, transaction
from models.draft import Part, Proposing
from models.errors import Conflict
from models.lesson import Lesson
from models.officer import Officer
from models.outbox import queued
from models.proposal import Proposal
from models.sealed_files import once
from models.submission import Submission, SubmissionStep, Wish
from models.taking import take
from models.terms import CampaignKind, CampaignState, ReturnReason, SubmissionState
from models.triage import kept_apart, merge
from tests.admin.client import Desk, Page
from tests.models.outreach import official, person
from tests.models.test_media import box
from tests.world import World

QUEUE = "/outreach/submissions"


async def serving(world: World, number: int = 501, name: str = "陈联络", village: str = "清水村") -> Officer:
    """An officer whose chat is enrolled."""
    made, code = await Officer.appoint(
        await world.actor("shuji" if village == "清水村" else "liushuji"), station_id=world.units[village].id, name=name
    )
    contact: Contact = await person(number)
    await Officer.enrol(code, contact.id)
    return made


async def submitted(
    officer: Officer,
    words: str = "不收月饼礼盒。",
    kind: CampaignKind = CampaignKind.REMINDER,
    wish: Wish | None = None,
) -> Submission:
    """Handed in from the phone."""
    return await Submission.hand_in(officer, Proposing(kind, [Part(text=words)]), wish or Wish())


async def told() -> list[str]:
    """What waits to be said."""
    return sorted(row.say().key for row in await queued(100))


async def open_(desk: Desk, one: Submission) -> Page:
    return await desk.get(f"{QUEUE}/{one.id.hex}")


async def again(desk: Desk, login: str) -> None:
    await desk.log_out()
    await desk.log_in(login)


async def test_the_oldest_waits_first_counted_in_menu_and_today_and_is_taken_edited_and_approved_by_another(
    desk: Desk,
) -> None:
    world = desk.world
    await official(world, 1)
    officer = await serving(world)
    wish = Wish.before_festival()
    first = await submitted(officer, "第一份：不收月饼礼盒。", wish=Wish(wish.day, wish.festival, own_village=True))
    world.clock.forward(minutes=1)
    second = await submitted(officer, "第二份。")
    await desk.log_in("shuji")
    html = (await desk.get("/")).html
    assert '<b class="waits">2</b>' in html
    assert "<b>2</b> 联络员交来的" in html
    html = (await desk.get(QUEUE)).html
    assert html.index("第一份") < html.index("第二份")
    page = await open_(desk, first)
    for words in ("清水村 陈联络", "清水村本村干部", f"{wish.day}", "第一份：不收月饼礼盒。"):
        assert words in page.html
    page = await desk.send(page.form("/taking"))
    assert page.path.endswith("/edit")
    form = page.form("/edit")
    assert form.fields["text_zh_CN"] == "第一份：不收月饼礼盒。"
    assert form.fields["unit"] == world.units["清水村"].id.hex
    assert form.fields["send_at"] == f"{wish.day}T09:00"
    page = await desk.send(form, text_zh_CN="不收月饼礼盒。")
    assert "清水村 陈联络" in page.html
    page = await desk.send(page.form("/proposal"))
    campaign = await Campaign.get()
    assert not page.has_form("/approval")  # the secretary took it
    await again(desk, "fushuji")
    page = await desk.send((await desk.get(f"/outreach/{campaign.id.hex}")).form("/approval"))
    assert "待发" in page.html
    html = (await desk.get(QUEUE)).html
    assert ("第一份" in html, "第二份" in html) == (False, True)
    steps = [(step.state, step.by_id is None) for step in await SubmissionStep.filter(submission_id=first.id)]
    assert steps == [(SubmissionState.WAITING, True), (SubmissionState.TAKEN, False)]
    acts = [line.act for line in await Audit.filter(object_id=first.id).order_by("id")]
    assert acts == [Act.SUBMISSION_CAME, Act.SUBMISSION_TAKEN]
    assert second.state is SubmissionState.WAITING


async def test_two_clerks_at_once_the_second_is_told_and_nothing_is_done_twice(desk: Desk) -> None:
    officer = await serving(desk.world)
    one, other = await submitted(officer), await submitted(officer, "另一份。")
    await desk.log_in("shouli")
    page = await open_(desk, one)
    await desk.send(page.form("/taking"))
    for form, typed in (
        (page.form("/taking"), {}),
        (page.form("/return"), {"word": "想说的话"}),
        (page.form("/refusal"), {"refusal": "已有"}),
        (page.form("/merging"), {"into": f"submission-{other.id.hex}"}),
    ):
        answer = await desk.send(form, **typed)
        assert answer.status == 409
        assert "这一份已经有人处理了" in answer.html
    assert await Campaign.all().count() == 1
    one_page = await open_(desk, other)
    answer = await desk.send(one_page.form("/merging"), into=f"submission-{one.id.hex}")
    assert answer.status == 409
    assert (await Submission.get(id=other.id)).state is SubmissionState.WAITING


async def test_in_the_same_moment_one_is_taken_once_and_two_are_not_merged_into_one_another(world: World) -> None:
    officer = await serving(world)
    one, two, three = [await submitted(officer, f"第{number}份。") for number in range(3)]
    clerks = [await world.actor(login) for login in ("shouli", "chengban", "fushuji", "shuji")]
    copies = [await Submission.of(clerk, one.id) for clerk in clerks]
    tried = await asyncio.gather(*map(take, clerks, copies), return_exceptions=True)
    assert sorted(isinstance(each, Conflict) for each in tried) == [False, True, True, True]
    assert await Campaign.all().count() == 1
    pairs = [(clerks[0], two, three), (clerks[1], three, two)]
    done = await asyncio.gather(
        *[merge(by, await Submission.of(by, a.id), await Submission.of(by, b.id)) for by, a, b in pairs],
        return_exceptions=True,
    )
    assert sorted(isinstance(each, Conflict) for each in done) == [False, True]
    assert await Submission.filter(state=SubmissionState.MERGED).count() == 1


async def test_of_a_submission_whose_file_no_broadcast_can_carry_the_words_are_taken_alone(desk: Desk) -> None:
    one = await submitted(await serving(desk.world))
    filmed = await Attachment.take(new_id(), name="会场.mov", stream=once(box(b"qt  ")))
    async with transaction():
        await Attachment.filter(id=filmed.id).update(draft_id=None, submission_id=one.id)
    await desk.log_in("shouli")
    told = await desk.send((await open_(desk, one)).form("/taking"))
    assert (told.status, "视频要 MP4" in told.html) == (422, True)
    draft = await desk.send(told.form("/taking"))
    assert draft.form("/edit").fields["text_zh_CN"] == "不收月饼礼盒。"
    assert (await Campaign.get()).material_id is None


async def test_returned_with_a_word_refused_with_a_word_and_what_is_typed_stays(desk: Desk) -> None:
    officer = await serving(desk.world)
    one, two = await submitted(officer), await submitted(officer, "第二份。")
    await desk.log_in("shouli")
    page = await open_(desk, one)
    for form, typed, kept in (
        (page.form("/return"), {"reason": "other", "word": ""}, "请写一句话"),
        (page.form("/return"), {"reason": "nonsense", "word": "留着的话"}, "留着的话"),
        (page.form("/return"), {"reason": "names", "word": "长" * 201}, "最多200个字"),
        (page.form("/refusal"), {"refusal": " "}, "请写一句话"),
        (page.form("/merging"), {"into": "gossip-zz"}, 'role="alert"'),
        (page.form("/merging"), {"into": f"submission-{one.id.hex}"}, 'role="alert"'),
    ):
        answer = await desk.send(form, **typed)
        assert answer.status == 422
        assert kept in answer.html
    page = await desk.send(page.form("/return"), reason="names", word="最后一句")
    assert "办好了" in page.html
    await desk.send((await open_(desk, two)).form("/refusal"), refusal="已经发过了。")
    await one.refresh_from_db()
    await two.refresh_from_db()
    assert (one.state, one.reason, one.word) == (SubmissionState.RETURNED, ReturnReason.NAMES, "最后一句")
    assert (two.state, two.word) == (SubmissionState.REFUSED, "已经发过了。")
    assert await told() == ["submission.refused", "submission.returned_own"]
    html = (await open_(desk, one)).html
    assert "请去掉人名。" in html
    assert "办好了" not in html


async def test_merged_ones_go_the_way_of_the_one_they_were_merged_into(desk: Desk) -> None:
    world = desk.world
    officer, second = await serving(world), await serving(world, 502, "赵联络")
    one, two, three = (
        await submitted(officer),
        await submitted(second, "同样的。"),
        await submitted(officer, "教材", CampaignKind.EDUCATION),
    )
    await desk.log_in("shouli")
    await desk.send((await open_(desk, two)).form("/merging"), into=f"submission-{one.id.hex}")
    assert "赵联络" in (await open_(desk, one)).html
    await desk.send((await open_(desk, one)).form("/taking"))
    campaign = await Campaign.get()
    assert {(await Submission.get(id=each.id)).campaign_id for each in (one, two)} == {campaign.id}
    html = (await desk.get(f"/outreach/{campaign.id.hex}")).html
    assert "陈联络、清水村 赵联络" in html or "赵联络、清水村 陈联络" in html
    form = (await open_(desk, three)).form("/taking")
    page = await desk.send(form, **{"as": "lesson"})
    lesson = await Lesson.get()
    assert page.path == f"/lessons/{lesson.id.hex}"
    assert (await Submission.get(id=three.id)).lesson_id == lesson.id
    assert (await told()).count("submission.taken") == 3


async def test_whoever_took_it_or_bears_the_officers_name_never_approves_it(desk: Desk) -> None:
    world = desk.world
    await official(world, 1)
    officer = await serving(world, name=(await world.actor("shuji")).staff.name)
    one = await submitted(officer)
    await desk.log_in("shouli")
    await desk.send((await open_(desk, one)).form("/taking"))
    campaign = await Campaign.get()
    assert await kept_apart(campaign_id=campaign.id) == {
        (await world.actor("shouli")).id,
        (await world.actor("shuji")).id,
    }
    await desk.send((await desk.get(f"/outreach/{campaign.id.hex}")).form("/proposal"))
    assert (await Proposal.get()).unit_id == world.units["石桥镇"].id  # where the deputy may
    await again(desk, "shuji")
    page = await desk.get(f"/outreach/{campaign.id.hex}")
    assert not page.has_form("/approval")
    token = page.form("/logout").fields["token"]
    forged = {"token": token, "proposal": (await Proposal.get()).id.hex}
    assert (await desk.post(f"/outreach/{campaign.id.hex}/approval", forged)).status == 403
    assert (await Campaign.get()).state is CampaignState.PROPOSED


async def test_other_offices_and_administrators_see_nothing_of_it(desk: Desk) -> None:
    one = await submitted(await serving(desk.world))
    for login in ("liuban", "xianban"):
        await desk.log_in(login)
        assert (await open_(desk, one)).status == 404
        assert "不收月饼" not in (await desk.get(QUEUE)).html
        await desk.log_out()
    await desk.log_in("xitong")
    assert (await desk.get(QUEUE)).status == 403
    assert (await open_(desk, one)).status == 403


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_page_that_begins_nowhere_does_not_exist(desk: Desk, backend: str) -> None:
    assert backend
    officer = await serving(desk.world)
    for number in range(31 - 11):
        await submitted(officer, f"第{number:02}份。")
        desk.world.clock.forward(minutes=1)
    other = await serving(desk.world, 503, "王联络")
    for number in range(20, 31):
        await submitted(other, f"第{number:02}份。")
        desk.world.clock.forward(minutes=1)
    await desk.log_in("shouli")
    page = await desk.get(QUEUE)
    assert ("第00份" in page.html, "第29份" in page.html, "第30份" in page.html) == (True, True, False)
    after = page.html.partition("?after=")[2][:32]
    assert "第30份" in (await desk.get(f"{QUEUE}?after={after}")).html
    for wrong in ("00" * 16, "zz"):
        assert (await desk.get(f"{QUEUE}?after={wrong}")).status == 404
