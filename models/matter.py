"""A tip as one member of staff holds it open: what his desk reads and does. Each verb is guard, transaction,
change, event, audit, and what the reporter will be able to read.
"""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from types import EllipsisType
from typing import Any, ClassVar
from uuid import UUID

from models import clock, offices, once
from models.access import Access, Counter, access_of, carried_over, seal_access
from models.actor import Actor
from models.attachment import Attachment
from models.audit import Act, Audit
from models.custody import leave_custody
from models.db import advisory_lock, new_id, transaction
from models.deadline import Deadline, Rule
from models.errors import Conflict, Invalid, NotFound
from models.event import Event, Happening
from models.house import house
from models.lifted import lifted_from, note_lifted
from models.message import Message
from models.policy import Action, may, require
from models.proposal import forget_proposals
from models.reading import Reading
from models.reveal import forget_shown
from models.routing import Offices, may_receive, touched_by
from models.sealed_files import Pieces, decrypt
from models.sealing import Purpose, lock, open_any, unlock
from models.staff import Staff
from models.terms import OPEN_STATUSES, Mode, RingPurpose, Side, TipStatus, Verdict
from models.text import clean
from models.thread import verdict_in
from models.tip import Tip, hold_still, reporter_secret
from models.unit import Node, Tree, tree

MAX_WORDS = 4_000
MAX_SUMMARY = 200
TRIES = 20
"""At drawing an official number, before it gets a digit longer."""
MAX_NUMBER = 96
ON_THE_PLATFORM = (TipStatus.ACCEPTED, TipStatus.CONCLUDED, TipStatus.OUT_OF_SCOPE)
"""Where the official platform may have a matter that was registered here."""
ENDED_FROM = {TipStatus.CONCLUDED: TipStatus.ACCEPTED, TipStatus.OUT_OF_SCOPE: TipStatus.SCREENING}
"""Where a matter stood before the words that ended it."""
PAGE = 50
"""Lines of a thread opened at once; earlier ones are asked for."""
FOR_HEADS = frozenset({Happening.AFRAID, Happening.PROTECTED})
"""Lines of the timeline that only those read who may see a request for protection."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the thread, opened. `parts` are `{"text": …}` and `{"file": id, "kind": …}`."""

    message: Message
    parts: list[dict[str, Any]]
    verdict: Verdict | None = None  # what the reporter says of the answer

    @property
    def recallable(self) -> bool:
        """Whether the reporter cannot read it yet."""
        released = self.message.released_at
        return self.message.side is Side.DESK and released is not None and clock.now() < released


@dataclass(slots=True)
class Matter:
    """Made by `Matter.open` for one request. `mark` is the one its page carried: verbs that write words refuse to do
    the same thing twice for one page (models/once.py).
    """

    READS_FILES: ClassVar = Action.READ_FILE

    actor: Actor
    access: Access
    tip: Tip
    _secret: bytes = field(repr=False)
    _mark: str = ""
    _act: UUID | None = None  # what is being done for that page

    @classmethod
    async def open(cls, actor: Actor, tip_id: UUID, *, mark: str = "") -> "Matter":
        """Load the tip through the actor. NotFound alike for absent, hidden and not his."""
        access = await access_of(actor, tip_id)
        require(actor, Action.READ_TIP, access)
        return cls(actor, access, await Tip.get(id=tip_id), await access.open_tip(actor), mark)

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
        """The story: `parts`, and whether only the reporter can know it (`care`). `gone` once it is kept no more."""
        told: dict[str, Any] = json.loads(
            open_any(self._reporter_secret, self.tip.narrative, Purpose.NARRATIVE, self.tip.id)
        )
        return told

    async def told_before(self) -> UUID | None:
        """The earlier tip that the reporter named by its code, if this desk may read it. What it may not read does
        not exist for it: then there is only his word that he told of it before.
        """
        named = self.narrative().get("before", "")
        if named in {"", "yes"}:
            return None
        earlier = Access.filter(tip_id=UUID(hex=named), unit_id=self.actor.unit_id, purpose=RingPurpose.CASE)
        row = await earlier.first()
        return row.tip_id if row and row.ring_id in await self.actor.held(RingPurpose.CASE) else None

    def summary(self) -> str:
        """The reporter-free summary; empty until somebody writes one."""
        if self.tip.summary is None:
            return ""
        return unlock(self._secret, self.tip.summary, Purpose.SUMMARY, self.tip.id).decode()

    async def thread(self, *, before: int | None = None) -> list[Line]:
        """The newest lines of the thread, oldest first; or those that stand before the line `before`."""
        messages = Message.filter(tip_id=self.tip.id)
        if before is not None:
            messages = messages.filter(order__lt=before)
        newest = await messages.order_by("-order").limit(PAGE)
        return [self._opened(message) for message in reversed(newest)]

    async def has_earlier(self, lines: list[Line]) -> bool:
        """Whether there is more to read before these."""
        first = lines[0].message.order if lines else 0
        return await Message.filter(tip_id=self.tip.id, order__lt=first).exists()

    async def files(self) -> dict[str, dict[str, Any]]:
        """Name, type and size of each file by its id in hex."""
        rows = await Attachment.filter(tip_id=self.tip.id)
        return {row.id.hex: {**row.open_meta(self._reporter_secret), "kind": row.kind} for row in rows}

    async def file(self, file_id: UUID) -> tuple[dict[str, Any], Pieces]:
        """Metadata and clear bytes of one file, for this request only. NotFound when it is not this tip's."""
        row = await Attachment.get_or_none(id=file_id, tip_id=self.tip.id)
        if row is None:
            raise NotFound
        require(self.actor, self.READS_FILES, self.access)
        meta = row.open_meta(self._reporter_secret)
        async with transaction():
            await self._audit(Act.FILE_READ, {"file": file_id.hex})
        stored = house().files.open(file_id)
        return meta, decrypt(row.open_key(self._reporter_secret), file_id, meta["size"], stored)

    async def timeline(self) -> list[Event]:
        """What happened, as this unit may know it. The reporter's side has no hour: it came before the day's work."""
        known = Event.filter(tip_id=self.tip.id, unit_id=self.actor.unit_id)
        hidden = frozenset() if may(self.actor, Action.SEE_PROTECTION, self.access) else FOR_HEADS
        events = await known.exclude(happening__in=list(hidden)) if hidden else await known
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

    async def register(self, *, official_no: str = "") -> None:
        """编号登记 (KG 10): give it an official number; screening begins.

        Where casework happens on the official platform the number is the platform's: Invalid without it.
        """
        given = clean(official_no) if house().mode is Mode.FRONT_DOOR else ""
        if house().mode is Mode.FRONT_DOOR and not 0 < len(given) <= MAX_NUMBER:
            raise Invalid("tip.platform_no", most=MAX_NUMBER)
        async with self._acting(Action.REGISTER):
            await self._number(given)
            if given:
                self.tip.platform_on = clock.today()
                await self.tip.save(update_fields=["platform_on"])
            await self._become(TipStatus.SCREENING)
            await self._told(Happening.REGISTERED, Act.REGISTERED)

    async def claim(self, assignee_id: UUID | None = None, *, instead_of: UUID | EllipsisType | None = ...) -> None:
        """Put the matter into one member's hands: his own, or a colleague's who holds the ring.

        Conflict when it is no more in the hands it was in when he decided: `instead_of`, or when it was opened here.
        """
        expected = self.access.assignee_id if isinstance(instead_of, EllipsisType) else instead_of
        chosen = assignee_id or self.actor.id
        if chosen not in {member.id for member in await self.colleagues()}:
            raise Invalid("tip.assignee_unknown")
        async with self._acting(Action.CLAIM):
            unchanged = Access.filter(id=self.access.id, assignee_id=expected)
            if not await unchanged.update(assignee_id=chosen):
                raise Conflict("tip.claimed_meanwhile")
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
        async with self._acting(Action.MARK_OUT_OF_SCOPE, guidance):
            await self._number()
            await self._say(guidance, did=Happening.OUT_OF_SCOPE)
            await self._become(TipStatus.OUT_OF_SCOPE)
            await Deadline.meet((Rule.TELL_ACCEPTANCE, Rule.SCREEN), self.tip.id)
            await self._copy_due()
            await self._told(Happening.OUT_OF_SCOPE, Act.OUT_OF_SCOPE)

    async def follow(self, status: TipStatus, *, on: date, words: str = "") -> None:
        """What the official platform reports is noted by hand, with its day; nothing of the casework comes along.

        Words are for the reporter. They are owed to everybody when it is out of scope (KG 13), and to who gave his
        name when it is concluded (KG 27). Invalid names what is missing.
        """
        owed = status is TipStatus.OUT_OF_SCOPE or (status is TipStatus.CONCLUDED and self.tip.named)
        words = _words(words, MAX_WORDS, "tip.answer_empty") if owed or clean(words) else ""
        if status not in ON_THE_PLATFORM:
            raise Invalid("error.choice")
        if not self.tip.arrived_on <= on <= clock.today():
            raise Invalid("tip.day_bad")
        async with self._acting(Action.FOLLOW, words):
            if status is self.tip.status:
                raise Conflict("tip.moved_on")
            if words:
                await self._say(words)
            await self._become(status)
            await Deadline.meet((Rule.TELL_ACCEPTANCE, Rule.SCREEN), self.tip.id, on=on)
            await self._copy_due()
            event = Event.of(Happening(status), tip_id=self.tip.id, unit_id=self.actor.unit_id, actor_id=self.actor.id)
            event.on, event.at = on, None  # the platform tells the day
            await event.save(force_create=True)
            await self._audit(Act.FOLLOWED, {"status": status})

    async def conclude(self, *, answer: str) -> None:
        """办结 with an answer; for a real-name reporter this is the result owed by KG 27."""
        answer = _words(answer, MAX_WORDS, "tip.answer_empty")
        async with self._acting(Action.CONCLUDE, answer):
            await self._say(answer, did=Happening.CONCLUDED)
            await self._become(TipStatus.CONCLUDED)
            await self._copy_due()
            await self._told(Happening.CONCLUDED, Act.CONCLUDED)

    async def reply(self, words: str, *, asks: bool = False) -> Message:
        """Words the reporter will read after thirty seconds. `asks` marks a question."""
        words = _words(words, MAX_WORDS, "tip.words_empty")
        async with self._acting(Action.REPLY, words):
            message = await self._say(words, asks=asks)
            await self._news_are_read()
            await self._told(Happening.REPLIED, Act.REPLIED)
            return message

    async def answer_objection(self, words: str) -> None:
        """答复异议 (KG 27): the desk explains once more, and the matter rests. Conflict when nobody objected."""
        words = _words(words, MAX_WORDS, "tip.answer_empty")
        async with self._acting(Action.ANSWER_OBJECTION, words):
            if not self.tip.objected:
                raise Conflict("tip.moved_on")
            await self._say(words, did=Happening.ANSWERED)
            await self._stand(objected=False, rests=True)
            await self._told(Happening.ANSWERED, Act.OBJECTION_ANSWERED)

    async def take_up_again(self, words: str) -> None:
        """重新办理: an objection or new facts were right. The matter stands where it stood before it ended, and the
        reporter is told so.
        """
        words = _words(words, MAX_WORDS, "tip.answer_empty")
        async with self._acting(Action.TAKE_UP_AGAIN, words):
            await self._say(words, did=Happening.TAKEN_UP_AGAIN)
            await self._become(ENDED_FROM[self.tip.status])
            if self.tip.status is TipStatus.SCREENING:
                await self._screen_anew()
            await self._stand(objected=False, rests=False)
            await self._told(Happening.TAKEN_UP_AGAIN, Act.TAKEN_UP_AGAIN)

    async def note(self, words: str) -> None:
        """An internal note. The reporter never reads it."""
        words = _words(words, MAX_WORDS, "tip.words_empty")
        async with self._acting(Action.NOTE, words):
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
            await once.forget(message.act_id)  # the same words may be sent again from the same page
            await self._undo(message)
            await self._told(Happening.RECALLED, Act.RECALLED)
            return str(self._opened(message).parts[0]["text"])

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
            await self.lift(target, units)
        return target

    async def lift(self, target: Node, units: Tree) -> None:
        """The effect of sealing upward, in the caller's transaction: the unit of this row keeps nothing."""
        await note_lifted(self.tip.id, self._secret, self.access.unit_id)
        await self._hand_to(target)
        await self._leave_nothing(units.below(self.access.unit_id), target)

    # How the verbs do it

    @asynccontextmanager
    async def _acting(self, action: Action, words: str = "") -> AsyncIterator[None]:
        """A verb's transaction. Inside it the rows are looked at again: someone may have been faster.

        Repeated when the same page sent the same words before.
        """
        act = once.act_id(self._mark, self.tip.id, self.actor.id, action, words) if words else None
        await once.refuse_repeated(act)
        require(self.actor, action, self.access, mode=house().mode)
        async with transaction():
            await hold_still(self.tip.id)
            await once.take(act)
            self._act = act
            fresh = await Access.get_or_none(id=self.access.id)
            if fresh is None:
                raise NotFound
            if fresh.status is not self.access.status:
                raise Conflict("tip.moved_on")
            await self.tip.refresh_from_db()
            yield

    async def _number(self, given: str = "") -> None:
        if not self.tip.official_no:
            self.tip.official_no = given or await official_number(self.actor.unit_id)
            await self.tip.save(update_fields=["official_no"])

    async def _become(self, status: TipStatus) -> None:
        self.tip.status = self.access.status = status
        await self.tip.save(update_fields=["status"])
        # Whoever acts on a matter that came in a flood lets it in.
        await Access.filter(tip_id=self.tip.id).update(status=status, quarantined=False)
        if status in OPEN_STATUSES and (self.tip.objected or self.tip.rests):
            await self._stand(objected=False, rests=False)  # what was said of the former answer is settled

    async def _undo(self, message: Message) -> None:
        """What was done with these words is undone with them; other words leave the matter as it is."""
        if self.tip.status in ENDED_FROM and message.did is not None and message.did.value == self.tip.status.value:
            await self._become(ENDED_FROM[self.tip.status])
            if self.tip.status is TipStatus.SCREENING:
                await Deadline.filter(tip_id=self.tip.id, met_on=clock.today()).update(met_on=None)
            await self._stand(objected=False, rests=False)
        elif message.did is Happening.ANSWERED and self.tip.rests:
            owed = Deadline.filter(tip_id=self.tip.id, rule=Rule.ANSWER_OBJECTION, met_on=clock.today())
            await owed.update(met_on=None)
            await self._stand(objected=True, rests=False)

    async def _stand(self, *, objected: bool, rests: bool) -> None:
        """What the reporter still waits for."""
        self.tip.objected, self.tip.rests = objected, rests
        await self.tip.save(update_fields=["objected", "rests"])
        await Access.filter(tip_id=self.tip.id).update(objected=objected)
        if not objected:
            await Deadline.meet(Rule.ANSWER_OBJECTION, self.tip.id)
        await self._news_are_read()
        await self._copy_due()

    async def _news_are_read(self) -> None:
        if self.access.news:
            await Access.filter(tip_id=self.tip.id).update(news=False)

    async def _screen_anew(self) -> None:
        """The clock of screening runs from today, for a named reporter as for one without a name."""
        rule = Rule.TELL_ACCEPTANCE if self.tip.named else Rule.SCREEN
        owed = Deadline.start(rule, tip_id=self.tip.id, unit_id=self.tip.unit_id, on=clock.today())
        await owed.save(force_create=True)

    async def _copy_due(self) -> None:
        is_owed = self.tip.status in OPEN_STATUSES or self.tip.objected
        due = await Deadline.next_due(self.tip.id) if is_owed else None
        await Access.filter(tip_id=self.tip.id).update(due_on=due)

    async def _put_summary(self, words: str) -> None:
        self.tip.summary = lock(self._secret, words.encode(), Purpose.SUMMARY, self.tip.id)
        await self.tip.save(update_fields=["summary"])

    async def _say(self, words: str, *, asks: bool = False, did: Happening | None = None) -> Message:
        message = Message.reply(
            self.tip.id,
            self.actor.unit_id,
            self.actor.id,
            words,
            self._reporter_secret,
            order=await self.tip.next_line(),
            asks=asks,
            did=did,
            act_id=self._act,
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

    def _opened(self, message: Message) -> Line:
        if message.side is Side.NOTE:
            return Line(message, [{"text": unlock(self._secret, message.body, Purpose.NOTE, message.id).decode()}])
        body = open_any(self._reporter_secret, message.body, Purpose.MESSAGE, message.id)
        if message.side is Side.REPORTER:
            told = json.loads(body)
            return Line(message, told["parts"], verdict_in(told))
        return Line(message, [{"text": body.decode()}])

    def _superior(self, units: Tree, open_offices: Offices) -> Node:
        not_for = touched_by(units, self.tip.place_id, self.tip.concerns) | lifted_from(self.tip, self._secret)
        not_for |= {self.actor.unit_id}
        for node in units.upward(self.actor.unit_id):
            if node.id in open_offices.case and may_receive(units, open_offices, node.id, not_for):
                return node
        raise Conflict("tip.no_superior")

    async def _hand_to(self, target: Node) -> None:
        known = Access.filter(tip_id=self.tip.id, unit_id=target.id, purpose=RingPurpose.CASE)
        if await known.update(reads_only=False, unread=True):  # it may have handed the matter down and read on
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
            **carried_over(old),
        )

    async def _take_rows(self, units: list[UUID]) -> None:
        """Their rows go, and no place in their lists stays empty."""
        rows = Access.filter(tip_id=self.tip.id, unit_id__in=units)
        gone = sorted([(row.unit_id, row.purpose, row.arrived_no) for row in await rows])
        await rows.delete()
        for unit_id, purpose, number in gone:
            await Counter.close_gap(unit_id, purpose, number)

    async def _leave_nothing(self, units: list[UUID], target: Node) -> None:
        tip_id = self.tip.id
        await self._take_rows(units)
        await leave_custody(tip_id, units)
        await forget_proposals(tip_id)
        await forget_shown(tip_id, units)
        await Reading.filter(tip_id=tip_id, unit_id__in=units).delete()
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
    """A number of the year that the unit has not given yet, inside the caller's transaction.

    Drawn, not counted: a running number would be missed where a matter was sealed upward (ADR 0013).
    """
    units, year = await tree(), clock.today().year
    await advisory_lock(f"official {unit_id} {year}")
    digits = 4
    while True:
        for _ in range(TRIES):
            number = 10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1))
            drawn = f"{units[unit_id].name}〔{year}〕{number}号"
            if not await Tip.exists(official_no=drawn):
                return drawn
        digits += 1


def ends_with(number: int) -> str:
    """How the official numbers end that are this one of their year."""
    return f"〕{number}号"


def _words(words: str, most: int, empty: str) -> str:
    words = clean(words)
    if not words:
        raise Invalid(empty)
    if len(words) > most:
        raise Invalid("tip.words_too_long", most=most)
    return words
