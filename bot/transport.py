"""The wire to Telegram: PTB's requests over one shared aiohttp session, at a fifth of httpx's cost.

The token is part of every URL, so no URL, no error text of aiohttp and no foreign error page leaves the
transport: what goes on is PTB's exception type with the name of the failure.
"""

from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from telegram import Bot
from telegram.error import InvalidToken, NetworkError
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.exchange import body_of, judged, parsed, wire_errors
from bot.refusals import NotSent
from bot.timeouts import Timeouts

_CONNECTIONS = 64  # 30 messages a second at 2 s each, and the long poll
_KEEP_ALIVE = 25.0  # shorter than Telegram's, or a POST meets a connection just closed and nobody knows its fate
_CHUNK = 64 * 1024


class AiohttpRequest(BaseRequest):
    """Serves both `.request()` and `.get_updates_request()`; `initialize` needs the running loop."""

    __slots__ = ("_proxy", "_session", "_timeouts")

    def __init__(self, *, proxy: str | None = None, timeouts: Timeouts | None = None) -> None:
        self._proxy = _checked_proxy(proxy)
        self._timeouts = timeouts or Timeouts()
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """PTB adds this to the waiting time of a long poll."""
        return self._timeouts.read

    async def initialize(self) -> None:
        """Opens the session once, however many of PTB's roles share it."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
                proxy=self._proxy,
            )

    async def shutdown(self) -> None:
        """Closes the session; a later `initialize` opens a new one."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One exchange; PTB maps the status it returns."""
        files = request_data is not None and request_data.contains_files
        timeout = self._timeouts.chosen(
            files=files, read=read_timeout, write=write_timeout, connect=connect_timeout, pool=pool_timeout
        )
        body, headers = body_of(request_data)
        with wire_errors():
            async with self._opened().request(
                method, URL(url), data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                payload = await answer.read()
        return judged(answer.status, payload) if method == "POST" else (answer.status, payload)

    async def stream(self, url: str) -> AsyncGenerator[bytes, None]:
        """The body of a GET in chunks, never whole in memory. Close it (`aclosing`) when leaving early."""
        with wire_errors():
            async with self._opened().get(
                URL(url), timeout=self._timeouts.streaming(), allow_redirects=False
            ) as answer:
                if answer.status == HTTPStatus.NOT_FOUND:
                    raise FileNotFoundError
                if answer.status != HTTPStatus.OK:
                    raise NetworkError(f"File server answered {answer.status}")
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    yield chunk

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As PTB's, but silent: PTB logs a payload it cannot read, whole."""
        return parsed(payload)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise NotSent("The transport is not initialized")
        return self._session


class DiscreetBot(Bot):
    """PTB's bot prints its token in its repr and in the error of a refused start; this one does not."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}[{self._bot_user.id if self._bot_user else 'unknown yet'}]"

    async def initialize(self) -> None:
        """Opens the wire and asks Telegram who we are."""
        try:
            await super().initialize()
        except InvalidToken:
            raise InvalidToken("Telegram refused the token") from None


def build_bot(token: str, api_root: str, *, proxy: str | None = None, timeouts: Timeouts | None = None) -> DiscreetBot:
    """A bot at `api_root` (https://api.telegram.org, or a local Bot API) on one shared session."""
    request = AiohttpRequest(proxy=proxy, timeouts=timeouts)
    root = api_root.rstrip("/")
    return DiscreetBot(
        token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=request,
        get_updates_request=request,
    )


def wire(bot: Bot) -> AiohttpRequest:
    """The transport under a bot that `build_bot` made."""
    request = bot.request
    if not isinstance(request, AiohttpRequest):
        raise TypeError("This bot was not made by build_bot")
    return request


def _checked_proxy(proxy: str | None) -> str | None:
    if proxy is not None and urlsplit(proxy).scheme not in {"http", "https"}:
        raise ValueError("Only http:// and https:// proxies are supported, not socks")
    return proxy
