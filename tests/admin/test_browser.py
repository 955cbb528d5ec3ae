"""The same pages in a real Chromium: the tabs, the countdown, the keyboard, and that nothing is refused by CSP."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, async_playwright

from tests.admin.client import Desk
from tests.world import PASSWORD

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
PHONE, SCREEN = 390, 1280


@dataclass
class Seat:
    """A page in a browser, and what the browser complained about."""

    desk: Desk
    page: Page
    complaints: list[str]

    async def go(self, path: str) -> None:
        await self.page.goto(str(self.desk.client.make_url(path)))

    async def log_in(self, login: str) -> None:
        await self.go("/login")
        await self.page.fill("#login", login)
        await self.page.fill("#password", PASSWORD)
        await self.page.fill("#code", self.desk.world.fresh_code(login))
        await self.page.click("main form button")
        await self.page.wait_for_selector("nav[aria-label]")


@pytest.fixture(params=[PHONE, SCREEN])
async def seat(desk: Desk, request: pytest.FixtureRequest) -> AsyncIterator[Seat]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": request.param, "height": 800}, locale="zh-CN")
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield Seat(desk, page, complaints)
        await browser.close()


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_reply_is_written_counted_down_and_taken_back(seat: Seat) -> None:
    tip = await seat.desk.world.file_tip()
    page = seat.page
    await seat.log_in("shouli")
    await seat.go(f"/tips/{tip.tip_id.hex}")
    assert not await page.is_visible("#note-words")
    await page.click("label[for=tab-note]")
    assert await page.is_visible("#note-words")
    assert not await page.is_visible("#reply-words")
    await page.click("label[for=tab-reply]")
    await page.click("text=多少钱")
    assert await page.is_checked("#asks")
    assert "涉及多少钱" in await page.input_value("#reply-words")
    await page.click("text=发给反映人")
    countdown = page.locator("[data-countdown]")
    before = await countdown.inner_text()
    await page.wait_for_timeout(2100)
    assert re.sub(r"\D", "", before) > re.sub(r"\D", "", await countdown.inner_text())
    await page.click(".recall button")
    await page.wait_for_url("**/recall")
    assert "涉及多少钱" in await page.input_value("#reply-words")
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert seat.complaints == []


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_keys_move_and_open_but_never_while_an_input_method_composes(seat: Seat) -> None:
    for _ in range(3):
        await seat.desk.world.file_tip()
    page = seat.page
    await seat.log_in("shouli")
    await seat.go("/tips")
    links = page.locator("[data-list] tbody a")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    assert await links.nth(1).evaluate("link => link === document.activeElement")
    told = "{key: 'j', isComposing: true, bubbles: true}"
    composing = f"document.body.dispatchEvent(new KeyboardEvent('keydown', {told}))"
    await page.evaluate(composing)
    await page.keyboard.press("k")
    assert await links.nth(0).evaluate("link => link === document.activeElement")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile(r"/tips/[0-9a-f]{32}"))
    await page.keyboard.press("n")
    assert await page.evaluate("document.activeElement.id") == "note-words"
    await page.keyboard.type("jrn")
    assert await page.input_value("#note-words") == "jrn"
    assert seat.complaints == []


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_leaving_with_unsent_words_asks_first(seat: Seat) -> None:
    tip = await seat.desk.world.file_tip()
    page = seat.page
    asked: list[str] = []

    async def stay(dialog: object) -> None:
        asked.append(getattr(dialog, "type"))  # noqa: B009
        await getattr(dialog, "accept")()  # noqa: B009

    page.on("dialog", stay)
    await seat.log_in("shouli")
    await seat.go(f"/tips/{tip.tip_id.hex}")
    await page.click("#reply-words")
    await page.keyboard.type("写到一半")
    await page.click("#back")
    await page.wait_for_url("**/tips")
    assert asked == ["beforeunload"]
