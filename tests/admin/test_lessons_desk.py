"""廉洁课堂 at the desk: written, checked, approved by another, shown, sent; and a course month by month."""

import pytest
from aiohttp import FormData

from models.campaign import Campaign
from models.course import Course, keep_courses
from models.lesson import Lesson, LessonVersion
from models.material import Material
from models.proposal import Proposal
from models.publishing import propose
from models.terms import CampaignKind, CaseCheck, LessonKind, LessonState, OccurrenceState
from tests.admin.client import Desk, Form, Page, Reader
from tests.models.lessons import published, titled, written
from tests.models.outreach import officials
from tests.world import World

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
CASE = {
    "title_zh_CN": "低保名单里的亲戚",
    "facts_zh_CN": "某村干部把亲戚列进低保名单。",
    "rule_zh_CN": "优亲厚友。",
    "prevention_zh_CN": "名单张榜。",
    "notified_where": "云岭县清风网",
    "notified_on": "2026-10-09",
    "readers": "all",
}
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def again(desk: Desk, login: str) -> None:
    await desk.log_out()
    await desk.log_in(login)


async def ticked(desk: Desk, form: Form, name: str, checks: list[CaseCheck], **typed: str) -> Page:
    """A form with several boxes of one name, as a browser sends it."""
    data = FormData([*{**form.fields, **typed}.items(), *((name, one.value) for one in checks)])
    async with desk.client.request("POST", form.action, data=data) as answer:
        html = await answer.text()
        return Page(answer.status, answer.url.path_qs, html, dict(answer.headers), Reader(html).forms)


async def test_a_case_is_written_checked_by_two_published_changed_and_withdrawn(desk: Desk) -> None:
    await desk.log_in("xianban")
    form = (await desk.get("/lessons/new?kind=case")).form("/lessons/new?kind=case")
    page = await ticked(desk, form, "check", list(CaseCheck)[1:], **CASE)
    assert "还没核对" in page.html
    assert "三、本来可以怎样避免\n名单张榜。" in page.html
    page = await desk.send(page.form("/proposal"))
    assert page.status == 422
    assert "五条都打勾才行" in page.html
    lesson = await Lesson.get()
    edit = (await desk.get(f"/lessons/{lesson.id.hex}/edit")).form("/edit")
    assert edit.fields["facts_zh_CN"] == CASE["facts_zh_CN"]
    page = await ticked(desk, edit, "check", list(CaseCheck))
    page = await desk.send(page.form("/proposal"))
    assert "待审批" in page.html
    assert not page.has_form("/approval")

    await again(desk, "xianshuji")
    card = await desk.get(f"/approvals/{(await Proposal.get()).id.hex}")
    assert "逐条核对后再批" in card.html
    assert not card.has_form("/approval")
    approval = (await desk.get(f"/lessons/{lesson.id.hex}")).form("/approval")
    page = await ticked(desk, approval, "seen", list(CaseCheck)[:4])
    assert page.status == 422
    assert not await LessonVersion.exists(state=LessonState.PUBLISHED)
    page = await ticked(desk, approval, "seen", list(CaseCheck))
    assert "已发布" in page.html

    await again(desk, "xianban")
    edit = (await desk.get(f"/lessons/{lesson.id.hex}/edit")).form("/edit")
    page = await desk.send(edit, title_zh_CN="低保名单")
    assert "大家看到的还是第1版" in page.html
    assert "低保名单里的亲戚" in (await desk.get(f"/lessons/{lesson.id.hex}?version=1")).html
    assert (await desk.get(f"/lessons/{lesson.id.hex}?version=7")).status == 404
    page = await desk.send(page.form("/withdrawal"))
    assert not await LessonVersion.exists(state=LessonState.PUBLISHED)
    assert not page.has_form("/withdrawal")


async def test_a_file_is_brought_kept_through_a_mistake_and_never_runs(desk: Desk) -> None:
    await desk.log_in("xianban")
    form = (await desk.get("/lessons/new?kind=file")).form("/lessons/new?kind=file")

    async def bring(form: Form, name: str, body: bytes, **typed: str) -> Page:
        data = FormData(quote_fields=False, default_to_multipart=True)
        for field, value in {**form.fields, **typed}.items():
            data.add_field(field, value)
        data.add_field("file", body, filename=name, content_type="application/octet-stream")
        async with desk.client.request("POST", form.action, data=data) as answer:
            html = await answer.text()
            return Page(answer.status, answer.url.path_qs, html, dict(answer.headers), Reader(html).forms)

    words = {"title_zh_CN": "村务公开手册", "body_zh_CN": "全文在文件里。"}
    refused = await bring(form, "x.html", b"<script>alert(1)</script>", **words)
    assert refused.status == 422
    assert "全文在文件里。" in refused.html
    page = await bring(form, "手册.pdf", PDF, title_zh_CN="", body_zh_CN="全文在文件里。")
    assert page.status == 422
    assert (await Material.get()).name == "手册.pdf"
    page = await desk.send(page.form("/lessons/new?kind=file"), **words)
    assert page.status == 200
    lesson = await Lesson.get()
    async with desk.client.get(f"/lessons/{lesson.id.hex}/material?version=1") as answer:
        assert await answer.read() == PDF
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    wrong = (await desk.get("/lessons/new?kind=video")).form("/lessons/new?kind=video")
    page = await bring(wrong, "手册.pdf", PDF, **words)
    assert page.status == 422
    assert "对不上" in page.html


async def test_one_click_makes_a_broadcast_of_a_published_lesson(desk: Desk, world: World) -> None:
    await officials(world, 1)
    lesson = await published(world)
    await desk.log_in("shouli")  # another office may send it to its own people
    page = await desk.send((await desk.get(f"/lessons/{lesson.id.hex}")).form("/broadcast"))
    campaign = await Campaign.get()
    assert page.path == f"/outreach/{campaign.id.hex}/edit"
    assert "公款不是私款" in page.html
    assert (campaign.kind, campaign.lesson_id) == (CampaignKind.EDUCATION, lesson.id)
    page = await desk.get(f"/lessons/{lesson.id.hex}")
    assert not any(page.has_form(one) for one in ("/proposal", "/withdrawal", "/approval"))
    assert (await desk.get(f"/lessons/{lesson.id.hex}/edit")).status == 403


async def test_drafts_of_others_and_the_library_are_hidden_from_who_has_no_business_there(desk: Desk) -> None:
    world = desk.world
    draft = await written(world, texts=titled("还没写完"))
    await published(world)
    later = await published(world, kind=LessonKind.CASE)
    await later.revise(await world.actor("xianban"), texts={"zh_CN": {**CASE_TEXT, "title": "第二版草稿"}})
    await desk.log_in("liuban")
    assert (await desk.get(f"/lessons/{draft.id.hex}")).status == 404
    for path in ("/lessons", f"/lessons/{later.id.hex}"):
        html = (await desk.get(path)).html
        assert "低保名单里的亲戚" in html
        assert "第二版草稿" not in html
        assert "草稿" not in html
    assert (await desk.get(f"/lessons/{later.id.hex}?version=2")).status == 404
    html = (await desk.get("/lessons?kind=article&words=公款")).html
    assert "公款不是私款" in html
    assert "低保名单里的亲戚" not in html
    assert "还没写完" not in html
    await again(desk, "xitong")
    for path in ("/lessons", "/lessons/new", f"/lessons/{draft.id.hex}", "/courses", "/courses/new"):
        assert (await desk.get(path)).status == 403


CASE_TEXT = {"facts": "甲。", "rule": "乙。", "prevention": "丙。"}


async def test_what_was_declined_on_its_card_is_a_draft_and_nobody_approves_his_own(desk: Desk) -> None:
    world = desk.world
    lesson = await written(world, by="shuji")
    await propose(await world.actor("shuji"), lesson)
    await desk.log_in("shuji")
    page = await desk.get(f"/lessons/{lesson.id.hex}")
    assert not page.has_form("/approval")
    token = page.form("/logout").fields["token"]
    forged = {"token": token, "proposal": (await Proposal.get()).id.hex}
    assert (await desk.post(f"/lessons/{lesson.id.hex}/approval", forged)).status in {403, 404}
    await again(desk, "fushuji")
    card = await desk.get(f"/approvals/{(await Proposal.get()).id.hex}")
    assert "公款不是私款" in card.html
    await desk.send(card.form("/refusal"))
    assert (await lesson.newest()).state is LessonState.DRAFT


async def test_a_course_is_planned_runs_and_is_planned_anew(desk: Desk) -> None:
    world = desk.world
    first, second = await published(world), await published(world, texts=titled("第二课"))
    await desk.log_in("xianban")
    form = (await desk.get("/courses/new")).form("/courses/new")
    assert (await desk.send(form, title="每月一课")).status == 422
    page = await desk.send(form, title="每月一课", **{"lesson_2026-12": first.id.hex, "lesson_2027-01": first.id.hex})
    assert page.status == 200
    course = await Course.get()
    world.clock.forward(days=14)
    await keep_courses()
    await desk.log_in("xianban")
    page = await desk.get(f"/courses/{course.id.hex}")
    assert (await Campaign.get()).id.hex in page.html
    form = page.form(f"/courses/{course.id.hex}")
    assert "lesson_2026-12" not in form.fields
    await desk.send(form, **{"lesson_2027-01": second.id.hex})
    rows = [(row.lesson_id, row.state) for row in await course.taught()]
    assert rows == [(first.id, OccurrenceState.DRAFTED), (second.id, OccurrenceState.PLANNED)]
    assert "每月一课" in (await desk.get("/courses")).html
    await again(desk, "shouli")
    assert (await desk.get(f"/courses/{course.id.hex}")).status == 404
