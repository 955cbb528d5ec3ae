"""Fetches files that were sent, straight into encryption; reads the code out of a picture of one."""

import asyncio
import json
import logging
from contextlib import aclosing
from typing import Any

from telegram import Bot
from telegram.error import TelegramError

from bot.door import chat_of
from bot.download import FileLost, download
from models import attachment, media
from models.attachment import Attachment
from models.errors import Invalid
from models.inbox import Inbox

LOOK_EVERY = 1.0
_log = logging.getLogger(__name__)


async def fetch_files(bot: Bot) -> None:
    """Fetch what is wanted, a few at a time. Until cancelled."""
    while True:
        wanted = await attachment.wanted()
        await asyncio.gather(*(fetch_one(bot, row) for row in wanted))
        await asyncio.sleep(LOOK_EVERY if not wanted else 0)


async def fetch_one(bot: Bot, row: Attachment) -> None:
    """One file: fetched, refused with a word to the sender, or tried again later."""
    try:
        if row.kind == "code":
            await _read_code(bot, row)
        else:
            async with aclosing(download(bot, row.source_for_edge()["file_id"])) as pieces:
                await row.receive(pieces)
    except FileLost:
        await row.refuse("file.lost")
    except Invalid as problem:
        await row.refuse(problem.key if problem.key == "file.no_room" else "file.refused")
    except TelegramError:
        await row.try_later()
    except Exception as error:  # noqa: BLE001  a full disk, a lost store: the other files must not wait for this one
        _log.error("a file could not be stored: %s", type(error).__name__)
        await row.try_later()


async def _read_code(bot: Bot, row: Attachment) -> None:
    """A picture of the code is as good as the code typed: it comes back through the inbox, as words."""
    source, picture = row.source_for_edge(), bytearray()
    async with aclosing(download(bot, source["file_id"])) as pieces:
        async for piece in pieces:
            picture += piece
    try:
        text = await media.read_qr(bytes(picture))
    except Invalid:
        text = None
    if text is None:
        await row.refuse("track.picture_unreadable")
        return
    # In this order: dying in between, the picture is read again and the same update is known already.
    await Inbox.store([_typed(row, chat_of(source["address"]), text)])
    await row.done_with()


def _typed(row: Attachment, chat: int, text: str) -> tuple[int, bytes]:
    """An update of our own. Its number is negative, where Telegram never numbers, and follows from the picture."""
    number = -(row.id.int % 2**62) - 1
    # As a command, so that it is taken for a code whatever question is open by now.
    message: dict[str, Any] = {"message_id": 0, "date": 0, "text": f"/track {text}"}
    message["entities"] = [{"type": "bot_command", "offset": 0, "length": len("/track")}]
    message["chat"] = {"id": chat, "type": "private"}
    message["from"] = {"id": chat, "is_bot": False, "first_name": "-"}
    return number, json.dumps({"update_id": number, "message": message}).encode()
