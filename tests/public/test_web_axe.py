"""axe finds nothing on any page of the residents' site, in any language, by day and by night."""

from dataclasses import dataclass, field

import pytest
from playwright.async_api import Page

from locales import DEFAULT
from models.matter import Matter
from models.terms import LessonKind
from models.tip import Tip
from tests.axe import accuse, unseen, watched
from tests.bot.test_pieces import photo
from tests.models.lessons import published
from tests.public.browsing import NARROW, chromium, serving, shot, site
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@dataclass
class Look:
    """Somebody who walks through the site and has axe look at every page he meets."""

    world: World
    page: Page
    root: str
    language: str
    found: list[str] = field(default_factory=list)

    async def at(self, name: str) -> None:
        assert await self.page.get_attribute("html", "lang") == self.language.replace("_", "-")
        self.found += [f"{name}: {one}" for one in await accuse(self.page, by_night=self.language == DEFAULT)]
        await shot(self.page, f"{name}-{self.language}")

    async def goes(self, path: str, name: str) -> None:
        await self.page.goto(f"{self.root}{path}?lang={self.language}")
        await self.at(name)

    async def presses(self, button: str, name: str = "") -> None:
        await self.page.click(f"main button{button}")
        if name:
            await self.at(name)

    async def attaches(self, where: str, name: str, mime: str, body: bytes) -> None:
        await self.page.set_input_files(where, {"name": name, "mimeType": mime, "buffer": body})


@pytest.mark.parametrize("language", ["zh_CN", "zh_Hant", "en"])
@pytest.mark.parametrize("backend", ["sqlite"])
async def test_axe_finds_nothing_on_any_page(world: World, language: str) -> None:
    app = site()
    seen = watched(app)
    async with serving(app) as root, chromium() as browser:
        context = await browser.new_context(viewport=NARROW, bypass_csp=True)
        context.set_default_timeout(10_000)
        look = Look(world, await context.new_page(), root, language)
        await a_tip(look)
        await its_thread(look)
        await dead_ends(look)
        await lessons(look)
        for name in ("poster", "cards"):
            await look.goes(f"/{name}/{world.units['清水村'].id.hex}", name)
        await context.close()
    assert "\n".join(look.found) == ""
    assert unseen(app, seen) == set()


async def a_tip(look: Look) -> None:
    """Every question, with what can be the matter with an answer, to the receipt."""
    village = look.world.units["清水村"].id.hex
    await look.goes("/", "front")
    await look.presses(".go", "place")
    await look.page.fill("#search", "火星")
    await look.presses("[value=search]", "place-not-found")
    await look.presses("[value^=town]", "town")
    await look.presses(f"[value='{village}']", "topic")
    await look.presses("[value=V01]", "concerns")
    await look.presses("[value=village]")
    await look.presses(".go", "story-empty")
    await look.page.fill("#text", "abc")
    await look.attaches("#files", "a.svg", "image/svg", b"<svg></svg>")
    await look.attaches("#photo", "b.jpg", "image/jpeg", photo())
    await look.presses(".go", "story-refused")
    await look.presses(".go", "naming")
    await look.presses("[value=named]")
    await look.presses(".go", "name-missing")
    await look.page.fill("#name", "张三")
    await look.page.fill("#reach", "138")
    await look.presses(".go", "review")
    await look.presses("[value=before]", "before")
    await look.page.fill("#old", "x")
    await look.presses(".go", "before-wrong")
    await look.presses("[value=never]")
    await look.presses("[value=wipe]", "wipe")
    await look.presses("[value=resume]")
    await look.presses("[value='edit.naming']")
    await look.presses("[value=anonymous]")
    await look.presses(".go", "receipt")


async def its_thread(look: Look) -> None:
    """Before and after the desk has asked and answered; and closed again."""
    code = await look.page.inner_text("#code")
    matter = await Matter.open(await look.world.actor("shouli"), (await Tip.get()).id)
    await matter.reply("账本是哪一年的？", asks=True)
    await matter.accept(summary="反映村账未公开")
    await matter.conclude(answer="已督促公开。")
    await look.presses(".go", "thread")
    look.world.clock.forward(minutes=1)
    await look.goes("/track", "track")
    await look.page.fill("#code", "x")
    await look.presses(".go", "track-wrong")
    await look.page.fill("#code", code)
    await look.presses(".go", "thread-answered")
    await look.presses("[value=objected]", "thread-objection-empty")
    await look.presses("[value=afraid]", "afraid")
    await look.presses("[value=latest]")
    await look.presses("[value=later]", "later")
    await look.presses("[value=name]", "later-missing")
    await look.presses("[value=latest]")
    await look.presses("[value=new_code]", "new_code")
    await look.presses("[value=renew]", "renewed")
    await look.presses("[value=latest]")
    await look.presses("[value=close]", "closed")


async def lessons(look: Look) -> None:
    """The list, empty and full, and a case."""
    await look.goes("/lessons", "lessons-none")
    case = await published(look.world, kind=LessonKind.CASE)
    await published(look.world)
    await look.goes("/lessons", "lessons")
    await look.goes(f"/lessons/{case.id.hex}", "lesson")


async def dead_ends(look: Look) -> None:
    """Where nobody may take it, and where nothing is."""
    await look.goes("/nowhere", "problem")
    await look.page.goto(f"{look.root}/?lang={look.language}")
    for button in (".go", "[value=unknown]", "[value=V01]"):
        await look.presses(button)
    await look.presses("[value=county]", "nobody")
