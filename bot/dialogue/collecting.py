"""Taking pieces of a story, for a tip being told and for additions to one."""

from typing import Any

from bot.dialogue.passage import web_way
from bot.dialogue.screen import choice, rows
from bot.heard import FILE, PHOTO, VIDEO, VOICE, Heard
from models.attachment import MAX_BYTES, Attachment
from models.draft import Proposing, Telling
from models.errors import Invalid
from models.inbox import Turn


async def collect(turn: Turn, telling: Telling, heard: Heard) -> None:
    """Add the piece, or say clearly why it cannot be taken. What was told before stays."""
    if heard.unreadable:
        turn.say(f"unreadable.{heard.unreadable}")
        return
    if heard.kind and heard.size > MAX_BYTES:
        turn.say("file.too_big", choices=() if turn.draft.hosted else web_way("passage.upload"))
        return
    try:
        await _add(turn, telling, heard)
    except Invalid as problem:
        turn.say(problem.key, params=problem.params)
        return
    turn.draft.heard_something()


async def _add(turn: Turn, telling: Telling, heard: Heard) -> None:
    if not heard.kind:
        telling.add_text(heard.text, heard.mark)
        return
    telling.require_room()  # before it is wanted: what has no room must not be fetched either
    first = not telling.count(heard.kind)
    address = turn.contact.address()
    source = {"file_id": heard.file_id, "address": address, "contact": turn.contact.id.hex}
    attachment = await Attachment.want(turn.draft.id, kind=heard.kind, source=source, name=heard.name)
    telling.add_file(attachment.id, heard.kind, heard.mark)
    if first and heard.kind == VOICE:
        turn.say(
            "story.voice_warning",
            choices=rows(choice(turn, "keep", "story.keep"), choice(turn, f"drop-{heard.mark}", "story.drop")),
        )
    if first and heard.kind == VIDEO:
        turn.say(
            "story.video_warning",
            choices=rows(choice(turn, "keep", "story.keep"), choice(turn, f"drop-{heard.mark}", "story.drop")),
        )
    if first and heard.kind == PHOTO:
        turn.say(
            "story.photo_warning",
            choices=rows(choice(turn, "keep", "story.photo_fine"), choice(turn, f"drop-{heard.mark}", "story.drop")),
        )


async def drop(turn: Turn, telling: Telling, choice: str) -> None:
    """`drop-<mark>` takes back the message a warning was about, its caption too; `drop` the last piece."""
    if mark := choice.partition("-")[2]:
        telling.parts = [part for part in telling.parts if str(part.mark) != mark]
        turn.say("talk.wiped")
    elif telling.parts:
        telling.parts.pop()
        turn.say("story.dropped")


def counts(telling: Telling | Proposing) -> dict[str, Any]:
    """两张照片、一段语音, as a parameter to be rendered in the reader's language."""
    said = [
        {"t": f"count.{kind}", "n": number}
        for kind in ("text", PHOTO, VOICE, VIDEO, FILE)
        if (number := telling.count(kind))
    ]
    return {"join": said}
