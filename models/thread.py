"""The reporter's side of a tip: he comes with his code, reads, adds, and goes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q

from models import clock, flood, once
from models.access import Access
from models.codes import Code
from models.db import for_update, transaction
from models.deadline import Deadline, Rule
from models.draft import OpenedThread, Telling
from models.errors import Conflict, Invalid, NotFound
from models.event import Event, Happening
from models.message import Message, Ping
from models.receipt import Receipt
from models.sealing import Purpose, open_any
from models.terms import Side, TipStatus, Verdict
from models.tip import Tip, fetched_files
from models.unit import Node, tree
from models.verdict import HAPPENINGS, WORDLESS, offered

PAGE: Final = 20
"""Lines opened at once; earlier ones are asked for."""
MOST_A_DAY: Final = 200
"""Additions to one tip in a day: whoever writes without end must not make the thread unreadable for the desk."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One line as the reporter reads it."""

    side: Side
    on: date
    text: str
    files: int
    asks: bool
    order: int
    verdict: Verdict | None = None


@dataclass(slots=True)
class Thread:
    """Opened by the code. Holds R, which may be kept for thirty minutes under the transit key and no longer."""

    tip_id: UUID
    reporter_secret: bytes = field(repr=False)
    receipt_id: UUID

    @classmethod
    async def open(cls, typed: str, *, who: str | None) -> "Thread":
        """The thread behind what somebody typed. `who` is a key for counting tries, kept as an HMAC in memory;
        None where the door itself slows down those who try, for an address may be shared.

        Invalid: it is no code, or no thread has it; found and not found take the same work. Throttled: too
        many tries.
        """
        code = Code.parse(typed)
        if code is None:
            raise Invalid("track.not_a_code")
        if who is not None:
            flood.CODES.enter(who)
        found = await Receipt.find(code)
        if found is None:
            raise Invalid("track.not_found")
        if who is not None:
            flood.CODES.forget(who)
        return cls(*found)

    @classmethod
    async def reopen(cls, opened: OpenedThread | None, *, renewing: bool = False) -> "Thread":
        """The thread that was kept open. Invalid when its thirty minutes are over, or another code opens it by now.

        `renewing`: that is looked at under the lock only, for a page sent twice must meet its own new code.
        """
        if opened is None or not opened.alive or not opened.receipt_id:
            raise Invalid("track.closed")
        receipt_id = UUID(hex=opened.receipt_id)
        thread = cls(UUID(hex=opened.tip_id), bytes.fromhex(opened.reporter_secret), receipt_id)
        if not renewing:
            await thread.require_open()
        return thread

    async def require_open(self) -> None:
        """Invalid when the code it was opened with opens it no more. Whoever changes something asks under the lock."""
        if not await Receipt.exists(id=self.receipt_id, tip_id=self.tip_id):
            raise Invalid("track.closed")

    # Reading

    async def status(self) -> TipStatus:
        """Where it stands, as one of the five public words."""
        return (await self.tip()).status

    async def handler(self) -> Node:
        """The unit that handles it now."""
        return (await tree())[(await self.tip()).unit_id]

    async def heard(self, *, before: int | None = None, only: Side | None = None, most: int = PAGE) -> list[Heard]:
        """What he may read, oldest first: his own words and the desk's released ones. The newest `most` lines, or
        those that stand before the line `before`.
        """
        rows = self._readable()
        if before is not None:
            rows = rows.filter(order__lt=before)
        if only is not None:
            rows = rows.filter(side=only)
        newest = await rows.order_by("-order").limit(most)
        return [self._line(row) for row in reversed(newest)]

    async def has_earlier(self, lines: list[Heard], *, only: Side | None = None) -> bool:
        """Whether there is more to read before these."""
        return bool(lines) and bool(await self.heard(before=lines[0].order, only=only, most=1))

    async def asked(self) -> bool:
        """Whether the desk's last words are a question to which nothing was answered yet."""
        last = await self._readable().order_by("-order").first()
        return bool(last and last.side is Side.DESK and last.asks)

    async def story(self) -> list[dict[str, Any]]:
        """The parts he filed."""
        tip = await self.tip()
        told = json.loads(open_any(self.reporter_secret, tip.narrative, Purpose.NARRATIVE, tip.id))
        parts: list[dict[str, Any]] = told["parts"]
        return parts

    async def verdicts(self) -> tuple[Verdict, ...]:
        """What he can say of the answer, once he can read it."""
        tip = await self.tip()
        if await Message.filter(tip_id=tip.id, side=Side.DESK, released_at__gt=clock.now()).exists():
            return ()
        return _offered(tip)

    async def pinged(self) -> bool:
        """Whether a chat is pinged about this tip."""
        return await Ping.exists(tip_id=self.tip_id)

    async def tip(self) -> Tip:
        """The tip itself. NotFound when it was destroyed since the code was typed."""
        tip = await Tip.get_or_none(id=self.tip_id)
        if tip is None:
            raise NotFound("track.not_found")
        return tip

    # Saying

    async def add(
        self,
        telling: Telling,
        *,
        draft_id: UUID | None = None,
        verdict: Verdict | None = None,
        act: UUID | None = None,
    ) -> None:
        """Add words and files, sealed to R's public key; with a `verdict`, as his word on the answer.

        Invalid when there is nothing to add, when so much was added today already, and, as every act, once another
        code was taken; Conflict while some of its files are still on their way, and when the answer is not there
        to be judged; Repeated when this very `act` was done before.
        """
        if not telling.parts and verdict not in WORDLESS:
            raise Invalid("verdict.say_why" if verdict is Verdict.OBJECTED else "story.empty")
        await once.refuse_repeated(act)
        files = await fetched_files(telling, draft_id)
        async with transaction():
            tip = await for_update(Tip.filter(id=self.tip_id)).get()
            await self.require_open()
            await once.take(act)
            if verdict is not None and verdict not in _offered(tip):
                raise Conflict("verdict.not_now")
            body = json.dumps({"v": 1, "verdict": verdict, "parts": _parts(telling)}).encode()
            if await Message.filter(tip_id=tip.id, side=Side.REPORTER, on=clock.today()).count() >= MOST_A_DAY:
                raise Invalid("adding.too_many", most=MOST_A_DAY)
            line = Message.addition(tip.id, tip.unit_id, body, tip.reporter_public, order=await tip.next_line())
            await line.save(force_create=True)
            for file in files:
                file.relock(self.reporter_secret, tip.id)
                await file.save()
            await _set_going(tip, verdict)
            happened = HAPPENINGS[verdict] if verdict else Happening.ADDED
            await Event.of(happened, tip_id=tip.id, unit_id=tip.unit_id).save(force_create=True)

    async def ping_in(self, chat: UUID) -> None:
        """From now on that chat is told, neutrally, that there is something to read."""
        async with transaction():
            await for_update(Tip.filter(id=self.tip_id)).get()
            await self.require_open()
            await Ping.on(self.tip_id, chat)

    async def renew_code(self, code: Code, *, chat: UUID | None = None, act: UUID | None = None) -> None:
        """From now on another code opens the thread, and the former one nothing: somebody may have seen it.

        Whoever had the thread open with the former code is shut out, and pinged in no chat but the renewing one.
        Repeated when this very `act` was done before.
        """
        async with transaction():
            await for_update(Tip.filter(id=self.tip_id)).get()
            fresh = Receipt.make(code, self.reporter_secret, self.tip_id)
            if known := await Receipt.get_or_none(tip_id=self.tip_id, tag=fresh.tag):
                self.receipt_id = known.id
                return
            await self.require_open()
            await once.take(act)
            await Receipt.filter(tip_id=self.tip_id).delete()
            await fresh.save(force_create=True)
            self.receipt_id = fresh.id
            await Ping.off_elsewhere(self.tip_id, chat)
            unit_id = (await self.tip()).unit_id
            await Event.of(Happening.CODE_RENEWED, tip_id=self.tip_id, unit_id=unit_id).save(force_create=True)

    # How

    def _readable(self) -> Any:
        released = Q(released_at__isnull=True) | Q(released_at__lte=clock.now())
        return Message.filter(released, tip_id=self.tip_id).exclude(side=Side.NOTE)

    def _line(self, row: Message) -> Heard:
        body = open_any(self.reporter_secret, row.body, Purpose.MESSAGE, row.id)
        if row.side is Side.DESK:
            return Heard(Side.DESK, row.on, body.decode(), 0, row.asks, row.order)
        told = json.loads(body)
        text = "\n".join(part["text"] for part in told["parts"] if part.get("text"))
        files = sum("file" in part for part in told["parts"])
        return Heard(Side.REPORTER, row.on, text, files, asks=False, order=row.order, verdict=verdict_in(told))


def verdict_in(told: Mapping[str, Any]) -> Verdict | None:
    """The verdict of an addition, if it is one."""
    return Verdict(told["verdict"]) if told.get("verdict") else None


def _offered(tip: Tip) -> tuple[Verdict, ...]:
    return offered(tip.status, settled=tip.rests or tip.objected)


def _parts(telling: Telling) -> list[dict[str, str]]:
    return [{"text": p.text} if p.text else {"file": p.file, "kind": p.kind} for p in telling.parts]


async def _set_going(tip: Tip, verdict: Verdict | None) -> None:
    """What his words ask of the desk: to be read, and after an objection to be answered in time."""
    rows = Access.filter(tip_id=tip.id)
    match verdict:
        case Verdict.AGREED:
            await Tip.filter(id=tip.id).update(rests=True)
            await rows.update(unread=True)
        case Verdict.OBJECTED:
            owed = Deadline.start(Rule.ANSWER_OBJECTION, tip_id=tip.id, unit_id=tip.unit_id, on=clock.today())
            await owed.save(force_create=True)
            await Tip.filter(id=tip.id).update(objected=True)
            await rows.update(unread=True, objected=True, due_on=owed.due_on)
        case Verdict.NEWS:
            await rows.update(unread=True, news=True)
        case None:
            await rows.update(unread=True)
