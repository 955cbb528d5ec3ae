"""The calendar keeps itself: each festival is drafted once, alarmed once, sent once, or on record as expired."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from datetime import date, datetime, time, timedelta

import pytest

from models import rounds
from models.approving import propose
from models.audit import Act, Audit
from models.campaign import Campaign
from models.clock import SHANGHAI
from models.errors import Conflict, Forbidden
from models.festival import between, timetable
from models.ledger import Ledger, Tally
from models.occurrence import Occurrence, Template, alarms, coming, keep_calendar
from models.reviewed import decide
from models.terms import CampaignState, Festival, Language, OccurrenceState
from tests.models.outreach import officials, send_all
from tests.world import World


def wording(festival: Festival, year: int) -> dict[str, str]:
    return {language: f"{festival} {year} {language}" for language in Language}


def nine(day: date) -> datetime:
    return datetime.combine(day, time(9), SHANGHAI)


async def wake(world: World, day: date, *, before: timedelta = timedelta()) -> None:
    """The job runs on that day at nine, or so long before."""
    world.clock.at = nine(day) - before
    await keep_calendar(wording)


async def test_a_year_lies_ahead_and_a_draft_makes_itself_ten_days_before(world: World) -> None:
    await wake(world, date(2026, 12, 22), before=timedelta(minutes=1))
    assert len(await coming(await world.actor("xianban"))) >= 8
    assert not await Campaign.exists()
    await wake(world, date(2026, 12, 22))
    draft = await Campaign.get()
    assert (draft.festival, draft.state) == (Festival.NEW_YEAR, CampaignState.DRAFT)
    assert draft.text_in("en") == "new_year 2027 en"
    assert draft.send_at is not None
    assert draft.send_at.astimezone(SHANGHAI).isoformat() == "2026-12-29T09:00:00+08:00"
    for _ in range(3):
        await keep_calendar(wording)
    assert await Campaign.all().count() == 1


async def test_two_wakings_at_once_draft_once(world: World) -> None:
    world.clock.at = timetable(Festival.NEW_YEAR, date(2027, 1, 1)).draft_at
    await asyncio.gather(*(keep_calendar(wording) for _ in range(4)))
    assert await Campaign.all().count() == 1
    found = Counter((row.festival, row.day) for row in await Occurrence.all())
    assert set(found.values()) == {1}


async def test_the_newest_version_of_an_offices_own_text_is_used_and_all_are_kept(world: World) -> None:
    head = await world.actor("xianshuji")
    for words in ("第一版", "第二版"):
        await Template.write(head, Festival.NEW_YEAR, {Language.ZH_CN: words})
    await wake(world, date(2026, 12, 22))
    assert (await Campaign.get()).texts == {"zh_CN": "第二版"}
    assert sorted([row.version for row in await Template.all()]) == [1, 2]
    with pytest.raises(Forbidden):
        await Template.write(await world.actor("xianban"), Festival.NEW_YEAR, {Language.ZH_CN: "不行"})
    with pytest.raises(Conflict):
        await Template.write(await world.actor("shuji"), Festival.NEW_YEAR, {Language.ZH_CN: "不行"})


async def test_a_node_that_comes_near_without_approval_raises_one_alarm(world: World) -> None:
    await officials(world, 1)
    await wake(world, date(2026, 12, 22))
    await wake(world, date(2026, 12, 25), before=timedelta(minutes=1))
    assert await alarms(await world.actor("xianban")) == []
    await wake(world, date(2026, 12, 25))
    await keep_calendar(wording)
    [row] = await alarms(await world.actor("xianban"))
    assert row.festival is Festival.NEW_YEAR
    assert await Audit.filter(act=Act.CALENDAR_ALARM).count() == 1
    draft = await Campaign.get()
    await propose(await world.actor("xianban"), draft)
    assert len(await alarms(await world.actor("xianban"))) == 1
    await decide(await world.actor("xianshuji"), draft, approve=True)
    assert await alarms(await world.actor("xianban")) == []


async def test_approved_late_it_goes_out_as_soon_as_it_may_and_never_after_the_day(world: World) -> None:
    await officials(world, 1)
    await wake(world, date(2026, 12, 22))
    draft = await Campaign.get()
    await wake(world, date(2026, 12, 31))
    await propose(await world.actor("xianban"), draft)
    await decide(await world.actor("xianshuji"), draft, approve=True)
    await rounds.move_on()
    assert await send_all() == 1
    await rounds.move_on()
    await draft.refresh_from_db()
    assert draft.due_at is not None
    assert draft.due_at - world.clock.at == rounds.APART
    await wake(world, date(2027, 1, 2))
    await rounds.move_on()
    await draft.refresh_from_db()
    assert (draft.state, draft.second_missed) == (CampaignState.DONE, True)


async def test_nobody_approves_and_the_day_passes_it_is_on_record(world: World) -> None:
    await wake(world, date(2026, 12, 22))
    await wake(world, date(2027, 1, 2))
    await rounds.move_on()
    assert (await Campaign.get()).state is CampaignState.EXPIRED
    assert await Audit.filter(act=Act.CAMPAIGN_EXPIRED).count() == 1


async def test_a_year_of_downtime_leaves_no_gap(world: World) -> None:
    await wake(world, date(2026, 6, 1))
    await wake(world, date(2028, 12, 1))
    rows = {(row.festival, row.day): row.state for row in await Occurrence.all()}
    for festival, day in between(date(2026, 6, 1), date(2028, 11, 30)):
        assert rows[festival, day] is OccurrenceState.EXPIRED


async def test_three_years_with_random_downtime_send_each_festival_once_or_say_it_expired(
    world: World, calendar_seed: int
) -> None:
    """Every festival of three years ends in exactly one record, and nobody hears one of its rounds twice."""
    dice = random.Random(calendar_seed)
    await officials(world, 2)
    first, last = date(2027, 1, 2), date(2029, 12, 31)
    world.clock.at = nine(first)
    author, head = await world.actor("xianban"), await world.actor("xianshuji")
    while world.clock.at < nine(last):
        await keep_calendar(wording)
        for draft in await Campaign.filter(state=CampaignState.DRAFT):
            if dice.random() < 0.5:
                with suppress(Conflict):  # its day has passed
                    await propose(author, draft)
        for put in await Campaign.filter(state=CampaignState.PROPOSED):
            if dice.random() < 0.7:
                with suppress(Conflict):
                    await decide(head, put, approve=True)
        await rounds.move_on()
        if dice.random() < 0.9:
            await send_all()
        await rounds.move_on()
        world.clock.forward(days=dice.uniform(5, 60) if dice.random() < 0.01 else 0)
        world.clock.forward(
            minutes=dice.uniform(60, 1000 if await Campaign.filter(finished_at=None).exists() else 5000)
        )
    await rounds.move_on()
    outcomes: Counter[str] = Counter()
    for festival, day in between(first, last - timedelta(days=15)):
        row = await Occurrence.get(festival=festival, day=day).select_related("campaign")
        if row.campaign is None:
            assert row.state is OccurrenceState.EXPIRED
            outcomes["never drafted"] += 1
            continue
        campaign = row.campaign
        assert campaign.state in {CampaignState.DONE, CampaignState.EXPIRED}
        assert campaign.round == await Tally.filter(campaign_id=campaign.id).distinct().count() or campaign.round == 0
        heard = Counter([(one.reached_id, one.round) for one in await Ledger.filter(campaign_id=campaign.id)])
        assert set(heard.values()) <= {1}
        if campaign.state is CampaignState.DONE:
            assert campaign.round == 2 or campaign.second_missed
            assert heard
        outcomes[f"{campaign.state} {campaign.round}"] += 1
    assert outcomes["done 2"] > 3
    assert sum(outcomes.values()) >= 20
    assert (
        len(await Occurrence.filter(campaign_id__not_isnull=True).values("campaign_id")) == await Campaign.all().count()
    )
