"""A crowd at the door does not keep residents waiting: Argon2 is the dearest thing the process does."""

import asyncio
import time
from contextlib import AsyncExitStack

from bot.simulator import TOKEN
from tests.bench import ours, phones
from tests.bench.child import Child, child
from tests.bench.county import clerk
from tests.bench.figures import Figure, Options, at
from tests.bench.panel import Browser
from tests.bench.steps import RATE

CLERKS = 8
SECONDS, CALM = 10, 3


async def logins(_options: Options) -> list[Figure]:
    """Thirty steps a second for ten seconds; after three of them eight people log in at once."""
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(child(phones.main, ("ours",)))
        root = (await telegram.ask("where"))["ours"]
        us = await stack.enter_async_context(child(ours.main, TOKEN, root, CLERKS))
        await us.ask("ready")
        talk = asyncio.ensure_future(telegram.ask("paced", name="ours", per_second=RATE, seconds=SECONDS))
        await asyncio.sleep(CALM)
        entered = await _crowd(us)
        waits = (await talk)["waits"]
    return [
        Figure("logins.dialogue_p99", at(waits, 0.99) * 1000, "ms", most=300),
        Figure("logins.eight", entered, "s until all eight are in"),
    ]


async def _crowd(us: Child) -> float:
    door = await us.ask("door")
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(Browser(door["root"])) for _ in range(CLERKS)]
        began = time.perf_counter()
        await asyncio.gather(*(b.log_in(clerk(n), door["codes"][n]) for n, b in enumerate(browsers)))
        return time.perf_counter() - began
