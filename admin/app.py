"""The panel, wired: `panel(PanelConfig(https=True))` is an application for a runner of app.py's.

Run it with `web.AppRunner(panel(config), **SERVER)`: no access log, for paths name matters, and short patience
with requests that do not come to an end.
"""

from typing import Any, Final

from aiohttp import web

from admin.assets import assets
from admin.config import CONFIG, LARGEST_BODY, PanelConfig
from admin.gate import gate
from admin.headers import HTTPS, harden
from admin.pages import set_up
from admin.problems import problems
from admin.routes import ROUTES
from admin.routing import policy_of

SERVER: Final[dict[str, Any]] = {"access_log": None, "keepalive_timeout": 15, "handle_signals": False}


def panel(config: PanelConfig) -> web.Application:
    """The staff panel. It relies on an open database and an open house (`models.house.enter`)."""
    app = web.Application(middlewares=[problems, gate], client_max_size=LARGEST_BODY)
    app[CONFIG] = config
    app[HTTPS] = config.https
    app.on_response_prepare.append(harden)
    for method, path, handler, name in ROUTES:
        if policy_of(handler) is None:
            raise RuntimeError(f"{name} declares no policy")
        app.router.add_route(method, path, handler, name=name)
    set_up(app)
    assets()
    return app
