"""The import in a real Chromium, on a phone and on a desk, with and without JavaScript: the bar moves, pages fit."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, FilePayload, Page, async_playwright, expect

from models import importing
from models.house import house
from models.importing import work
from tests.admin.client import Desk
from tests.admin.test_import import VILLAGES, Rows, book
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("backend", ["sqlite"])]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PHONE, SCREEN = 390, 1280
SHOTS = Path("shots") if os.environ.get("SHOTS") else None
OFFICERS: Rows = [
    ["乡镇", "村", "联络员", "备注"],
    ["石桥镇", "新民村", "郝联络", "x"],
    ["石桥镇", "不知村", "温联络", None],
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        await opened.close()


async def seat(browser: Browser, desk: Desk, *, width: int, script: bool) -> tuple[Page, list[str]]:
    context = await browser.new_context(
        viewport={"width": width, "height": 844}, java_script_enabled=script, locale="zh-CN"
    )
    page, complaints = await context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await go(desk, page, "/login")
    await page.fill("#login", "xitong")
    await page.fill("#password", PASSWORD)
    await page.fill("#code", desk.world.fresh_code("xitong"))
    await page.click("main form button")
    await page.wait_for_selector("nav[aria-label]")
    return page, complaints


async def go(desk: Desk, page: Page, path: str) -> None:
    await page.goto(str(desk.client.make_url(path)))


async def look(page: Page, name: str) -> None:
    """Nothing is wider than the screen."""
    if SHOTS:
        width = page.viewport_size["width"] if page.viewport_size else 0
        await page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(over) <= 0, name


@pytest.mark.parametrize("width", [PHONE, SCREEN])
async def test_the_bar_moves_and_the_result_appears_by_itself(
    desk: Desk, browser: Browser, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    page, complaints = await seat(browser, desk, width=width, script=True)
    await go(desk, page, "/imports")
    await look(page, "import-door")
    file = FilePayload(name="全县名单.xlsx", mimeType="application/octet-stream", buffer=book(VILLAGES, OFFICERS))
    await page.set_input_files("#file", file)
    await page.click("form[enctype] button")
    await expect(page.get_by_text("没有叫“不知村”的村")).to_be_visible()
    await look(page, "import-preview")
    await page.click("text=导入3行")
    await expect(page.locator("progress")).to_have_js_property("value", 0)
    await look(page, "import-running")
    [running] = await importing.Import.all()
    await importing._batch(running.id)
    await expect(page.locator("progress")).to_have_js_property("value", 33, timeout=8_000)
    await work()
    await expect(page.get_by_text("导入完成，共3行")).to_be_visible(timeout=8_000)
    await look(page, "import-done")
    await page.click("text=打印登记条")
    await expect(page.get_by_text("郝联络").first).to_be_visible()
    await look(page, "import-slips")
    await page.go_back()
    await page.click("summary")
    await page.check("input[name=sure]")
    await page.click("details button")
    await expect(page.locator(".alert-success")).to_contain_text("已撤销")
    await look(page, "import-undone")
    assert complaints == []


async def test_without_javascript_the_page_refreshes_itself(desk: Desk, browser: Browser) -> None:
    page, complaints = await seat(browser, desk, width=PHONE, script=False)
    await go(desk, page, "/imports")
    file = FilePayload(name="a.xlsx", mimeType="application/octet-stream", buffer=book(VILLAGES))
    await page.set_input_files("#file", file)
    await page.click("form[enctype] button")
    await page.click("text=导入2行")
    await expect(page.get_by_text("2行里已完成0行")).to_be_visible()
    await asyncio.gather(work(), expect(page.get_by_text("导入完成，共2行")).to_be_visible(timeout=8_000))
    assert complaints == []


@pytest.mark.parametrize("width", [PHONE, SCREEN])
async def test_pages_of_units_fit_the_screen(desk: Desk, browser: Browser, width: int) -> None:
    object.__setattr__(house(), "form_url", "https://qf.example")
    page, complaints = await seat(browser, desk, width=width, script=True)
    await go(desk, page, "/units")
    await look(page, "units")
    await page.fill("#q", "shiqiao bayang")
    await page.press("#q", "Enter")
    await page.click("text=白杨村")
    await look(page, "unit-village")
    await go(desk, page, f"/units/{desk.world.units['石桥镇'].id.hex}")
    await look(page, "unit-township")
    assert complaints == []
