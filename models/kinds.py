"""The one table of what is proposed by one and approved by another."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from models import approving, handover, publishing, quiz, reset, reveal, roles
from models.campaign import Campaign
from models.policy import Action
from models.proposal import Kind, Proposal
from models.terms import ProposalKind
from models.tip import hold_still


async def _hold_matter(found: Proposal) -> None:
    """First the matter, then its proposals: in the order of who seals it upward, or they wait for one another."""
    await hold_still(found.object_id)


KINDS: Final[Mapping[ProposalKind, Kind]] = {
    ProposalKind.REVEAL: Kind(
        approve=Action.APPROVE_REVEAL,
        effect=reveal.show,
        reason=reveal.reason_of,
        lives=timedelta(hours=24),
        keys=True,
        fresh=True,
        audit_first=True,
    ),
    ProposalKind.MOVE_IDENTITY: Kind(
        approve=Action.APPROVE_REVEAL,
        effect=reveal.move,
        reason=reveal.reason_of,
        lives=timedelta(hours=24),
        keys=True,
        fresh=True,
        hold=_hold_matter,
    ),
    ProposalKind.HAND_OVER: Kind(
        approve=Action.APPROVE_HAND_OVER,
        effect=handover.hand_over,
        reason=handover.reason_of,
        lives=timedelta(days=7),
        keys=True,
        fresh=True,
        hold=_hold_matter,
    ),
    ProposalKind.RESET: Kind(approve=Action.APPROVE_RESET, effect=reset.begin, lives=timedelta(days=3), fresh=True),
    ProposalKind.BROADCAST: Kind(
        approve=Action.APPROVE_CAMPAIGN,
        effect=approving.approved,
        lives=timedelta(days=14),
        hold=Campaign.hold_proposed,
        refused=Campaign.refused,
    ),
    ProposalKind.LESSON: Kind(
        approve=Action.APPROVE_LESSON,
        effect=publishing.published,
        lives=timedelta(days=14),
        hold=publishing.hold,
        refused=publishing.refused,
    ),
    ProposalKind.QUIZ: Kind(
        approve=Action.APPROVE_CAMPAIGN,
        effect=quiz.approved,
        lives=timedelta(days=14),
        hold=quiz.Quiz.hold_proposed,
        refused=quiz.Quiz.refused,
    ),
    ProposalKind.CHANGE_ROLE: Kind(approve=Action.APPROVE_ROLE, effect=roles.change, lives=timedelta(days=7)),
}
