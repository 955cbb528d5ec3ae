"""The residents' site, wired: `public_site(PublicConfig())` is an application for a runner of app.py's.

Now it tells where to call, write and come. app.py mounts further routes through `mount`, such as the webhook;
they keep their own rules and see none of this site's. Nothing here stores or logs who came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp_jinja2
from aiohttp import web
from jinja2 import FileSystemLoader, StrictUndefined

from admin.headers import harden
from locales import DEFAULT, LANGUAGES, t
from models.unit import Node, tree

HERE: Final = Path(__file__).parent
SERVER: Final = {"access_log": None, "keepalive_timeout": 15, "handle_signals": False}
LARGEST_BODY: Final = 1024 * 1024
TAGS: Final = {"zh_CN": "zh-CN", "zh_Hant": "zh-Hant", "en": "en"}


@dataclass(frozen=True, slots=True)
class PublicConfig:
    """`demo` puts a line on top that says that everything here is made up."""

    demo: bool = False
    language: str = DEFAULT


CONFIG: Final = web.AppKey("config", PublicConfig)
STYLE: Final = web.AppKey("style", bytes)


def public_site(config: PublicConfig, *, mount: Iterable[web.RouteDef] = ()) -> web.Application:
    """The site, with whatever else shall be reachable under its address."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app[CONFIG] = config
    app[STYLE] = (HERE / "static" / "public.css").read_bytes()
    app.on_response_prepare.append(harden)
    aiohttp_jinja2.setup(
        app,
        loader=FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    app.router.add_get("/", front, name="front")
    app.router.add_get("/public.css", style, name="style")
    app.add_routes(mount)
    return app


async def front(request: web.Request) -> web.Response:
    """Who we are, and every way to reach us."""
    units = await tree()
    language = _language(request)
    return aiohttp_jinja2.render_template(
        "front.html",
        request,
        {
            "t": lambda key, **params: t(language, key, **params),
            "language_tag": TAGS[language],
            "demo": request.app[CONFIG].demo,
            "county": units.county(),
            "superior": units.superior(),
            "offices": [node for node in units.nodes.values() if _can_be_reached(node)],
        },
    )


async def style(request: web.Request) -> web.Response:
    """The one style sheet."""
    return web.Response(body=request.app[STYLE], content_type="text/css", charset="utf-8")


def _language(request: web.Request) -> str:
    chosen = request.query.get("lang", request.app[CONFIG].language)
    return chosen if chosen in LANGUAGES else DEFAULT


def _can_be_reached(node: Node) -> bool:
    return node.kind.value == "township" and bool(node.reach)
