"""Four eyes on a broadcast: one proposes it, another approves it, and neither wrote it."""

from uuid import UUID

from models import clock, proposal
from models.actor import Actor
from models.audience import Audience
from models.audit import Act
from models.campaign import OPEN, Campaign
from models.db import transaction
from models.errors import Conflict, Forbidden, Invalid
from models.occurrence import is_of_calendar
from models.policy import Action, require
from models.proposal import Proposal, deciding_unit, new_proposal
from models.teaching import require_teachable
from models.terms import CampaignState, ProposalKind
from models.triage import kept_apart


async def propose(actor: Actor, campaign: Campaign) -> None:
    """Ask for approval. Invalid when it would reach nobody; Conflict when it is no draft or its day has passed."""
    require(actor, Action.COMPOSE)
    campaign.own(actor)
    audience = Audience.from_json(campaign.audience)
    await require_teachable(campaign.lesson_id, audience)
    if not (await audience.reach()).people:
        raise Invalid("outreach.reaches_nobody")
    if campaign.ends_at and campaign.ends_at <= clock.now():
        raise Conflict("outreach.day_passed")
    besides = [one for one in (actor.id, campaign.author_id, *await kept_apart(campaign_id=campaign.id)) if one]
    decider = await deciding_unit(ProposalKind.BROADCAST, start=campaign.unit_id, besides=besides)
    about = campaign.author_id if campaign.author_id != actor.id else None
    async with transaction():
        await campaign.hold(OPEN, author_id=campaign.author_id)  # or who wrote it meanwhile could approve it
        campaign.state, campaign.proposer_id, campaign.decider_id = CampaignState.PROPOSED, actor.id, decider
        await campaign.save(update_fields=["state", "proposer_id", "decider_id"])
        put = new_proposal(actor, ProposalKind.BROADCAST, campaign.id, unit_id=decider, about_id=about)
        await proposal.put(put)


async def waiting(campaign: Campaign) -> Proposal | None:
    """The proposal that waits for a decision, if there is one."""
    return await proposal.waiting(ProposalKind.BROADCAST, campaign.id)


async def decide(actor: Actor, campaign: Campaign, *, approve: bool, asked: UUID | None = None) -> None:
    """Approve it, or send it back to its author. Errors as `proposal.to_decide` and `proposal.approve`."""
    found = await proposal.to_decide(ProposalKind.BROADCAST, campaign.id, asked)
    if approve:
        await proposal.approve(actor, found.id)
    else:
        await proposal.decline(actor, found.id)
    await campaign.refresh_from_db()


async def hold(found: Proposal) -> None:
    """Nobody rewrites it while it is decided. Conflict when it is not proposed any more."""
    campaign = await Campaign.get(id=found.object_id)
    await campaign.hold({CampaignState.PROPOSED})


async def refused(found: Proposal) -> None:
    """The effect of declining it or taking it back: a draft again, as it was written."""
    await Campaign.filter(id=found.object_id).update(state=CampaignState.DRAFT)


async def approved(actor: Actor, found: Proposal) -> None:
    """The effect of approving: it waits for its time. Conflict when its day has passed, or nobody can read its lesson
    any more; Forbidden for who took it from an officer, or is that officer.

    The time of a node of the calendar may have come while it waited: until the day itself it goes out as soon as people
    are awake. Other broadcasts whose time has passed are given a new one.
    """
    campaign = await Campaign.get(id=found.object_id)
    if actor.id in await kept_apart(campaign_id=campaign.id):
        raise Forbidden("submission.own_source")
    at = clock.now()
    await require_teachable(campaign.lesson_id, Audience.from_json(campaign.audience))
    late = campaign.send_at is not None and campaign.send_at <= at
    if campaign.ends_at and campaign.ends_at <= at:
        raise Conflict("outreach.day_passed")
    campaign.due_at = None if late and not await is_of_calendar(campaign) else campaign.send_at
    campaign.state = CampaignState.SCHEDULED if campaign.due_at else CampaignState.APPROVED
    await campaign.save(update_fields=["due_at", "state"])
    if campaign.due_at:
        await campaign.note(Act.CAMPAIGN_SCHEDULED, actor)
