"""A draft that somebody else has saved meanwhile, and a broadcast whose file cannot be sent, as the desk sees them."""

import pytest
from playwright.async_api import expect

from models.campaign import Campaign
from models.material import Material
from tests.admin.test_browser import Seat, pytestmark, seat
from tests.admin.test_outreach_browser import looked_at
from tests.admin.test_side_by_side import MINE, a_broadcast
from tests.axe import accuse
from tests.models.media_samples import photo, streamed
from tests.models.outreach import officials, sending

__all__ = ["pytestmark", "seat"]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_what_was_typed_stays_beside_the_way_to_what_somebody_else_wrote(seat: Seat) -> None:
    draft, page = await a_broadcast(seat.desk.world), seat.page
    await seat.log_in("xianban")
    await seat.go(f"{draft.path}/edit")
    await page.fill("#text-zh_CN", MINE)
    await draft.rewrite()
    await page.click("text=存草稿")
    await expect(page.get_by_role("link", name="看看现在的稿子")).to_be_visible()
    assert await page.input_value("#text-zh_CN") == MINE
    await looked_at(seat, "rewritten")
    assert await accuse(page, by_night=False) == []


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_broadcast_that_is_held_up_says_so_on_the_first_page_and_on_its_own(seat: Seat) -> None:
    world, page = seat.desk.world, seat.page
    await officials(world, 3)
    material = await Material.keep(world.units["云岭县"].id, streamed(photo()), "海报.jpg")
    campaign = await sending(world, material=material)
    await (await Campaign.get(id=campaign.id)).become_paused()
    await seat.log_in("xianban")
    for path, name in (("/", "today-held-up"), ("/outreach", "outreach-held-up")):
        await seat.go(path)
        await expect(page.get_by_role("alert")).to_contain_text("文件发不出去")
        await looked_at(seat, name)
        assert await accuse(page, by_night=False) == []
    await page.get_by_role("alert").get_by_role("link").click()
    await expect(page.locator("#held-up")).to_contain_text("没有收到的人都还在等")
    await looked_at(seat, "held-up")
    assert await accuse(page, by_night=False) == []
