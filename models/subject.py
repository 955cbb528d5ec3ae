"""What a proposed hand-over is about, for those who decide it: the summary written for such pages, never the story."""

from dataclasses import dataclass, field
from uuid import UUID

from models.actor import Actor
from models.care import asks_for_care
from models.errors import NotFound
from models.handover import own_row
from models.proposal import Proposal
from models.sealing import Purpose, unlock
from models.terms import RingPurpose, Topic
from models.tip import Tip


@dataclass(frozen=True, slots=True)
class Subject:
    """`overseen`: this reader decides as the superior, through his oversight row."""

    tip_id: UUID
    place_id: UUID
    topic: Topic
    official_no: str
    summary: str = field(repr=False)
    care: bool
    overseen: bool


async def subject_of(actor: Actor, proposal: Proposal) -> Subject | None:
    """None where this reader has no row of the matter, or has none any more."""
    try:
        row, secret = await own_row(actor, proposal.object_id)
    except NotFound:
        return None
    tip = await Tip.get(id=proposal.object_id)
    summary = unlock(secret, tip.summary, Purpose.SUMMARY, tip.id).decode() if tip.summary else ""
    overseen = row.purpose is RingPurpose.OVERSIGHT
    return Subject(tip.id, tip.place_id, tip.topic, tip.official_no, summary, asks_for_care(tip, secret), overseen)
