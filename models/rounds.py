"""Time moves broadcasts on: rounds begin, end and expire. One job, which looks at rows and the clock alone.

A wake-up that was missed is made up by the next one; what has become pointless is recorded as expired.
"""

from datetime import timedelta
from typing import Final

from tortoise.expressions import Q

from models import clock
from models.audit import Act
from models.campaign import AHEAD, OPEN, UNDER_WAY, Campaign
from models.db import transaction
from models.errors import Conflict
from models.festival import may_send
from models.ledger import Ledger, freeze, lapse
from models.submission import tell_sent
from models.terms import CampaignState, LedgerState

APART: Final = timedelta(hours=20)
"""Between the two rounds, also when the first was late: nobody is reminded twice in a morning."""


async def move_on() -> int:
    """The job: lapse leases, then expire, begin and end what is due. Answers how many broadcasts changed."""
    await lapse()
    at = clock.now()
    due = Q(state=CampaignState.SCHEDULED, due_at__lte=at)
    over = Q(ends_at__lte=at, state__in=list(OPEN | AHEAD | UNDER_WAY))
    moved = 0
    for campaign in await Campaign.filter(due | over | Q(state=CampaignState.SENDING)).order_by("due_at", "id"):
        try:
            moved += await _move_on(campaign)
        except Conflict:  # another process was quicker
            continue
    return moved


async def _move_on(campaign: Campaign) -> bool:
    if campaign.ends_at and campaign.ends_at <= clock.now():
        return await _expire(campaign)
    if campaign.state is CampaignState.SCHEDULED:
        return may_send(clock.now()) and await _begin(campaign)
    return not await _in_work(campaign) and await _end_round(campaign)


async def _begin(campaign: Campaign) -> bool:
    """The next round: its ledger is written in the transaction that sets the campaign to sending."""
    async with transaction():
        await campaign.hold({CampaignState.SCHEDULED}, round=campaign.round, due_at=campaign.due_at)
        campaign.round, campaign.round_at = campaign.round + 1, clock.now()
        campaign.state, campaign.due_at = CampaignState.SENDING, None
        await campaign.save(update_fields=["round", "round_at", "state", "due_at"])
        await freeze(campaign)
        if campaign.round == 1:
            await tell_sent(campaign)
        await campaign.note(Act.CAMPAIGN_STARTED, None)
    return True


async def _end_round(campaign: Campaign) -> bool:
    """All of a round is settled. The second one waits for its time, if it still has one."""
    async with transaction():
        await campaign.hold({CampaignState.SENDING}, round=campaign.round)
        again = max(campaign.second_at, (campaign.round_at or clock.now()) + APART) if campaign.second_at else None
        comes = campaign.round == 1 and again is not None and (campaign.ends_at is None or again < campaign.ends_at)
        if comes:
            await _turn(campaign, CampaignState.SCHEDULED, due_at=again)
        else:
            missed = campaign.round == 1 and campaign.second_at is not None
            await _turn(campaign, CampaignState.DONE, second_missed=missed, finished_at=clock.now())
            await campaign.note(Act.CAMPAIGN_DONE, None)
    return True


async def _expire(campaign: Campaign) -> bool:
    """Its day has passed. Whose second round alone was missed is done; nothing queued is sent any more."""
    async with transaction():
        await campaign.hold({campaign.state}, round=campaign.round, ends_at=campaign.ends_at)
        second_only = campaign.state is CampaignState.SCHEDULED and campaign.round == 1
        ended = not second_only and campaign.state is CampaignState.SENDING and not await _in_work(campaign)
        to = CampaignState.DONE if second_only or ended else CampaignState.EXPIRED
        missed = campaign.round == 1 and campaign.second_at is not None
        await _turn(campaign, to, second_missed=missed, finished_at=clock.now(), due_at=None)
        await campaign.withdraw_proposal()
        await campaign.note(Act.CAMPAIGN_DONE if to is CampaignState.DONE else Act.CAMPAIGN_EXPIRED, None)
    return True


async def _turn(campaign: Campaign, to: CampaignState, **columns: object) -> None:
    await Campaign.filter(id=campaign.id).update(state=to, **columns)
    campaign.update_from_dict({"state": to, **columns})


async def _in_work(campaign: Campaign) -> bool:
    waiting = [LedgerState.QUEUED, LedgerState.LEASED]
    return await Ledger.filter(campaign_id=campaign.id, state__in=waiting).exists()
