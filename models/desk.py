"""The desk's lists: one keyset page of 收件, with summaries opened for the one who looks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from models import clock
from models.access import Access, open_access, reference, relock_access
from models.actor import Actor
from models.db import transaction
from models.policy import scope
from models.sealing import KeyPair, Purpose, is_sealed, unlock
from models.terms import OPEN_STATUSES, Channel, Concerns, RingPurpose, TipStatus, Topic

PAGE = 50
SOON: Final = 3
"""Working days before the last day from which on a matter is due soon."""
COLUMNS = (
    "id", "tip_id", "ring_id", "secret", "arrived_no", "arrived_on", "unread", "status", "topic", "place_id",
    "concerns", "channel", "named", "files", "objected", "news", "due_on", "assignee_id", "assignee__name",
    "tip__summary", "tip__official_no",
)  # fmt: skip


class Pick(StrEnum):
    """What a desk asks for first thing in the morning. Each is a catalog key `panel.pick.<value>`."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    NEW = "new"
    ANSWERED = "answered"  # read before, and the reporter has said more
    OBJECTED = "objected"  # ended, and the reporter waits for a second answer
    NEWS = "news"  # ended, and the reporter told new facts
    MINE = "mine"
    APART = "apart"  # came in a flood: apart from all other lists until somebody lets it in


_LET_IN: Final = Q(quarantined=False)
_OURS: Final = _LET_IN & Q(reads_only=False)
"""Let in, and not handed over to somebody else."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the list. Never the reporter."""

    tip_id: UUID
    number: str  # its reference: no running number
    official_no: str
    arrived_on: date
    unread: bool
    status: TipStatus
    topic: Topic
    place_id: UUID
    concerns: Concerns
    channel: Channel
    named: bool
    files: int
    objected: bool
    news: bool
    due_on: date | None
    assignee: str
    summary: str


@dataclass(frozen=True, slots=True)
class Page:
    """Fifty rows, and the place after which the next page begins, if there is one."""

    items: list[Item]
    after: int | None


async def inbox(
    actor: Actor,
    *,
    before: int | None = None,
    status: TipStatus | None = None,
    mine: bool = False,
    pick: Pick | None = None,
) -> Page:
    """收件, newest first. Permission is the Access row, ability the ring: a row without both is not shown."""
    rows = scope(actor, Access).filter(ring_id__in=await actor.held(RingPurpose.CASE))
    if before is not None:
        rows = rows.filter(arrived_no__lt=before)
    if status is not None:
        rows = rows.filter(status=status)
    if mine:
        rows = rows.filter(assignee_id=actor.id)
    return await page_of(actor, rows.filter(_picks(actor)[pick] if pick else _LET_IN))


async def page_of(actor: Actor, rows: QuerySet[Access]) -> Page:
    """The newest of these rows, with their summaries. The caller has asked `scope` and `held` for them."""
    found = await rows.order_by("-arrived_no").limit(PAGE + 1).values(*COLUMNS)
    shown = found[:PAGE]
    secrets = await secrets_of(actor, shown)
    items = [item_of(row, secrets[row["id"]]) for row in shown]
    return Page(items, shown[-1]["arrived_no"] if len(found) > PAGE else None)


async def counts(actor: Actor) -> dict[Pick, int]:
    """How many rows each pick of the list holds: one query, no key."""
    rows = scope(actor, Access).filter(ring_id__in=await actor.held(RingPurpose.CASE))
    # Not under the picks' own names: some are columns, too.
    sums = {f"n_{pick}": Count("id", _filter=which) for pick, which in _picks(actor).items()}
    [found] = await rows.annotate(**sums).values(*sums)
    return {pick: found[f"n_{pick}"] or 0 for pick in Pick}


async def next_new(actor: Actor, *, besides: UUID) -> UUID | None:
    """The new matter that is due first, for a desk that has just finished another one."""
    rows = scope(actor, Access).filter(ring_id__in=await actor.held(RingPurpose.CASE), status=TipStatus.RECEIVED)
    found = await rows.filter(_OURS).exclude(tip_id=besides).order_by("due_on", "arrived_no").first().values("tip_id")
    return found["tip_id"] if found else None


def _picks(actor: Actor) -> dict[Pick, Q]:
    today, is_open = clock.today(), (Q(status__in=list(OPEN_STATUSES)) | Q(objected=True)) & _OURS
    soon = clock.add_working_days(today, SOON)
    return {
        Pick.OVERDUE: is_open & Q(due_on__lt=today),
        Pick.DUE_SOON: is_open & Q(due_on__gte=today, due_on__lte=soon),
        Pick.NEW: Q(status=TipStatus.RECEIVED) & _OURS,
        Pick.ANSWERED: Q(unread=True) & ~Q(status=TipStatus.RECEIVED) & _OURS,
        Pick.OBJECTED: Q(objected=True) & _OURS,
        Pick.NEWS: Q(news=True) & _OURS,
        Pick.MINE: is_open & Q(assignee_id=actor.id),
        Pick.APART: ~_LET_IN,
    }


async def secrets_of(actor: Actor, rows: Iterable[dict[str, Any]]) -> dict[UUID, bytes]:
    """T of each row. Sealed ones are locked anew under the ring's secret, so that the next look is cheap."""
    opened: dict[UUID, bytes] = {}
    relocked: dict[tuple[UUID, UUID], bytes] = {}
    pairs: dict[UUID, KeyPair] = {}
    for row in rows:
        access_id, ring_id, secret = row["id"], row["ring_id"], await actor.ring_secret(row["ring_id"])
        if not is_sealed(row["secret"]):
            opened[access_id] = open_access(secret, access_id, row["secret"])
            continue
        pair = pairs[ring_id] = pairs.get(ring_id) or KeyPair(secret)
        opened[access_id] = open_access(secret, access_id, row["secret"], pair)
        relocked[access_id, ring_id] = relock_access(secret, opened[access_id], access_id)
    if relocked:
        async with transaction():
            for (access_id, ring_id), envelope in relocked.items():  # unless it was re-sealed to a newer ring meanwhile
                await Access.filter(id=access_id, ring_id=ring_id).update(secret=envelope)
    return opened


def item_of(row: dict[str, Any], tip_secret: bytes) -> Item:
    """A row of the list, its summary opened."""
    locked = row["tip__summary"]
    summary = unlock(tip_secret, locked, Purpose.SUMMARY, row["tip_id"]).decode() if locked else ""
    return Item(
        tip_id=row["tip_id"],
        number=reference(row["tip_id"]),
        official_no=row["tip__official_no"],
        arrived_on=row["arrived_on"],
        unread=row["unread"],
        status=row["status"],
        topic=row["topic"],
        place_id=row["place_id"],
        concerns=row["concerns"],
        channel=row["channel"],
        named=row["named"],
        files=row["files"],
        objected=row["objected"],
        news=row["news"],
        due_on=row["due_on"],
        assignee=row["assignee__name"] or "",
        summary=summary,
    )
