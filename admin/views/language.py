"""The language of this browser."""

from aiohttp import web

from admin.config import CONFIG
from admin.forms import own_path, text
from admin.language import COOKIE
from admin.pages import set_cookie
from admin.routing import public
from locales import LANGUAGES


@public
async def choose(request: web.Request) -> web.StreamResponse:
    """Choose one and go back to the same page."""
    response = web.HTTPSeeOther(own_path(await text(request, "back")))
    if (chosen := await text(request, "language")) in LANGUAGES:
        set_cookie(response, COOKIE, chosen, secure=request.app[CONFIG].https, days=365)
    raise response
