"""Chromium at 390 px, with and without JavaScript: object, ask for protection, give a name, take a new code."""

import pytest
from playwright.async_api import Page, expect

from models.matter import Matter
from models.tip import Tip
from tests.public.browsing import NARROW, chromium, serving, shot
from tests.public.test_web_browser import go
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def open_thread(page: Page, site: str, code: str) -> None:
    await page.goto(f"{site}/track")
    await page.fill("#code", code)
    await go(page, "查进度")


async def narrow_enough(page: Page) -> None:
    """Nothing sticks out to the side of a small phone."""
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


@pytest.mark.parametrize("scripts", [True, False], ids=["with-js", "without-js"])
@pytest.mark.parametrize("backend", ["sqlite"])
async def test_object_ask_for_protection_give_a_name_and_take_a_new_code(world: World, *, scripts: bool) -> None:
    code = str((await world.file_tip("村里的账三年没公开。")).code)
    matter = await Matter.open(await world.actor("shouli"), (await Tip.get()).id)
    for number in range(22):
        await matter.reply(f"第{number}次说明。")
    await matter.accept(summary="账目公开")
    await matter.conclude(answer="账已在村委会门口公开。")
    world.clock.forward(minutes=1)
    async with serving() as site, chromium() as browser:
        context = await browser.new_context(viewport=NARROW, java_script_enabled=scripts)
        page = await context.new_page()
        await open_thread(page, site, code)
        await expect(page.get_by_text("账已在村委会门口公开。")).to_be_visible()
        await narrow_enough(page)
        await shot(page, "thread-ended")
        await go(page, "更早的")
        await expect(page.get_by_text("第0次说明。")).to_be_visible()
        await go(page, "回到最新")
        await page.fill("#text", "没有贴出来，我去看过。")
        await go(page, "不认可，我来说")
        await expect(page.get_by_text("再答复您一次")).to_be_visible()
        await shot(page, "thread-objected")
        await go(page, "我怕被报复")
        await expect(page.locator("main .problem a[href='tel:110']")).to_be_visible()
        await narrow_enough(page)
        await shot(page, "afraid")
        await page.fill("#fear", "有人在我家门口转。")
        await go(page, "申请")
        await expect(page.get_by_text("报上去了").first).to_be_visible()
        await go(page, "补留姓名")
        await shot(page, "later-name")
        await page.fill("#name", "张三丰")
        await page.fill("#reach", "13000000000")
        await go(page, "留下姓名")
        await expect(page.get_by_text("已单独封存")).to_be_visible()
        await go(page, "换个查询码")
        await go(page, "换")
        new = await page.inner_text("#code")
        await narrow_enough(page)
        await shot(page, "new-code")
        await open_thread(page, site, new)
        await expect(page.get_by_text("等负责人答复")).to_be_visible()
    lines = await (await Matter.open(await world.actor("shouli"), matter.tip.id)).thread()
    assert lines[-1].parts == [{"text": "没有贴出来，我去看过。"}]
