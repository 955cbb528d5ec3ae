"""The desk's pages over HTTP: a list of fifty costs the same with a thousand tips and with a hundred thousand."""

import re
import time
from contextlib import AsyncExitStack
from statistics import median

from tests.bench import desk
from tests.bench.child import Child, child
from tests.bench.figures import Figure, Options
from tests.bench.panel import Browser

SIZES = (1_000, 10_000, 100_000)
WARM, PAGES = 10, 80
SHOWN = 50
ROW = re.compile(r'href="/tips/[0-9a-f]{32}"')


async def lists(_options: Options) -> list[Figure]:
    """Three desks side by side; each in turn shows a page, so that a slow moment meets all three."""
    async with AsyncExitStack() as stack:
        desks = {size: await stack.enter_async_context(child(desk.main, size)) for size in SIZES}
        browsers: dict[int, Browser] = {}
        for size, one in desks.items():
            door = await one.ask("door")
            browsers[size] = await stack.enter_async_context(Browser(door["root"]))
            await browsers[size].log_in(door["login"], door["code"])
            tip = f"/tips/{door['tip']}"
        shown = {len(set(ROW.findall(await browser.page("/tips")))) for browser in browsers.values()}
        if shown != {SHOWN}:
            raise AssertionError(f"a page shows {shown} rows")
        waits = await _interleaved(browsers)
        largest = desks[SIZES[-1]], browsers[SIZES[-1]]
        list_cpu, tip_cpu = await _cpu(*largest, "/tips"), await _cpu(*largest, tip)
    return [
        Figure("lists.growth", waits[SIZES[-1]] / waits[SIZES[0]], "× p50 of 1k, at 100k", most=1.3),
        *(Figure(f"lists.p50_{size // 1000}k", wait * 1000, "ms") for size, wait in waits.items()),
        Figure("lists.cpu", list_cpu, "ms/page", most=15),
        Figure("lists.tip_cpu", tip_cpu, "ms/page", most=15),
    ]


async def _interleaved(browsers: dict[int, Browser]) -> dict[int, float]:
    waits: dict[int, list[float]] = {size: [] for size in browsers}
    for number in range(WARM + PAGES):
        for size, browser in browsers.items():
            began = time.perf_counter()
            await browser.page("/tips")
            if number >= WARM:
                waits[size].append(time.perf_counter() - began)
    return {size: median(each) for size, each in waits.items()}


async def _cpu(one: Child, browser: Browser, path: str) -> float:
    """Milliseconds of CPU a page, the best of four lots: a busy neighbour only ever adds."""
    lots: list[float] = []
    for _ in range(4):
        used = one.cpu()
        for _ in range(PAGES // 2):
            await browser.page(path)
        lots.append((one.cpu() - used) / (PAGES // 2) * 1000)
    return min(lots)
