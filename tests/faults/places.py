"""The places on the ways in and out at which a child can die, wrapped from outside the product."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

from admin.public import incoming, thread_acts
from admin.public.views import report
from bot.delivery import Delivery
from bot.door import TelegramDoor
from models import attachment, draft, inbox, message, outbox
from models.attachment import Attachment
from models.db import postgres, sqlite
from models.draft import Draft
from models.inbox import Inbox
from models.matter import Matter
from models.thread import Thread
from models.tip import Tip
from tests.faults.reaper import Ledger, Reaper

Act = Callable[..., Awaitable[Any]]
UNTIL_ACKNOWLEDGED = 0.05
_verb: ContextVar[str] = ContextVar("verb", default="other")


def set_up(reaper: Reaper, ledger: Ledger) -> None:
    """Wrap everything once, in the child."""
    _around(Inbox, "store", reaper, verb="intake", before="intake: received, not stored")
    _around(inbox, "_serve_alone", reaper, verb="alone")
    _group(reaper)
    _around(TelegramDoor, "step", reaper, before="step: begins", after="step: ended, group not")
    _around(inbox, "_mark", reaper, before="step: answers written, marks not", after="step: marks written")
    _around(Tip, "file", reaper, after="step: tip filed")
    _around(Thread, "add", reaper, after="step: addition filed")
    _around(Delivery, "_say", reaper, before="answer: not sent yet", after="answer: sent, not settled")
    _around(outbox, "settle", reaper, verb="settle")
    _around(Attachment, "receive", reaper, verb="file")
    _around(attachment, "_store", reaper, after="file: bytes stored, row not")
    _around(Matter, "reply", reaper, verb="desk's reply")
    _around(message, "announce_replies", reaper, verb="ping")
    _around(draft, "pauses", reaper, verb="pause")
    _around(Attachment, "take", reaper, verb="web file")
    _around(Draft, "keep", reaper, verb="web answer")
    _around(report, "_submit", reaper, verb="web submit")
    _around(thread_acts, "_say", reaper, verb="web addition")
    _pieces(reaper)
    for database in (sqlite.SqliteTransaction, postgres.PostgresTransaction):
        _commit(database, reaper)
    _listen(ledger)


def _around(owner: Any, name: str, reaper: Reaper, *, verb: str = "", before: str = "", after: str = "") -> None:
    whole = owner.__dict__[name]
    act: Act = getattr(whole, "__func__", whole)

    @wraps(act)
    async def passing(*given: Any, **named: Any) -> Any:
        token = _verb.set(verb or _verb.get())
        try:
            if before:
                reaper.passes(before)
            result = await act(*given, **named)
            if after:
                reaper.passes(after)
            return result
        finally:
            _verb.reset(token)

    setattr(owner, name, classmethod(passing) if isinstance(whole, classmethod) else passing)


def _group(reaper: Reaper) -> None:
    """A group begins; when death is due here, Telegram's confirmation is let through first."""
    act, place = inbox._serve_group, "step: acknowledged, not begun"

    @wraps(act)
    async def passing(door: Any, rows: list[Inbox]) -> None:
        if reaper.waits_for(place):
            await asyncio.sleep(UNTIL_ACKNOWLEDGED)
        reaper.passes(place)
        token = _verb.set("step" if _verb.get() != "alone" else "step alone")
        try:
            await act(door, rows)
        finally:
            _verb.reset(token)

    inbox._serve_group = passing


def _commit(owner: Any, reaper: Reaper) -> None:
    act: Act = owner.commit

    @wraps(act)
    async def passing(self: Any) -> None:
        reaper.passes(f"{_verb.get()}: before COMMIT")
        await act(self)
        reaper.passes(f"{_verb.get()}: after COMMIT")

    owner.commit = passing


def _pieces(reaper: Reaper) -> None:
    """Each piece of a form on its way in."""
    act = incoming._Arrived.piece

    @wraps(act)
    def passing(self: Any, size: int) -> None:
        act(self, size)
        reaper.passes("web: a piece came")

    incoming._Arrived.piece = passing  # type: ignore[method-assign]


def _listen(ledger: Ledger) -> None:
    """Note each answer on its way out, so that their order can be looked at afterwards."""
    act = Delivery._send

    @wraps(act)
    async def noting(self: Any, row: Any, contact: Any) -> Any:
        ledger.note("said", row.contact_id.hex, row.key)
        return await act(self, row, contact)

    Delivery._send = noting  # type: ignore[method-assign]
