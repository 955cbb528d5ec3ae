"""我怕被报复: a reporter asks for protection. Only the heads of the units that hold his matter read it.

His words are sealed to R's public key: who holds a row of the matter can open them, and policy shows them to
secretaries alone, of the handling unit and of the unit that oversees it. No line of the thread and no mark
beside the matter tells the desk. What the head answers lies under R, for the reporter's code.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q, Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models import clock, once
from models.access import Access
from models.actor import Actor
from models.audit import Act, Audit
from models.db import IdField, SealedField, for_update, new_id, transaction
from models.errors import Conflict, Invalid, NotFound
from models.event import Event, Happening
from models.message import ping_now
from models.policy import Action, require
from models.sealing import Purpose, lock, open_any, seal, unlock
from models.terms import RingPurpose, Topic
from models.text import clean
from models.thread import Thread
from models.tip import Tip, hold_still, reporter_secret
from models.unit import Node, tree

MAX_WORDS: Final = 2_000
PAGE: Final = 50


class Protection(Model):
    """One request. In clear stand only its days; that it waits is copied to the Access rows."""

    id = IdField()
    tip_id: UUID = fields.UUIDField()
    words: bytes = SealedField()
    asked_on: date = fields.DateField()
    answer: bytes | None = SealedField(null=True)
    answered_on: date | None = fields.DateField(null=True)
    answered_by_id: UUID | None = fields.UUIDField(null=True)

    class Meta:
        table = "protection"
        indexes = (("tip_id",),)


# The reporter's side


@dataclass(frozen=True, slots=True)
class Asked:
    """How his request stands. `answer` is empty until a head has answered."""

    on: date
    answer: str
    answered_on: date | None


async def ask(thread: Thread, words: str = "") -> None:
    """Ask for protection, with words or without. Conflict while an earlier request waits; Invalid when too long."""
    words = clean(words)
    if len(words) > MAX_WORDS:
        raise Invalid("tip.words_too_long", most=MAX_WORDS)
    async with transaction():
        tip = await for_update(Tip.filter(id=thread.tip_id)).get()
        await thread.require_open()
        if await Protection.filter(tip_id=tip.id, answered_on=None).exists():
            raise Conflict("protection.asked_already")
        request_id = new_id()
        sealed = seal(tip.reporter_public, words.encode(), Purpose.PROTECTION, request_id)
        await Protection.create(id=request_id, tip_id=tip.id, words=sealed, asked_on=clock.today())
        rows = Access.filter(tip_id=tip.id)
        for unit_id in {row.unit_id for row in await rows}:
            await Event.of(Happening.AFRAID, tip_id=tip.id, unit_id=unit_id).save(force_create=True)
        await rows.update(afraid=True)


async def asked(thread: Thread) -> Asked | None:
    """His latest request; None when he never asked."""
    rows = Protection.filter(tip_id=thread.tip_id)
    row = await rows.filter(answered_on=None).first() or await rows.order_by("-answered_on").first()
    if row is None:
        return None
    answer = unlock(thread.reporter_secret, row.answer, Purpose.PROTECTION_ANSWER, row.id) if row.answer else b""
    return Asked(row.asked_on, answer.decode(), row.answered_on)


async def told_to(thread: Thread) -> list[Node]:
    """The units whose heads will read it, told from the Access rows."""
    units, rows = await tree(), await Access.filter(tip_id=thread.tip_id).order_by("purpose")
    held = dict.fromkeys(row.unit_id for row in rows)
    return [units[unit_id] for unit_id in held if unit_id in units.nodes]


# The heads' side


@dataclass(frozen=True, slots=True)
class Request:
    """One line of a head's list, without its words."""

    id: UUID
    tip_id: UUID
    asked_on: date
    place: str
    topic: Topic
    number: str
    handles: bool  # this unit handles the matter; else it oversees it


@dataclass(frozen=True, slots=True)
class Page:
    """Fifty requests, the oldest first, how many wait in all, and the one after which the next page begins."""

    items: list[Request]
    total: int
    after: UUID | None


@dataclass(frozen=True, slots=True)
class Opened:
    """One request, opened for its head."""

    request: Request
    words: str


async def requests(actor: Actor, *, after: UUID | None = None, apart: bool = False) -> Page:
    """What waits for an answer in matters of the actor's unit. Forbidden to all but heads.

    `apart`: those of matters that came in a flood, which must not hide the others.
    """
    require(actor, Action.SEE_PROTECTION)
    rows = (await _rows(actor)).filter(quarantined=apart)
    waiting = Protection.filter(tip_id__in=Subquery(rows.values("tip_id")), answered_on=None)
    total, start = await waiting.count(), await Protection.get_or_none(id=after) if after else None
    if start:
        waiting = waiting.filter(Q(asked_on__gt=start.asked_on) | Q(asked_on=start.asked_on, id__gt=start.id))
    found = await waiting.order_by("asked_on", "id").limit(PAGE + 1)
    shown = found[:PAGE]
    # Of two rows of one matter the later stands: the one by which the unit handles it.
    seen = {row.tip_id: row for row in await rows.filter(tip_id__in=[one.tip_id for one in shown]).order_by("-purpose")}
    items = [await _request(one, seen[one.tip_id]) for one in shown if one.tip_id in seen]
    return Page(items, total, shown[-1].id if len(found) > PAGE else None)


async def read(actor: Actor, request_id: UUID) -> Opened:
    """The words; reading them is an entry in the audit trail. NotFound when it is not his to see."""
    async with transaction():
        row, access, secret = await _open(actor, request_id, Action.SEE_PROTECTION)
        await _audit(Act.PROTECTION_READ, actor, row)
    words = open_any(secret, row.words, Purpose.PROTECTION, row.id).decode()
    return Opened(await _request(row, access), words)


async def answer(actor: Actor, request_id: UUID, words: str, *, act: UUID | None = None) -> None:
    """Tell the reporter what is done. Conflict when it was answered; Invalid without words; Repeated when this very
    `act` was done before.
    """
    words = clean(words)
    if not words:
        raise Invalid("tip.words_empty")
    if len(words) > MAX_WORDS:
        raise Invalid("tip.words_too_long", most=MAX_WORDS)
    async with transaction():
        row, _, secret = await _open(actor, request_id, Action.ANSWER_PROTECTION)
        await once.take(act)
        answered = {
            "answer": lock(secret, words.encode(), Purpose.PROTECTION_ANSWER, row.id),
            "answered_on": clock.today(),
            "answered_by_id": actor.id,
        }
        if not await Protection.filter(id=row.id, answered_on=None).update(**answered):
            raise Conflict("protection.answered_already")
        await Access.filter(tip_id=row.tip_id).update(afraid=False)
        happened = Event.of(Happening.PROTECTED, tip_id=row.tip_id, unit_id=actor.unit_id, actor_id=actor.id)
        await happened.save(force_create=True)
        await _audit(Act.PROTECTION_ANSWERED, actor, row)
        await ping_now(row.tip_id)


async def _rows(actor: Actor) -> QuerySet[Access]:
    """The unit's rows of matters in which protection is asked for."""
    rings = await actor.held(RingPurpose.CASE) | await actor.held(RingPurpose.OVERSIGHT)
    return Access.filter(unit_id=actor.unit_id, afraid=True, ring_id__in=list(rings))


async def _open(actor: Actor, request_id: UUID, action: Action) -> tuple[Protection, Access, bytes]:
    """The request, the row through which the actor sees it, and R. In the caller's transaction, in which the matter
    then stays where it is.
    """
    require(actor, action)
    known = await Protection.get_or_none(id=request_id)
    row = known and await hold_still(known.tip_id) and await Protection.get_or_none(id=request_id)
    if not row:
        raise NotFound
    rings = await actor.held(RingPurpose.CASE) | await actor.held(RingPurpose.OVERSIGHT)
    seen = Access.filter(unit_id=actor.unit_id, tip_id=row.tip_id, ring_id__in=list(rings)).order_by("purpose")
    access = await seen.first()
    if access is None:
        raise NotFound
    require(actor, action, access)
    return row, access, reporter_secret(await access.open_tip(actor))


async def _request(row: Protection, access: Access) -> Request:
    place = (await tree()).get(access.place_id)
    return Request(
        id=row.id,
        tip_id=row.tip_id,
        asked_on=row.asked_on,
        place=place.name if place else "",
        topic=access.topic,
        number=access.reference,
        handles=access.purpose is RingPurpose.CASE,
    )


async def _audit(act: Act, actor: Actor, row: Protection) -> None:
    await Audit.record(act, unit_id=actor.unit_id, actor_id=actor.id, object_id=row.tip_id)
