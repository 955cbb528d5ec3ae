"""The residents' site, wired: `public_site(PublicConfig())` is an application for a runner of app.py's.

app.py mounts further routes through `mount`, such as the webhook; they keep their own rules and see none of
this site's. Nothing here stores or logs who came.
"""

from collections.abc import Iterable
from typing import Any, Final

from aiohttp import web

from admin.headers import HTTPS, harden
from admin.public.assets import asset
from admin.public.config import CONFIG, PublicConfig
from admin.public.door import door, lost
from admin.public.pages import set_up
from admin.public.views.front import front
from admin.public.views.lessons import lesson, lessons, material
from admin.public.views.posters import cards, poster
from admin.public.views.receipt import picture
from admin.public.views.report import lost_form, report
from admin.public.views.track import door_to_thread, track
from admin.routing import Handler

__all__ = ["SERVER", "PublicConfig", "public_site"]

SERVER: Final[dict[str, Any]] = {"access_log": None, "keepalive_timeout": 15, "handle_signals": False}
LARGEST_BODY: Final = 1024 * 1024
"""For routes that are mounted here. The site's own forms are read piece by piece and bounded in incoming.py."""

ROUTES: Final[tuple[tuple[str, str, Handler, str], ...]] = (
    ("GET", "/", front, "front"),
    ("GET", "/report", lost_form, "lost_form"),
    ("POST", "/report", report, "report"),
    ("POST", "/receipt/picture", picture, "picture"),
    ("GET", "/track", door_to_thread, "track"),
    ("POST", "/track", track, "thread"),
    ("GET", "/lessons", lessons, "lessons"),
    ("GET", "/lessons/{lesson}", lesson, "lesson"),
    ("GET", "/lessons/{lesson}/file", material, "lesson_file"),
    ("GET", "/poster/{station}", poster, "poster"),
    ("GET", "/cards/{station}", cards, "cards"),
    ("GET", "/static/{version}/{name}", asset, "asset"),
)
"""(method, path, handler, name). No address holds a secret: forms carry theirs in the body."""


def public_site(config: PublicConfig, *, mount: Iterable[web.RouteDef] = ()) -> web.Application:
    """The site, with whatever else shall be reachable under its address."""
    app = web.Application(middlewares=[lost], client_max_size=LARGEST_BODY)
    app[CONFIG] = config
    app[HTTPS] = config.public_url.startswith("https://")
    app.on_response_prepare.append(harden)
    for method, path, handler, name in ROUTES:
        app.router.add_route(method, path, door(handler), name=name)
    set_up(app)
    app.add_routes(mount)
    return app
