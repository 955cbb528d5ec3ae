"""A person's screen as JSON, for the phone page and for tests in other processes."""

from dataclasses import asdict

from bot.simulator.chats import Message
from bot.simulator.errors import Json
from bot.simulator.person import Person

SHOWN = 300


def person_json(person: Person) -> Json:
    """One line of the list of people."""
    last = person.screen[-1] if person.screen else None
    return {
        "key": person.key,
        "id": person.id,
        "name": person.name,
        "role": person.role,
        "blocked": person.chat.blocked,
        "revision": person.chat.revision,
        "preview": (last.text or (last.file and f"[{last.file.kind}]") or "") if last else "",
        "at": last.at if last else None,
    }


def screen_json(person: Person, now: float) -> Json:
    """Everything the phone shows."""
    chat = person.chat
    return {
        **person_json(person),
        "messages": [message_json(message) for message in person.screen[-SHOWN:]],
        "keyboard": [[button.text for button in row] for row in person.keyboard],
        "answers": [asdict(answer) for answer in chat.answers],
        "typing": chat.typing_until > now,
    }


def message_json(message: Message) -> Json:
    """One bubble."""
    api = message.api
    return {
        "id": message.id,
        "at": message.at,
        "mine": not message.from_bot,
        "edited": message.edited,
        "text": message.text,
        "entities": api.get("entities") or api.get("caption_entities") or [],
        "buttons": [[asdict(button) for button in row] for row in message.buttons],
        "album": message.album,
        "quoted": _quoted(api.get("reply_to_message")),
        "file": _file(message),
        "other": next((kind for kind in ("sticker", "location", "contact") if kind in api), None),
    }


def _quoted(api: Json | None) -> str | None:
    return None if api is None else str(api.get("text") or api.get("caption") or "…")


def _file(message: Message) -> Json | None:
    if (file := message.file) is None:
        return None
    url = f"/_sim/files/{file.id}"
    return {
        "kind": file.kind,
        "url": url,
        "name": file.name,
        "mime": file.mime,
        "size": file.size,
        "seconds": file.seconds,
    }
