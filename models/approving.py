"""Four eyes on a broadcast: what is asked before it is proposed, and what approving it does."""

from models import clock
from models.actor import Actor
from models.audience import Audience
from models.audit import Act
from models.campaign import Campaign
from models.errors import Conflict, Forbidden, Invalid
from models.occurrence import is_of_calendar
from models.policy import Action, require
from models.proposal import Proposal
from models.reviewed import put_forward
from models.teaching import require_teachable
from models.terms import CampaignState
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
    await put_forward(actor, campaign, besides=await kept_apart(campaign_id=campaign.id))


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
