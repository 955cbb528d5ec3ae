"""The desk's pages for what reporters say later, in a real Chromium at both widths."""

import os
from pathlib import Path

import pytest

from models import protection
from models.terms import Verdict
from models.thread import Thread
from tests.admin.test_browser import Seat, seat
from tests.admin.test_reporter_desk import ended

pytestmark = pytest.mark.browser
SHOTS = Path("shots") if os.environ.get("SHOTS") else None
__all__ = ["seat"]


async def shot(seat: Seat, name: str) -> None:
    if SHOTS and seat.page.viewport_size:
        width = seat.page.viewport_size["width"]
        await seat.page.screenshot(path=SHOTS / f"desk-{name}-{width}.png", full_page=True)


async def narrow_enough(seat: Seat) -> None:
    wide = await seat.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_an_objection_is_seen_and_answered_and_a_double_click_answers_once(seat: Seat) -> None:
    _, path = await ended(seat.desk.world, Verdict.OBJECTED)
    page = seat.page
    await seat.log_in("shouli")
    await seat.go("/tips?pick=objected")
    await shot(seat, "list-objected")
    await seat.go(path)
    await narrow_enough(seat)
    await shot(seat, "objected")
    await page.fill("#answer", "九月三日已到账。")
    await page.dblclick("form[action$='objection-answer'] .btn-primary")
    await page.wait_for_selector(".alert-success")
    assert await page.locator(".line.desk").count() == 2
    assert seat.complaints == []


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_secretary_reads_and_answers_a_request_for_protection(seat: Seat) -> None:
    filed = await seat.desk.world.file_tip()
    await protection.ask(await Thread.open(str(filed.code), who="reporter"), "他说要砸我家的门。")
    page = seat.page
    await seat.log_in("shuji")
    await seat.go(f"/tips/{filed.tip_id.hex}")
    await page.click(".alert-danger a")
    await shot(seat, "protections")
    await page.click("table a")
    await narrow_enough(seat)
    await shot(seat, "protection")
    await page.fill("#words", "派出所已知道，打13800000000。")
    await page.click("main form .btn-primary")
    await page.wait_for_selector(".alert-success")
    assert seat.complaints == []
