"""The weather over HTTP: raw updates, faults, history, state; and the bytes of files on the screen."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from aiohttp import web

from bot.simulator.faults import Fault
from bot.simulator.files import Upload
from bot.simulator.page import HEADERS, answer_update, plainly

if TYPE_CHECKING:
    from bot.simulator.simulator import Simulator

SHOWN_INLINE = ("image/", "audio/", "video/")


class WeatherRoutes:
    """Each route shows or changes what surrounds the people and the bot."""

    def __init__(self, sim: "Simulator") -> None:
        """Act on this simulator."""
        self._sim = sim

    def table(self) -> list[web.AbstractRouteDef]:
        """The routes."""
        return [
            web.get("/_sim/files/{id}", plainly(self.file)),
            web.post("/_sim/updates", plainly(self.push)),
            web.get("/_sim/state", plainly(self.state)),
            web.get("/_sim/history", plainly(self.history)),
            web.post("/_sim/faults", plainly(self.fault)),
            web.delete("/_sim/faults", plainly(self.clear_faults)),
        ]

    async def file(self, request: web.Request) -> web.Response:
        """The bytes of a file on the screen; what a browser might run is only downloaded."""
        file = self._sim.world.files.by_id(request.match_info["id"])
        safe = file.mime.startswith(SHOWN_INLINE) and "svg" not in file.mime
        headers = {**HEADERS, "Content-Type": file.mime if safe else "application/octet-stream"}
        return _ranged(request, file.data, headers)

    async def push(self, request: web.Request) -> web.Response:
        """Body: any update, with or without its update_id."""
        return answer_update(self._sim.push(await request.json()))

    async def state(self, _request: web.Request) -> web.Response:
        """How much waits for the bot."""
        world = self._sim.world
        return web.json_response({"next_update_id": world.updates.next_id, **world.webhook.info()})

    async def history(self, request: web.Request) -> web.Response:
        """The recorded calls after the first ?since, of one ?method or all."""
        wanted = request.query.get("method")
        calls = self._sim.history[int(request.query.get("since", "0")) :]
        shown = [call.as_json() for call in calls if wanted in {None, call.method}]
        return web.json_response(shown, dumps=_dumps)

    async def fault(self, request: web.Request) -> web.Response:
        """Body: kind, and optionally method, times, retry_after, chat_id, seconds, reason."""
        fault = self._sim.world.faults.add(Fault(**await request.json()))
        return web.json_response(asdict(fault))

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """All is well again."""
        self._sim.clear_faults()
        return web.json_response({})


def _ranged(request: web.Request, data: bytes, headers: dict[str, str]) -> web.Response:
    """Players ask for pieces; without them Chromium neither seeks nor knows how long a voice is."""
    wanted = request.http_range
    headers = {**headers, "Accept-Ranges": "bytes"}
    if wanted.start is None or not data:
        return web.Response(body=data, headers=headers)
    start, stop, _ = wanted.indices(len(data))
    headers["Content-Range"] = f"bytes {start}-{max(start, stop - 1)}/{len(data)}"
    return web.Response(status=206, body=data[start:stop], headers=headers)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_described)


def _described(value: object) -> object:
    """Uploads appear in the history by name and size."""
    if isinstance(value, Upload):
        return {"name": value.name, "mime": value.mime, "size": len(value.data)}
    return repr(value)
