"""axe finds nothing on the pages that no link leads to: what the panel answers to an act.

The acts are done at a desk of few words; Chromium is shown what it was answered. In Chinese, for the desk's helpers
read it; words in the other languages stand on the same templates.
"""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page as Screen
from playwright.async_api import Route

from models import protection
from models.terms import UnitKind
from models.thread import Thread
from models.unit import Unit
from tests.admin import test_import, test_intake, test_officers_page, test_reveal_page
from tests.admin.client import Desk, Page
from tests.admin.test_axe import BEHIND_ACTS, SCREEN
from tests.admin.test_oversight import WHY, late
from tests.admin.test_people_drills import approve_on_the_page
from tests.axe import accuse, unseen, watched
from tests.public.browsing import chromium
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Answers = AsyncIterator[tuple[str, Page]]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_axe_finds_nothing_on_what_an_act_is_answered_with(desk: Desk) -> None:
    app, found = desk.client.app, list[str]()
    shown = watched(app)
    async with chromium() as browser:
        context = await browser.new_context(viewport=SCREEN, bypass_csp=True)
        screen = await context.new_page()
        for area in (names, taking_in, below, people, spreadsheets, resets):
            async for name, answer in area(desk):
                await show(screen, desk, answer)
                found += [f"{name}: {one}" for one in await accuse(screen)]
            await desk.log_out()
        await context.close()
    assert "\n".join(found) == ""
    assert BEHIND_ACTS & unseen(app, shown) == set()


async def show(screen: Screen, desk: Desk, answer: Page) -> None:
    """What the desk was answered, in Chromium, with the site's own sheets and scripts."""

    async def fulfil(route: Route) -> None:
        await route.fulfill(status=200, content_type="text/html; charset=utf-8", body=answer.html)

    await screen.route("**/answered", fulfil)
    await screen.goto(str(desk.client.make_url("/answered")))
    await screen.unroute("**/answered")


async def names(desk: Desk) -> Answers:
    """The card of a proposal, the note, the name, and that it is gone."""
    proposal = await test_reveal_page.asked(desk, await test_reveal_page.careful_tip(desk.world))
    await desk.log_in("baoguan")
    card = await desk.get(f"/approvals/{proposal.id.hex}")
    yield "card", card
    yield "card without proof", await desk.send(card.form("/approval"), password="x", code="0")
    await desk.send(card.form("/approval"), password=PASSWORD, code=desk.world.fresh_code("baoguan"))
    await desk.log_out()
    await desk.log_in("chengban")
    note = await desk.get(f"/reveals/{proposal.id.hex}")
    yield "note", note
    yield "name", await desk.send(note.form("/reading"))
    desk.world.clock.forward(minutes=20)
    await desk.log_in("chengban")
    yield "gone", await desk.get(f"/reveals/{proposal.id.hex}")


async def taking_in(desk: Desk) -> Answers:
    """Intake: the review, the slip, a form handed in twice, and what nobody here may take."""
    await desk.log_in("shouli")
    blank = (await desk.get("/intake")).form("/intake")
    review = await test_intake.fill(desk)
    yield "review", review
    yield "slip", await desk.send(review.form("/intake"), do="submit")
    yield "already", await desk.send(review.form("/intake"), do="submit", until="99999999999." + "0" * 64)
    reach = {"landline": "0871-6000000", "address": "州府路9号"}
    await Unit.found(parent=None, kind=UnitKind.SUPERIOR, name="云岭州", office="云岭州纪委监委", reach=reach)
    told = {"channel": "visit", "search": "清水", "concerns": "county", "words": test_intake.WORDS, "do": "review"}
    yield "nobody", await desk.send(blank, **told)


async def below(desk: Desk) -> Answers:
    """The superior's reading with its reason; and a request for protection."""
    filed = await desk.world.file_tip()
    await protection.ask(await Thread.open(str(filed.code), who="reporter"), "他说要砸我家的门。")
    [row] = await protection.Protection.all()
    await desk.log_in("shuji")
    yield "protection", await desk.get(f"/protections/{row.id.hex}")
    await desk.log_out()
    tip_id = await late(desk.world)
    await desk.log_in("xianshuji")
    reason = await desk.get(f"/oversight/{tip_id.hex}")
    yield "reason", reason
    yield "overseen", await desk.send(reason.form("/reading"), reason=WHY)


async def people(desk: Desk) -> Answers:
    """A liaison officer's slip; a new telephone at the door."""
    await desk.log_in("shouli")
    yield "officer's slip", (await test_officers_page.appoint(desk))[0]
    await desk.log_out()
    await desk.log_in("shuji")
    form = (await desk.get("/account")).form("/account/codes")
    told = await desk.send(form, password=PASSWORD, code=desk.world.fresh_code("shuji"))
    codes = re.findall(r"<li>(\w{5}-\w{5})</li>", told.html)
    yield "rescue codes", told
    await desk.log_out()
    door = await desk.get("/rescue")
    yield "rescue", door
    seed = desk.world.seeds["shuji"] = door.form("/rescue").fields["seed"]
    assert seed
    typed = {"login": "shuji", "password": PASSWORD, "code": desk.world.fresh_code("shuji"), "rescue": codes[0]}
    yield "new phone", await desk.send(door.form("/rescue"), **typed)
    await desk.log_in("shuji")


async def spreadsheets(desk: Desk) -> Answers:
    """A file that was looked at."""
    await desk.log_in("xitong")
    yield "import", await test_import.upload(desk, test_import.book(test_import.VILLAGES))


async def resets(desk: Desk) -> Answers:
    """A lost password: the form behind the code."""
    await desk.log_in("shuji")
    await desk.send((await desk.get(f"/staff/{desk.world.staff['chengban'].id.hex}")).form("/reset-proposal"))
    approved = await approve_on_the_page(desk, "reset")
    yield "approved reset", approved
    code = re.search(r'id="reset-code"[^>]*>(\w+)<', approved.html)
    assert code
    await desk.log_out()
    yield "renewal", await desk.send((await desk.get("/enrol")).form("/enrol"), invite=code[1])
    await desk.log_in("shuji")
