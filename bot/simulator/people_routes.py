"""The people's side of Telegram over HTTP: what the phone page and harnesses in other processes call."""

from typing import TYPE_CHECKING

from aiohttp import web

from bot.simulator.media import MIMES
from bot.simulator.ogg import webm_to_ogg
from bot.simulator.page import answer_update, plainly
from bot.simulator.person import Person
from bot.simulator.screen import person_json, screen_json

if TYPE_CHECKING:
    from bot.simulator.simulator import Simulator

LONGEST_WAIT = 50.0


class PeopleRoutes:
    """Each route does one thing a person could do."""

    def __init__(self, sim: "Simulator") -> None:
        """Act on this simulator's people."""
        self._sim = sim

    def table(self) -> list[web.AbstractRouteDef]:
        """The routes."""
        one = "/_sim/people/{key}"
        return [
            web.get("/_sim/people", plainly(self.people)),
            web.post("/_sim/people", plainly(self.add_person)),
            web.get(f"{one}/screen", plainly(self.screen)),
            web.post(f"{one}/messages", plainly(self.say)),
            web.patch(f"{one}/messages/{{id}}", plainly(self.edit)),
            web.post(f"{one}/files", plainly(self.send_file)),
            web.post(f"{one}/start", plainly(self.start)),
            web.post(f"{one}/presses", plainly(self.press)),
            web.put(f"{one}/block", plainly(self.block)),
            web.delete(f"{one}/block", plainly(self.unblock)),
        ]

    async def people(self, _request: web.Request) -> web.Response:
        """Everyone, in order of making."""
        return web.json_response([person_json(person) for person in self._sim.people.values()])

    async def add_person(self, request: web.Request) -> web.Response:
        """Body: name, and optionally key, role, language_code."""
        return web.json_response(person_json(self._sim.person(**await request.json())))

    async def screen(self, request: web.Request) -> web.Response:
        """The screen; with ?since=revision&wait=seconds it waits for a newer one."""
        person = self._person(request)
        if person.chat.revision <= int(request.query.get("since", "-1")):
            await person.chat.changed.wait(min(float(request.query.get("wait", "0")), LONGEST_WAIT))
        return web.json_response(screen_json(person, self._sim.world.clock()))

    async def say(self, request: web.Request) -> web.Response:
        """Body: text, and optionally reply_to."""
        body = await request.json()
        return answer_update(self._person(request).says(body["text"], body.get("reply_to")))

    async def edit(self, request: web.Request) -> web.Response:
        """Body: text."""
        body = await request.json()
        return answer_update(self._person(request).edits(int(request.match_info["id"]), body["text"]))

    async def send_file(self, request: web.Request) -> web.Response:
        """The bytes as body with their Content-Type; query: kind, name, caption, album, seconds, size."""
        query = request.query
        kind = query.get("kind", "document")
        mime = request.content_type if "Content-Type" in request.headers else MIMES.get(kind, "")
        data = await request.read()
        if kind == "voice" and mime == "audio/webm":
            data, mime = webm_to_ogg(data), MIMES["voice"]
        update_id = self._person(request).sends_file(
            kind,
            data,
            name=query.get("name", ""),
            mime=mime,
            caption=query.get("caption"),
            album=query.get("album"),
            seconds=int(query.get("seconds", "0")),
            size=int(query["size"]) if "size" in query else None,
        )
        return answer_update(update_id)

    async def start(self, request: web.Request) -> web.Response:
        """Body: optionally payload."""
        body = await request.json() if request.body_exists else {}
        return answer_update(self._person(request).starts(body.get("payload", "")))

    async def press(self, request: web.Request) -> web.Response:
        """Body: text, and optionally message_id; or message_id and data."""
        body = await request.json()
        person = self._person(request)
        if "data" in body:
            return answer_update(person.presses_data(body["message_id"], body["data"]))
        return answer_update(person.presses(body["text"], body.get("message_id")))

    async def block(self, request: web.Request) -> web.Response:
        """The person stops the bot."""
        return answer_update(self._person(request).blocks_bot())

    async def unblock(self, request: web.Request) -> web.Response:
        """The person lets it speak again."""
        return answer_update(self._person(request).unblocks_bot())

    def _person(self, request: web.Request) -> Person:
        return self._sim.people[request.match_info["key"]]
