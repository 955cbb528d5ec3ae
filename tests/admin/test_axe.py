"""axe finds nothing on any page of the panel: every desk is walked link by link, so a new page is looked at unasked."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.async_api import Error, Page, ViewportSize

from locales import DEFAULT
from models import rounds
from models.desk import inbox
from models.matter import Matter
from models.quiz_totals import count_runs
from models.staff import Invite
from models.terms import LessonKind, Role
from tests.admin.client import Desk
from tests.admin.test_submissions import serving, submitted
from tests.axe import accuse, unseen, watched
from tests.models import quizzes
from tests.models.lessons import planned, published
from tests.models.outreach import officials, send_all, sending
from tests.public.browsing import chromium
from tests.world import PASSWORD, PEOPLE, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SCREEN = ViewportSize(width=1280, height=900)
LINKS = "links => links.map(link => link.getAttribute('href'))"
PARTS = "parts => parts.map(one => one.tagName + (one.getAttribute('action') ?? ''))"
WALKERS = [login for login, (unit, _, _) in PEOPLE.items() if unit != "柳河镇"]
"""The county and one township: every role, at both ranks."""
SEE_IT_DIFFERENTLY = {"xitong", "anquan", "shenji", "xianshuji", "baoguan", "shuji"}
"""After whom the next one looks at every page anew: his desk is another. A deputy's is the secretary's."""
LAST_OF_THE_COUNTY = [login for login in WALKERS if PEOPLE[login][0] == "云岭县"][-1]
BEHIND_ACTS = {
    "approvals/card.html",
    "enrol/new_phone.html",
    "enrol/renew.html",
    "enrol/rescue.html",
    "imports/show.html",
    "intake/already.html",
    "intake/nobody.html",
    "intake/review.html",
    "intake/slip.html",
    "officers/slip.html",
    "oversight/reason.html",
    "oversight/show.html",
    "protections/show.html",
    "reveal/gone.html",
    "reveal/name.html",
    "reveal/note.html",
}
"""Pages no link leads to: they answer an act. `test_axe_acts` does these acts."""
DOWNLOAD = re.compile(r"/files/|/static/")


@dataclass
class Walk:
    """Somebody who opens every page he can reach, and has axe look at each kind of page once."""

    desk: Desk
    page: Page
    by_night: bool
    seen: set[str] = field(default_factory=set)
    shapes: set[tuple[str, ...]] = field(default_factory=set)
    found: list[str] = field(default_factory=list)

    async def goes(self, path: str) -> bool:
        """False when it is no page but a file to keep."""
        try:
            await self.page.goto(str(self.desk.client.make_url(path)))
        except Error as error:
            if "Download is starting" not in error.message:
                raise
            return False
        return True

    async def looks(self, name: str) -> None:
        """Also behind the second tab of the composer."""
        self.found += [f"{name}: {one}" for one in await accuse(self.page, by_night=self.by_night)]
        if await self.page.locator("label[for=tab-note]").count():
            await self.page.click("label[for=tab-note]")
            self.found += [f"{name}, the note's tab: {one}" for one in await accuse(self.page, by_night=self.by_night)]

    async def everywhere(self, login: str) -> None:
        """From the first page along every link. Pages that differ only in what they are about are one."""
        ways = ["/"]
        while ways:
            path = ways.pop()
            if not await self.goes(path):
                continue
            if await self.is_new(path):
                await self.looks(f"{login} {path}")
            links: list[str] = await self.page.locator("a[href^='/']").evaluate_all(LINKS)
            for link in links:
                if not DOWNLOAD.search(link) and kind_of(link) not in self.seen:
                    self.seen.add(kind_of(link))
                    ways.append(link)

    async def is_new(self, path: str) -> bool:
        """Whether nobody before him saw this page with these parts and these forms on it."""
        parts: list[str] = await self.page.locator("main :is(form, h2, table, details)").evaluate_all(PARTS)
        shape = (kind_of(path), *sorted({kind_of(part) for part in parts}))
        known = shape in self.shapes
        self.shapes.add(shape)
        return not known

    async def logs_in(self, login: str) -> None:
        await self.goes("/login")
        for name, typed in (("login", login), ("password", PASSWORD), ("code", self.desk.world.fresh_code(login))):
            await self.page.fill(f"#{name}", typed)
        await self.page.click("main form button")
        await self.page.wait_for_selector("nav[aria-label]")

    async def presses(self, name: str) -> None:
        """The one button of a door's form, and a look at what comes."""
        await self.page.click("main form button.btn-primary")
        await self.looks(name)

    async def speaks(self, language: str) -> None:
        await self.page.click(f"footer button[value={language}]")
        assert await self.page.get_attribute("html", "lang") == language.replace("_", "-")


def kind_of(link: str) -> str:
    """The page without what it is about; what a list was asked for makes no new page."""
    return re.sub(r"[0-9a-f]{32}", "*", urlsplit(link).path)


async def a_busy_office(world: World) -> None:
    """A matter in each state, with a reply, a note and a name; a case to learn from, a course, a broadcast, a quiz."""
    people = await officials(world, 6)
    await sending(world)
    await send_all()
    await rounds.move_on()
    quiz = await quizzes.published(world)
    for contact in people:
        await quizzes.takes(quiz, contact)
    await count_runs()
    await planned(world, [await published(world, kind=LessonKind.CASE)])
    for _ in range(4):
        await world.file_tip(named=True)
    actor = await world.actor("shouli")
    first, second, third, _ = [item.tip_id for item in (await inbox(actor)).items]
    for tip_id in (first, second):
        await (await Matter.open(actor, tip_id)).accept(summary="反映补贴")
    matter = await Matter.open(actor, first)
    await matter.reply("哪一年的？", asks=True)
    await matter.note("已联系农业农村局。")
    await (await Matter.open(actor, second)).conclude(answer="已补发。")
    await (await Matter.open(actor, third)).mark_out_of_scope(guidance="请找法院。")
    await submitted(await serving(world))


async def at_the_doors(walk: Walk) -> None:
    """Logging in and being enrolled, with what can be the matter; and a path that leads nowhere."""
    world = walk.desk.world
    await walk.goes("/login")
    await walk.looks("login")
    await walk.page.fill("#login", "nobody")
    await walk.page.fill("#password", PASSWORD)
    await walk.page.fill("#code", "000000")
    await walk.presses("login refused")
    await walk.goes("/enrol")
    await walk.looks("enrol")
    await walk.page.fill("#invite", "x")
    await walk.presses("enrol refused")
    await walk.page.fill("#invite", await Invite.issue(unit_id=world.units["石桥镇"].id, role=Role.HANDLER, by=None))
    await walk.presses("enrol person")
    seed = await walk.page.input_value("[name=seed]")
    for name, typed in (("name", "小孙"), ("login", "sun"), ("password", PASSWORD), ("again", PASSWORD)):
        await walk.page.fill(f"#{name}", typed)
    await walk.page.fill("#code", "000000")
    await walk.presses("enrol person refused")
    await walk.page.fill("#password", PASSWORD)
    await walk.page.fill("#again", PASSWORD)
    await walk.page.fill("#code", pyotp.TOTP(seed).at(world.clock.at))
    await walk.presses("enrol done")
    await walk.goes("/nowhere")
    await walk.looks("nowhere")


async def cut_off(walk: Walk) -> None:
    """The session ends over a half-written note; after the log-in the words are there."""
    tip = (await inbox(await walk.desk.world.actor("shouli"))).items[0].tip_id.hex
    await walk.logs_in("shouli")
    await walk.goes(f"/tips/{tip}")
    await walk.page.click("label[for=tab-note]")
    await walk.page.fill("#note-words", "写到一半")
    walk.desk.world.clock.forward(minutes=30)
    await walk.page.click("#note button.btn")
    await walk.looks("cut off")
    await walk.page.fill("#login", "shouli")
    await walk.page.fill("#password", PASSWORD)
    await walk.page.fill("#code", walk.desk.world.fresh_code("shouli"))
    await walk.presses("resume")
    await walk.page.context.clear_cookies()


@pytest.mark.parametrize("language", ["zh_CN", "zh_Hant", "en"])
@pytest.mark.parametrize("backend", ["sqlite"])
async def test_axe_finds_nothing_on_any_page(desk: Desk, language: str) -> None:
    app = desk.client.app
    shown = watched(app)
    await a_busy_office(desk.world)
    async with chromium() as browser:
        context = await browser.new_context(viewport=SCREEN, bypass_csp=True)
        context.set_default_timeout(10_000)
        walk = Walk(desk, await context.new_page(), by_night=language == DEFAULT)
        await walk.goes("/login")
        await walk.speaks(language)
        await at_the_doors(walk)
        for login in WALKERS:
            await walk.logs_in(login)
            await walk.everywhere(login)
            if login == LAST_OF_THE_COUNTY or (language == DEFAULT and login in SEE_IT_DIFFERENTLY):
                walk.seen.clear()
            await walk.page.click("header form.who button")
        await cut_off(walk)
        await context.close()
    assert "\n".join(walk.found) == ""
    assert "\n".join(sorted(unseen(app, shown) - BEHIND_ACTS)) == ""
