"""A photo, film or file of one's own office, as it would go out. Nothing of it runs in this origin."""

from aiohttp import web

from admin.forms import path_id
from admin.pages import actor_of
from admin.routing import action
from admin.streams import hung
from models.material import Material
from models.policy import Action


@action(Action.LIST_CAMPAIGNS)
async def material(request: web.Request) -> web.StreamResponse:
    """Pictures in place, films in their player, files to be saved."""
    return await hung(request, await Material.of(actor_of(request), path_id(request, "material")))
