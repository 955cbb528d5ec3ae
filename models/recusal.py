"""What an office holds although one of its people must not see it: matters that name him, or touch his ties.

Before a newcomer is given a key such matters are sealed upward, in the request of the one who gives it
(models/appointing.py). A tie that is noted later strips nobody of anything: the matters are listed, and a person
of the office decides (ADR 0009). Names may only add recusal, never take it away.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from models.access import Access
from models.actor import Actor
from models.message import Message, in_slices, words_of
from models.policy import scope
from models.routing import touched_by
from models.sealing import Purpose, open_any
from models.staff import Staff
from models.terms import OPEN_STATUSES, RingPurpose, Side
from models.text import folded
from models.tip import Tip, reporter_secret
from models.unit import Tree, tree

SHORTEST_NAME = 2
"""One character alone stands in every story."""


@dataclass(frozen=True, slots=True)
class Concern:
    """An open matter of this office and the members who must not see it."""

    tip_id: UUID
    number: str
    place_id: UUID
    members: tuple[Staff, ...]


async def concerning(actor: Actor, member: Staff) -> tuple[set[UUID], int]:
    """Open matters the actor holds that name the member or touch a place he is tied to; and how many were read.

    Everything is opened with the actor's keys, within his request; nothing is kept of it.
    """
    rows = await _open_rows(actor)
    found = {row.tip_id for row in rows if await is_about(member, row, await row.open_tip(actor))}
    return found, len(rows)


async def is_about(member: Staff, row: Access, tip_secret: bytes) -> bool:
    """Whether the matter names the member or touches a place he is tied to. The row comes with its tip."""
    return _ties_touched(await tree(), row, member) or await _is_named(member, row.tip, tip_secret)


async def tied(actor: Actor) -> list[Concern]:
    """Open matters here that touch a place one of the unit's holders is tied to, oldest first. Opens nothing."""
    holders = Staff.filter(active=True, grants__ring__unit_id=actor.unit_id, grants__ring__purpose=RingPurpose.CASE)
    members = [one for one in await holders.distinct().order_by("name") if one.belongs_to]
    if not members:
        return []
    units, rows = await tree(), await _open_rows(actor)
    caught = ((row, tuple(one for one in members if _ties_touched(units, row, one))) for row in rows)
    return [Concern(row.tip_id, row.reference, row.place_id, who) for row, who in caught if who]


async def _open_rows(actor: Actor) -> list[Access]:
    rows = scope(actor, Access).filter(ring_id__in=list(await actor.held(RingPurpose.CASE)))
    return list(await rows.filter(status__in=list(OPEN_STATUSES)).order_by("arrived_no").select_related("tip"))


def _ties_touched(units: Tree, row: Access, member: Staff) -> bool:
    touched = touched_by(units, row.place_id, row.concerns)
    ties = member.units() - {row.unit_id}
    return any(units.get(tie) and units.under(tie, bad) for tie in ties for bad in touched)


async def _is_named(member: Staff, tip: Tip, tip_secret: bytes) -> bool:
    """Whether the reporter wrote his name, be it across the end of a line."""
    name = folded(member.name)
    if len(name) < SHORTEST_NAME:
        return False
    tail = ""
    async for words in _words(tip, tip_secret):
        told = tail + folded(words)
        if name in told:
            return True
        tail = told[1 - len(name) :]
    return False


async def _words(tip: Tip, tip_secret: bytes) -> AsyncIterator[str]:
    """All that the reporter wrote, piece by piece."""
    secret = reporter_secret(tip_secret)
    yield words_of(json.loads(open_any(secret, tip.narrative, Purpose.NARRATIVE, tip.id)))
    async for lines in in_slices(Message.filter(tip_id=tip.id, side=Side.REPORTER)):
        for line in lines:
            yield words_of(json.loads(open_any(secret, line.body, Purpose.MESSAGE, line.id)))
