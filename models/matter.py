"""A tip as one member of staff holds it open: what his desk reads and does. Each verb is guard, transaction,
change, event, audit, and what the reporter will be able to read.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models import clock, offices
from models.access import Access, Counter, access_of, seal_access
from models.actor import Actor
from models.attachment import Attachment
from models.audit import Act, Audit
from models.db import for_update, new_id, transaction
from models.deadline import Deadline, Rule
from models.errors import Conflict, Invalid, NotFound
from models.event import Event, Happening
from models.house import house
from models.message import Message
from models.policy import Action, require
from models.proposal import forget_proposals
from models.routing import Offices, may_receive, touched_by
from models.sealed_files import decrypt
from models.sealing import Purpose, lock, open_any, unlock
from models.staff import Staff
from models.terms import OPEN_STATUSES, RingPurpose, Side, TipStatus
from models.text import clean
from models.tip import Tip, reporter_secret
from models.unit import Node, Tree, tree

MAX_WORDS = 4_000
MAX_SUMMARY = 200
ENDED_FROM = {TipStatus.CONCLUDED: TipStatus.ACCEPTED, TipStatus.OUT_OF_SCOPE: TipStatus.SCREENING}
"""Where a matter stood before the words that ended it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the thread, opened. `parts` are `{"text": …}` and `{"file": id, "kind": …}`."""

    message: Message
    parts: list[dict[str, Any]]

    @property
    def recallable(self) -> bool:
        """Whether the reporter cannot read it yet."""
        released = self.message.released_at
        return self.message.side is Side.DESK and released is not None and clock.now() < released


@dataclass(slots=True)
class Matter:
    """Made by `Matter.open` for one request."""

    actor: Actor
    access: Access
    tip: Tip
    _secret: bytes = field(repr=False)

    @classmethod
    async def open(cls, actor: Actor, tip_id: UUID) -> "Matter":
        """Load the tip through the actor. NotFound alike for absent, hidden and not his."""
        access = await access_of(actor, tip_id)
        require(actor, Action.READ_TIP, access)
        return cls(actor, access, await Tip.get(id=tip_id), await access.open_tip(actor))

    @property
    def _reporter_secret(self) -> bytes:
        return reporter_secret(self._secret)

    # Reading

    async def read(self) -> None:
        """Note that he has read it: an audit entry, and the row is unread no more."""
        async with transaction():
            if self.access.unread:
                await Access.filter(id=self.access.id).update(unread=False)
            await self._audit(Act.TIP_READ)

    def narrative(self) -> dict[str, Any]:
        """The story: `parts`, and whether only the reporter can know it (`care`)."""
        told: dict[str, Any] = json.loads(
            unlock(self._reporter_secret, self.tip.narrative, Purpose.NARRATIVE, self.tip.id)
        )
        return told

    def summary(self) -> str:
        """The reporter-free summary; empty until somebody writes one."""
        if self.tip.summary is None:
            return ""
        return unlock(self._secret, self.tip.summary, Purpose.SUMMARY, self.tip.id).decode()

    async def thread(self) -> list[Line]:
        """Every line this unit may read, oldest first."""
        messages = await Message.filter(tip_id=self.tip.id).order_by("order")
        return [Line(message, self._opened(message)) for message in messages]

    async def files(self) -> dict[str, dict[str, Any]]:
        """Name, type and size of each file by its id in hex."""
        rows = await Attachment.filter(tip_id=self.tip.id)
        return {row.id.hex: {**row.open_meta(self._reporter_secret), "kind": row.kind} for row in rows}

    async def file(self, file_id: UUID) -> tuple[dict[str, Any], AsyncIterator[bytes]]:
        """Metadata and clear bytes of one file, for this request only. NotFound when it is not this tip's."""
        row = await Attachment.get_or_none(id=file_id, tip_id=self.tip.id)
        if row is None:
            raise NotFound
        require(self.actor, Action.READ_FILE, self.access)
        meta = row.open_meta(self._reporter_secret)
        async with transaction():
            await self._audit(Act.FILE_READ, {"file": file_id.hex})
        stored = house().files.open(file_id)
        return meta, decrypt(row.open_key(self._reporter_secret), file_id, meta["size"], stored)

    async def timeline(self) -> list[Event]:
        """What happened, as this unit may know it. The reporter's side has no hour: it came before the day's work."""
        events = await Event.filter(tip_id=self.tip.id, unit_id=self.actor.unit_id)
        return sorted(events, key=lambda event: (event.on, event.at.isoformat() if event.at else ""))

    async def deadlines(self) -> list[Deadline]:
        """The limits that run or ran."""
        return await Deadline.filter(tip_id=self.tip.id, unit_id=self.actor.unit_id).order_by("due_on")

    async def readers(self) -> list[tuple[Node, RingPurpose]]:
        """谁能看到: the units that hold a row, told from the rows."""
        units = await tree()
        rows = await Access.filter(tip_id=self.tip.id).order_by("purpose")
        return [(units[row.unit_id], row.purpose) for row in rows if row.unit_id in units.nodes]

    async def colleagues(self) -> list[Staff]:
        """To whom it can be assigned: those of this unit who hold its case ring."""
        holds = {"grants__ring__unit_id": self.actor.unit_id, "grants__ring__purpose": RingPurpose.CASE}
        return await Staff.filter(**holds, unit_id=self.actor.unit_id, active=True).distinct().order_by("name")

    # Acting

    async def register(self) -> None:
        """编号登记 (KG 10): give it an official number; screening begins."""
        async with self._acting(Action.REGISTER):
            await self._number()
            await self._become(TipStatus.SCREENING)
            await self._told(Happening.REGISTERED, Act.REGISTERED)

    async def claim(self, assignee_id: UUID | None = None) -> None:
        """Put the matter into one member's hands: his own, or a colleague's who holds the ring."""
        chosen = assignee_id or self.actor.id
        if chosen not in {member.id for member in await self.colleagues()}:
            raise Invalid("tip.assignee_unknown")
        async with self._acting(Action.CLAIM):
            await Access.filter(id=self.access.id).update(assignee_id=chosen)
            await self._told(Happening.CLAIMED, Act.CLAIMED)

    async def summarise(self, words: str) -> None:
        """Write the 摘要: what the matter is, without anything that shows who said it."""
        words = _words(words, MAX_SUMMARY, "tip.summary_empty")
        async with self._acting(Action.SUMMARISE):
            await self._put_summary(words)
            await self._told(Happening.SUMMARISED, Act.SUMMARISED)

    async def accept(self, *, summary: str, assignee_id: UUID | None = None) -> None:
        """受理: the matter is ours and gets a summary; a real-name reporter can read so (KG 26)."""
        summary = _words(summary, MAX_SUMMARY, "tip.summary_empty")
        async with self._acting(Action.ACCEPT):
            await self._number()
            await self._put_summary(summary)
            await self._become(TipStatus.ACCEPTED)
            await Deadline.meet((Rule.TELL_ACCEPTANCE, Rule.SCREEN), self.tip.id)
            await self._copy_due()
            await self._told(Happening.ACCEPTED, Act.ACCEPTED)
            if assignee_id:
                await self.claim(assignee_id)

    async def mark_out_of_scope(self, *, guidance: str) -> None:
        """业务范围外 (KG 13): the reporter is told where to go; nothing is forwarded."""
        guidance = _words(guidance, MAX_WORDS, "tip.guidance_empty")
        async with self._acting(Action.MARK_OUT_OF_SCOPE):
            await self._number()
            await self._say(guidance, asks=False)
            await self._become(TipStatus.OUT_OF_SCOPE)
            await Deadline.meet((Rule.TELL_ACCEPTANCE, Rule.SCREEN), self.tip.id)
            await self._copy_due()
            await self._told(Happening.OUT_OF_SCOPE, Act.OUT_OF_SCOPE)

    async def conclude(self, *, answer: str) -> None:
        """办结 with an answer; for a real-name reporter this is the result owed by KG 27."""
        answer = _words(answer, MAX_WORDS, "tip.answer_empty")
        async with self._acting(Action.CONCLUDE):
            await self._say(answer, asks=False)
            await self._become(TipStatus.CONCLUDED)
            await self._copy_due()
            await self._told(Happening.CONCLUDED, Act.CONCLUDED)

    async def reply(self, words: str, *, asks: bool = False) -> Message:
        """Words the reporter will read after thirty seconds. `asks` marks a question."""
        words = _words(words, MAX_WORDS, "tip.words_empty")
        async with self._acting(Action.REPLY):
            message = await self._say(words, asks=asks)
            await self._told(Happening.REPLIED, Act.REPLIED)
            return message

    async def note(self, words: str) -> None:
        """An internal note. The reporter never reads it."""
        words = _words(words, MAX_WORDS, "tip.words_empty")
        async with self._acting(Action.NOTE):
            order = await self.tip.next_line()
            note = Message.note(self.tip.id, self.actor.unit_id, self.actor.id, words, self._secret, order=order)
            await note.save(force_create=True)
            await self._told(Happening.NOTED, Act.NOTED)

    async def recall(self, message_id: UUID) -> str:
        """撤回: take back a reply before the reporter can read it. Answers its words, so that none are lost."""
        async with self._acting(Action.RECALL):
            message = await Message.get_or_none(id=message_id, tip_id=self.tip.id, side=Side.DESK)
            if message is None:
                raise NotFound
            if not await Message.filter(id=message_id, released_at__gt=clock.now()).delete():
                raise Conflict("tip.too_late_to_recall")
            if self.tip.status in ENDED_FROM and await self._was_ended_by(message):
                await self._reopen()
            await self._told(Happening.RECALLED, Act.RECALLED)
            return str(self._opened(message)[0]["text"])

    async def release_from_quarantine(self) -> None:
        """Let in what came in a flood: from now on it stands in the lists like any other. Conflict when it does."""
        async with self._acting(Action.RELEASE):
            if not await Access.filter(tip_id=self.tip.id, quarantined=True).update(quarantined=False):
                raise Conflict("tip.moved_on")
            await self._told(Happening.RELEASED, Act.RELEASED)

    async def seal_upward(self) -> Node:
        """密封上报: give the matter to the nearest superior that is clear of it, and keep nothing here.

        One transaction: the superior's case row comes, every row of this unit and of what lies below goes,
        and with them their events, deadlines and audit lines. Answers the unit that has it now. Conflict when
        there is no such superior.
        """
        units = await tree()
        target = self._superior(units, await offices.offices())
        async with self._acting(Action.SEAL_UPWARD):
            await self._hand_to(target)
            await self._leave_nothing(units.below(self.actor.unit_id), target)
        return target

    # How the verbs do it

    @asynccontextmanager
    async def _acting(self, action: Action) -> AsyncIterator[None]:
        """A verb's transaction. Inside it the rows are looked at again: someone may have been faster."""
        require(self.actor, action, self.access, mode=house().mode)
        async with transaction():
            await for_update(Tip.filter(id=self.tip.id)).get()
            fresh = await Access.get_or_none(id=self.access.id)
            if fresh is None:
                raise NotFound
            if fresh.status is not self.access.status:
                raise Conflict("tip.moved_on")
            await self.tip.refresh_from_db()
            yield

    async def _number(self) -> None:
        if not self.tip.official_no:
            self.tip.official_no = await official_number(self.actor.unit_id)
            await self.tip.save(update_fields=["official_no"])

    async def _become(self, status: TipStatus) -> None:
        self.tip.status = self.access.status = status
        await self.tip.save(update_fields=["status"])
        # Whoever acts on a matter that came in a flood lets it in.
        await Access.filter(tip_id=self.tip.id).update(status=status, quarantined=False)

    async def _was_ended_by(self, message: Message) -> bool:
        """Whether these are the words the matter ended with; words before and after them leave it ended."""
        ended = Event.filter(tip_id=self.tip.id, happening=Happening(self.tip.status)).order_by("-at")
        end = await ended.first()
        if end is None or end.at is None or message.at is None or message.at > end.at:
            return False
        between = Message.filter(tip_id=self.tip.id, side=Side.DESK, order__gt=message.order, at__lte=end.at)
        return not await between.exists()

    async def _reopen(self) -> None:
        """The words that ended the matter were taken back: it stands where it stood before them."""
        await self._become(ENDED_FROM[self.tip.status])
        if self.tip.status is TipStatus.SCREENING:
            await Deadline.filter(tip_id=self.tip.id, met_on=clock.today()).update(met_on=None)
        await self._copy_due()

    async def _copy_due(self) -> None:
        due = await Deadline.next_due(self.tip.id) if self.tip.status in OPEN_STATUSES else None
        await Access.filter(tip_id=self.tip.id).update(due_on=due)

    async def _put_summary(self, words: str) -> None:
        self.tip.summary = lock(self._secret, words.encode(), Purpose.SUMMARY, self.tip.id)
        await self.tip.save(update_fields=["summary"])

    async def _say(self, words: str, *, asks: bool) -> Message:
        message = Message.reply(
            self.tip.id,
            self.actor.unit_id,
            self.actor.id,
            words,
            self._reporter_secret,
            order=await self.tip.next_line(),
            asks=asks,
        )
        await message.save(force_create=True)
        return message

    async def _told(self, happening: Happening, act: Act) -> None:
        unit = self.actor.unit_id
        await Event.of(happening, tip_id=self.tip.id, unit_id=unit, actor_id=self.actor.id).save(force_create=True)
        await self._audit(act)

    async def _audit(self, act: Act, detail: dict[str, Any] | None = None) -> None:
        await Audit.record(
            act, unit_id=self.actor.unit_id, actor_id=self.actor.id, object_id=self.tip.id, detail=detail
        )

    def _opened(self, message: Message) -> list[dict[str, Any]]:
        if message.side is Side.NOTE:
            return [{"text": unlock(self._secret, message.body, Purpose.NOTE, message.id).decode()}]
        body = open_any(self._reporter_secret, message.body, Purpose.MESSAGE, message.id)
        if message.side is Side.REPORTER:
            parts: list[dict[str, Any]] = json.loads(body)["parts"]
            return parts
        return [{"text": body.decode()}]

    def _superior(self, units: Tree, open_offices: Offices) -> Node:
        touched = touched_by(units, self.tip.place_id, self.tip.concerns) | {self.actor.unit_id}
        for node in units.upward(self.actor.unit_id):
            if node.id in open_offices.case and may_receive(units, open_offices, node.id, frozenset(touched)):
                return node
        raise Conflict("tip.no_superior")

    async def _hand_to(self, target: Node) -> None:
        if await Access.exists(tip_id=self.tip.id, unit_id=target.id, purpose=RingPurpose.CASE):
            return
        ring, access_id = await offices.ring_of(target.id, RingPurpose.CASE), new_id()
        old = self.access
        await Access.create(
            id=access_id,
            tip_id=self.tip.id,
            unit_id=target.id,
            ring_id=ring.id,
            purpose=RingPurpose.CASE,
            secret=seal_access(ring, self._secret, access_id),
            arrived_no=await Counter.next(target.id, RingPurpose.CASE),
            arrived_on=clock.today(),
            status=old.status,
            topic=old.topic,
            place_id=old.place_id,
            concerns=old.concerns,
            channel=old.channel,
            named=old.named,
            files=old.files,
            due_on=old.due_on,
        )

    async def _leave_nothing(self, units: list[UUID], target: Node) -> None:
        tip_id = self.tip.id
        await Access.filter(tip_id=tip_id, unit_id__in=units).delete()
        await forget_proposals(tip_id)
        await Event.filter(tip_id=tip_id, unit_id__in=units).update(unit_id=target.id)
        await Deadline.filter(tip_id=tip_id, unit_id__in=units).update(unit_id=target.id)
        await Message.filter(tip_id=tip_id, unit_id__in=units).update(unit_id=target.id)
        await Audit.filter(object_id=tip_id, seen_by_id__in=units).update(seen_by_id=target.id)
        await Tip.filter(id=tip_id).update(unit_id=target.id, official_no="")
        await Event.of(Happening.SEALED_UPWARD, tip_id=tip_id, unit_id=target.id, actor_id=self.actor.id).save(
            force_create=True
        )
        await Audit.record(Act.SEALED_UPWARD, unit_id=target.id, actor_id=self.actor.id, object_id=tip_id)


async def official_number(unit_id: UUID) -> str:
    """The unit's next number of the year, inside the caller's transaction."""
    units, year = await tree(), clock.today().year
    number = await Counter.next(unit_id, f"official {year}")
    return f"{units[unit_id].name}〔{year}〕{number}号"


def _words(words: str, most: int, empty: str) -> str:
    words = clean(words)
    if not words:
        raise Invalid(empty)
    if len(words) > most:
        raise Invalid("tip.words_too_long", most=most)
    return words
