"""The phone side running: fetching or webhook, the inbox served, answers delivered, files fetched."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from telegram import Bot, BotCommand
from telegram.error import TelegramError

from bot.application import build_application
from bot.broadcast import Broadcast
from bot.call import call
from bot.connect import connect
from bot.delivery import Delivery
from bot.dialogue.handlers import add_handlers
from bot.door import TelegramDoor
from bot.fetch import fetch
from bot.files import fetch_files
from bot.keep_on import keep_on
from bot.limiter import Limiter
from bot.raw import RawUpdate
from bot.transport import build_bot, wire
from bot.watchdog import Watchdog
from locales import LANGUAGES, t
from models import inbox, outbox
from models.inbox import Inbox

COMMANDS = ("report", "track", "lessons", "subscribe", "privacy", "language", "help", "cancel")
_TELEGRAM_LANGUAGE = {"zh_CN": "", "zh_Hant": None, "en": "en"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram posts updates to, and the secret it shows."""

    url: str
    secret: str = field(repr=False)


Alone = Callable[[], AbstractAsyncContextManager[asyncio.Event]]
"""Entered by one process at a time; the event says that another may come in."""


class GivenWay(Exception):
    """The lock that makes this process the one bot was lost; it is asked for again."""


@asynccontextmanager
async def _undisputed() -> AsyncIterator[asyncio.Event]:
    yield asyncio.Event()


async def _give_way(lost: asyncio.Event) -> None:
    await lost.wait()
    raise GivenWay


class Running:
    """One bot at work. `store` is the webhook's way in; `watchdog` says how Telegram is."""

    def __init__(self, bot: Bot, limiter: Limiter, watchdog: Watchdog) -> None:
        self.bot, self.watchdog = bot, watchdog
        self.delivery = Delivery(bot, limiter, watchdog)
        self.broadcast = Broadcast(bot, limiter, watchdog)
        self._application = build_application(bot)
        add_handlers(self._application)
        self._door = TelegramDoor(self._application)
        self._news = asyncio.Event()
        self._serving = False
        self._quick: set[asyncio.Task[None]] = set()

    async def store(self, updates: list[RawUpdate]) -> None:
        """Commit raw updates; when this returns they are safe, and only then is anybody told."""
        await Inbox.store([(update.update_id, update.body) for update in updates])
        self._news.set()
        for update in updates:
            self._answer_press(update)

    async def idle(self) -> None:
        """Return once nothing waits in the inbox and everything said is settled. For graceful stops and tests."""
        while await inbox.waiting_count() or self._serving or self.delivery.busy:  # noqa: ASYNC110  a database rings no bell
            await asyncio.sleep(0.005)
        await self.delivery.settle()

    async def work(self, webhook: Webhook | None, alone: Alone) -> None:
        """Until cancelled. Two processes serving one inbox would do a step twice: the second stands by."""
        await keep_on("being the one bot", lambda: self._work_alone(webhook, alone))

    async def _work_alone(self, webhook: Webhook | None, alone: Alone) -> None:
        async with alone() as lost:
            outbox.deliver_with(self.delivery.offer)
            try:
                await self._work(webhook, lost)
            finally:
                outbox.deliver_with(None)

    async def _work(self, webhook: Webhook | None, lost: asyncio.Event) -> None:
        """Telegram may be away at the beginning; what it sends later is served then."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_give_way(lost))
            group.create_task(keep_on("serving the inbox", self._serve))
            group.create_task(self.delivery.run())
            group.create_task(self.broadcast.run())
            group.create_task(keep_on("fetching files", lambda: fetch_files(self.bot)))
            await keep_on("opening the door", lambda: self._open_door(webhook))

    async def _open_door(self, webhook: Webhook | None) -> None:
        await connect(self._application, self.watchdog)
        await self._introduce()
        if webhook:
            await self._set_webhook(webhook)
        else:
            await fetch(self.bot, self.store, self.watchdog)

    async def _serve(self) -> None:
        """Serve the inbox whenever there is news. What waits from before a crash is served one by one."""
        await connect(self._application, self.watchdog)
        left = await inbox.waiting_count()
        while left > 0:
            served = await self._serve_some(alone=True)
            left = left - served if served else 0
        while True:
            self._news.clear()
            if await self._serve_some() < inbox.GROUP:  # no more waited; what came since has set the news again
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), timeout=1.0)

    async def _serve_some(self, *, alone: bool = False) -> int:
        """One group. While it is under way the commit may be seen before its answers are in hand."""
        self._serving = True
        try:
            return await inbox.serve(self._door, alone=alone)
        finally:
            self._serving = False

    async def _introduce(self) -> None:
        """The menu of commands, in each language. Not worth failing for."""
        with contextlib.suppress(TelegramError):
            for language in LANGUAGES:
                code = _TELEGRAM_LANGUAGE[language]
                if code is not None:
                    commands = [BotCommand(name, t(language, f"menu.command.{name}")) for name in COMMANDS]
                    await self.bot.set_my_commands(commands, language_code=code)

    async def _set_webhook(self, webhook: Webhook) -> None:
        from bot.fetch import ALLOWED

        await self.bot.set_webhook(webhook.url, secret_token=webhook.secret, allowed_updates=ALLOWED)

    def _answer_press(self, update: RawUpdate) -> None:
        """Stop the button's clock at once, best effort: the real answer comes through the outbox."""
        if b'"callback_query"' not in update.body:
            return
        query = json.loads(update.body).get("callback_query")
        if isinstance(query, dict) and "id" in query:
            task = asyncio.get_running_loop().create_task(self._acknowledge(str(query["id"])))
            self._quick.add(task)
            task.add_done_callback(self._quick.discard)

    async def _acknowledge(self, query_id: str) -> None:
        with contextlib.suppress(TelegramError):
            await call(self.bot, "answerCallbackQuery", callback_query_id=query_id)


@asynccontextmanager
async def running(
    *,
    token: str,
    api_root: str,
    proxy: str | None = None,
    webhook: Webhook | None = None,
    alone: Alone = _undisputed,
    limiter: Limiter | None = None,
) -> AsyncIterator[Running]:
    """Start the phone side; leaving stops it gracefully: what is in hand is sent and settled."""
    bot = build_bot(token, api_root, proxy=proxy)
    phone = Running(bot, limiter or Limiter(), Watchdog())
    inbox.raise_alarms_with(_alarm)
    work = asyncio.get_running_loop().create_task(phone.work(webhook, alone))
    try:
        yield phone
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(phone.broadcast.drain(), phone.delivery.drain()), timeout=5)
        await bot.shutdown()
        await wire(bot).shutdown()  # PTB leaves the wire open when Telegram never answered


def _alarm(number: int, error: Exception) -> None:
    _log.error("update %d could not be served and was set aside: %s", number, type(error).__name__)
