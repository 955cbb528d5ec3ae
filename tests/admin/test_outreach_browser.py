"""提醒宣教 in a real browser, on a phone and on a screen: live count, preview, progress. SHOTS=1 leaves pictures."""

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from models.ledger import acknowledge, count_known, lease
from tests.admin.test_browser import Seat, pytestmark, seat
from tests.models.outreach import at, composed, official, officials, scheduled, sending, sent

__all__ = ["pytestmark", "seat"]
SHOTS = Path("shots") if os.environ.get("SHOTS") else None


async def looked_at(seat: Seat, name: str) -> None:
    """Nothing scrolls sideways; a picture is left where they are wanted."""
    page = seat.page
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, name
    if SHOTS:
        size = page.viewport_size or {"width": 0}
        await page.screenshot(path=SHOTS / f"{name}-{size['width']}.png", full_page=True)


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_what_is_typed_shows_on_the_phone_and_the_audience_is_counted_while_chosen(seat: Seat) -> None:
    world, page = seat.desk.world, seat.page
    await officials(world, 3)
    await official(world, 9, unit="上湾村", post="村主任")
    await seat.log_in("xianban")
    await seat.go("/outreach/new")
    assert "能收到 4 人" in await page.inner_text("#reach")
    await page.fill("#text-zh_CN", "中秋将至，不收礼，不送礼。")
    assert await page.inner_text("#bubble-zh_CN") == "中秋将至，不收礼，不送礼。"
    await page.fill("#posts", "村主任，村书记")
    await expect(page.locator("#reach")).to_contain_text("能收到 1 人")
    await looked_at(seat, "compose")
    await page.click("main form .btn-primary")
    await page.wait_for_url("**/outreach/*")
    assert "草稿" in await page.inner_text("h1")
    await looked_at(seat, "draft")
    assert seat.complaints == []


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_broadcast_under_way_and_its_coverage_fit_every_screen(seat: Seat) -> None:
    world = seat.desk.world
    contacts = await officials(world, 12)
    await official(world, 40, unit="上湾村")
    await composed(world)
    await scheduled(world, send_at=at(world, 5))
    campaign = await sending(world, second_at=at(world, 3))
    await sent((await lease(30))[:9])
    for contact in contacts[:6]:
        await acknowledge(campaign.id, contact.id)
    await count_known()
    await seat.log_in("xianban")
    for path, name in (("/outreach", "list"), (f"/outreach/{campaign.id.hex}", "sending"), ("/officials", "officials")):
        await seat.go(path)
        await looked_at(seat, name)
    assert seat.complaints == []
