"""send…: texts, media, albums, and the sign that the bot is typing."""

from typing import Any

from bot.simulator.errors import Json, bad_request
from bot.simulator.media import chosen_file, media_fields
from bot.simulator.methods.registry import method
from bot.simulator.params import Params
from bot.simulator.wording import caption_fields, text_fields
from bot.simulator.world import World

MEDIA_KINDS = ("photo", "document", "voice", "audio", "video")
ALBUM_SIZES = range(2, 11)
TYPING_SECONDS = 5


@method("sendMessage")
def send_message(world: World, params: Params) -> Json:
    """A text."""
    chat = world.addressee(params)
    return world.post(chat, text_fields(params), params).api


def _send_media(kind: str, world: World, params: Params) -> Json:
    chat = world.addressee(params)
    caption = caption_fields(params.text("caption"), params.text("parse_mode"), params.tree("caption_entities"))
    file = chosen_file(kind, params.text(kind), params, world.files)
    content = {**media_fields(kind, file, world.files), **caption}
    return world.post(chat, content, params, file).api


def _register(kind: str) -> None:
    method(f"send{kind.title()}")(lambda world, params: _send_media(kind, world, params))


for _kind in MEDIA_KINDS:
    _register(_kind)


@method("sendMediaGroup")
def send_media_group(world: World, params: Params) -> list[Json]:
    """An album: nothing is shown unless every part is good."""
    chat = world.addressee(params)
    items = params.tree("media")
    if not isinstance(items, list) or len(items) not in ALBUM_SIZES:
        raise bad_request("wrong number of messages to send as an album: it must be 2-10")
    album = str(world.next_message_id())
    parts = [_album_part(item, world, params) for item in items]
    return [world.post(chat, {"media_group_id": album, **content}, params, file).api for content, file in parts]


def _album_part(item: Json, world: World, params: Params) -> tuple[Json, Any]:
    kind = str(item.get("type"))
    if kind not in MEDIA_KINDS:
        raise bad_request(f"can't parse InputMedia: type {kind} can't be used in an album")
    caption = caption_fields(item.get("caption") or "", item.get("parse_mode") or "", item.get("caption_entities"))
    file = chosen_file(kind, str(item.get("media", "")), params, world.files)
    return {**media_fields(kind, file, world.files), **caption}, file


@method("sendChatAction")
def send_chat_action(world: World, params: Params) -> bool:
    """typing… for five seconds."""
    chat = world.chat(params)
    if not params.text("action"):
        raise bad_request("wrong parameter action in request")
    chat.typing_until = world.clock() + TYPING_SECONDS
    chat.touch()
    return True
