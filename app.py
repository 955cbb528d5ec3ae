"""The composition root: opens the house and runs its parts. Everything meets here and nowhere else.

Heavy libraries are imported where a part needs them, so that `qingfeng --help` answers at once.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from cli import main
from cli.collector import calm_collector
from cli.console import Refusal
from cli.waking import SHUTDOWN_SECONDS, Job, scheduled
from settings import Settings

if TYPE_CHECKING:
    from aiohttp import web

    from bot.runner import Running, Webhook
    from models.db import Database

PARTS: Final = ("public", "panel", "bot", "jobs")
WEBHOOK_PATH: Final = "/telegram"
KEEP_ALIVE_SECONDS: Final = 15.0  # aiohttp's hour lets one slow caller hold a connection for good

__all__ = ["JOBS", "PARTS", "answer_pauses", "main", "running", "stop_signal"]


_SECOND, _MINUTE, _HOUR, _DAY = (timedelta(seconds=n) for n in (1, 60, 3_600, 86_400))
JOBS: Final = (
    Job("announce-replies", _SECOND, "models.message:announce_replies", _SECOND),
    Job("chain-audit-entries", _SECOND, "models.audit:chain", _SECOND),
    Job("carry-out-imports", _SECOND, "models.importing:work", _SECOND),
    Job("answer-pauses", _SECOND, "app:answer_pauses", _SECOND),
    Job("forget-opened-threads", _MINUTE, "models.draft:forget_threads", _MINUTE),
    Job("nudge-drafts", _MINUTE, "app:nudge_drafts", _MINUTE),
    Job("sweep-passages", _MINUTE, "models.passage:Passage.sweep", _MINUTE),
    Job("sweep-marks", _HOUR, "models.once:Once.sweep", _HOUR),
    Job("sweep-sessions", _MINUTE, "models.session:Session.sweep", _MINUTE),
    Job("move-broadcasts-on", _SECOND, "models.rounds:move_on", _SECOND),
    Job("count-acknowledgements", _SECOND, "models.ledger:count_known", _SECOND),
    Job("count-quizzes", _SECOND, "models.quiz_totals:count_runs", _SECOND),
    Job("keep-calendar", _MINUTE, "app:keep_calendar", _MINUTE),
    Job("keep-courses", _MINUTE, "models.course:keep_courses", _MINUTE),
    Job("expire-proposals", _MINUTE, "models.proposal:expire", _MINUTE),
    Job("escalate-overdue", _MINUTE, "models.oversight:escalate", _MINUTE),
    Job("forget-reveals", _MINUTE, "models.reveal:forget_reveals", _MINUTE),
    Job("sweep-resets", _HOUR, "models.reset:sweep", _HOUR),
    Job("sweep-tickets", _HOUR, "models.ticket:Ticket.sweep", _HOUR),
    Job("sweep-imports", _HOUR, "models.importing:sweep", _HOUR),
    Job("sweep-drafts", _HOUR, "models.draft:sweep", _HOUR),
    Job("sweep-files", _HOUR, "models.attachment:sweep", _HOUR),
    Job("sweep-materials", _HOUR, "models.material:sweep", _HOUR),
    Job("sweep-outbox", _HOUR, "models.outbox:sweep", _HOUR),
    Job("sweep-traces", _HOUR, "models.contact:Trace.sweep", _HOUR),
    Job("forget-idle-contacts", _HOUR, "models.contact:Contact.forget_idle", _HOUR),
    Job("sweep-answers", _HOUR, "models.sitting:sweep", _HOUR),
    Job("forget-ledgers", _DAY, "models.aftermath:forget", _DAY),
    Job("forget-declarations", _DAY, "models.declaration:forget", _DAY),
    Job("sweep-leftovers", _HOUR, "models.leftovers:sweep", _HOUR),
    Job("clean-disk", _HOUR, "models.shred:clean_disk", _HOUR),
    Job("forget-old-updates", _DAY, "models.inbox:Inbox.forget_old", _DAY),
    Job("shred-out-of-scope", _DAY, "models.shred:shred_out_of_scope", _DAY),
    Job("forget-platform-content", _DAY, "models.front_door:forget_content", _DAY),
)


async def answer_pauses() -> int:
    """The draft's job with the dialogue's words: here the domain meets the phone side."""
    from bot.dialogue.story import paused
    from models.draft import pauses

    return await pauses(paused)


async def nudge_drafts() -> int:
    """One neutral reminder before what was begun goes."""
    from bot.dialogue.story import nudged
    from models.draft import nudge

    return await nudge(nudged)


async def keep_calendar() -> int:
    """The calendar's job with the catalogs' texts, each year another of those a festival has."""
    from locales import t
    from models.festival import TEXTS
    from models.occurrence import keep_calendar as kept
    from models.terms import Festival, Language

    def wording(festival: Festival, year: int) -> dict[str, str]:
        return {language: t(language, f"festival.{festival}.{year % TEXTS}") for language in Language}

    return await kept(wording)


@asynccontextmanager
async def running(settings: Settings, database: "Database", parts: tuple[str, ...] = PARTS) -> AsyncIterator[None]:
    """The parts of an open house. Leaving stops them in reverse order: no new visitors first, the bot last."""
    async with AsyncExitStack() as stack:
        bot: Running | None = None
        if "jobs" in parts:
            turn = await stack.enter_async_context(database.turns())
            await stack.enter_async_context(scheduled(JOBS, turn))
        if "bot" in parts and settings.telegram_token:
            bot = await stack.enter_async_context(_bot(settings, database))
        if "panel" in parts:
            await stack.enter_async_context(_site(_panel(settings), settings.bind_address, settings.panel_port))
        if "public" in parts:
            await stack.enter_async_context(_site(_public(settings, bot), settings.bind_address, settings.public_port))
        stack.enter_context(calm_collector())
        yield


def stop_signal() -> asyncio.Event:
    """Set when the operator or the system asks the process to end. Asked twice, it ends at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)

    def heard() -> None:
        stop.set()
        for number in numbers:
            loop.remove_signal_handler(number)

    for number in numbers:
        loop.add_signal_handler(number, heard)
    return stop


def _bot(settings: Settings, database: "Database") -> Any:
    from bot import runner

    return runner.running(
        token=settings.telegram_token,
        api_root=settings.telegram_api_url,
        proxy=settings.telegram_proxy or None,
        webhook=_webhook(settings) if settings.by_webhook else None,
        alone=partial(database.alone, "bot"),
    )


def _webhook(settings: Settings) -> "Webhook":
    from bot.runner import Webhook
    from models.house import house
    from models.sealing import lookup_tag

    made = lookup_tag(house().keys.index, "webhook", settings.telegram_token).hex()
    return Webhook(settings.public_url + WEBHOOK_PATH, settings.webhook_secret or made)


def _public(settings: Settings, bot: "Running | None") -> "web.Application":
    from admin.public.app import PublicConfig, public_site
    from bot.webhook import webhook_routes
    from models.terms import Mode

    config = PublicConfig(
        demo=settings.mode is Mode.DEMO,
        public_url=settings.public_url,
        bot_link=settings.bot_link,
        leave_to=settings.leave_to,
        forwarded_header=settings.forwarded_header,
    )
    if not settings.by_webhook:
        return public_site(config)
    store = bot.store if bot else _store
    return public_site(config, mount=webhook_routes(store, _webhook(settings).secret, WEBHOOK_PATH))


async def _store(updates: list[Any]) -> None:
    """The webhook's way in where the bot runs in another process, which looks into the table each second."""
    from models.inbox import Inbox

    await Inbox.store([(update.update_id, update.body) for update in updates])


def _panel(settings: Settings) -> "web.Application":
    from admin.app import panel
    from admin.config import PanelConfig
    from models.terms import Mode

    https = settings.panel_url.startswith("https://")
    return panel(PanelConfig(https=https, demo=settings.mode is Mode.DEMO, bot_link=settings.bot_link))


@asynccontextmanager
async def _site(application: "web.Application", address: str, port: int) -> AsyncIterator[None]:
    from aiohttp import web

    runner = web.AppRunner(
        application, access_log=None, keepalive_timeout=KEEP_ALIVE_SECONDS, shutdown_timeout=SHUTDOWN_SECONDS
    )
    await runner.setup()
    try:
        await _listen(web.TCPSite(runner, address, port), f"{address}:{port}")
        yield
    finally:
        await runner.cleanup()


async def _listen(site: "web.TCPSite", where: str) -> None:
    try:
        await site.start()
    except OSError as error:
        raise Refusal(f"Cannot listen on {where}: {error.strerror or error}.") from None


if __name__ == "__main__":
    main()
