"""The one table of what is proposed by one and approved by another."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from models import approving, handover, reset, reveal, roles
from models.policy import Action
from models.proposal import Kind
from models.terms import ProposalKind

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
    ),
    ProposalKind.HAND_OVER: Kind(
        approve=Action.APPROVE_HAND_OVER,
        effect=handover.hand_over,
        reason=handover.reason_of,
        lives=timedelta(days=7),
        keys=True,
        fresh=True,
    ),
    ProposalKind.RESET: Kind(approve=Action.APPROVE_RESET, effect=reset.begin, lives=timedelta(days=3), fresh=True),
    ProposalKind.BROADCAST: Kind(
        approve=Action.APPROVE_CAMPAIGN,
        effect=approving.approved,
        lives=timedelta(days=14),
        hold=approving.hold,
        refused=approving.refused,
    ),
    ProposalKind.CHANGE_ROLE: Kind(approve=Action.APPROVE_ROLE, effect=roles.change, lives=timedelta(days=7)),
}
