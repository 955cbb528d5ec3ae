"""The residents' site over real HTTP: whole tips with photos, large files in constant memory, a quick first page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from statistics import median

from tests.bench import counter, residents
from tests.bench.child import Child, child
from tests.bench.figures import Figure, Options, at

AT_ONCE = 16
TIPS, ROUNDS = 160, 3
PHOTO, LARGE = 3 * 1024 * 1024, 20 * 1024 * 1024 - 1024
LARGE_TIPS, LARGE_AT_ONCE = 24, 8
VIEWS = 400
LOOK_EVERY = 0.05


async def public(options: Options) -> list[Figure]:
    """Site and residents in processes of their own. Every tip is read again in the end."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(child(counter.main))
        door = await site.ask("door")
        crowd = await stack.enter_async_context(child(residents.main, door["port"], door["village"]))
        told: dict[str, str] = {}
        async with watching(site) as memory:
            tips = await _tips(site, crowd, told, ROUNDS * (4 if options.full else 1))
        async with watching(site) as memory_of_large:
            large = await _large(site, crowd, told)
        views = await _views(site, crowd)
        await site.ask("check", told=told)
    return [
        *tips,
        Figure("public.growth", memory.growth, "MB of memory, from before the first tip", most=50),
        *large,
        Figure("public.large_growth", memory_of_large.growth, "MB of memory", most=50),
        *views,
    ]


async def _tips(site: Child, crowd: Child, told: dict[str, str], rounds: int) -> list[Figure]:
    """The best round, for a busy neighbour only ever takes."""
    rates, cpu, callers = list[float](), list[float](), list[float]()
    for _ in range(rounds):
        used, theirs = site.cpu(), crowd.cpu()
        done = await crowd.ask("tips", count=TIPS, at_once=AT_ONCE, size=PHOTO)
        told |= done["told"]
        rates.append(TIPS / done["seconds"])
        cpu.append((site.cpu() - used) / TIPS * 1000)
        callers.append((crowd.cpu() - theirs) / done["seconds"] * 100)
    return [
        Figure("public.tips", max(rates), f"tips/s with a 3 MB photo, {AT_ONCE} at once", least=20),
        Figure("public.cpu", min(cpu), "ms/tip"),
        Figure("public.callers", median(callers), "% of one core, for the residents"),
    ]


async def _large(site: Child, crowd: Child, told: dict[str, str]) -> list[Figure]:
    done = await crowd.ask("tips", count=LARGE_TIPS, at_once=LARGE_AT_ONCE, size=LARGE)
    told |= done["told"]
    return [Figure("public.large", LARGE_TIPS * 20 / done["seconds"], f"MB/s in 20 MB files, {LARGE_AT_ONCE} at once")]


async def _views(site: Child, crowd: Child) -> list[Figure]:
    used = site.cpu()
    seen = await crowd.ask("views", count=VIEWS)
    return [
        Figure("public.first_view", at(seen["waits"], 0.95) * 1000, "ms at p95", most=10),
        Figure("public.first_cpu", (site.cpu() - used) / VIEWS * 1000, "ms/view"),
        Figure("public.first_bytes", seen["bytes"] / 1000, "kB with style and script", most=50),
    ]


@dataclass
class Memory:
    """What a process held in memory, looked at again and again."""

    seen: list[float] = field(default_factory=list)

    @property
    def growth(self) -> float:
        return max(self.seen) - self.seen[0]


@asynccontextmanager
async def watching(site: Child) -> AsyncIterator[Memory]:
    """The site's resident memory in megabytes, within the block."""
    memory = Memory([site.memory()])

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            memory.seen.append(site.memory())

    looking = asyncio.create_task(look())
    try:
        yield memory
    finally:
        looking.cancel()
        memory.seen.append(site.memory())
