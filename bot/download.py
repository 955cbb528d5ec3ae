"""Fetches a file someone sent us, piece by piece, so that it can be encrypted on the fly."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from telegram import Bot
from telegram.error import BadRequest

from bot.transport import wire

LARGEST = 20 * 1024 * 1024  # Telegram gives bots no larger ones


class FileLost(Exception):
    """This file will not come, however often we ask."""


class TooBig(FileLost):
    """Larger than the limit, by Telegram's word or by our own count."""


class Gone(FileLost):
    """Telegram no longer knows it."""


async def download(bot: Bot, file_id: str, *, limit: int = LARGEST) -> AsyncGenerator[bytes, None]:
    """Yields the bytes of `file_id`; raises TooBig, Gone, or PTB's NetworkError when asking again may help.

    Leave it early only inside `contextlib.aclosing`, so that the connection returns at once.
    """
    address = await _address(bot, file_id, limit)
    taken = 0
    async with aclosing(wire(bot).stream(address)) as pieces:
        try:
            async for piece in pieces:
                taken += len(piece)
                if taken > limit:  # the announced size is only a claim
                    raise TooBig
                yield piece
        except FileNotFoundError:  # an address lives an hour
            raise Gone from None


async def _address(bot: Bot, file_id: str, limit: int) -> str:
    try:
        file = await bot.get_file(file_id)
    except BadRequest as refusal:
        raise (TooBig if "too big" in refusal.message.lower() else Gone) from None
    if file.file_size is not None and file.file_size > limit:
        raise TooBig
    if not file.file_path:
        raise Gone
    return file.file_path
