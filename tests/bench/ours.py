"""Our side in a process of its own: the product's runner and jobs, with a limiter that never waits."""

from contextlib import AsyncExitStack
from typing import Any

from app import JOBS
from bot.limiter import Limiter
from bot.runner import running
from cli.collector import calm_collector
from cli.waking import scheduled
from tests.bench.child import answering
from tests.bench.county import clerk, code_of, county


async def main(pipe: Any, token: str, root: str, clerks: int = 0) -> None:
    """Serve until told to stop. With clerks, the panel stands beside the bot, as in `qingfeng serve`."""
    async with AsyncExitStack() as stack:
        world, _ = await stack.enter_async_context(county(clerks=clerks))
        await stack.enter_async_context(scheduled(JOBS))
        limiter = Limiter(per_second=100_000, burst=1_000, pace=1e-6)
        await stack.enter_async_context(running(token=token, api_root=root, limiter=limiter))
        panel = await stack.enter_async_context(_panel()) if clerks else ""

        async def door() -> dict[str, Any]:
            return {"root": panel, "codes": [code_of(world, clerk(n)) for n in range(clerks)]}

        stack.enter_context(calm_collector())
        await answering(pipe, ready=_ready, door=door)


async def _ready() -> None:
    """The county stands, the bot has begun."""


def _panel() -> Any:
    from tests.bench.panel import site  # the bot alone must not carry its libraries

    return site()
