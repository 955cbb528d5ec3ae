"""Forms of the panel that may bring one photo, film or file beside their words: it streams into encryption as it comes.

A file that cannot be taken costs nobody his words: the rest of the form is read, and the view is told what was wrong.
"""

import hmac
from asyncio import timeout
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from aiohttp import BodyPartReader, web
from multidict import MultiDict

from admin.public.incoming import PIECE, UNREADABLE
from models.errors import Forbidden, Invalid
from models.material import LARGEST, Material
from models.session import Opened

SECONDS: Final = 600
"""Fifty megabytes over a village's line."""
WHOLE: Final = 4 * LARGEST
"""Nobody's form is larger: its sender is cut off."""
MOST_PARTS: Final = 400
MOST_WORDS: Final = 256 * 1024


@dataclass(slots=True)
class Brought:
    """A form as it came. `problem` says why its file was not taken."""

    fields: MultiDict[str] = field(default_factory=MultiDict)
    material: Material | None = None
    problem: Invalid | None = None
    words: int = 0


BROUGHT: Final = web.RequestKey("brought", Brought)


async def bring(request: web.Request, session: Opened | None) -> None:
    """Put the form's words and its file into the request. Invalid when it is no such form; 413 beyond the bound.

    No file is taken before the form has shown its token; without a session only words are read.
    """
    if "Content-Encoding" in request.headers:  # no browser packs a form; a small one could unpack without end
        raise Invalid("error.form_type")
    if (request.content_length or 0) > WHOLE:
        raise web.HTTPRequestEntityTooLarge(WHOLE, request.content_length or 0)
    brought = Brought()
    try:
        async with timeout(SECONDS):
            await _read(request, session, brought)
    except UNREADABLE:
        raise Invalid("error.form_type") from None
    request[BROUGHT] = brought


async def _read(request: web.Request, session: Opened | None, brought: Brought) -> None:
    parts, count = await request.multipart(), 0
    while (part := await parts.next()) is not None:
        count += 1
        if not isinstance(part, BodyPartReader) or not part.name or count > MOST_PARTS:
            raise Invalid("error.form_type")
        pieces = _pieces(part)
        if part.filename is None:
            await _words(part.name, pieces, brought)
        elif session and part.filename and brought.material is None:
            await _file(part.filename, pieces, session, brought)
        async for _ in pieces:  # to the end of this part, so that the next one can be read
            pass


async def _words(name: str, pieces: AsyncIterator[bytes], brought: Brought) -> None:
    value = bytearray()
    async for piece in pieces:
        value += piece
        brought.words += len(piece)
        if brought.words > MOST_WORDS:
            raise web.HTTPRequestEntityTooLarge(MOST_WORDS, brought.words)
    brought.fields.add(name, value.decode())


async def _file(name: str, pieces: AsyncIterator[bytes], session: Opened, brought: Brought) -> None:
    token = brought.fields.get("token", "")
    if not hmac.compare_digest(token.encode(), session.csrf.encode()):
        raise Forbidden("error.form_token")
    actor = session.actor
    try:
        brought.material = await Material.keep(actor.unit_id, pieces, name, by_id=actor.id)
    except Invalid as problem:
        brought.problem = problem


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    taken = 0
    while piece := await part.read_chunk(PIECE):
        taken += len(piece)
        if taken > WHOLE:
            raise web.HTTPRequestEntityTooLarge(WHOLE, taken)
        yield piece
