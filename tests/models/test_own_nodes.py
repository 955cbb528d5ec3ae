"""An office's own nodes come once each, beside the festivals; a reported wedding or funeral drafts two reminders."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from models import rounds
from models.approving import propose
from models.campaign import Campaign
from models.clock import SHANGHAI
from models.declaration import Declaration, Telling, forget
from models.errors import Conflict, DomainError, Invalid, NotFound
from models.festival import unpublished
from models.ledger import Ledger, lease
from models.occurrence import Occurrence, alarms, coming, keep_calendar, timeless, unapproved
from models.official import OfficialTag
from models.own_node import OwnNode, own_nodes
from models.reviewed import decide
from models.terms import CampaignState, DeclaredEvent, Festival, Language, OccurrenceState
from tests.models.outreach import at, composed, official, send_all
from tests.models.test_calendar import wording
from tests.world import World

TEXTS = {Language.ZH_CN: "秋粮入库，账目公开。"}


def nine(day: date) -> datetime:
    return datetime.combine(day, time(9), SHANGHAI)


async def wake(world: World, moment: datetime) -> None:
    world.clock.at = moment
    await keep_calendar(wording)
    await rounds.move_on()


async def added(world: World, by: str = "shouli", **told: Any) -> OwnNode:
    return await OwnNode.add(await world.actor(by), **{"name": "秋粮入库", "texts": TEXTS, "yearly": (12, 20), **told})


async def test_a_townships_own_node_is_drafted_alarmed_approved_and_sent_once_each_year(world: World) -> None:
    await official(world, 1)
    await official(world, 2, unit="上湾村")  # under another township
    node = await added(world)
    day = date(2026, 12, 20)
    await wake(world, nine(day - timedelta(days=10)) - timedelta(minutes=1))
    assert not await Campaign.exists()
    for _ in range(3):
        await wake(world, nine(day - timedelta(days=10)))
    draft = await Campaign.get()
    told = (draft.unit_id, draft.texts, draft.festival, draft.send_at, draft.second_at)
    first, second = nine(day - timedelta(days=3)), nine(day - timedelta(days=1))
    assert told == (world.units["石桥镇"].id, {"zh_CN": "秋粮入库，账目公开。"}, None, first, second)
    clerk, county = await world.actor("shouli"), await world.actor("xianban")
    assert await alarms(clerk) == []
    await wake(world, nine(day - timedelta(days=7)))
    assert [row.node_id for row in await alarms(clerk)] == [node.id]
    assert node.id not in {row.node_id for row in [*await alarms(county), *await coming(county)]}
    assert {row.festival for row in await coming(clerk)} == {None}
    await propose(clerk, draft)
    await decide(await world.actor("shuji"), draft, approve=True)
    assert await alarms(clerk) == []
    await wake(world, first)
    assert await send_all() == 1
    await wake(world, nine(day + timedelta(days=1)))
    rows = await Occurrence.filter(node_id=node.id).order_by("day")
    planned = [(day, OccurrenceState.DRAFTED), (date(2027, 12, 20), OccurrenceState.PLANNED)]
    assert [(row.day, row.state) for row in rows] == planned
    # a year later, after long downtime: what passed is on record, and the festivals have no gap beside it
    await wake(world, nine(date(2028, 2, 1)))
    rows = await Occurrence.filter(node_id=node.id).order_by("day")
    states = [OccurrenceState.DRAFTED, OccurrenceState.EXPIRED, OccurrenceState.PLANNED]
    assert [row.state for row in rows] == states
    assert await Occurrence.filter(festival=Festival.NEW_YEAR).count() == 3


async def test_an_ended_node_comes_no_more_and_its_draft_stays(world: World) -> None:
    node, once = await added(world), await added(world, name="换届", yearly=None, on=date(2027, 3, 1), second_days=None)
    await wake(world, nine(date(2026, 12, 10)))
    clerk = await world.actor("shouli")
    assert [one.name for one in await own_nodes(clerk)] == ["换届", "秋粮入库"]
    assert [row.times.second_at for row in await Occurrence.filter(node_id=once.id).select_related("node")] == [None]
    await node.end(clerk)
    with pytest.raises(Conflict):
        await node.end(clerk)
    await wake(world, nine(date(2027, 12, 15)))
    assert await Occurrence.filter(node_id=node.id).count() == 1
    assert await Occurrence.filter(node_id=once.id).count() == 1
    with pytest.raises(NotFound):
        await OwnNode.of(await world.actor("liuban"), once.id)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "长" * 25},
        {"texts": {}},
        {"yearly": (2, 29)},
        {"yearly": (13, 1)},
        {"yearly": None},
        {"on": date(2027, 1, 1)},
        {"yearly": None, "on": date(2020, 1, 1)},
        {"first_days": 0},
        {"first_days": 3, "second_days": 3},
    ],
)
async def test_a_node_that_cannot_be_is_refused(world: World, wrong: dict[str, Any], backend: str) -> None:
    assert backend
    with pytest.raises(Invalid):
        await added(world, **wrong)
    assert not await OwnNode.exists()


def said(telling: Telling) -> Mapping[Language, str]:
    return {Language.ZH_CN: telling.name}


async def declared(
    world: World, official_id: Any, day: date, event: DeclaredEvent, by: str = "shouli"
) -> list[Campaign]:
    return await Declaration.enter(
        await world.actor(by), official_id, event=event, day=day, word="红白事", wording=said
    )


async def test_a_reported_wedding_reaches_who_reported_after_approval_and_is_forgotten(world: World) -> None:
    one, _ = await official(world, 1)
    await official(world, 2)  # the same post in the same village
    today = world.clock.at.astimezone(SHANGHAI).date()
    day = today + timedelta(days=20)
    before, after = await declared(world, one.id, day, DeclaredEvent.WEDDING)
    assert (before.texts, after.texts) == ({"zh_CN": "WEDDING"}, {"zh_CN": "AFTERWARDS"})
    assert (before.send_at, after.send_at) == (nine(day - timedelta(days=7)), nine(day + timedelta(days=1)))
    with pytest.raises(Conflict):
        await declared(world, one.id, day, DeclaredEvent.WEDDING)
    for moment in (nine(day - timedelta(days=7)), nine(day + timedelta(days=1))):
        await wake(world, moment)
        assert not await Ledger.exists()  # nothing goes out unapproved
        world.clock.at = nine(today) + timedelta(hours=1)
    with pytest.raises(DomainError):
        await declared(world, one.id, day + timedelta(days=200), DeclaredEvent.WEDDING)
    clerk = await world.actor("shouli")
    await before.refresh_from_db()
    assert before.state is CampaignState.EXPIRED  # it had passed on the clock above
    await propose(clerk, after)
    await decide(await world.actor("shuji"), after, approve=True)
    await wake(world, nine(day + timedelta(days=1)))
    [letter] = await lease(30)
    assert letter.say.key == "outreach.declared"
    assert await Ledger.all().count() == 1
    world.clock.at = nine(day + timedelta(days=31))
    assert await forget() == 1
    assert not await OfficialTag.exists()
    assert not await Declaration.exists()


async def test_a_reported_wedding_that_nears_without_approval_raises_an_alarm_at_its_own_office(world: World) -> None:
    one, _ = await official(world, 1)
    day = world.clock.at.astimezone(SHANGHAI).date() + timedelta(days=20)
    before, _ = await declared(world, one.id, day, DeclaredEvent.WEDDING)
    clerk = await world.actor("shouli")
    world.clock.at = nine(day - timedelta(days=9)) - timedelta(minutes=1)
    assert await unapproved(clerk) == []
    world.clock.forward(minutes=1)
    assert [campaign.id for campaign in await unapproved(clerk)] == [before.id]
    assert await unapproved(await world.actor("xianban")) == []
    await propose(clerk, before)
    assert len(await unapproved(clerk)) == 1
    await decide(await world.actor("shuji"), before, approve=True)
    assert await unapproved(clerk) == []


async def test_a_broadcast_whose_time_passed_before_its_approval_asks_for_another_time(world: World) -> None:
    await official(world, 1)
    clerk = await world.actor("xianban")
    draft = await composed(world, send_at=at(world, 1), second_at=at(world, 9))
    await propose(clerk, draft)
    assert [one.id for one in await unapproved(clerk)] == [draft.id]
    world.clock.at = at(world, 2)
    assert (await unapproved(clerk), await timeless(clerk)) == ([], [])
    await decide(await world.actor("xianshuji"), draft, approve=True)
    assert [one.id for one in await timeless(clerk)] == [draft.id]
    assert await timeless(await world.actor("shouli")) == []
    await draft.schedule(clerk, at(world, 1))
    assert await timeless(clerk) == []


async def test_a_funeral_is_reminded_of_at_once_or_only_afterwards_and_elsewhere_nobody_can_enter_it(
    world: World,
) -> None:
    one, _ = await official(world, 1)
    today = world.clock.at.astimezone(SHANGHAI).date()
    before, _ = await declared(world, one.id, today + timedelta(days=2), DeclaredEvent.FUNERAL)
    assert before.texts == {"zh_CN": "FUNERAL"}
    await propose(await world.actor("shouli"), before)
    await decide(await world.actor("shuji"), before, approve=True)
    await rounds.move_on()
    assert await send_all() == 1
    [after] = await declared(world, one.id, today - timedelta(days=3), DeclaredEvent.FUNERAL)
    assert after.send_at == nine(today + timedelta(days=1))
    with pytest.raises(NotFound):
        await declared(world, one.id, today, DeclaredEvent.FUNERAL, by="liuban")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_year_without_statutory_data_is_told_from_december_on(backend: str) -> None:
    assert backend
    assert unpublished(date(2026, 12, 1))[-1:] in ([], [2027])  # until the library knows it
    assert unpublished(date(2026, 6, 1)) == []
    assert unpublished(date(2099, 12, 1)) == [2099, 2100]


async def test_an_own_node_approved_late_still_goes_out_until_its_day_as_a_festival_does(world: World) -> None:
    await official(world, 1)
    await added(world)
    day = date(2026, 12, 20)
    await wake(world, nine(day - timedelta(days=2)))
    draft = await Campaign.get()
    await propose(await world.actor("shouli"), draft)
    await decide(await world.actor("shuji"), draft, approve=True)
    assert draft.state is CampaignState.SCHEDULED
    await wake(world, nine(day - timedelta(days=2)) + timedelta(minutes=1))
    assert await send_all() == 1
