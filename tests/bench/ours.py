"""Our bot, in a process of its own: the product's runner and jobs, with a limiter that never waits."""

from contextlib import AsyncExitStack
from typing import Any

import app
from bot.limiter import Limiter
from bot.runner import running
from tests.bench.child import answering
from tests.bench.county import county


async def main(pipe: Any, token: str, root: str) -> None:
    """Serve until told to stop."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(county())
        await stack.enter_async_context(app.scheduled(app.JOBS))
        limiter = Limiter(per_second=100_000, burst=1_000, pace=1e-6)
        await stack.enter_async_context(running(token=token, api_root=root, limiter=limiter))
        await answering(pipe, ready=_ready)


async def _ready() -> None:
    """The county stands, the bot has begun."""
