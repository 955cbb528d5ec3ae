"""`/poster/<station>` and `/cards/<station>`: paper for walls and wallets."""

from uuid import UUID

from aiohttp import web

from admin.public.config import CONFIG
from admin.public.pages import page
from admin.public.poster import CARDS, Sheet, sheet
from models.errors import NotFound
from models.unit import steady_tree, tree


async def poster(request: web.Request) -> web.Response:
    """One sheet for the station's wall."""
    return page(request, "poster.html", sheet=await _sheet(request))


async def cards(request: web.Request) -> web.Response:
    """Ten cards to cut out."""
    return page(request, "cards.html", sheet=await _sheet(request), count=CARDS)


async def _sheet(request: web.Request) -> Sheet:
    config = request.app[CONFIG]
    try:
        station_id = UUID(hex=request.match_info["station"])
    except ValueError:
        raise NotFound from None
    async with steady_tree():
        public_url = config.public_url or str(request.url.origin())
        made = sheet(await tree(), station_id, public_url=public_url, bot_link=config.bot_link)
    if made is None:
        raise NotFound
    return made
