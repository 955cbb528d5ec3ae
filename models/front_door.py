"""MODE=front_door: a matter stops at registration. Casework happens on the official platform; here stay number,
official number, public status and deadlines, so that the reporter can go on asking with his code.

What he told is kept for a while after registration: to be copied over with care, to ask him what is missing, and
to open an identity with two people. Then it goes, and so does each later line of the thread in its turn.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from models import clock
from models.access import Access
from models.attachment import Attachment
from models.audit import Act, Audit
from models.county import County
from models.custody import Spare
from models.db import for_update, transaction
from models.house import house
from models.message import Message
from models.proposal import Proposal
from models.protection import Protection
from models.reading import Reading
from models.receipt import Identity
from models.reveal import Reveal
from models.sealing import Purpose, seal
from models.tip import Tip

KEPT: Final = timedelta(days=30)
"""After registration, and for each line of the thread after the day it was written. Ours; the rule asks for no more."""
_GONE: Final = json.dumps({"v": 1, "parts": [], "care": False, "gone": True}).encode()


def registered_before(day: date) -> QuerySet[Tip]:
    """Matters on the official platform whose words are still here."""
    return Tip.filter(platform_on__lt=day, emptied=False)


def old_lines(day: date) -> QuerySet[Message]:
    """Lines of emptied matters from before that day."""
    return Message.filter(tip_id__in=Subquery(Tip.filter(emptied=True).values("id")), on__lt=day)


async def forget_content(limit: int = 100) -> int:
    """The job that lets go what the platform has. It holds no key: the empty story is sealed to R's public half."""
    day = clock.today() - KEPT
    async with transaction():
        due = await for_update(registered_before(day).limit(limit), skip_locked=True)
        for tip in due:
            await _empty(tip)
        lines = await old_lines(day).delete()
        await _forget_beside(day)
        files = await _forget_files(day)
        if due or lines or files:
            await County.has_shredded()
    for file_id in files:
        await house().files.delete(file_id)
    return len(due)


async def _empty(tip: Tip) -> None:
    tip.narrative = seal(tip.reporter_public, _GONE, Purpose.NARRATIVE, tip.id)
    tip.summary, tip.emptied = None, True
    await tip.save(update_fields=["narrative", "summary", "emptied"])
    await Identity.filter(tip_id=tip.id).delete()
    await Spare.filter(tip_id=tip.id).delete()
    await Reveal.filter(tip_id=tip.id).delete()
    await Audit.record(Act.EMPTIED, unit_id=tip.unit_id, actor_id=None, object_id=tip.id)


async def _forget_beside(day: date) -> None:
    """What was said beside the thread of emptied matters: for protection, and why somebody read or proposed.

    The proposals stay: from them a matter is taken back. An unanswered request goes with its mark.
    """
    emptied, begun = _emptied(), _begin(day)
    old = Protection.filter(tip_id__in=emptied, asked_on__lt=day)
    await old.filter(Q(answered_on=None) | Q(answered_on__lt=day)).delete()
    waiting = Subquery(Protection.filter(answered_on=None).values("tip_id"))
    await Access.filter(tip_id__in=emptied, afraid=True).exclude(tip_id__in=waiting).update(afraid=False)
    await Reading.filter(tip_id__in=emptied, until__lt=begun).delete()
    await Proposal.filter(object_id__in=emptied, made_at__lt=begun).update(reason=None, filed=None)


async def _forget_files(day: date) -> Sequence[UUID]:
    begun, emptied = _begin(day), _emptied()
    rows = await Attachment.filter(tip_id__in=emptied, at__lt=begun).values("id")
    await Attachment.filter(id__in=[row["id"] for row in rows]).delete()
    return [row["id"] for row in rows]


def _emptied() -> Subquery:
    return Subquery(Tip.filter(emptied=True).values("id"))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), clock.SHANGHAI)
