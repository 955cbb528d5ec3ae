"""移交 and 收回: a matter goes to another office or a panel, once somebody else agrees; and comes back."""

from aiohttp import web

from admin.forms import chosen_id, path_id, text
from admin.pages import actor_of
from admin.routing import action
from admin.views.acts import again
from models.errors import Conflict, Forbidden, Invalid
from models.handover import propose_hand_over, withdraw
from models.matter import Matter
from models.policy import Action


@action(Action.PROPOSE_HAND_OVER)
async def hand_over(request: web.Request) -> web.StreamResponse:
    """Propose it. Nothing leaves before another member has agreed."""
    matter = await Matter.open(actor_of(request), path_id(request, "tip"))
    try:
        await propose_hand_over(
            matter.actor,
            matter.tip.id,
            to=await chosen_id(request, "to"),
            keep=await text(request, "keep") == "yes",
            reason=await text(request, "reason"),
            care_seen=await text(request, "care") == "yes",
        )
    except (Invalid, Conflict, Forbidden) as problem:
        return await again(request, matter.tip.id, problem)
    raise _onward(request, matter, "hand_over_asked")


@action(Action.WITHDRAW)
async def withdrawal(request: web.Request) -> web.StreamResponse:
    """Take it back from an office that was given it."""
    matter = await Matter.open(actor_of(request), path_id(request, "tip"))
    if await text(request, "sure") != "yes":
        return await again(request, matter.tip.id, Invalid("handover.not_sure"))
    try:
        await withdraw(matter.actor, matter.tip.id, await chosen_id(request, "unit"))
    except (Invalid, Conflict, Forbidden) as problem:
        return await again(request, matter.tip.id, problem)
    raise _onward(request, matter, "withdrawn")


def _onward(request: web.Request, matter: Matter, done: str) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(request.app.router["tip"].url_for(tip=matter.tip.id.hex).with_query(done=done))
