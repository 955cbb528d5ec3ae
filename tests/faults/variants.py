"""Planted faults: what the harness must catch, or it proves nothing."""

import asyncio
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from admin.public import incoming
from bot.raw import RawUpdate
from bot.runner import Running
from models import inbox
from models.attachment import Attachment
from models.codes import Code
from models.db import new_id, transaction
from models.draft import Telling
from models.inbox import Inbox
from models.offices import find_route
from models.terms import Concerns
from models.thread import Thread
from models.tip import Filed, Tip
from tests.faults.reaper import Reaper

LATE = 0.05
STORY = "故事"
_late: set[asyncio.Task[None]] = set()


def acknowledged_first(reaper: Reaper) -> None:
    """Telegram is told that the updates are safe while they are still in memory."""
    store = Running.store

    async def later(self: Running, updates: list[RawUpdate]) -> None:
        await asyncio.sleep(LATE)
        reaper.passes("planted: acknowledged, not stored")
        await store(self, updates)

    async def at_once(self: Running, updates: list[RawUpdate]) -> None:
        _keep(asyncio.create_task(later(self, updates)))

    Running.store = at_once  # type: ignore[method-assign]


def _keep(task: asyncio.Task[None]) -> None:
    _late.add(task)
    task.add_done_callback(_late.discard)


def marked_apart(reaper: Reaper) -> None:
    """The step's effects are committed before its marks."""
    group, mark = inbox._serve_group, inbox._mark

    async def not_now(rows: list[Inbox]) -> None:
        pass

    async def twice(door: Any, rows: list[Inbox]) -> None:
        words = "".join(str(row.update_told().get("message", {}).get("text")) for row in rows)
        await group(door, rows)
        if STORY in words:
            reaper.passes("planted: served, not marked")
        async with transaction():
            await mark(rows)

    inbox._mark, inbox._serve_group = not_now, twice


def receipt_first(reaper: Reaper) -> None:
    """The receipt is shown while the tip is still in memory."""
    file = Tip.file

    async def later(telling: Telling, given: dict[str, Any]) -> None:
        await asyncio.sleep(LATE)
        reaper.passes("planted: receipt shown, not filed")
        await file(telling, **given)

    async def at_once(telling: Telling, **given: Any) -> Filed:
        way = await find_route(UUID(hex=telling.place), Concerns(telling.concerns))
        assert way is not None
        _keep(asyncio.create_task(later(replace(telling), given)))
        code = Code.from_secret(bytes.fromhex(telling.secret))
        return Filed(code, new_id(), way.handler, way.overseer, way.kept_from, telling.naming == "named")

    Tip.file = at_once  # type: ignore[method-assign]


def addition_unmarked(_reaper: Reaper) -> None:
    """Nobody notes what was added, so that a form sent again adds it again."""
    add = Thread.add

    async def forgetful(self: Thread, telling: Telling, *, act: UUID | None = None, **given: Any) -> None:
        await add(self, telling, **given)

    Thread.add = forgetful  # type: ignore[method-assign]


def words_logged(_reaper: Reaper) -> None:
    """Somebody debugs and forgets a line."""
    _store_also(lambda update: logging.getLogger("bot.runner").debug("got %s", update.body))


def words_on_disk(_reaper: Reaper) -> None:
    """Somebody writes what came into a temporary file, and even removes it."""
    _store_also(_through_a_file)


def _through_a_file(update: RawUpdate) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(update.body)


def words_left_behind(_reaper: Reaper) -> None:
    """The same, and it is never removed."""
    _store_also(lambda update: os.write(tempfile.mkstemp()[0], update.body))


def uploads_on_disk(_reaper: Reaper) -> None:
    """Uploads pass through a temporary file on their way, as the library's own reading of forms does it."""
    pieces = incoming._Reading._pieces

    async def spooled(self: Any, part: Any) -> AsyncIterator[bytes]:
        with tempfile.NamedTemporaryFile() as file:
            async for piece in pieces(self, part):
                file.write(piece)
                yield piece

    incoming._Reading._pieces = spooled  # type: ignore[method-assign]


def names_logged(_reaper: Reaper) -> None:
    """Somebody wants to know which files come in."""
    take = Attachment.take

    async def telling(draft_id: UUID, *, name: str, **given: Any) -> Attachment:
        logging.getLogger("admin.public").debug("a file: %s", name)
        return await take(draft_id, name=name, **given)

    Attachment.take = telling  # type: ignore[method-assign]


def _store_also(act: Callable[[RawUpdate], object]) -> None:
    store = Running.store

    async def also(self: Running, updates: list[RawUpdate]) -> None:
        for update in updates:
            act(update)
        await store(self, updates)

    Running.store = also  # type: ignore[method-assign]


VARIANTS: dict[str, Callable[[Reaper], None]] = {
    "acknowledged first": acknowledged_first,
    "marked apart": marked_apart,
    "receipt first": receipt_first,
    "addition unmarked": addition_unmarked,
    "words logged": words_logged,
    "words on disk": words_on_disk,
    "words left behind": words_left_behind,
    "uploads on disk": uploads_on_disk,
    "names logged": names_logged,
}
