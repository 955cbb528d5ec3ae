"""A reminder's way: an officer proposes it, the desk edits it, another approves it, it goes out on its day, people in
office say that they know, coverage fills, and the silent hear it once more.

The clock is moved; the bot, its Telegram over HTTP, the panel and Chromium are real. With SHOTS=1 the journey leaves
pictures in the folder `shots`, at 390 and 1280 px.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

import pytest
from playwright.async_api import Page, expect

from bot.limiter import Limiter
from bot.runner import running
from bot.simulator import Person, Simulator
from models import rounds
from models.campaign import Campaign
from models.clock import SHANGHAI
from models.db import Database
from models.ledger import count_known
from models.terms import CampaignState
from tests.admin.client import Desk
from tests.bot.conftest import Phone
from tests.bot.test_broadcast import enrol, settled, times_heard
from tests.bot.test_officers import officer
from tests.fixtures import world
from tests.journeys.test_spine import NARROW, WIDE, shot
from tests.public.browsing import chromium
from tests.world import PASSWORD, World

__all__ = ["officer", "world"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PROPOSED, EDITED = "中秋别收月饼，老陈提醒。", "月圆人团圆，清廉福满门。不收月饼礼盒和电子红包。"
MONTH_BEFORE = datetime(2027, 9, 1, 9, tzinfo=SHANGHAI)
PEOPLE, KNOW = 14, 8


@dataclass
class Stage:
    """The county on an ordinary day: the bot runs, the desk has a browser, and so has whoever holds a phone."""

    phone: Phone
    desk: Desk
    clerk: Page
    pocket: Page
    telegram: str

    async def sits_down(self, login: str) -> None:
        """Somebody else logs in at the desk."""
        await self.clerk.context.clear_cookies()
        await self.goes("/login")
        for name, typed in (("login", login), ("password", PASSWORD), ("code", self.phone.world.fresh_code(login))):
            await self.clerk.fill(f"#{name}", typed)
        await self.clerk.click("main form button")
        await self.clerk.wait_for_selector("nav[aria-label]")

    async def goes(self, path: str) -> None:
        await self.clerk.goto(str(self.desk.client.make_url(path)))

    async def comes(self, moment: datetime | None) -> None:
        """The day and hour; whoever sits at the desk has gone home meanwhile."""
        assert moment
        self.phone.world.clock.at = moment
        await rounds.move_on()

    async def looks_at_the_phone_of(self, person: Person, name: str) -> None:
        await self.pocket.goto(f"{self.telegram}/?person={person.key}")
        await expect(self.pocket.get_by_text(EDITED).last).to_be_visible()
        await shot(self.pocket, name)


@pytest.fixture
async def stage(database: Database, world: World) -> AsyncIterator[Stage]:
    assert database
    sim = Simulator()
    world.clock.at = MONTH_BEFORE
    async with AsyncExitStack() as stack:
        root = await stack.enter_async_context(sim.running())
        quick = Limiter(per_second=1000, burst=1000, pace=0.001)
        bot = await stack.enter_async_context(running(token=sim.token, api_root=root, limiter=quick))
        desk = await stack.enter_async_context(Desk.at(world))
        browser = await stack.enter_async_context(chromium())
        clerk = await (await browser.new_context(viewport=WIDE, locale="zh-CN")).new_page()
        pocket = await (await browser.new_context(viewport=NARROW, locale="zh-CN")).new_page()
        phone = Phone(sim, sim.person("陈联络", key="chen"), bot, world)
        yield Stage(phone, desk, clerk, pocket, root)


@pytest.fixture
def phone(stage: Stage) -> Phone:
    """The officer's."""
    return stage.phone


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
async def test_an_officers_reminder_is_edited_approved_sent_on_its_day_acknowledged_and_sent_again_to_the_silent(
    stage: Stage, officer: object
) -> None:
    assert officer
    people = [await enrol(stage.phone, f"干部{number}") for number in range(1, PEOPLE + 1)]
    await proposes(stage)
    await edits(stage)
    await approves(stage)
    campaign = await Campaign.get()
    assert [times_heard(person, EDITED) for person in people] == [0] * PEOPLE  # not before its day
    await stage.comes(campaign.send_at)
    await settled(stage.phone, campaign)
    assert [times_heard(person, EDITED) for person in people] == [1] * PEOPLE
    await stage.looks_at_the_phone_of(people[0], "outreach-reminder")
    for person in people[:KNOW]:
        await stage.phone.served(person.presses("我已知晓"))
    await count_known()
    await coverage_fills(stage, campaign)
    await rounds.move_on()
    await campaign.refresh_from_db()
    await stage.comes(campaign.due_at)
    await settled(stage.phone, campaign, round_no=2)
    assert [times_heard(person, EDITED) for person in people] == [1] * KNOW + [2] * (PEOPLE - KNOW)
    assert "再提醒一次" in people[-1].last.text
    await rounds.move_on()
    assert (await Campaign.get()).state is CampaignState.DONE
    await is_told(stage, campaign)


async def proposes(stage: Stage) -> None:
    """On the officer's phone: five taps and a sentence."""
    await stage.phone.does("/start", "[写廉政提醒]", PROPOSED, "[写好了]", "[节前三天]", "[本村干部]")
    assert "已交镇里审" in stage.phone.person.last.text
    await stage.pocket.goto(f"{stage.telegram}/?person=chen")
    await expect(stage.pocket.get_by_text(PROPOSED).last).to_be_visible()
    await shot(stage.pocket, "outreach-officer")


async def edits(stage: Stage) -> None:
    """The township's clerk takes it, writes it better, and asks for approval."""
    await stage.sits_down("shouli")
    await shot(stage.clerk, "outreach-today")
    await stage.goes("/outreach/submissions")
    await shot(stage.clerk, "outreach-queue")
    await stage.clerk.click("main a[href*='/outreach/submissions/']")
    await expect(stage.clerk.get_by_text(PROPOSED).first).to_be_visible()
    await shot(stage.clerk, "outreach-submission")
    await stage.clerk.click("form[action$='/taking'] button >> nth=0")
    await stage.clerk.fill("#text-zh_CN", EDITED)
    await stage.clerk.fill("#second_at", "2027-09-14T09:00")
    await expect(stage.clerk.locator("#reach")).to_contain_text(f"{PEOPLE}")
    await shot(stage.clerk, "outreach-edit")
    await stage.clerk.click("main form .btn-primary")
    await stage.clerk.click("form[action$='/proposal'] button")
    await expect(stage.clerk.locator("form[action$='/approval']")).to_have_count(0)  # not by its author
    await shot(stage.clerk, "outreach-proposed")


async def approves(stage: Stage) -> None:
    """The secretary, who did not write it."""
    campaign = await Campaign.get()
    await stage.sits_down("shuji")
    await stage.goes(f"/outreach/{campaign.id.hex}")
    await expect(stage.clerk.get_by_text(EDITED).first).to_be_visible()
    await shot(stage.clerk, "outreach-approval")
    await stage.clerk.click("form[action$='/approval'] button")
    await expect(stage.clerk.locator("h1")).to_contain_text("待发")
    assert campaign.send_at == datetime(2027, 9, 12, 9, tzinfo=SHANGHAI)


async def coverage_fills(stage: Stage, campaign: Campaign) -> None:
    """Totals for the office, no names."""
    await stage.sits_down("shuji")
    await stage.goes(f"/outreach/{campaign.id.hex}")
    await expect(stage.clerk.locator("#coverage")).to_contain_text(f"{KNOW}")
    assert "干部1" not in await stage.clerk.content()
    await shot(stage.clerk, "outreach-coverage")


async def is_told(stage: Stage, campaign: Campaign) -> None:
    """The officer sees what became of it."""
    await stage.phone.does("/start", "[我交的提醒、材料]")
    await stage.pocket.goto(f"{stage.telegram}/?person=chen")
    await shot(stage.pocket, "outreach-mine")
    assert campaign.send_at
    assert any("9月12日" in message.text for message in stage.phone.person.screen[-2:])
    await stage.goes("/outreach")
    await shot(stage.clerk, "outreach-list")
