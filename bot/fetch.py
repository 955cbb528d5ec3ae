"""Fetches updates by long polling and confirms none that is not committed.

PTB's own polling confirms from memory and dies silently of one 401. This loop does neither: whatever happens,
it tries on and tells the watchdog.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Never

from telegram import Bot
from telegram.error import Conflict, TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.backoff import Backoff
from bot.raw import RawUpdate
from bot.refusals import SlowDown
from bot.transport import wire
from bot.watchdog import Health, Watchdog, health_in

ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
Store = Callable[[list[RawUpdate]], Awaitable[None]]
Sleep = Callable[[float], Awaitable[Any]]
_log = logging.getLogger(__name__)


async def fetch(
    bot: Bot,
    store: Store,
    watchdog: Watchdog,
    *,
    wait: int = 30,
    batch: int = 100,
    backoff: Backoff | None = None,
    sleep: Sleep = asyncio.sleep,
) -> Never:
    """Hands raw updates to `store`, which has committed them when it returns; runs until cancelled."""
    fetcher = _Fetcher(bot, store, watchdog, wait, batch, backoff or Backoff())
    while True:
        await sleep(await fetcher.round())


class _Fetcher:
    def __init__(self, bot: Bot, store: Store, watchdog: Watchdog, wait: int, batch: int, backoff: Backoff) -> None:
        self._bot, self._store, self._watchdog, self._backoff = bot, store, watchdog, backoff
        self._wait, self._batch = wait, batch
        self._stored: int | None = None  # the highest number committed here and not yet confirmed there
        self._nameless: set[bytes] = set()  # handed over once already; without a number nothing confirms them
        self._troubled = True

    async def round(self) -> float:
        """Fetches and stores once; returns how long to rest before the next round."""
        try:
            moved = await self._take()
        except SlowDown as told:
            return told.seconds
        except TelegramError as error:
            await self._lift_webhook(error)
            return self._trouble(health_in(error))
        except Exception as error:  # noqa: BLE001  whatever the store raises, Telegram still has the updates
            _log.warning("updates were not stored: %s", type(error).__name__)
            return self._trouble(Health.NOT_STORED)
        self._troubled = False
        self._watchdog.report("fetch", Health.OK)
        if not moved:
            return self._backoff.pause()
        self._backoff.reset()
        return 0.0

    async def _take(self) -> bool:
        updates = [RawUpdate.of(entry) for entry in await self._ask()]
        fresh = [one for one in updates if one.update_id is not None or one.body not in self._nameless]
        if fresh:
            await self._store(fresh)
        # The offset speaks only for the batch just stored and is dropped once heard: numbers restart at
        # random after a quiet week, and a remembered maximum would then hide what comes.
        self._stored = max((one.update_id for one in updates if one.update_id is not None), default=None)
        self._nameless = {one.body for one in updates if one.update_id is None}
        return self._stored is not None or not updates

    async def _ask(self) -> list[Any]:
        # After trouble the first question does not wait: an idle bot must not look dead for half a minute.
        wait = 0 if self._troubled else self._wait
        asked = {"timeout": wait, "limit": self._batch, "allowed_updates": ALLOWED}
        if self._stored is not None:
            asked["offset"] = self._stored + 1
        request = wire(self._bot)
        answer: Any = await request.post(
            f"{self._bot.base_url}/getUpdates",
            RequestData([RequestParameter(name, value, None) for name, value in asked.items()]),
            read_timeout=wait + (request.read_timeout or 0),
        )
        if not isinstance(answer, list):
            raise TelegramError("getUpdates answered no list")
        return answer

    def _trouble(self, health: Health) -> float:
        self._troubled = True
        self._watchdog.report("fetch", health)
        return self._backoff.pause()

    async def _lift_webhook(self, error: TelegramError) -> None:
        # A webhook left by an earlier deployment stops polling for ever; its waiting updates are kept.
        if isinstance(error, Conflict) and "webhook is active" in error.message:
            try:
                await self._bot.delete_webhook(drop_pending_updates=False)
            except TelegramError as refusal:
                _log.warning("the webhook could not be lifted: %s", type(refusal).__name__)
