"""The reporter's side of a tip: he comes with his code, reads, adds, and goes."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from models import clock, flood
from models.access import Access
from models.codes import Code
from models.db import for_update, transaction
from models.draft import Telling
from models.errors import Invalid, NotFound
from models.event import Event, Happening
from models.message import Message, Ping
from models.receipt import Receipt
from models.sealing import Purpose, open_any, unlock
from models.terms import Side, TipStatus
from models.tip import Tip, fetched_files
from models.unit import Node, tree


@dataclass(frozen=True, slots=True)
class Heard:
    """One line as the reporter reads it."""

    side: Side
    on: date
    text: str
    files: int
    asks: bool


@dataclass(slots=True)
class Thread:
    """Opened by the code. Holds R, which may be kept for thirty minutes under the transit key and no longer."""

    tip_id: UUID
    reporter_secret: bytes = field(repr=False)

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

    async def status(self) -> TipStatus:
        """Where it stands, as one of the five public words."""
        return (await self._tip()).status

    async def handler(self) -> Node:
        """The unit that handles it now."""
        return (await tree())[(await self._tip()).unit_id]

    async def heard(self) -> list[Heard]:
        """Everything he may read, oldest first: his own words and the desk's released ones."""
        rows = await Message.filter(tip_id=self.tip_id).exclude(side=Side.NOTE).order_by("order")
        at = clock.now()
        return [self._line(row) for row in rows if row.released_at is None or row.released_at <= at]

    async def story(self) -> list[dict[str, Any]]:
        """The parts he filed."""
        tip = await self._tip()
        told = json.loads(unlock(self.reporter_secret, tip.narrative, Purpose.NARRATIVE, tip.id))
        parts: list[dict[str, Any]] = told["parts"]
        return parts

    async def add(self, telling: Telling, *, draft_id: UUID | None = None) -> None:
        """Add words and files, sealed to R's public key. Invalid when there is nothing to add;
        Conflict while some of its files are still on their way.
        """
        if not telling.parts:
            raise Invalid("story.empty")
        files = await fetched_files(telling, draft_id)
        async with transaction():
            tip = await for_update(Tip.filter(id=self.tip_id)).get()
            parts = [{"text": p.text} if p.text else {"file": p.file, "kind": p.kind} for p in telling.parts]
            body = json.dumps({"v": 1, "parts": parts}).encode()
            line = Message.addition(tip.id, tip.unit_id, body, tip.reporter_public, order=await tip.next_line())
            await line.save(force_create=True)
            for file in files:
                file.relock(self.reporter_secret, tip.id)
                await file.save()
            await Access.filter(tip_id=tip.id).update(unread=True)
            await Event.of(Happening.ADDED, tip_id=tip.id, unit_id=tip.unit_id).save(force_create=True)

    async def pinged(self) -> bool:
        """Whether a chat is pinged about this tip."""
        return await Ping.exists(tip_id=self.tip_id)

    async def _tip(self) -> Tip:
        tip = await Tip.get_or_none(id=self.tip_id)
        if tip is None:
            raise NotFound("track.not_found")
        return tip

    def _line(self, row: Message) -> Heard:
        body = open_any(self.reporter_secret, row.body, Purpose.MESSAGE, row.id)
        if row.side is Side.DESK:
            return Heard(Side.DESK, row.on, body.decode(), 0, row.asks)
        parts = json.loads(body)["parts"]
        text = "\n".join(part["text"] for part in parts if part.get("text"))
        return Heard(Side.REPORTER, row.on, text, sum("file" in part for part in parts), asks=False)
