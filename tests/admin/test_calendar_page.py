"""The calendar's own corner of the desk: nodes, reports of weddings and funerals, and the alarm on 今日."""

from datetime import timedelta

import pytest

from models.campaign import Campaign
from models.declaration import Declaration
from models.occurrence import keep_calendar
from models.own_node import OwnNode
from models.terms import Festival, Language
from tests.admin.client import Desk
from tests.models.outreach import at, official

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
NODE = {"name": "秋粮入库", "month": "12", "day": "1", "on": "", "text_zh_CN": "账目公开。", "first_days": "3"}


async def test_a_node_is_entered_watched_alarmed_on_today_and_ended(desk: Desk, backend: str) -> None:
    assert backend
    await desk.log_in("shouli")
    forms = (await desk.get("/calendar")).forms
    form = next(one for one in forms if (one.action, one.method) == ("/calendar", "post"))
    for wrong in ({"on": "2027-01-01"}, {"month": "zz"}, {"day": "31", "month": "2"}, {"second_days": "9"}):
        page = await desk.send(form, **{**NODE, **wrong})
        assert page.status == 422
        assert 'value="秋粮入库"' in page.html
    page = await desk.send(form, **NODE)
    assert "每年12月1日" in page.html
    desk.world.clock.at = at(desk.world, 2)

    await keep_calendar(lambda festival, year: {Language.ZH_CN: f"{festival}{year}"})
    await desk.log_in("shouli")
    for path in ("/", "/outreach"):
        html = (await desk.get(path)).html
        assert "秋粮入库（2026-12-01）快到了，提醒还没批" in html, path
        assert "元旦" not in html, path
    page = await desk.get("/calendar")
    node = await OwnNode.get()
    page = await desk.send(page.form(f"/calendar/{node.id.hex}/end"))
    assert "还没有自定节点" in page.html
    await desk.log_out()
    await desk.log_in("liuban")
    assert "秋粮入库" not in (await desk.get("/outreach")).html + (await desk.get("/")).html


async def test_a_report_drafts_two_reminders_that_say_whom_they_go_to(desk: Desk, backend: str) -> None:
    assert backend
    world = desk.world
    await official(world, 1)
    await desk.log_in("shouli")
    form = (await desk.get(f"/calendar?unit={world.units['清水村'].id.hex}")).form("/calendar/declarations")
    assert (await desk.send(form, event_day="2020-01-01")).status == 422
    assert (await desk.send(form, event_day="soon")).status == 422
    day = at(world).date() + timedelta(days=20)
    page = await desk.send(form, event="wedding", event_day=f"{day}")
    assert "恭喜家有喜事" in page.html
    assert "凡报告的都会收到" in page.html
    assert "统一发给全体" not in page.html
    assert not page.has_form("/template")
    assert "能收到 1 人" in page.html
    assert {one.festival for one in await Campaign.all()} == {Festival.WEDDINGS_FUNERALS}
    assert (await desk.send(form, event="wedding", event_day=f"{day}")).status == 409
    assert await Declaration.all().count() == 1
    edit = await desk.get(page.form("/proposal").action.replace("/proposal", "/edit"))
    assert "恭喜家有喜事" in edit.form("/edit").fields["text_zh_CN"]
    page = await desk.send(edit.form("/edit"))
    assert "能收到 1 人" in page.html
    assert "还没有批准" not in (await desk.get("/")).html
    world.clock.at = at(world, days=12)  # his session has ended meanwhile
    await desk.log_in("shouli")
    for place in ("/", "/outreach"):
        assert "婚丧喜庆定在" in (await desk.get(place)).html
    await desk.log_out()
    await desk.log_in("xitong")
    assert (await desk.get("/calendar")).status == 403
