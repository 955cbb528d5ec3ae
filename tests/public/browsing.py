"""A real Chromium in front of a real public site; pictures of each page with SHOTS=1."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
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


def site() -> web.Application:
    """The site as a demo shows it."""
    return public_site(PublicConfig(demo=True, bot_link="https://t.me/example_bot"))


@asynccontextmanager
async def serving(app: web.Application | None = None) -> AsyncIterator[str]:
    """The site on a port of its own."""
    server = TestServer(app or site())
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
