"""The inbox: the only door in. A raw update is stored and committed before anybody is told it arrived."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.attachment import forget_dropped
from models.company import Company
from models.contact import Contact, Trace, address_tag
from models.db import SealedField, UtcDatetimeField, is_trouble, new_id, transaction
from models.draft import Draft
from models.house import house
from models.outbox import Lane, Outbox, Say
from models.sealing import Purpose
from models.terms import Language
from models.unit import steady_tree

GROUP = 64
MAX_TRIES = 3
KEEP_IDS = timedelta(days=14)
"""Telegram redelivers for a day and renumbers after a quiet week; ids older than both are of no use."""


class CrashSuspected(Exception):
    """The process ended again and again while it served this update."""


class Served(StrEnum):
    """Where an update stands."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class Inbox(Model):
    """One update. Its body is erased once served; the id stays, so that a second delivery finds it."""

    seq = fields.BigIntField(primary_key=True, generated=True)
    id: UUID = fields.UUIDField(default=new_id)
    update_id: int | None = fields.BigIntField(null=True, unique=True)
    body: bytes | None = SealedField(null=True)
    state = fields.CharEnumField(Served, max_length=8, default=Served.WAITING)
    tries: int = fields.IntField(default=0)
    at: datetime = UtcDatetimeField()

    class Meta:
        table = "inbox"
        indexes = (("state", "seq"), ("at",))

    @classmethod
    async def store(cls, updates: Iterable[tuple[int | None, bytes]]) -> None:
        """Store raw updates, `(update id, JSON)`, in one commit. A known id is passed over.

        An update without a usable id cannot be served; it is kept as dead, so that nothing is silently lost.
        """
        rows = [cls._row(update_id, raw) for update_id, raw in updates]
        async with transaction():
            await cls.bulk_create(rows, ignore_conflicts=True)

    @classmethod
    def _row(cls, update_id: int | None, raw: bytes) -> "Inbox":
        row_id = new_id()
        return cls(
            id=row_id,
            update_id=update_id,
            body=house().keys.transit.lock(raw, Purpose.INBOX, row_id),
            state=Served.WAITING if update_id is not None else Served.DEAD,
            at=clock.now(),
        )

    def update_told(self) -> dict[str, Any]:
        """The update as it came."""
        told: dict[str, Any] = json.loads(house().keys.transit.unlock(self.body or b"", Purpose.INBOX, self.id))
        return told

    @classmethod
    async def forget_old(cls) -> int:
        """Ids that can no longer come again. A job."""
        async with transaction():
            old = cls.filter(at__lt=clock.now() - KEEP_IDS).exclude(state=Served.WAITING)
            return await old.delete()


@dataclass(slots=True)
class Turn:
    """One update in the hands of the dialogue: who speaks, where the talk stands, and what is answered."""

    raw: dict[str, Any]
    contact: Contact
    draft: Draft
    company: Company
    said: list[Say] = field(default_factory=list)
    heard_message: int | None = None  # the edge's id of the message that came, for 清掉

    def say(self, key: str, **rest: Any) -> None:
        """Answer with a catalog key; `params`, `choices`, `media` as in Say."""
        self.said.append(Say(key, **rest))


class Door(Protocol):
    """What an edge tells about raw updates, and its step."""

    def address(self, raw: dict[str, Any]) -> str | None:
        """`channel:number` of a private chat; None for what this door does not serve."""

    def language(self, raw: dict[str, Any]) -> Language:
        """The language to begin with."""

    async def step(self, turn: Turn) -> None:
        """Take the update, change drafts and domain, say things. Touches nothing outside the database."""


async def serve(door: Door, *, alone: bool = False) -> int:
    """Serve waiting updates in the order they came. Answers how many were taken from the queue.

    Up to 64 share one transaction: drafts loaded in one query, answers and marks written in bulk. If one
    step raises, the group rolls back and each is served alone, tries committed before running; after three
    failed tries an update is dead, an apology goes out, and other chats go on. A database that fails is
    nobody's try: the error is raised, and the update waits.
    """
    waiting = await _waiting()
    if not waiting:
        return 0
    if not alone:
        try:
            await _serve_group(door, waiting)
        except Exception:  # noqa: BLE001  whatever it was, the culprit is found by serving each alone
            alone = True
    if alone:
        for row in waiting:
            await _serve_alone(door, row)
    return len(waiting)


async def waiting_count() -> int:
    """How many updates wait. After a crash they are served alone, for one of them may have caused it."""
    return await Inbox.filter(state=Served.WAITING).count()


async def _waiting() -> list[Inbox]:
    return await Inbox.filter(state=Served.WAITING).order_by("seq").limit(GROUP).only("seq", "id", "body", "tries")


async def _serve_group(door: Door, rows: list[Inbox]) -> None:
    async with transaction(), steady_tree():
        turns = await _turns(door, rows)
        for row in rows:
            if turn := turns.get(row.seq):
                await door.step(turn)
        await _write(turns)
        await _mark(rows)


async def _serve_alone(door: Door, row: Inbox) -> None:
    async with transaction():
        row.tries += 1
        await row.save(update_fields=["tries"])
    if row.tries > MAX_TRIES:
        await _bury(door, row)
        alarm(row.seq, CrashSuspected())
        return
    try:
        await _serve_group(door, [row])
    except Exception as error:
        if is_trouble(error):
            await _give_back_try(row)
            raise  # it is not this update's doing: whoever serves waits a little and begins again
        if row.tries < MAX_TRIES:
            await _serve_alone(door, row)
        else:
            await _bury(door, row)
            alarm(row.seq, error)


async def _give_back_try(row: Inbox) -> None:
    with suppress(Exception):  # the database may still be away; then one try is lost, not the update
        async with transaction():
            await Inbox.filter(seq=row.seq, tries=row.tries).update(tries=row.tries - 1)


async def _turns(door: Door, rows: list[Inbox]) -> dict[int, Turn]:
    """A turn for each update of a private chat. Turns of one chat share its contact and draft."""
    raws = {row.seq: row.update_told() for row in rows}
    addresses = {seq: address for seq, raw in raws.items() if (address := door.address(raw))}
    languages = {address: door.language(raws[seq]) for seq, address in addresses.items()}
    contacts = await _contacts(languages)
    drafts = await _drafts(list(contacts.values()))
    company = Company(drafts.keys())
    return {
        seq: Turn(raws[seq], contacts[address], drafts[contacts[address].id], company)
        for seq, address in addresses.items()
    }


async def _contacts(languages: dict[str, Language]) -> dict[str, Contact]:
    """Address → contact, in one query; strangers are added, returning ones seen today."""
    tags = {address_tag(address): address for address in languages}
    known = {tags[contact.tag]: contact for contact in await Contact.filter(tag__in=list(tags))}
    fresh = {address: Contact.new(address, lang) for address, lang in languages.items() if address not in known}
    if fresh:
        await Contact.bulk_create(fresh.values())
    today = clock.today()
    if stale := [contact.id for contact in known.values() if contact.seen_on != today or contact.blocked]:
        await Contact.filter(id__in=stale).update(seen_on=today, blocked=False)
    return known | fresh


async def _drafts(contacts: list[Contact]) -> dict[UUID, Draft]:
    rows = await Draft.filter(contact_id__in=[contact.id for contact in contacts])
    known = {draft.contact_id: draft.unlock() for draft in rows}
    return {contact.id: known.get(contact.id) or Draft.blank(contact.id) for contact in contacts}


async def _write(turns: dict[int, Turn]) -> None:
    """Drafts, answers and traces of the whole group, in bulk. The answers' keys are step and position."""
    drafts = {turn.draft.id: turn.draft for turn in turns.values()}
    await forget_dropped(list(drafts.values()))
    changed = [draft for draft in drafts.values() if draft.lock_changes()]
    if changed:
        await Draft.bulk_create(
            changed, on_conflict=["id"], update_fields=["body", "pause_at", "close_at", "nudge_at", "expires_at"]
        )
    answers = [
        Outbox.row(turn.contact.id, say, key=f"{seq:016d}:{place:02d}", lane=Lane.INTERACTIVE)
        for seq, turn in turns.items()
        for place, say in enumerate(turn.said)
    ]
    for answer, turn in zip(answers, [t for t in turns.values() for _ in t.said], strict=True):
        answer.contact = turn.contact
    heard = [
        Trace(contact_id=turn.contact.id, message=turn.heard_message, at=clock.now())
        for turn in turns.values()
        if turn.heard_message
    ]
    await Outbox.store(answers, beside=heard)


async def _mark(rows: list[Inbox]) -> None:
    await Inbox.filter(seq__in=[row.seq for row in rows]).update(state=Served.DONE, body=None)


async def _bury(door: Door, row: Inbox) -> None:
    """Dead letter: out of the way, its words still locked; the sender is told that it was not stored."""
    reference = row.id.hex[:8].upper()
    async with transaction():
        await Inbox.filter(seq=row.seq).update(state=Served.DEAD)
        try:
            address = door.address(row.update_told())
        except Exception:  # noqa: BLE001  an update nobody can parse has no sender to apologise to
            return
        if address is None:
            return
        contact = (await _contacts({address: Language.ZH_CN}))[address]
        say = Say("error.not_stored", params={"reference": reference})
        answer = Outbox.row(contact.id, say, key=f"{row.seq:016d}:99", lane=Lane.INTERACTIVE)
        answer.contact = contact
        await Outbox.store([answer])


Alarm = Callable[[int, Exception], None]
alarm: Alarm = lambda _seq, _error: None  # noqa: E731


def raise_alarms_with(ring: Alarm) -> None:
    """App says how a dead letter is reported: by number and type of error, never by its text."""
    global alarm  # noqa: PLW0603  one process, one log
    alarm = ring
