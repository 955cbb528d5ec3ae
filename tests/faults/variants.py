"""Planted faults: what the harness must catch, or it proves nothing."""

import asyncio
import logging
import os
import tempfile
from collections.abc import Callable
from typing import Any

from bot.raw import RawUpdate
from bot.runner import Running
from models import inbox
from models.db import transaction
from models.inbox import Inbox
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
        task = asyncio.create_task(later(self, updates))
        _late.add(task)
        task.add_done_callback(_late.discard)

    Running.store = at_once  # type: ignore[method-assign]


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
    "words logged": words_logged,
    "words on disk": words_on_disk,
    "words left behind": words_left_behind,
}
