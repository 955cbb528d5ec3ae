"""The child's life: phone side, residents' site, desk and jobs on one database, until it is killed or told to stop."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from admin.public.app import SERVER, PublicConfig, public_site
from bot import files
from bot.dialogue.story import paused
from bot.limiter import Limiter
from bot.runner import Running, Webhook, running
from bot.webhook import webhook_routes
from models import MODEL_MODULES, draft, message
from models.db import open_database
from models.flood import AddressGate
from models.outbox import Outbox
from tests.faults import canary_desk, places, variants
from tests.faults.desk import answer_tips
from tests.faults.reaper import Ledger, Reaper
from tests.faults.template import move_in

OFTEN = 0.1
STOPPING = 10.0
MANY = 10**9
Job = Callable[[], Awaitable[object]]


async def serve(order: dict[str, Any]) -> None:
    """The job. SIGUSR1 asks it to note when everything in hand is served; SIGTERM to stop gracefully then."""
    folder = Path(order["folder"])
    ledger = Ledger(folder)
    reaper = Reaper(ledger, order)
    _hurry()
    places.set_up(reaper, ledger)
    if order.get("variant"):
        variants.VARIANTS[order["variant"]](reaper)
    if order.get("watched"):
        canary_desk.watch(folder, ledger)
    stop, asked = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, asked.set)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with await open_database(order["url"], modules=MODEL_MODULES) as database:
        database.hold()
        move_in(folder)
        async with _phone(order) as bot, _counter(order, reaper), _jobs(_desk(order, ledger)):
            ledger.note("alive", os.getpid())
            answering = asyncio.create_task(_answer_idle(asked, bot, ledger))
            await stop.wait()
            answering.cancel()
            await _at_rest(bot)


async def _answer_idle(asked: asyncio.Event, bot: Running, ledger: Ledger) -> None:
    while True:
        await asked.wait()
        asked.clear()
        await _at_rest(bot)
        ledger.note("idle")


async def _at_rest(bot: Running) -> None:
    """Nothing waits to be served or said. What still does after a while, the check will report."""
    with suppress(TimeoutError):
        async with asyncio.timeout(STOPPING):
            await bot.idle()
            # Between a commit and its hand-over to the sender the phone looks idle.
            while await Outbox.all().exists():
                await asyncio.sleep(0.02)
                await bot.idle()


def _hurry() -> None:
    """Thirty seconds are a long time in a test."""
    message.RECALL_FOR = timedelta(seconds=0.1)
    draft.PAUSE = timedelta(seconds=0.15)
    files.LOOK_EVERY = OFTEN


@asynccontextmanager
async def _phone(order: dict[str, Any]) -> AsyncIterator[Running]:
    port = order.get("port")
    webhook = Webhook(f"http://127.0.0.1:{port}/telegram", order["secret"]) if port else None
    limiter = Limiter(per_second=1000, burst=1000, pace=0.001)
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(
            running(token=order["token"], api_root=order["api"], webhook=webhook, limiter=limiter)
        )
        if webhook:
            site = web.Application()
            site.add_routes(webhook_routes(bot.store, webhook.secret, "/telegram"))
            runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", port).start()
        yield bot


@asynccontextmanager
async def _counter(order: dict[str, Any], reaper: Reaper) -> AsyncIterator[None]:
    """The residents' site, when the order names a port. One can also die before a form is read, or its answer sent."""
    if "public_port" not in order:
        yield
        return

    @web.middleware
    async def passing(request: web.Request, handler: Any) -> web.StreamResponse:
        reaper.passes("web: form came")
        answer: web.StreamResponse = await handler(request)
        reaper.passes("web: page made, not sent")
        return answer

    site = public_site(PublicConfig(gate=AddressGate(posts=MANY, tips=MANY, tries=MANY)))
    site.middlewares.insert(0, passing)
    runner = web.AppRunner(site, **SERVER, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", order["public_port"], reuse_address=True).start()
    try:
        yield
    finally:
        await runner.cleanup()


def _desk(order: dict[str, Any], ledger: Ledger) -> Job:
    if order.get("watched"):
        return canary_desk.Desk(order["words"], ledger, Path(order["folder"]))
    return lambda: answer_tips(ledger)


@asynccontextmanager
async def _jobs(desk: Job) -> AsyncIterator[None]:
    """What APScheduler would wake, much more often. A job that fails ends the child, loudly."""
    async with asyncio.TaskGroup() as group:
        jobs: list[Job] = [desk, lambda: message.announce_replies(), lambda: draft.pauses(paused)]  # noqa: PLW0108
        tasks = [group.create_task(_again(job)) for job in jobs]
        yield
        for task in tasks:
            task.cancel()


async def _again(job: Job) -> None:
    while True:
        await job()
        await asyncio.sleep(OFTEN)
