"""What a form brings, read piece by piece: words are bounded, files stream into encryption as they arrive.

aiohttp's own `request.post()` would lay uploads in clear into temporary files; it is never called here.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from admin.public.config import Patience
from admin.public.names import clean_name
from admin.public.posted import Posted, Taken, Untaken
from models.attachment import MAX_BYTES, MAX_UPLOAD, Attachment
from models.draft import MAX_FILES, Draft
from models.errors import DomainError, Invalid

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
MOST_WORDS: Final = 512 * 1024
"""Bytes of all words of a form together: twenty thousand characters, escaped in the worst way."""
MOST_FIELDS: Final = 60
MOST_PARTS: Final = 300
BUDGET: Final = MAX_FILES * MAX_BYTES
"""Bytes of all files of one form together. Those beyond are read and not kept, so that the words arrive."""
WHOLE: Final = MAX_FILES * MAX_UPLOAD + 1024 * 1024
"""Nobody's form is larger: its sender is cut off."""
PIECE: Final = 64 * 1024
UNREADABLE: Final = (ValueError, LookupError, RuntimeError, HttpProcessingError, web.RequestPayloadError)
"""What aiohttp raises for bodies that are not what they claim."""


DraftOf = Callable[[Posted], Awaitable[Draft]]
"""The draft on which a form's files hang. A DomainError refuses them; what stands in the form so far is known."""


async def form_draft(posted: Posted) -> Draft:
    """Files hang on the form that was named before them; who names none gets none."""
    if posted.secret is None:
        raise Invalid("file.lost")
    return await Draft.of_form(posted.secret)


async def receive(request: web.Request, patience: Patience, draft_of: DraftOf = form_draft) -> Posted:
    """Read the form. Invalid when it is none; TimeoutError when the sender only holds the door.

    When the line breaks in the middle, nothing of what came stays.
    """
    if "Content-Encoding" in request.headers:  # no browser packs a form; a small one could unpack without end
        raise Invalid("error.form_type")
    if (request.content_length or 0) > WHOLE:
        raise web.HTTPRequestEntityTooLarge(WHOLE, request.content_length or 0)
    posted = Posted()
    try:
        async with _in_time(patience) as arrived:
            if request.content_type == MULTIPART:
                await _Reading(posted, arrived, draft_of).read(await request.multipart())
            elif request.content_type == URLENCODED:
                _fill(posted, await _words(request, arrived))
            else:
                _refuse()
    except BaseException as error:
        await posted.give_back()
        if isinstance(error, UNREADABLE):
            raise Invalid("error.form_type") from None
        raise
    return posted


def _refuse() -> None:
    raise Invalid("error.form_type")


@dataclass(slots=True)
class _Arrived:
    """The clock of one form: every piece buys time, slowly."""

    patience: Patience
    alarm: asyncio.Timeout
    began: float
    received: int = 0

    def piece(self, size: int) -> None:
        """More came. TooLarge when the whole has grown beyond what a form may bring."""
        self.received += size
        if self.received > WHOLE:
            raise web.HTTPRequestEntityTooLarge(WHOLE, self.received)
        earned = min(self.patience.start + self.received / self.patience.rate, self.patience.longest)
        now = asyncio.get_running_loop().time()
        self.alarm.reschedule(min(now + self.patience.idle, self.began + earned))


@asynccontextmanager
async def _in_time(patience: Patience) -> AsyncIterator[_Arrived]:
    async with asyncio.timeout(None) as alarm:
        arrived = _Arrived(patience, alarm, asyncio.get_running_loop().time())
        arrived.piece(0)
        yield arrived


async def _words(request: web.Request, arrived: _Arrived) -> bytes:
    body = bytearray()
    async for piece in request.content.iter_chunked(PIECE):
        arrived.piece(len(piece))
        body += piece
        if len(body) > MOST_WORDS:
            raise web.HTTPRequestEntityTooLarge(MOST_WORDS, len(body))
    return bytes(body)


def _fill(posted: Posted, body: bytes) -> None:
    pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    for name, value in pairs:
        posted.fields.setdefault(name, value)


@dataclass(slots=True)
class _Reading:
    """One multipart form on its way in."""

    posted: Posted
    arrived: _Arrived
    draft_of: DraftOf
    words: int = 0
    parts: int = 0

    async def read(self, parts: MultipartReader) -> None:
        while (part := await parts.next()) is not None:
            self.parts += 1
            if not isinstance(part, BodyPartReader) or not part.name or self.parts > MOST_PARTS:
                raise Invalid("error.form_type")
            if part.filename is None:
                await self._field(part, part.name)
            else:
                await self._file(part, part.filename)

    async def _field(self, part: BodyPartReader, name: str) -> None:
        value = bytearray()
        async for piece in self._pieces(part):
            value += piece
            self.words += len(piece)
            if self.words > MOST_WORDS:
                raise web.HTTPRequestEntityTooLarge(MOST_WORDS, self.words)
        self.posted.fields.setdefault(name, value.decode())

    async def _file(self, part: BodyPartReader, given: str) -> None:
        pieces, posted, name = self._pieces(part), self.posted, clean_name(given)
        first = await anext(pieces, b"")
        if not given and not first:
            return  # nothing was chosen
        try:
            draft = await self._draft()
            if len(draft.telling.files()) + len(draft.adding.files()) + len(posted.taken) >= MAX_FILES:
                raise Invalid("story.too_many_files", most=MAX_FILES)
            digest = hashlib.sha256()
            file = await Attachment.take(draft.id, name=name, stream=self._chained(first, pieces, digest))
            posted.taken.append(Taken(file, name, _size_of(file), digest.hexdigest()))
        except DomainError as problem:
            posted.untaken.append(Untaken(name, problem))
            async for _ in pieces:  # to the end of this file, so that the next one can be read
                pass

    async def _chained(self, first: bytes, rest: AsyncIterator[bytes], digest: Any) -> AsyncIterator[bytes]:
        left = BUDGET - sum(taken.size for taken in self.posted.taken)
        async for piece in _from_first(first, rest):
            left -= len(piece)
            if left < 0:
                raise Invalid("file.form_full")
            digest.update(piece)
            yield piece

    async def _draft(self) -> Draft:
        if self.posted.draft is None:
            self.posted.draft = await self.draft_of(self.posted)
        return self.posted.draft

    async def _pieces(self, part: BodyPartReader) -> AsyncIterator[bytes]:
        while piece := await part.read_chunk(PIECE):
            self.arrived.piece(len(piece))
            yield piece


def _size_of(file: Attachment) -> int:
    return int(file.draft_meta()["size"])


async def _from_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for piece in rest:
        yield piece
