"""What goes along with words: carried to Telegram once for each bot, then called by the name Telegram gave it.

The first letter of a broadcast brings the file; the others wait for its name, in this process by a lock, in others by
the claim on the row. A name that Telegram does not know any more is forgotten; the next letter brings the file again.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from aiohttp.payload import AsyncIterablePayload
from telegram import Bot, InputFile
from telegram.error import BadRequest, TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.call import call
from bot.refusals import NotSent
from bot.transport import wire
from models.carried import Carried
from models.material import Material, MaterialKind
from models.sealed_files import Pieces
from models.sealing import Refused

LOOK_EVERY: Final = 0.3
METHODS: Final = {
    "photo": "sendPhoto",
    "video": "sendVideo",
    "animation": "sendAnimation",  # what Telegram makes of a film without sound
    "document": "sendDocument",
}
FIELDS: Final = {MaterialKind.PHOTO: "photo", MaterialKind.VIDEO: "video", MaterialKind.FILE: "document"}
_ABOUT_READER: Final = ("chat", "user", "peer", "rights")
"""What a refusal speaks of that is no fault of the file."""
_UNKNOWN_NAME: Final = ("file identifier", "file_id", "file reference", "file_reference")


class Unsendable(LookupError):
    """It is not there any more, or damaged, or Telegram does not take it, whoever the reader. Nothing was sent."""


class Forgotten(NotSent):
    """Telegram did not know the name, so nothing was sent: the next try brings the file itself."""

    __slots__ = ()


class Parcel(Protocol):
    """One message, ready but for its reader."""

    async def send(self, chat: int, text: str, buttons: object) -> Any:
        """The sent message as JSON. Unsendable, or PTB's errors."""


class Carrier:
    """Makes parcels for one bot."""

    def __init__(self, bot: Bot) -> None:
        self._bot, self._number = bot, int(bot.token.partition(":")[0])
        self._turns: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def parcel(self, media: dict[str, Any]) -> AsyncIterator[Parcel]:
        """Within, the message can be sent. Whoever has to bring the file does so alone.

        Unsendable on entering, when the material is not there any more, or damaged.
        """
        if "material" not in media:
            yield _Words(self._bot)
            return
        material_id = UUID(hex=media["material"])
        async with self._turns[material_id]:
            row = await Carried.claim(material_id, self._number)
            while not row.name and row.claim_id is None:  # another process has it in hand
                await asyncio.sleep(LOOK_EVERY)
                row = await Carried.claim(material_id, self._number)
            if row.claim_id:
                async with _brought(self._bot, row) as brought:
                    yield brought
                return
        yield _Named(self._bot, row)


@dataclass(slots=True)
class _Words:
    """No file."""

    bot: Bot

    async def send(self, chat: int, text: str, buttons: object) -> Any:
        return await call(self.bot, "sendMessage", chat_id=chat, text=text, reply_markup=buttons)


@dataclass(slots=True)
class _Named:
    """A file that is there already."""

    bot: Bot
    row: Carried

    async def send(self, chat: int, text: str, buttons: object) -> Any:
        field, _, name = self.row.name.partition(":")
        told = {"chat_id": chat, "caption": text, "reply_markup": buttons, field: name}
        try:
            return await call(self.bot, METHODS[field], **told)
        except BadRequest as refusal:
            if _speaks_of(refusal, _ABOUT_READER):
                raise
            if _speaks_of(refusal, _UNKNOWN_NAME) and await self.row.forget():
                raise Forgotten("Telegram forgot a file") from None
            raise Unsendable from refusal


@dataclass(slots=True)
class _Brought:
    """A file on its first way."""

    bot: Bot
    material: Material
    stream: "_Pieces"
    name: str = ""

    async def send(self, chat: int, text: str, buttons: object) -> Any:
        field = FIELDS[self.material.kind]
        told = {"chat_id": chat, "caption": text, "reply_markup": buttons}
        if field == "document":  # a song stays a file
            told["disable_content_type_detection"] = True
        given = [RequestParameter(name, value, None) for name, value in told.items() if value is not None]
        content: Any = _Sized(self.stream.whole(), self.material.size)
        file = InputFile(content, filename=self.material.name, read_file_handle=False)
        given.append(RequestParameter(field, None, [file]))
        try:
            sent = await wire(self.bot).post(f"{self.bot.base_url}/{METHODS[field]}", RequestData(given))
        except BadRequest as refusal:
            if _speaks_of(refusal, _ABOUT_READER):
                raise
            raise Unsendable from refusal
        except TelegramError as error:
            if self.stream.broken:  # the length that was promised never came: Telegram has sent nothing
                raise Unsendable from error
            raise
        self.name = _name_in(sent)
        return sent


class _Sized(AsyncIterablePayload):
    """A stream whose length is known, so that the request says how long it is."""

    def __init__(self, stream: AsyncIterator[bytes], size: int) -> None:
        super().__init__(stream)
        self._size = size


@asynccontextmanager
async def _brought(bot: Bot, row: Carried) -> AsyncIterator[_Brought]:
    """The claim ends with this, whatever happened; with a name if it arrived."""
    brought: _Brought | None = None
    try:
        material = await Material.get_or_none(id=row.material_id)
        if material is None:
            raise Unsendable
        async with _begun(material) as stream:
            brought = _Brought(bot, material, stream)
            yield brought
    finally:
        await row.carried(brought.name if brought else "")


class _Pieces:
    """The bytes of a material, of which the first are there."""

    def __init__(self, first: bytes, rest: Pieces) -> None:
        self.broken = False  # whether they turned out damaged on the way
        self._first, self._rest = first, rest

    async def whole(self) -> AsyncIterator[bytes]:
        yield self._first
        try:
            async for piece in self._rest:
                yield piece
        except (Refused, OSError):
            self.broken = True
            raise


@asynccontextmanager
async def _begun(material: Material) -> AsyncIterator[_Pieces]:
    """Its bytes: what is gone, or damaged at its beginning, is noticed before anything is sent."""
    async with aclosing(material.open()) as pieces:
        try:
            first = await anext(pieces)
        except (Refused, FileNotFoundError):
            raise Unsendable from None
        yield _Pieces(first, pieces)


def _speaks_of(refusal: BadRequest, signs: tuple[str, ...]) -> bool:
    return any(sign in refusal.message.lower() for sign in signs)


def _name_in(sent: Any) -> str:
    """What Telegram calls it from now on, behind the field by which it is sent again."""
    for field in METHODS:
        if found := sent.get(field):
            return f"{field}:{(found[-1] if isinstance(found, list) else found)['file_id']}"
    return ""
