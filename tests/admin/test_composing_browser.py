"""Composing with a picture in a real browser: it shows on the phone at once, and stays when something else is wrong."""

import pytest
from playwright.async_api import expect

from models.subscription import Subscription
from tests.admin.test_browser import Seat, pytestmark, seat
from tests.admin.test_outreach_browser import looked_at
from tests.models.media_samples import photo
from tests.models.outreach import officials, person
from tests.models.quizzes import published

__all__ = ["pytestmark", "seat"]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_chosen_picture_shows_at_once_and_readers_are_counted_while_chosen(seat: Seat) -> None:
    world, page = seat.desk.world, seat.page
    await officials(world, 3)
    await Subscription.take((await person(50)).id, world.units["白杨村"].id)
    quiz = await published(world, public=True)
    await seat.log_in("xianban")
    await seat.go("/outreach/new")
    await page.fill("#text-zh_CN", "中秋将至，不收礼，不送礼。")
    await expect(page.locator(".press:visible")).to_have_text(["我已知晓", "我已知曉", "I have read it"])
    await page.select_option("#quiz", quiz.id.hex)
    quizzed = ["做几道题", "我已知晓", "做幾道題", "我已知曉", "Try the quiz", "I have read it"]
    await expect(page.locator(".press:visible")).to_have_text(quizzed)
    await page.set_input_files("#file", {"name": "海报.png", "mimeType": "image/png", "buffer": photo(600)})
    await expect(page.locator("[data-shown] img")).to_have_count(3)
    await page.check("input[name=reader][value=subscribers]")
    await expect(page.locator("#reach")).to_contain_text("能收到 4 人")
    await looked_at(seat, "compose-picture")
    await page.click("main form .btn-primary")
    await expect(page.locator("#problem")).to_contain_text("订阅的居民只收学习材料")
    await expect(page.locator(".bubble img").first).to_have_js_property("naturalWidth", 600)
    assert await page.input_value("#text-zh_CN") == "中秋将至，不收礼，不送礼。"
    await page.select_option("#kind", "education")
    await page.click("main form .btn-primary")
    await page.wait_for_url("**/outreach/*")
    assert "订阅的居民" in await page.inner_text(".facts")
    assert "退订" in await page.inner_text("main")
    assert (await page.inner_text("main")).count("做几道题") == 2  # people in office, and residents
    await expect(page.locator(".phone img").first).to_have_js_property("naturalWidth", 600)
    await looked_at(seat, "draft-picture")
    assert [one for one in seat.complaints if "422" not in one] == []
