"""The thread: replies, which the reporter reads after half a minute, and notes, which he never reads."""

from aiohttp import web

from admin.forms import path_id, text
from admin.pages import actor_of
from admin.routing import action
from admin.tip_page import tip_page
from admin.views.acts import again, carry_out
from models.errors import Conflict, Invalid
from models.matter import Matter
from models.policy import Action


@action(Action.REPLY)
async def reply(request: web.Request) -> web.StreamResponse:
    """Words to the reporter."""
    said, asks = await text(request, "words"), await text(request, "asks") == "yes"
    return await carry_out(request, "replied", lambda matter: matter.reply(said, asks=asks))


@action(Action.NOTE)
async def note(request: web.Request) -> web.StreamResponse:
    """Words for the desk only."""
    said = await text(request, "words")
    return await carry_out(request, "noted", lambda matter: matter.note(said))


@action(Action.RECALL)
async def recall(request: web.Request) -> web.StreamResponse:
    """撤回: the words go back into the composer. They are shown in this answer, never put into an address."""
    matter = await Matter.open(actor_of(request), path_id(request, "tip"))
    try:
        said = await matter.recall(path_id(request, "message"))
    except (Invalid, Conflict) as problem:
        return await again(request, matter.tip.id, problem)
    return await tip_page(request, matter, typed={"words": said, "tab": "reply"}, done="recalled")
