"""Chromium at 390 px: file with a photo and a voice, track, answer, object; with and without JavaScript."""

import pytest
from playwright.async_api import Page, expect

from models.matter import Matter
from models.terms import Verdict
from models.tip import Tip
from tests.bot.test_pieces import OGG, photo
from tests.public.browsing import NARROW, chromium, serving, shot
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def go(page: Page, label: str) -> None:
    await page.get_by_role("button", name=label, exact=True).first.click()


async def tell(page: Page, site: str) -> str:
    """File a tip; answers the code."""
    await page.goto(site)
    await shot(page, "front")
    await go(page, "开始反映")
    await shot(page, "place")
    await page.fill("#search", "qingshui")
    await page.keyboard.press("Enter")
    await shot(page, "place-found")
    await go(page, "石桥镇 清水村")
    await shot(page, "topic")
    await go(page, "账不公开")
    await shot(page, "concerns")
    await go(page, "村干部")
    await expect(page.get_by_text("清水村看不到")).to_be_visible()
    await page.fill("#text", "村里的账三年没公开。")
    await page.set_input_files("#photo", {"name": "账本.jpg", "mimeType": "image/jpeg", "buffer": photo("orange")})
    await page.set_input_files("#voice", {"name": "lu.ogg", "mimeType": "audio/ogg", "buffer": OGG})
    await page.set_input_files("#files", {"name": "a.html", "mimeType": "image/jpeg", "buffer": b"<html>x</html>"})
    await go(page, "说完了")
    await expect(page.get_by_text("这种文件收不了")).to_be_visible()
    await expect(page.locator(".files li")).to_have_count(2)
    assert await page.input_value("#text") == "村里的账三年没公开。"
    await shot(page, "story")
    await go(page, "说完了")
    await shot(page, "naming")
    await go(page, "留名")
    await go(page, "下一步")
    await shot(page, "name")
    await go(page, "还是不留名")
    await shot(page, "review")
    await go(page, "提交")
    await shot(page, "receipt")
    return await page.inner_text("#code")


@pytest.mark.parametrize("scripts", [True, False], ids=["with-js", "without-js"])
@pytest.mark.parametrize("backend", ["sqlite"])
async def test_file_track_answer_and_object(world: World, *, scripts: bool) -> None:
    async with serving() as site, chromium() as browser:
        context = await browser.new_context(viewport=NARROW, java_script_enabled=scripts)
        page = await context.new_page()
        seen: list[str] = []
        page.on("request", lambda request: seen.append(request.url + request.headers.get("referer", "")))
        code = await tell(page, site)
        desk = await Matter.open(await world.actor("shouli"), (await Tip.get()).id)
        await desk.register()
        await desk.reply("账本是哪一年的？", asks=True)
        world.clock.forward(minutes=1)
        await page.goto(f"{site}/track")
        await page.fill("#code", "0000-0000-0000-00001")
        await go(page, "查进度")
        await expect(page.get_by_text("没查到")).to_be_visible()
        await shot(page, "track")
        await page.fill("#code", code.lower().replace("-", " "))
        await go(page, "查进度")
        await expect(page.get_by_text("账本是哪一年的？")).to_be_visible()
        await shot(page, "thread")
        await page.fill("#text", "2024年的。")
        await go(page, "交上去")
        await expect(page.get_by_text("已补上，办理的人能看到。")).to_be_visible()
        desk = await Matter.open(await world.actor("shouli"), desk.tip.id)
        await desk.accept(summary="反映村账未公开")
        await desk.conclude(answer="已督促公开。")
        world.clock.forward(minutes=1)
        await page.goto(f"{site}/track")
        await page.fill("#code", code)
        await go(page, "查进度")
        await shot(page, "thread-concluded")
        await go(page, "不认可，我来说")
        await expect(page.get_by_text("请写几句：哪里不认可。")).to_be_visible()
        await page.fill("#text", "只公开了一半。")
        await go(page, "不认可，我来说")
        desk = await Matter.open(await world.actor("shouli"), desk.tip.id)
        line = (await desk.thread())[-1]
        assert (line.verdict, line.parts) == (Verdict.OBJECTED, [{"text": "只公开了一半。"}])
        assert not await context.cookies()
        assert not any(code.replace("-", "") in address.replace("-", "") or "form=" in address for address in seen)
        await leave(page, scripts=scripts)


async def leave(page: Page, *, scripts: bool) -> None:
    await page.route("https://www.baidu.com/**", lambda route: route.fulfill(body="neutral"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.headers.get("referer", "")))
    before = await page.evaluate("history.length") if scripts else 0
    await page.get_by_role("link", name="快速离开").click()
    await expect(page.get_by_text("neutral")).to_be_visible()
    assert asked[-1] == ""
    if scripts:
        assert await page.evaluate("history.length") == before
