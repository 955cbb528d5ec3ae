"""The spine, as people walk it: a tip with a photo from a phone, the desk's answer, the ping, the answer read.

With SHOTS=1 the journey leaves pictures in the folder `shots`, at 390 and 1280 px, to be looked at.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from tests.bot.test_pieces import photo
from tests.journeys.demo import Demo, running_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
SHOTS = Path("shots") if os.environ.get("SHOTS") else None
WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        yield opened
        await opened.close()


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        size = page.viewport_size
        for width in (NARROW, WIDE):
            await page.set_viewport_size(width)
            await page.wait_for_timeout(150)
            await page.screenshot(path=SHOTS / f"{name}-{width['width']}.png")
        if size:
            await page.set_viewport_size(size)


async def press(phone: Page, label: str) -> None:
    """The newest button with this label, as a thumb would."""
    button = phone.get_by_role("button", name=label, exact=True).last
    await expect(button).to_be_visible(timeout=10_000)
    await button.click()


async def hears(phone: Page, words: str) -> None:
    await expect(phone.get_by_text(words).last).to_be_visible(timeout=15_000)


async def say(phone: Page, words: str) -> None:
    await phone.locator("textarea").fill(words)
    await phone.keyboard.press("Enter")
    await hears(phone, words)


async def test_a_tip_with_a_photo_travels_to_the_desk_and_the_answer_travels_back(
    browser: Browser, tmp_path: Path
) -> None:
    with running_demo(tmp_path / "demo") as demo:
        phone = await (await browser.new_context(viewport=NARROW)).new_page()
        desk = await (await browser.new_context(viewport=WIDE)).new_page()
        code = await tell(phone, demo)
        await answer(desk, demo)
        await hears(phone, "您有一条服务消息。")
        await shot(phone, "phone-ping")
        await press(phone, "查进度")
        await hears(phone, "账本是哪一年的？")
        await shot(phone, "phone-answer")
        await say(phone, "/track")
        await hears(phone, "请发查询码")
        await say(phone, code.lower())
        await hears(phone, "进度：已受理办理中")


async def tell(phone: Page, demo: Demo) -> str:
    """Seven taps, a photo, some words; answers the code."""
    await phone.goto(f"{demo.phone}/?person=li")
    await press(phone, "开始")
    await hears(phone, "您好，这里是云岭县纪委监委清风站")
    await shot(phone, "phone-start")
    await press(phone, "开始反映")
    await say(phone, "清水沟")
    await press(phone, "账不公开")
    await press(phone, "村干部")
    await hears(phone, "请说说：什么时候")
    await phone.locator("input[type=file]").first.set_input_files(
        {"name": "zhang.jpg", "mimeType": "image/jpeg", "buffer": photo("orange")}
    )
    await hears(phone, "请遮住再发")
    await press(phone, "没有")
    await say(phone, "村里的账三年没公开，这是账本的照片。")
    await hears(phone, "还没交上去")
    await shot(phone, "phone-story")
    await phone.wait_for_timeout(1500)
    await press(phone, "说完了")
    await press(phone, "不留名")
    await hears(phone, "请核对")
    await shot(phone, "phone-review")
    await press(phone, "提交")
    await hears(phone, "请抄下藏好")
    await shot(phone, "phone-receipt")
    receipt = await phone.get_by_text("请抄下藏好").last.inner_text()
    await press(phone, "有回复提醒我")
    await press(phone, "开")
    await hears(phone, "好，有回复会提醒您。")
    return receipt.split("查询码：")[1].split("。")[0]


async def answer(desk: Page, demo: Demo) -> None:
    """The township's clerk registers, accepts with a summary, and asks."""
    await demo.log_in(desk, "shiqiao.shouli")
    await shot(desk, "desk-today")
    await desk.goto(f"{demo.panel}/tips")
    await shot(desk, "desk-list")
    await desk.locator("a[href^='/tips/']").first.click()
    await expect(desk.get_by_text("村里的账三年没公开，这是账本的照片。")).to_be_visible()
    await expect(desk.locator("main img").first).to_be_visible()
    assert await desk.locator("main img").first.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    await shot(desk, "desk-tip")
    await desk.click("#next-step button.btn-primary")
    await desk.fill("#summary", "反映村账多年未公开")
    await desk.click("#next-step form button.btn-primary")
    await expect(desk.get_by_text("已受理办理中").first).to_be_visible()
    await desk.fill("#reply-words", "账本是哪一年的？")
    await desk.check("#asks")
    await desk.click("#reply button.btn-success")
    await expect(desk.get_by_text("账本是哪一年的？").first).to_be_visible()
    await shot(desk, "desk-answered")
    await desk.wait_for_timeout(31_000)  # the thirty seconds in which a reply can be taken back
