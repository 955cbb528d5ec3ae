"""What every answer carries, so that a browser runs nothing of a stranger's and keeps nothing of ours."""

from typing import Final

from aiohttp import web

HTTPS: Final = web.AppKey("https", bool)
"""Whether browsers reach the site by https. Not `request.secure`: behind a proxy every request comes by plain http."""

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
ALWAYS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


async def harden(request: web.Request, response: web.StreamResponse) -> None:
    """Set what a view has not set more strictly itself, and say nothing about the server."""
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    if request.app[HTTPS]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    response.headers.popall("Server", None)
