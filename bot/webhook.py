"""Telegram's door on the public site: committed before it is answered."""

import hmac
import json
import logging

from aiohttp import web

from bot.fetch import Store
from bot.raw import RawUpdate

_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_LARGEST = 1024 * 1024
_AGAIN_IN = "5"
_log = logging.getLogger(__name__)


def webhook_routes(store: Store, secret: str, path: str) -> list[web.RouteDef]:
    """Routes for app.py to mount. `store` has committed when it returns; doubles are its business."""
    if not secret:
        raise ValueError("A webhook without a secret would believe anyone")
    expected = secret.encode()

    async def receive(request: web.Request) -> web.Response:
        if not _from_telegram(request, expected):
            return web.Response(status=403)
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        try:
            update = RawUpdate.of(json.loads(body), body)
        except (ValueError, RecursionError):
            return web.Response(status=400)
        return await _stored(store, update)

    return [web.post(path, receive)]


async def _stored(store: Store, update: RawUpdate) -> web.Response:
    try:
        await store([update])
    except Exception as error:  # noqa: BLE001  whatever it was, Telegram keeps the update and comes again
        _log.warning("an update was not stored: %s", type(error).__name__)
        return web.Response(status=503, headers={"Retry-After": _AGAIN_IN})
    return web.Response()


def _from_telegram(request: web.Request, expected: bytes) -> bool:
    # Bytes, because compare_digest refuses text beyond ASCII; surrogates are aiohttp's odd header bytes.
    given = request.headers.get(_HEADER, "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, expected)


async def _body(request: web.Request) -> bytes | None:
    # Counted here: the site that mounts us has a limit of its own, made for uploads.
    taken = bytearray()
    async for piece in request.content.iter_any():
        taken += piece
        if len(taken) > _LARGEST:
            return None
    return bytes(taken)
