"""The photo, film or file of a form: the one that came with it, or the one it had already."""

from uuid import UUID

from aiohttp import web

from admin.bringing import BROUGHT, Brought
from admin.forms import text
from admin.pages import actor_of
from models.errors import Invalid, NotFound
from models.material import Material


async def material_in(request: web.Request) -> Material | None:
    """What is to go along. Invalid when what came could not be taken, or what was there is gone."""
    came: Brought | None = request.get(BROUGHT)
    if came and came.problem:
        raise came.problem
    if came and came.material:
        return came.material
    held = await text(request, "material")
    if not held or await text(request, "without_material"):
        return None
    found = await material_of(request, held)
    if found is None:
        raise Invalid("material.gone")
    return found


async def held_by(request: web.Request) -> str:
    """The id of what the form holds now, for showing it once more; empty when it holds nothing."""
    came = request[BROUGHT].material if BROUGHT in request else None
    return came.id.hex if came else await text(request, "material")


async def material_of(request: web.Request, material: str) -> Material | None:
    """By its id in a field. None when it is not this office's, or not there."""
    try:
        return await Material.of(actor_of(request), UUID(hex=material))
    except (ValueError, NotFound):
        return None
