"""Who the reporter is: asked for with a reason, shown for minutes, and only as the answer to a press.

The name is never behind an address: a look back, a saved page or a shared link finds the note and nothing else.
"""

import math

from aiohttp import web

from admin.forms import chosen_id, path_id, text
from admin.pages import actor_of, page
from admin.routing import action
from admin.views.acts import again
from models import clock
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.matter import Matter
from models.policy import Action
from models.reveal import Reveal, Who, ask_reveal, ask_to_move, read_reveal, safe_note


@action(Action.ASK_REVEAL)
async def ask(request: web.Request) -> web.StreamResponse:
    """申请查看身份: the custodian will read the reason."""
    matter = await Matter.open(actor_of(request), path_id(request, "tip"))
    try:
        await ask_reveal(matter.actor, matter.tip.id, await text(request, "reason"))
    except (Invalid, Conflict, Forbidden) as problem:
        return await again(request, matter.tip.id, problem)
    path = request.app.router["tip"].url_for(tip=matter.tip.id.hex).with_query(done="reveal_asked")
    raise web.HTTPSeeOther(path)


@action(Action.MOVE_IDENTITY)
async def move(request: web.Request) -> web.StreamResponse:
    """Ask the custodian to pass it on to the custodian of a unit that has the matter."""
    matter = await Matter.open(actor_of(request), path_id(request, "tip"))
    try:
        unit, care = await chosen_id(request, "unit"), await text(request, "care") == "yes"
        await ask_to_move(matter.actor, matter.tip.id, await text(request, "reason"), to_unit=unit, care_seen=care)
    except (Invalid, Conflict, Forbidden) as problem:
        return await again(request, matter.tip.id, problem)
    path = request.app.router["tip"].url_for(tip=matter.tip.id.hex).with_query(done="move_asked")
    raise web.HTTPSeeOther(path)


@action(Action.ASK_REVEAL)
async def note(request: web.Request) -> web.StreamResponse:
    """How to reach him without harm, before anything else. Afterwards: that it is gone."""
    try:
        reveal, safe = await safe_note(actor_of(request), path_id(request, "reveal"))
    except NotFound:
        return await page(request, "reveal/gone.html", status=404)
    response = await page(request, "reveal/note.html", reveal=reveal, safe=safe, seconds=_seconds(reveal))
    return _ending(request, response, _seconds(reveal))


@action(Action.ASK_REVEAL)
async def reading(request: web.Request) -> web.StreamResponse:
    """The name, on record before it is seen, under the reader's watermark."""
    try:
        who = await read_reveal(actor_of(request), path_id(request, "reveal"))
    except NotFound:
        return await page(request, "reveal/gone.html", status=404)
    response = await page(request, "reveal/name.html", who=who, seconds=_seconds(who))
    return _ending(request, response, _seconds(who))


def _ending(request: web.Request, response: web.Response, seconds: int) -> web.Response:
    """When the minutes are over the page goes by itself, with scripts or without."""
    response.headers["Refresh"] = f"{seconds + 1}; url={request.app.router['reveal'].url_for(**request.match_info)}"
    return response


def _seconds(shown: Reveal | Who) -> int:
    return max(1, math.ceil((shown.until - clock.now()).total_seconds()))
