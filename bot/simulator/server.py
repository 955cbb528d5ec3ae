"""The Bot API over HTTP: decode, meet a fault or not, perform, answer, record."""

import asyncio
import inspect

from aiohttp import web

from bot.simulator.errors import NOT_FOUND, UNAUTHORIZED, Json, Refusal, bad_request, encode
from bot.simulator.faults import Fault
from bot.simulator.files import MAX_UPLOAD
from bot.simulator.methods import METHODS, Method, Raw
from bot.simulator.params import Params, read_params
from bot.simulator.world import Call, World

HEADERS = {"Content-Type": "application/json"}
ROOM_FOR_FIELDS = 1024 * 1024


class BotApi:
    """The routes a bot speaks to."""

    def __init__(self, world: World) -> None:
        """Serve this world."""
        self._world = world

    def application(self) -> web.Application:
        """An application with the Bot API's two routes."""
        app = web.Application(client_max_size=MAX_UPLOAD + ROOM_FOR_FIELDS)
        app.router.add_route("*", "/bot{token}/{method}", self.call)
        app.router.add_get("/file/bot{token}/{path:.+}", self.download)
        return app

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One method call."""
        name, handler = METHODS.get(request.match_info["method"].lower(), ("", None))
        if request.match_info["token"] != self._world.token:
            return _refused(Refusal(UNAUTHORIZED, "Unauthorized"))
        if handler is None:
            return _refused(Refusal(NOT_FOUND, "Not Found"))
        params = Params({})
        outcome = "cut off"
        try:
            params = await read_params(request)
            response, outcome = await self._perform(request, name, handler, params)
        except Refusal as refusal:
            response, outcome = _refused(refusal), f"{refusal.code} {refusal.description}"
        finally:
            self._record(name, params, outcome)
        return response

    async def _perform(
        self, request: web.Request, name: str, handler: Method, params: Params
    ) -> tuple[web.StreamResponse, str]:
        """The answer and how the history names it."""
        fault = self._world.faults.strike(name, params.text("chat_id"))
        if fault and (answer := await _struck(request, fault)) is not None:
            return answer, f"fault {fault.kind}"
        try:
            result = handler(self._world, params)
            body = _body(await result if inspect.iscoroutine(result) else result)
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            raise bad_request(f"can't parse request: {error!r}") from error
        if fault and fault.kind == "drop_answer":
            return _hang_up(request), "fault drop_answer"
        return web.Response(body=body, headers=HEADERS), "ok"

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file."""
        if request.match_info["token"] != self._world.token:
            return _refused(Refusal(UNAUTHORIZED, "Unauthorized"))
        fault = self._world.faults.strike("download", "")
        if fault and (answer := await _struck(request, fault)) is not None:
            return answer
        stored = self._world.files.at(request.match_info["path"])
        if stored is None:
            return _refused(Refusal(NOT_FOUND, "Not Found: wrong file path"))
        if fault and fault.kind == "drop_answer":
            return _hang_up(request)
        return web.Response(body=stored.data, content_type="application/octet-stream")

    def _record(self, name: str, params: Params, outcome: str) -> None:
        if not self._world.record or name == "getUpdates":
            return
        values: Json = {**params.values, **params.uploads}
        chat_id = params.text("chat_id")
        number = int(chat_id) if chat_id.lstrip("-").isdigit() else None
        self._world.history.append(Call(self._world.clock(), name, number, values, outcome))


async def _struck(request: web.Request, fault: Fault) -> web.StreamResponse | None:
    """The answer a fault gives in place of the call, or None when the call goes on."""
    if refusal := fault.refusal():
        return _refused(refusal)
    if fault.kind == "garbage":
        return web.Response(text="<html>nginx</html>", content_type="text/html")
    if fault.kind in {"timeout", "slow"}:
        await asyncio.sleep(fault.seconds)
    return _hang_up(request) if fault.kind in {"timeout", "drop"} else None


def _hang_up(request: web.Request) -> web.StreamResponse:
    """Close the connection without a word; the response returned never leaves."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _refused(refusal: Refusal) -> web.Response:
    return web.Response(status=refusal.code, body=encode(refusal.as_json()), headers=HEADERS)


def _body(result: object) -> str:
    text = result if isinstance(result, Raw) else encode(result)
    return f'{{"ok":true,"result":{text}}}'
