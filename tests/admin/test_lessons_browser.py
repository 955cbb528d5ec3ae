"""廉洁课堂 in a real browser, on a phone and on a screen: a case is written, checked, approved and sent."""

import pytest

from models.lesson import Lesson
from models.terms import CaseCheck, Language
from tests.admin.test_browser import Seat, pytestmark, seat
from tests.admin.test_outreach_browser import looked_at
from tests.models.lessons import CASE, planned, published, titled
from tests.models.outreach import officials

__all__ = ["pytestmark", "seat"]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_case_goes_from_the_sheet_to_the_broadcast_on_every_screen(seat: Seat) -> None:
    world, page = seat.desk.world, seat.page
    await officials(world, 1)
    await planned(world, [await published(world), await published(world, texts=titled("第二课"))])
    await seat.log_in("xianban")
    await seat.go("/lessons/new?kind=case")
    for name, words in CASE[Language.ZH_CN].items():
        await page.fill(f"#{name}_zh_CN", words)
    await page.fill("#notified_where", "云岭县清风网")
    await page.fill("#notified_on", "2026-10-09")
    for check in CaseCheck:
        await page.check(f"[name=check][value={check}]")
    await looked_at(seat, "lesson-write")
    await page.click("main form .btn-primary")
    await page.click("form[action$='/proposal'] button")
    await looked_at(seat, "lesson-waits")
    await page.click("header form.who button")
    await seat.log_in("xianshuji")
    lesson = await Lesson.filter(title="低保名单里的亲戚").get()
    await seat.go(f"/lessons/{lesson.id.hex}")
    for check in CaseCheck:
        await page.check(f"[name=seen][value={check}]")
    await looked_at(seat, "lesson-approve")
    await page.click("form[action$='/approval'] button")
    assert "已发布" in await page.inner_text("h1")
    await looked_at(seat, "lesson-published")
    await page.click("form[action$='/broadcast'] button")
    await page.wait_for_url("**/outreach/*/edit")
    assert (await page.input_value("#text-zh_CN")).startswith("低保名单里的亲戚")
    for path, name in (("/lessons", "lessons"), ("/courses", "courses"), ("/courses/new", "course-new")):
        await seat.go(path)
        await looked_at(seat, name)
    assert seat.complaints == []
