"""提醒宣教 at the desk: written, counted, approved by another, sent, watched; and the register behind it."""

import re

import pytest

from models import rounds
from models.approving import propose
from models.campaign import Campaign
from models.ledger import acknowledge, count_known, lease
from models.occurrence import Occurrence, Template, keep_calendar
from models.official import Official
from models.proposal import Proposal
from models.terms import CampaignState, Festival, Language, ProposalState
from tests.admin.client import Desk, Page
from tests.models.outreach import at, composed, official, officials, scheduled, sending, sent
from tests.world import World

WORDS = {"text_zh_CN": "不收礼，不送礼。", "text_zh_Hant": "", "text_en": "No gifts."}


async def again(desk: Desk, login: str) -> None:
    await desk.log_out()
    await desk.log_in(login)


async def open_(desk: Desk, campaign: Campaign) -> Page:
    return await desk.get(f"/outreach/{campaign.id.hex}")


async def test_written_previewed_proposed_approved_and_sent(desk: Desk) -> None:
    world = desk.world
    contacts = await officials(world, 6)
    await desk.log_in("xianban")
    form = (await desk.get("/outreach/new")).form("/outreach/new")
    tomorrow = at(world).strftime("%Y-%m-%dT%H:%M")
    page = await desk.send(form, **WORDS, send_at=tomorrow)
    assert "草稿" in page.html
    assert "能收到 6 人" in page.html
    assert "Sent to all on the list. It has nothing to do with any report." in page.html
    campaign = await Campaign.get()
    page = await desk.send(page.form("/proposal"))
    assert "待审批" in page.html
    assert not page.has_form("/approval")
    await again(desk, "xianshuji")
    page = await desk.send((await open_(desk, campaign)).form("/approval"))
    assert "待发" in page.html
    world.clock.at = at(world)
    await rounds.move_on()
    letters = await lease(30)
    await sent(letters[:4])
    await desk.log_in("xianban")  # the session has ended overnight
    page = await open_(desk, campaign)
    assert page.headers["Refresh"] == "10"
    assert "每分钟约 4 条，大约还要 1 分钟" in page.html
    page = await desk.send(page.form("/pause"))
    assert "已暂停" in page.html
    page = await desk.send(page.form("/resumption"))
    await sent(letters[4:])
    await rounds.move_on()
    for contact in contacts:
        await acknowledge(campaign.id, contact.id)
    await count_known()
    html = (await open_(desk, campaign)).html
    assert "已发完" in html
    assert re.search(r"石桥镇</b></td><td>.* 6</td><td>.* 6</td><td>100 %", html)


async def test_cells_under_five_show_no_number_and_none_can_be_worked_out(desk: Desk) -> None:
    world = desk.world
    contacts = await officials(world, 12)
    campaign = await sending(world)
    await sent(await lease(30))
    for contact in contacts[:2]:
        await acknowledge(campaign.id, contact.id)
    await count_known()
    await desk.log_in("xianban")
    coverage = (await open_(desk, campaign)).html.partition('id="coverage"')[2]
    assert re.search(r"石桥镇</b></td><td>.* 12</td><td>.* &lt;5</td>", coverage)
    for contact in contacts[2:9]:
        await acknowledge(campaign.id, contact.id)
    await count_known()
    coverage = (await open_(desk, campaign)).html.partition('id="coverage"')[2]
    assert "接近全部" in coverage
    assert " 9</td>" not in coverage
    assert "%" not in coverage
    await official(world, 20, unit="上湾村")
    campaign = await sending(world)
    await desk.log_in("xianban")
    coverage = (await open_(desk, campaign)).html.partition('id="coverage"')[2]
    assert re.search(r"柳河镇</b></td><td>.* &lt;5</td><td>.*—", coverage)
    assert re.search(r"石桥镇</b></td><td>.* —</td>", coverage)  # twelve of thirteen would tell it


async def test_the_live_count_answers_the_rule_on_the_form(desk: Desk) -> None:
    world = desk.world
    await official(world, 1, tags=("财务",))
    await official(world, 2, post="村主任")
    await desk.log_in("shouli")
    unit = world.units["石桥镇"].id.hex
    for query, count in (
        ("", 2),
        ("&posts=村主任，村书记", 1),
        ("&tags=财务", 1),
        ("&category=C1", 0),
        ("&without_posts=村会计、村主任", 0),
    ):
        page = await desk.get(f"/outreach/reach?unit={unit}{query}")
        assert f"能收到 {count} 人" in page.html, query
    assert (await desk.get(f"/outreach/reach?unit={world.units['柳河镇'].id.hex}")).status == 422
    assert (await desk.get("/outreach/reach?unit=zz")).status == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"text_zh_CN": ""},
        {"text_zh_CN": "长" * 1501},
        {"send_at": "2020-01-01T09:00"},
        {"send_at": "morgen"},
        {"kind": "gossip"},
        {"unit": "00" * 16},
    ],
)
async def test_what_cannot_be_used_comes_back_with_everything_typed(desk: Desk, wrong: dict[str, str]) -> None:
    await desk.log_in("xianban")
    form = (await desk.get("/outreach/new")).form("/outreach/new")
    page = await desk.send(form, **{**WORDS, "posts": "村会计", **wrong})
    assert page.status == 422
    assert "No gifts." in page.html
    assert 'value="村会计"' in page.html
    assert not await Campaign.exists()


async def test_nobody_approves_his_own_even_by_a_forged_form(desk: Desk) -> None:
    await officials(desk.world, 1)
    await desk.log_in("shuji")
    form = (await desk.get("/outreach/new")).form("/outreach/new")
    page = await desk.send(form, **WORDS)
    page = await desk.send(page.form("/proposal"))
    campaign = await Campaign.get()
    assert not page.has_form("/approval")
    token = page.form("/logout").fields["token"]
    asked = (await Proposal.get()).id.hex
    refused = await desk.post(f"/outreach/{campaign.id.hex}/approval", {"token": token, "proposal": asked})
    assert refused.status in {403, 404}
    assert (await Campaign.get()).state is CampaignState.PROPOSED


async def waiting_card(desk: Desk) -> tuple[Campaign, Page]:
    """A broadcast of the county's, as its secretary finds it among what waits for him."""
    await officials(desk.world, 2)
    campaign = await composed(desk.world, send_at=at(desk.world))
    await propose(await desk.world.actor("xianban"), campaign)
    await desk.log_in("xianshuji")
    assert "群发" in (await desk.get("/approvals")).html
    return campaign, await desk.get(f"/approvals/{(await Proposal.get()).id.hex}")


async def test_the_card_tells_what_goes_out_to_how_many_and_when_and_approves_it(desk: Desk) -> None:
    campaign, card = await waiting_card(desk)
    when = at(desk.world).strftime("%Y-%m-%d %H:%M")
    for word in ("不收礼。", "云岭县", "能收到 2 人", when, f"/outreach/{campaign.id.hex}", "到时不再问"):
        assert word in card.html
    assert (await desk.send(card.form("/approval"))).path == "/approvals?done=approved"
    assert "待发" in (await open_(desk, campaign)).html
    assert (await desk.send(card.form("/refusal"))).status == 409


async def test_declined_on_the_card_or_taken_back_it_is_a_draft_again(desk: Desk) -> None:
    campaign, card = await waiting_card(desk)
    await desk.send(card.form("/refusal"))
    await again(desk, "xianban")
    page = await open_(desk, campaign)
    assert "草稿" in page.html
    assert "待审批" in (await desk.send(page.form("/proposal"))).html
    proposal = await Proposal.get(state=ProposalState.OPEN)
    await desk.send((await desk.get(f"/approvals/{proposal.id.hex}")).form("/retraction"))
    assert "草稿" in (await open_(desk, campaign)).html


async def test_what_nobody_decided_in_time_can_be_proposed_anew(desk: Desk) -> None:
    world = desk.world
    await officials(world, 1)
    campaign = await composed(world)
    await propose(await world.actor("xianban"), campaign)
    world.clock.forward(days=15)
    await desk.log_in("xianshuji")
    assert not (await open_(desk, campaign)).has_form("/approval")
    await again(desk, "xianban")
    await desk.send((await open_(desk, campaign)).form("/proposal"))
    await again(desk, "xianshuji")
    assert (await open_(desk, campaign)).has_form("/approval")


async def test_other_offices_and_administrators_see_nothing_of_it(desk: Desk) -> None:
    campaign = await composed(desk.world, by="shouli", unit="石桥镇")
    await desk.log_in("liuban")
    assert (await open_(desk, campaign)).status == 404
    assert "不收礼" not in (await desk.get("/outreach")).html
    await again(desk, "xitong")
    for path in ("/outreach", "/officials", f"/outreach/{campaign.id.hex}", "/outreach/new"):
        assert (await desk.get(path)).status == 403


async def test_stopped_is_stopped(desk: Desk) -> None:
    await officials(desk.world, 1)
    campaign = await scheduled(desk.world)
    await desk.log_in("xianban")
    page = await open_(desk, campaign)
    stop = page.form("/stop")
    assert "已停止" in (await desk.send(stop)).html
    assert (await desk.send(stop)).status == 409


async def test_an_approved_one_without_a_time_is_given_one(desk: Desk) -> None:
    world = desk.world
    await officials(world, 1)
    campaign = await scheduled(world, send_at=None)
    await desk.log_in("xianban")
    form = (await open_(desk, campaign)).form("/schedule")
    assert (await desk.send(form, send_at="2020-01-01T09:00", second_at="")).status == 422
    page = await desk.send(form, send_at=at(world).strftime("%Y-%m-%dT%H:%M"), second_at="")
    assert "待发" in page.html


async def test_the_calendar_its_alarm_and_a_template(desk: Desk) -> None:
    world = desk.world
    await officials(world, 1)
    world.clock.at = at(world, 33)

    async def drafted() -> None:
        await keep_calendar(lambda festival, year: {Language.ZH_CN: f"{festival}{year}"})

    await drafted()
    assert await Occurrence.exists(festival=Festival.NEW_YEAR)
    await desk.log_in("xianshuji")
    html = (await desk.get("/outreach")).html
    assert "元旦（2027-01-01）快到了，提醒还没批" in html
    campaign = await Campaign.get()
    page = await desk.send((await open_(desk, campaign)).form("/template"))
    assert page.status == 200
    assert (await Template.get()).texts == {"zh_CN": "new_year2027"}
    await again(desk, "shouli")
    assert "快到了" not in (await desk.get("/outreach")).html


async def test_the_register_enters_invites_once_and_ends(desk: Desk) -> None:
    world = desk.world
    await desk.log_in("shouli")
    form = (await desk.get("/officials")).form("/officials")
    fields = {
        "name": "周会计",
        "post": "村会计",
        "category": "C5",
        "tags": "财务、党员",
        "unit": world.units["清水村"].id.hex,
    }
    forms = [one for one in (await desk.get("/officials")).forms if one.action == "/officials" and one.method == "post"]
    page = await desk.send(forms[0], **fields)
    code = re.search(r"/start p(\w+)", page.html)
    assert code
    assert "财务" in page.html
    assert code[1] not in (await desk.get("/officials")).html
    twice = await desk.send(forms[0], **fields)
    assert twice.status == 422
    assert 'value="周会计"' in twice.html
    one = await Official.get()
    page = await desk.send(page.form(f"/officials/{one.id.hex}/invitation"))
    assert "只显示这一次" in page.html
    await desk.send(page.form(f"/officials/{one.id.hex}/end"))
    assert (await Official.get()).ended_on is not None
    assert form


async def test_a_foreign_post_cannot_be_ended(desk: Desk, world: World) -> None:
    one, _ = await official(world, 1, unit="上湾村")
    await desk.log_in("shouli")
    token = (await desk.get("/account")).form("/logout").fields["token"]
    for act in ("end", "invitation"):
        assert (await desk.post(f"/officials/{one.id.hex}/{act}", {"token": token})).status == 404
    assert (await Official.get()).ended_on is None
