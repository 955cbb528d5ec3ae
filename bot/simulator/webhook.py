"""Deliver updates by POST: chats in parallel, each chat in order, an update again until it gets a 200."""

import asyncio
import time
from collections import deque
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.simulator.errors import Json
from bot.simulator.updates import Update, Updates

DEFAULT_CONNECTIONS = 40
SECONDS_PER_TRY = 30


class Webhook:
    """The pump between the queue and the bot's address."""

    def __init__(self, updates: Updates, *, first_delay: float, longest_delay: float) -> None:
        """Idle until an address is set; the delays grow twofold between them."""
        self.url = ""
        self._updates = updates
        self._delays = first_delay, longest_delay
        self._headers: dict[str, str] = {}
        self._connections = DEFAULT_CONNECTIONS
        self._slots = asyncio.Semaphore(DEFAULT_CONNECTIONS)
        self._lanes: dict[int, deque[tuple[int, Update]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: ClientSession | None = None
        self._last_error: Json = {}

    async def set(self, url: str, secret: str, connections: int) -> None:
        """Start delivering here, beginning with what already waits."""
        await self.close()
        if not url:
            return
        self.url = url
        self._connections = connections
        self._slots = asyncio.Semaphore(connections)
        self._headers = {"Content-Type": "application/json"}
        if secret:
            self._headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        self._session = ClientSession(timeout=ClientTimeout(total=SECONDS_PER_TRY))
        self._updates.listener = self._arrived
        for place, update in self._updates.waiting():
            self._arrived(place, update)

    async def close(self) -> None:
        """Stop; what was not confirmed stays queued."""
        self.url = ""
        self._updates.listener = None
        self._lanes.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def info(self) -> Json:
        """The Bot API WebhookInfo."""
        return {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
            "max_connections": self._connections,
            **self._last_error,
        }

    def _arrived(self, place: int, update: Update) -> None:
        lane = self._lanes.setdefault(update.lane, deque())
        lane.append((place, update))
        if len(lane) == 1:
            task = asyncio.create_task(self._serve(update.lane, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, key: int, lane: deque[tuple[int, Update]]) -> None:
        delay, longest = self._delays
        wait = delay
        while lane:
            place, update = lane[0]
            async with self._slots:
                error = await self._deliver(update)
            if error:
                self._last_error = {"last_error_date": int(time.time()), "last_error_message": error}
                await asyncio.sleep(wait)
                wait = min(wait * 2, longest)
                continue
            wait = delay
            self._updates.forget(place)
            lane.popleft()
        self._lanes.pop(key, None)

    async def _deliver(self, update: Update) -> str:
        """Empty when the bot answered 200, else what Telegram would note."""
        assert self._session is not None  # noqa: S101 - lanes only run while a webhook is set
        try:
            async with self._session.post(self.url, data=update.body, headers=self._headers) as answer:
                await answer.read()
        except (ClientError, TimeoutError) as error:
            return f"Connection failed: {type(error).__name__}"
        if answer.status == HTTPStatus.OK:
            return ""
        return f"Wrong response from the webhook: {answer.status} {answer.reason}"
