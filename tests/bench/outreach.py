"""Broadcasts at size: counting an audience, freezing it, and the progress page whatever the ledger holds."""

import time
from uuid import UUID

from models import rounds
from models.audience import Audience
from models.campaign import Campaign
from models.clock import today
from models.db import new_id, transaction
from models.ledger import Ledger, Tally
from models.official import Chat, Official, OfficialTag, Reached
from models.progress import coverage, progress
from models.subscription import Subscription
from models.terms import CampaignKind, CampaignState, Category, Readers
from tests.bench.county import counties
from tests.bench.figures import Figure, Options
from tests.world import World

TWO_POSTS = 10
SUBSCRIBED = 5


async def crowd(world: World, count: int) -> None:
    """So many people in office, enrolled; every tenth with a second post, every fifth a subscriber as well, and as many
    residents who are nothing else. Links that open nothing serve here.
    """
    villages = [world.units[name].id for name in ("清水村", "白杨村", "上湾村", "石桥镇", "柳河镇")]
    categories = list(Category)
    async with transaction():
        for start in range(0, count, 10_000):
            links, residents = _links(some := min(10_000, count - start)), _links(some // SUBSCRIBED)
            await Reached.bulk_create(links + residents)
            posts = [_post(link.id, n, villages, categories) for n, link in enumerate(links)]
            posts += [_post(link.id, n + 1, villages, categories) for n, link in enumerate(links) if n % TWO_POSTS == 0]
            await Official.bulk_create(posts)
            await OfficialTag.bulk_create([OfficialTag(official_id=one.id, tag="党员") for one in posts[::3]])
            also = [_subscription(link, villages[0], Chat.SHARED) for link in links[::SUBSCRIBED]]
            await Subscription.bulk_create(also + [_subscription(link, villages[1], Chat.OWN) for link in residents])
            await Official.filter(reached_id__in=[link.id for link in links[::SUBSCRIBED]]).update(chat=Chat.SHARED)


def _links(count: int) -> list[Reached]:
    return [Reached(id=new_id(), tag=new_id().bytes * 2, contact_locked=b"x", kept_on=today()) for _ in range(count)]


def _subscription(link: Reached, unit: UUID, chat: Chat) -> Subscription:
    return Subscription(reached_id=link.id, unit_id=unit, chat=chat, since=today())


def _post(link: UUID, n: int, villages: list[UUID], categories: list[Category]) -> Official:
    told = {"unit_id": villages[n % len(villages)], "category": categories[n % 6], "added_on": today()}
    chat = Chat.OWN if n % TWO_POSTS > 1 else Chat.SHARED
    return Official(name=f"干部{n}", post=f"职务{n % 7}", reached_id=link, chat=chat, **told)


async def audience_and_start(world: World, count: int) -> dict[str, float]:
    """Seconds to count an audience, plain and with every kind of rule, and to freeze it."""
    await crowd(world, count)
    county = world.units["云岭县"].id
    plain = Audience(county)
    ruled = Audience(
        county,
        categories=tuple(Category)[:5],
        tags=("党员",),
        without_units=(world.units["柳河镇"].id,),
        without_posts=("职务3",),
    )
    everybody = Audience(county, readers=tuple(Readers))
    told = {"preview": await _least(plain), "preview, all rules": await _least(ruled)}
    told["preview with subscribers"] = await _least(everybody)
    campaign = await due(county, everybody)
    began = time.perf_counter()
    await rounds.move_on()
    told["start"] = time.perf_counter() - began
    people = (await everybody.reach()).people
    assert await Ledger.filter(campaign_id=campaign.id).count() == people == count + count // SUBSCRIBED
    return told


async def due(unit_id: UUID, audience: Audience) -> Campaign:
    """An approved broadcast whose time is now."""
    from models import clock

    at = clock.now()
    campaign = Campaign(
        unit_id=unit_id,
        kind=CampaignKind.EDUCATION,
        texts={"zh_CN": "不收礼。"},
        audience=audience.to_json(),
        made_at=at,
    )
    campaign.state, campaign.due_at = CampaignState.SCHEDULED, at
    async with transaction():
        await campaign.save(force_create=True)
    return campaign


async def ledger_of(world: World, rows: int) -> Campaign:
    """A broadcast that is being sent, with a ledger of so many rows."""
    campaign = await due(world.units["云岭县"].id, Audience(world.units["云岭县"].id))
    campaign.state, campaign.round = CampaignState.SENDING, 1
    units = [unit.id for unit in world.units.values()]
    async with transaction():
        await campaign.save()
        for start in range(0, rows, 20_000):
            some = [
                Ledger(campaign_id=campaign.id, round=1, reached_id=new_id(), unit_id=units[n % len(units)])
                for n in range(min(20_000, rows - start))
            ]
            await Ledger.bulk_create(some)
        await Tally.bulk_create(
            [Tally(campaign_id=campaign.id, round=1, unit_id=unit, total=rows // len(units)) for unit in units]
        )
    return campaign


async def pages(campaigns: list[Campaign]) -> list[float]:
    """The least seconds the figures of each one's progress page take; they take turns."""
    best = [9.0] * len(campaigns)
    for _ in range(50):
        for no, campaign in enumerate(campaigns):
            began = time.perf_counter()
            await progress(campaign)
            await coverage(campaign)
            best[no] = min(best[no], time.perf_counter() - began)
    return best


async def _least(audience: Audience) -> float:
    best = 9.0
    for _ in range(5):
        began = time.perf_counter()
        await audience.reach()
        best = min(best, time.perf_counter() - began)
    return best


async def outreach(options: Options) -> list[Figure]:
    """Each database in turn. A million rows take minutes to write: without --full the larger ledger has 200,000."""
    figures: list[Figure] = []
    rows = 1_000_000 if options.full else 200_000
    async for name, world in counties():
        told = await audience_and_start(world, 100_000)
        previews = [seconds for what, seconds in told.items() if what.startswith("preview")]
        small, large = await pages([await ledger_of(world, 10_000), await ledger_of(world, rows)])
        figures += [
            Figure(f"outreach.{name}.preview", max(previews) * 1000, "ms over 100k people", most=200),
            Figure(f"outreach.{name}.start", told["start"], "s for 100k people", most=5),
            Figure(f"outreach.{name}.page", large / small, f"× of 10k ledger rows, at {rows // 1000}k", most=1.3),
        ]
    return figures
