"""The simulator: one bot's Telegram, in memory, over HTTP."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.simulator.chats import Chat
from bot.simulator.errors import Json
from bot.simulator.faults import Fault, Kind
from bot.simulator.limits import Limits
from bot.simulator.page import page_routes
from bot.simulator.people_routes import PeopleRoutes
from bot.simulator.person import Person
from bot.simulator.server import BotApi
from bot.simulator.weather_routes import WeatherRoutes
from bot.simulator.world import Call, World

TOKEN = "7000000001:SIMULATED-not-a-secret"  # noqa: S105 - opens nothing but this simulator
FIRST_USER_ID = 5_000_000_000
SHUTDOWN_SECONDS = 0.05


class Simulator:
    """A local Bot API and the people who talk to the bot."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        limits: bool = False,
        clock: Callable[[], float] = time.time,
        record: bool = True,
        webhook_delays: tuple[float, float] = (0.1, 5.0),
    ) -> None:
        """`limits` applies Telegram's rates; `record` keeps the history; delays are first and longest."""
        self.world = World(
            token,
            clock=clock,
            limits=Limits(clock) if limits else None,
            record=record,
            webhook_delays=webhook_delays,
        )
        self.people: dict[str, Person] = {}

    @property
    def token(self) -> str:
        """The token the bot must use."""
        return self.world.token

    @property
    def history(self) -> list[Call]:
        """The bot's calls, oldest first; getUpdates is left out."""
        return list(self.world.history)

    def calls(self, method: str) -> list[Call]:
        """The recorded calls of one method."""
        return [call for call in self.world.history if call.method == method]

    def person(self, name: str, key: str = "", language_code: str = "zh-hans", role: str = "") -> Person:
        """The person of this key, made on first asking. The id follows from the key, so that a demo's
        database knows its people again after a restart.
        """
        key = key or name
        if key not in self.people:
            self.people[key] = self._made(name, key, language_code, role)
        return self.people[key]

    def bystander(self, name: str) -> Person:
        """Somebody the bot can write to, whose phone does not stand in the list: a crowd would bury the others."""
        return self._made(name, name, "zh-hans", "")

    def _made(self, name: str, key: str, language_code: str, role: str) -> Person:
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
        chat = Chat(FIRST_USER_ID + number, name, language_code)
        self.world.chats[chat.id] = chat
        return Person(self.world, chat, key, role)

    def push(self, raw: Json, update_id: int | None = None) -> int:
        """Queue any update, malformed, duplicate or out of order, and return its id."""
        return self.world.updates.push(raw, update_id)

    def restart_ids(self, at: int) -> None:
        """Continue the update ids elsewhere, as Telegram does after a quiet week."""
        self.world.updates.next_id = at

    def fault(
        self,
        kind: Kind,
        method: str = "*",
        *,
        times: int | None = 1,
        retry_after: int = 1,
        chat_id: int | None = None,
        seconds: float = 60.0,
        reason: str = "",
    ) -> Fault:
        """Let the next `times` matching calls go wrong (None: all of them, until `clear_faults`)."""
        fault = Fault(kind, method, times, retry_after, chat_id, seconds, reason)
        return self.world.faults.add(fault)

    def clear_faults(self) -> None:
        """All is well again."""
        self.world.faults.clear()

    def application(self) -> web.Application:
        """Bot API, control surface and phone page as one application."""
        app = BotApi(self.world).application()
        app.add_routes([*page_routes(), *PeopleRoutes(self).table(), *WeatherRoutes(self).table()])
        return app

    @asynccontextmanager
    async def running(self, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[str]:
        """Serve, and give the root address. Only loopback by default: whoever reaches it may do anything."""
        runner = web.AppRunner(
            self.application(), access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_SECONDS
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, backlog=1024).start()
            yield f"http://{host}:{runner.addresses[0][1]}"
        finally:
            await self.world.webhook.close()
            # aiohttp leaks the socket of a client that hangs up in the very moment of shutdown: let it be noticed.
            await asyncio.sleep(0.01)
            await runner.cleanup()
