"""People in office who enrolled, and a broadcast to them: through the front door."""

from datetime import datetime, timedelta
from typing import Any

from models import rounds
from models.approving import propose
from models.audience import Audience
from models.campaign import Campaign
from models.clock import SHANGHAI
from models.contact import Contact
from models.db import transaction
from models.ledger import Ledger, Letter, Settled, lease, settle
from models.official import Official
from models.reviewed import decide
from models.terms import CampaignKind, Category, Language, LedgerState
from tests.world import World

TEXTS = {Language.ZH_CN: "不收礼。", Language.EN: "Take no gifts."}


async def person(number: int, language: Language = Language.ZH_CN) -> Contact:
    """A chat that has talked to the bot."""
    contact = Contact.new(f"telegram:{number}", language)
    async with transaction():
        await contact.save(force_create=True)
    return contact


async def official(
    world: World,
    number: int,
    *,
    unit: str = "清水村",
    post: str = "村会计",
    category: Category = Category.GRASSROOTS,
    tags: tuple[str, ...] = (),
    contact: Contact | None = None,
    by: str = "xianban",
) -> tuple[Official, Contact]:
    """One post, entered and enrolled."""
    told: dict[str, Any] = {
        "unit_id": world.units[unit].id,
        "name": f"干部{number}",
        "post": post,
        "category": category,
        "tags": tags,
    }
    _, code = await Official.add(await world.actor(by), **told)
    contact = contact or await person(number)
    return await Official.enrol(code, contact.id), contact


async def officials(world: World, count: int, **told: Any) -> list[Contact]:
    """Several, numbered from one."""
    return [(await official(world, number, **told))[1] for number in range(1, count + 1)]


def at(world: World, days: int = 1, hour: int = 9, minute: int = 0) -> datetime:
    """That hour in Shanghai, so many days from now."""
    day = (world.clock.at + timedelta(days=days)).astimezone(SHANGHAI).date()
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


async def composed(world: World, by: str = "xianban", unit: str = "云岭县", **told: Any) -> Campaign:
    """A draft to everybody under a unit."""
    given = {"kind": CampaignKind.REMINDER, "texts": TEXTS, "audience": Audience(world.units[unit].id)}
    return await Campaign.compose(await world.actor(by), **{**given, **told})


async def scheduled(world: World, **told: Any) -> Campaign:
    """Proposed by its author, approved by the secretary, due tomorrow at nine."""
    campaign = await composed(world, **{"send_at": at(world), **told})
    await propose(await world.actor("xianban"), campaign)
    await decide(await world.actor("xianshuji"), campaign, approve=True)
    return campaign


async def sending(world: World, **told: Any) -> Campaign:
    """Its time has come."""
    campaign = await scheduled(world, **told)
    assert campaign.send_at
    world.clock.at = campaign.send_at
    await rounds.move_on()
    await campaign.refresh_from_db()
    return campaign


async def sent(letters: list[Letter], state: LedgerState = LedgerState.SENT) -> None:
    """The edge says how it went."""
    await settle([Settled(one.row, one.lease_id, state, one.contact.id) for one in letters])


async def send_all() -> int:
    """Everything that waits, as an edge without trouble would."""
    count = 0
    while letters := await lease(30):
        await sent(letters)
        count += len(letters)
    return count


async def states(campaign: Campaign, number: int = 1) -> dict[LedgerState, int]:
    """How many rows stand where."""
    found: dict[LedgerState, int] = {}
    for row in await Ledger.filter(campaign_id=campaign.id, round=number):
        found[row.state] = found.get(row.state, 0) + 1
    return found
