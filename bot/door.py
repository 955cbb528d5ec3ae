"""Telegram's door: which updates are ours, in which language to begin, and the step through PTB."""

from typing import Any

from bot.application import StepApplication, feed
from bot.dialogue.hosting import settle
from models.inbox import Turn
from models.terms import Language

CHANNEL = "telegram"
_WORDS = frozenset({"message_id", "date", "chat", "from", "text", "entities", "caption", "edit_date"})
_WANTED = {
    "message": _WORDS,
    "edited_message": _WORDS,
    "callback_query": frozenset({"id", "from", "chat_instance", "data", "game_short_name"}),
}
_PLACES = ("message", "edited_message", "my_chat_member")


class TelegramDoor:
    """What the inbox asks of an edge."""

    def __init__(self, application: StepApplication) -> None:
        self._application = application

    def address(self, raw: dict[str, Any]) -> str | None:
        """`telegram:<chat>` of a private chat; None for groups, channels and what has no chat."""
        chat = (_message_of(raw) or {}).get("chat") or {}
        return f"{CHANNEL}:{chat['id']}" if chat.get("type") == "private" else None

    def language(self, raw: dict[str, Any]) -> Language:
        """Telegram tells the phone's language; Chinese unless it is clearly another."""
        sender = (raw.get("callback_query") or _message_of(raw) or {}).get("from") or {}
        code = str(sender.get("language_code") or "").lower()
        if code.startswith("zh"):
            traditional = any(mark in code for mark in ("hant", "tw", "hk", "mo"))
            return Language.ZH_HANT if traditional else Language.ZH_CN
        return Language.EN if code.startswith("en") else Language.ZH_CN

    async def step(self, turn: Turn) -> None:
        """Run the handlers. Remembers the message's number, so that 清掉 can delete it."""
        if message := turn.raw.get("message"):
            turn.heard_message = message["message_id"]
        if not await feed(self._application, _for_ptb(turn.raw), turn):
            turn.say("unreadable.other")
        await settle(turn)


def chat_of(address: str) -> int:
    """The chat number in an address."""
    return int(address.partition(":")[2])


def _for_ptb(raw: dict[str, Any]) -> dict[str, Any]:
    """PTB only finds the handler. What a press quotes, all its buttons with it, costs a third of a step to build.

    Of a message it needs the words: a film, a poll or a kind that Telegram thinks of tomorrow must not fail in it.
    """
    slim = dict(raw)
    for place, wanted in _WANTED.items():
        if isinstance(told := raw.get(place), dict):
            slim[place] = {name: value for name, value in told.items() if name in wanted}
    return slim


def _message_of(raw: dict[str, Any]) -> dict[str, Any] | None:
    query = raw.get("callback_query")
    if query:
        message: dict[str, Any] | None = query.get("message")
        return message
    return next((raw[place] for place in _PLACES if place in raw), None)
