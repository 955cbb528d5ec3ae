"""One spreadsheet with a form: read into memory, bounded, and only after the form has shown its token."""

import hmac
from asyncio import timeout
from dataclasses import dataclass, field
from typing import Final

from aiohttp import BodyPartReader, web

from admin.config import POSTED
from admin.public.incoming import PIECE, UNREADABLE
from admin.public.posted import Posted
from admin.spreadsheet import LARGEST
from models.errors import Forbidden, Invalid
from models.session import Opened

UPLOAD_SECONDS: Final = 120
MOST_PARTS: Final = 10
MOST_WORDS: Final = 8 * 1024


@dataclass(slots=True)
class Upload:
    """A file as it came. Its name is a stranger's."""

    name: str = ""
    data: bytes = field(default=b"", repr=False)


UPLOAD: Final = web.RequestKey("upload", Upload)


async def take_spreadsheet(request: web.Request, session: Opened | None) -> None:
    """Put the form's words and its file into the request. Invalid when it is no such form; 413 beyond the bound."""
    whole = LARGEST + 64 * 1024
    if "Content-Encoding" in request.headers:  # no browser packs a form; a small one could unpack without end
        raise Invalid("error.form_type")
    if (request.content_length or 0) > whole:
        raise web.HTTPRequestEntityTooLarge(whole, request.content_length or 0)
    posted, upload = Posted(), Upload()
    try:
        async with timeout(UPLOAD_SECONDS):
            await _read(request, session, posted, upload)
    except UNREADABLE:
        raise Invalid("error.form_type") from None
    request[POSTED], request[UPLOAD] = posted, upload


async def _read(request: web.Request, session: Opened | None, posted: Posted, upload: Upload) -> None:
    parts, count = await request.multipart(), 0
    while (part := await parts.next()) is not None:
        count += 1
        if not isinstance(part, BodyPartReader) or not part.name or count > MOST_PARTS:
            raise Invalid("error.form_type")
        if part.filename is None:
            posted.fields.setdefault(part.name, (await _bytes(part, MOST_WORDS)).decode())
        elif session is None:
            return  # what follows is not read: he logs in first
        else:
            if not hmac.compare_digest(posted.text("token").encode(), session.csrf.encode()):
                raise Forbidden("error.form_token")
            upload.name, upload.data = part.filename, await _bytes(part, LARGEST)


async def _bytes(part: BodyPartReader, most: int) -> bytes:
    data = bytearray()
    while piece := await part.read_chunk(PIECE):
        data += piece
        if len(data) > most:
            raise web.HTTPRequestEntityTooLarge(most, len(data))
    return bytes(data)
