"""The phone page, and what all routes beneath /_sim/ share."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from bot.simulator.errors import Refusal

STATIC = Path(__file__).parent / "static"
PAGES = {"/": "phone.html"} | {
    f"/{name}": name for name in ("phone.css", "phone.js", "bubble.js", "composer.js", "dom.js", "log.js")
}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def page_routes() -> list[web.AbstractRouteDef]:
    """The page, its style, its module."""
    return [web.get(path, _served(name)) for path, name in PAGES.items()]


def _served(name: str) -> Handler:
    async def serve(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / name, headers=HEADERS)

    return serve


def plainly(handler: Handler) -> Handler:
    """Answer mistakes with a sentence, and other sites' pages not at all."""

    async def answer(request: web.Request) -> web.StreamResponse:
        # A page somewhere on the web must not reach through the browser into a running demo.
        if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            return _mistake(HTTPStatus.FORBIDDEN, "only this page may call this")
        try:
            return await handler(request)
        except (LookupError, Refusal) as error:
            return _mistake(HTTPStatus.NOT_FOUND, str(error))
        except (ValueError, TypeError) as error:
            return _mistake(HTTPStatus.BAD_REQUEST, str(error))

    return answer


def answer_update(update_id: int | None) -> web.Response:
    """The id of the update that was caused, or null."""
    return web.json_response({"update_id": update_id})


def _mistake(status: HTTPStatus, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)
