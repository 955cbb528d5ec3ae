"""The superior: what units below handle, how late they are, and reading one of their matters.

The list opens nothing: it tells clear columns only. Reading takes a reason, kept under T beside the entry in the
audit trail, and lasts half an hour; a matter that was escalated asks for none. What escalates: a deadline that is
past, which a job notices without any key, and a decision nobody in the unit could take.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from models import clock
from models.access import Access, access_of
from models.actor import Actor
from models.audit import Act, Audit
from models.db import new_id, transaction
from models.errors import Forbidden, Invalid, NotFound
from models.event import Event, Happening
from models.matter import Matter
from models.policy import Action, overseen, require
from models.reading import Reading
from models.sealing import Purpose, lock
from models.terms import OPEN_STATUSES, Concerns, RingPurpose, TipStatus, Topic
from models.text import clean
from models.tip import Tip

PAGE: Final = 50
BATCH: Final = 200
WINDOW: Final = timedelta(minutes=30)
MAX_REASON: Final = 500


class Below(StrEnum):
    """What a superior asks for. Each is a catalog key `below.<value>`."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    OPEN = "open"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Item:
    """One matter of a unit below: nothing that a key was needed for."""

    tip_id: UUID
    unit_id: UUID
    arrived_on: date
    due_on: date | None
    status: TipStatus
    topic: Topic
    place_id: UUID
    concerns: Concerns
    named: bool
    escalated_on: date | None


@dataclass(frozen=True, slots=True)
class Page:
    """Fifty rows, the longest waiting first, and the matter after which the next page begins."""

    items: list[Item]
    after: UUID | None


@dataclass(slots=True)
class Overseen(Matter):
    """A matter as its superior reads it. It is a `Matter` whose row allows no act."""

    READS_FILES: ClassVar = Action.READ_OVERSEEN

    @classmethod
    async def open(cls, actor: Actor, tip_id: UUID, *, mark: str = "") -> "Overseen":
        """NotFound alike for absent and not his; Forbidden("oversight.reason_first") until he has given a reason."""
        access = await _row(actor, tip_id)
        if access.escalated_on is None and await reading_until(actor, tip_id) is None:
            raise Forbidden("oversight.reason_first")
        return cls(actor, access, await Tip.get(id=tip_id), await access.open_tip(actor), mark)

    async def read(self) -> None:
        """Each look is an entry of the superior's audit trail."""
        async with transaction():
            await self._audit(Act.OVERSEEN)


async def glance(actor: Actor, tip_id: UUID) -> Item:
    """What the list tells of one matter, for the page that asks for the reason."""
    await _row(actor, tip_id)
    rows = await _listed(actor).filter(tip_id=tip_id).values(*_COLUMNS)
    if not rows:
        raise NotFound
    return _item(rows[0])


async def give_reason(actor: Actor, tip_id: UUID, reason: str) -> None:
    """Say why, and read for half an hour. Invalid without a reason."""
    access = await _row(actor, tip_id)
    reason = clean(reason)
    if not 1 <= len(reason) <= MAX_REASON:
        raise Invalid("oversight.reason_bad", most=MAX_REASON)
    secret, reading_id, at = await access.open_tip(actor), new_id(), clock.now()
    locked = lock(secret, reason.encode(), Purpose.REASON, reading_id)
    event = Event.of(Happening.OVERSEEN, tip_id=tip_id, unit_id=actor.unit_id, actor_id=actor.id)
    async with transaction():
        await Reading.create(
            id=reading_id,
            tip_id=tip_id,
            unit_id=actor.unit_id,
            staff_id=actor.id,
            reason=locked,
            made_at=at,
            until=at + WINDOW,
        )
        await event.save(force_create=True)
        detail = {"reading": reading_id.hex}
        await Audit.record(Act.OVERSEEN, unit_id=actor.unit_id, actor_id=actor.id, object_id=tip_id, detail=detail)


async def reading_until(actor: Actor, tip_id: UUID) -> datetime | None:
    """Until when the reason he gave lets him read; None when he gave none, or its time is over."""
    rows = Reading.filter(tip_id=tip_id, staff_id=actor.id, unit_id=actor.unit_id, until__gt=clock.now())
    last = await rows.order_by("-until").first()
    return last.until if last else None


async def below(actor: Actor, pick: Below = Below.OVERDUE, *, after: UUID | None = None) -> Page:
    """各镇超期 and its sisters: matters of the units below, those that wait longest first. Opens nothing."""
    rows = (await _held(actor)).filter(_picks()[pick])
    if after is not None:
        start = await rows.get_or_none(tip_id=after).values("arrived_no")
        rows = rows.filter(arrived_no__gt=start["arrived_no"]) if start else rows
    found = [_item(row) for row in await rows.order_by("arrived_no").limit(PAGE + 1).values(*_COLUMNS)]
    return Page(found[:PAGE], found[PAGE - 1].tip_id if len(found) > PAGE else None)


async def counts(actor: Actor) -> dict[Below, int]:
    """How many each pick holds; one query."""
    sums = {pick.value: Count("id", _filter=which) for pick, which in _picks().items()}
    [found] = await (await _held(actor)).annotate(**sums).values(*sums)
    return {pick: found[pick] or 0 for pick in Below}


async def overdue_by_unit(actor: Actor) -> dict[UUID, int]:
    """How many are overdue in each unit below, the most first."""
    rows = (await _held(actor)).filter(_picks()[Below.OVERDUE]).annotate(n=Count("id")).group_by("tip__unit_id")
    found = {row["tip__unit_id"]: row["n"] for row in await rows.values("tip__unit_id", "n")}
    return dict(sorted(found.items(), key=lambda one: -one[1]))


async def escalate() -> int:
    """The job that tells the superior of what is overdue. It holds no key: his row is there since the filing."""
    late = Access.filter(purpose=RingPurpose.OVERSIGHT, due_on__lt=clock.today(), escalated_on=None, quarantined=False)
    async with transaction():
        rows = await late.limit(BATCH).values("id", "tip_id", "unit_id", "tip__unit_id")
        await Access.filter(id__in=[row["id"] for row in rows]).update(escalated_on=clock.today())
        for row in rows:
            await _note_escalation(row["tip_id"], row["unit_id"], also={row["tip__unit_id"]})
    return len(rows)


async def escalate_to(unit_id: UUID, tip_id: UUID) -> None:
    """The superior must decide about it, so he reads it without a reason. In the caller's transaction."""
    rows = Access.filter(tip_id=tip_id, unit_id=unit_id, purpose=RingPurpose.OVERSIGHT, escalated_on=None)
    if await rows.update(escalated_on=clock.today()):
        await _note_escalation(tip_id, unit_id, also=())


async def _note_escalation(tip_id: UUID, superior: UUID, *, also: Iterable[UUID]) -> None:
    units = {superior, *also}
    events = [Event.of(Happening.ESCALATED, tip_id=tip_id, unit_id=unit_id) for unit_id in units]
    await Event.bulk_create(events)
    await Audit.record(Act.ESCALATED, unit_id=superior, actor_id=None, object_id=tip_id)


async def _row(actor: Actor, tip_id: UUID) -> Access:
    row = await access_of(actor, tip_id, RingPurpose.OVERSIGHT)
    require(actor, Action.READ_OVERSEEN, row)
    return row


async def _held(actor: Actor) -> QuerySet[Access]:
    """Permission is the row, ability the ring: as in every list."""
    return _listed(actor).filter(ring_id__in=list(await actor.held(RingPurpose.OVERSIGHT)))


def _listed(actor: Actor) -> QuerySet[Access]:
    """Not what his own unit handles itself, nor what came in a flood."""
    own = Access.filter(unit_id=actor.unit_id, purpose=RingPurpose.CASE, reads_only=False).values("tip_id")
    return overseen(actor).filter(quarantined=False).exclude(tip_id__in=Subquery(own))


def _picks() -> dict[Below, Q]:
    today = clock.today()
    soon = clock.add_working_days(today, 3)
    return {
        Below.OVERDUE: Q(due_on__lt=today),
        Below.DUE_SOON: Q(due_on__gte=today, due_on__lte=soon),
        Below.OPEN: Q(status__in=list(OPEN_STATUSES)),
        Below.ESCALATED: Q(escalated_on__not_isnull=True) & Q(status__in=list(OPEN_STATUSES)),
    }


_COLUMNS: Final = (
    "tip_id", "tip__unit_id", "arrived_on", "due_on", "status", "topic", "place_id", "concerns", "named", "escalated_on"
)  # fmt: skip


def _item(row: dict[str, Any]) -> Item:
    return Item(unit_id=row.pop("tip__unit_id"), **row)
