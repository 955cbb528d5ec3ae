"""The real panel over HTTP: its site, and a browser that logs in through its door."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import aiohttp
from aiohttp import web

from admin.app import SERVER, panel
from admin.config import PanelConfig
from tests.world import PASSWORD

TOKEN = re.compile(r'name="token" value="([^"]+)"')


@asynccontextmanager
async def site() -> AsyncIterator[str]:
    """The panel of the open house; gives its root address."""
    runner = web.AppRunner(panel(PanelConfig(https=False)), **SERVER)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Browser:
    """One member's browser."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def page(self, path: str) -> str:
        """What a path shows. Anything but a page is an error."""
        async with self._session.get(self._root + path, allow_redirects=False) as answer:
            if answer.status != web.HTTPOk.status_code:
                raise AssertionError(f"{path}: {answer.status}")
            return await answer.text()

    async def log_in(self, login: str, code: str) -> None:
        """Through the door, with the form's own token."""
        found = TOKEN.search(await self.page("/login"))
        if found is None:
            raise AssertionError("the log-in page has no token")
        form = {"token": found[1], "next": "/", "login": login, "password": PASSWORD, "code": code}
        async with self._session.post(f"{self._root}/login", data=form, allow_redirects=False) as answer:
            if answer.status != web.HTTPSeeOther.status_code:
                raise AssertionError(f"log-in of {login}: {answer.status}")
