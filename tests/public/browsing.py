"""A real Chromium in front of a real public site; pictures of each page with SHOTS=1; axe where it is installed."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from admin.public.app import SERVER, PublicConfig, public_site

SHOTS = Path("shots") if os.environ.get("SHOTS") else None
NARROW, WIDE = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        yield opened
        await opened.close()


@asynccontextmanager
async def serving(config: PublicConfig | None = None) -> AsyncIterator[str]:
    """The site on a port of its own."""
    server = TestServer(public_site(config or PublicConfig(demo=True, bot_link="https://t.me/example_bot")))
    await server.start_server(**SERVER)
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        size = page.viewport_size
        for width in (NARROW, WIDE):
            await page.set_viewport_size(width)
            await page.screenshot(path=SHOTS / f"public-{name}-{width['width']}.png", full_page=True)
        if size:
            await page.set_viewport_size(size)


def axe_source() -> str | None:
    """axe-core as a PyPI package ships it, or from the file AXE names; None where there is neither."""
    if path := os.environ.get("AXE"):
        return Path(path).read_text()
    found = find_spec("axe_playwright_python")
    if found is None or not found.submodule_search_locations:
        return None
    return next(Path(found.submodule_search_locations[0]).rglob("axe.min.js")).read_text()


async def accuse(page: Page, source: str) -> list[str]:
    """What axe finds on the page."""
    found: list[dict[str, Any]] = await page.evaluate(
        f"async () => {{ {source}\n; return (await axe.run()).violations; }}"
    )
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]
