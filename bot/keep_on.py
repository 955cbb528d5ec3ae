"""A loop of ours must not end because something failed once: a full disk, a database that restarts."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

PAUSE = 1.0
_log = logging.getLogger(__name__)


async def keep_on(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` again after a failure, until it returns or is cancelled. The log names the type, no words."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  whatever it was, the rows are still there
            _log.error("%s failed and goes on: %s", name, type(error).__name__)
            await asyncio.sleep(PAUSE)
        else:
            return
