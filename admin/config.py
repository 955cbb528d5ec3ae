"""What the panel is told when it is built, and the keys under which it keeps it."""

from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from admin.public.config import Patience
from admin.public.posted import Posted
from models.session import Opened


@dataclass(frozen=True, slots=True)
class PanelConfig:
    """`https` is False only where a browser reaches the panel by plain http: the demo, a test."""

    https: bool = True
    demo: bool = False
    patience: Patience = field(default_factory=Patience)
    bot_link: str = ""  # https://t.me/… of our bot, for what is printed

    @property
    def session_cookie(self) -> str:
        """The `__Host-` prefix makes browsers insist on Secure, on this very host and on path /."""
        return "__Host-session" if self.https else "panel_session"

    @property
    def form_cookie(self) -> str:
        """Holds the token that forms before the log-in repeat."""
        return "__Host-form" if self.https else "panel_form"

    @property
    def browser_cookie(self) -> str:
        """The mark of a browser in which somebody has logged in before."""
        return "__Host-browser" if self.https else "panel_browser"


CONFIG: Final = web.AppKey("config", PanelConfig)
OPENED: Final = web.RequestKey("opened", Opened)
FORM_TOKEN: Final = web.RequestKey("form_token", str)
POSTED: Final = web.RequestKey("posted", Posted)
"""A form that may bring files, read to its end."""

LARGEST_BODY: Final = 256 * 1024
BODY_SECONDS: Final = 30
"""Of forms that are words only. Forms with files are read by admin/public/incoming.py, which has its own bounds."""
