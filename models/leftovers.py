"""What was needed once and nobody asks for any more: invitations, proposals that came to nothing, dead updates."""

from datetime import timedelta
from typing import Any, Final

from tortoise.queryset import QuerySet

from models import clock
from models.db import transaction
from models.inbox import Inbox, Served
from models.officer import Officer
from models.official import Official
from models.proposal import Proposal
from models.staff import Invite
from models.terms import ProposalState

DEAD_UPDATES: Final = timedelta(days=7)
CAME_TO_NOTHING: Final = timedelta(days=30)
NOTHING: Final = (ProposalState.EXPIRED, ProposalState.DECLINED)
"""Approved proposals go with what they were about."""


def unused_invites() -> QuerySet[Any]:
    """Invitations into the panel that ran out."""
    return Invite.filter(expires_at__lte=clock.now())


def unused_officer_invites() -> QuerySet[Any]:
    """Officers whose invitation ran out: the appointment stays, the tag of the code goes."""
    return Officer.filter(invite_tag__not_isnull=True, invite_until__lte=clock.now())


def unused_official_invites() -> QuerySet[Any]:
    """Posts whose invitation ran out: the post stays, the tag of the code goes."""
    return Official.filter(invite_tag__not_isnull=True, invite_until__lte=clock.now())


def ended_proposals() -> QuerySet[Any]:
    """Proposals that were declined or never decided."""
    return Proposal.filter(state__in=NOTHING, expires_at__lt=clock.now() - CAME_TO_NOTHING)


def dead_updates() -> QuerySet[Any]:
    """Updates that could not be served, still locked under the transit key."""
    return Inbox.filter(state=Served.DEAD, body__not_isnull=True, at__lt=clock.now() - DEAD_UPDATES)


async def sweep() -> int:
    """The job. It holds no key."""
    async with transaction():
        gone: int = await unused_invites().delete()
        gone += await unused_officer_invites().update(invite_tag=None)
        gone += await unused_official_invites().update(invite_tag=None)
        gone += await ended_proposals().delete()
        gone += await dead_updates().update(body=None)
        return gone
