"""联络员交来的 and the calendar's own corner in a real browser, on a phone and on a screen. SHOTS=1 leaves pictures."""

import pytest
from playwright.async_api import expect

from models.attachment import Attachment
from models.db import transaction
from models.draft import Draft
from models.sealed_files import once
from models.submission import Submission, Wish
from models.terms import CampaignKind
from tests.admin.test_browser import Seat, pytestmark, seat
from tests.admin.test_outreach_browser import looked_at
from tests.admin.test_submissions import QUEUE, serving, submitted
from tests.axe import accuse
from tests.bot.test_pieces import photo
from tests.models.outreach import official
from tests.models.test_own_nodes import added

__all__ = ["pytestmark", "seat"]


async def illustrated(one: Submission) -> None:
    """A photo that was sent along has been fetched."""
    draft = Draft.blank(None)
    await draft.keep()
    row = await Attachment.take(draft.id, name="照片.jpg", stream=once(photo()))
    async with transaction():
        await Attachment.filter(id=row.id).update(draft_id=None, submission_id=one.id)


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_the_queue_one_submission_and_the_calendar_fit_every_screen(seat: Seat) -> None:
    world, page = seat.desk.world, seat.page
    officer, other = await serving(world), await serving(world, 502, "赵联络")
    wish = Wish.before_festival()
    one = await submitted(
        officer,
        "元旦将至，不用公款购送年货节礼，公车按规定封存，红白事从简。",
        wish=Wish(wish.day, wish.festival, own_village=True),
    )
    world.clock.forward(minutes=1)
    taught = await submitted(other, "村里的家风墙，拍了照片，可以给大家看看。", CampaignKind.EDUCATION)
    await illustrated(taught)
    await official(world, 1)
    await added(world)
    await seat.log_in("shouli")
    pages = (("/", "today"), ("/outreach", "outreach"), (QUEUE, "queue"), (f"{QUEUE}/{one.id.hex}", "reminder"))
    for path, name in (*pages, (f"{QUEUE}/{taught.id.hex}", "material"), ("/calendar", "calendar")):
        await seat.go(path)
        if name in {"reminder", "material"}:
            await page.click("text=退回修改 >> nth=0")
        await looked_at(seat, name)
        assert await accuse(page, by_night=False) == [], name
    await seat.go(f"{QUEUE}/{taught.id.hex}")
    await page.locator("figure.file img").scroll_into_view_if_needed()
    await expect(page.locator("figure.file img")).to_have_js_property("naturalWidth", 640)
    await page.click("text=采用，去改稿")
    await page.wait_for_url("**/edit")
    assert await page.input_value("#text-zh_CN") == "村里的家风墙，拍了照片，可以给大家看看。"
    await looked_at(seat, "taken")
    assert seat.complaints == []
