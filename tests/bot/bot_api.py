"""A few lines of Bot API over real HTTP, which a test can tell what to answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.timeouts import Timeouts
from bot.transport import DiscreetBot, build_bot

TOKEN = "4242:SECRET-token_of_ours"
QUICK = Timeouts(pool=0.3, connect=0.3, write=0.3, media_write=0.3, read=0.3)
ME = {"id": 4242, "is_bot": True, "first_name": "清风站", "username": "qingfeng_bot"}
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BotApi:
    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.uploads: dict[str, tuple[str | None, bytes]] = {}
        self.content_types: list[str] = []
        self.answers: dict[str, Answer] = {"getMe": says(ME)}
        self.root = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.content_types.append(request.content_type)
        params: dict[str, Any] = {}
        if request.content_type == "application/json":
            params = await request.json()
        elif request.content_type == "multipart/form-data":
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    self.uploads[name] = (value.filename, value.file.read())
                else:
                    params[name] = value
        self.heard.append((method, params))
        return await self.answers[method](request)

    def asked(self, method: str) -> list[dict[str, Any]]:
        return [params for name, params in self.heard if name == method]


def says(result: Any) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "result": result})

    return answer


def refuses(status: int, description: str, **parameters: Any) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        body = {"ok": False, "error_code": status, "description": description}
        return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=status)

    return answer


@asynccontextmanager
async def bot_api(port: int | None = None) -> AsyncIterator[BotApi]:
    api = BotApi()
    app = web.Application(client_max_size=30 * 1024 * 1024)
    app.router.add_route("*", f"/bot{TOKEN}/{{method}}", api.handle)
    app.router.add_get(f"/file/bot{TOKEN}/{{method:.*}}", api.handle)
    async with TestServer(app, port=port) as server:
        api.root = str(server.make_url("/")).rstrip("/")
        yield api


@asynccontextmanager
async def opened(api_root: str, timeouts: Timeouts = QUICK) -> AsyncIterator[DiscreetBot]:
    bot = build_bot(TOKEN, api_root, timeouts=timeouts)
    await bot.request.initialize()
    try:
        yield bot
    finally:
        await bot.request.shutdown()
