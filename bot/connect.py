"""Brings PTB's application up, however long Telegram takes to answer."""

import asyncio

from telegram.error import TelegramError

from bot.application import StepApplication
from bot.backoff import Backoff
from bot.fetch import Sleep
from bot.watchdog import Health, Watchdog, health_in


async def connect(
    application: StepApplication,
    watchdog: Watchdog,
    *,
    backoff: Backoff | None = None,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Returns once Telegram has told us who we are; until then no step can be served (commands name the bot).

    Sites and jobs must not wait for this: run it as the first act of the bot's own task.
    """
    backoff = backoff or Backoff()
    while True:
        try:
            await application.initialize()
        except TelegramError as error:
            watchdog.report("connection", health_in(error))
            await sleep(backoff.pause())
        else:
            watchdog.report("connection", Health.OK)
            return
