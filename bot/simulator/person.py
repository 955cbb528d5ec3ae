"""A fictitious Telegram user with a private chat: what tests and the phone page do in their name."""

import re
import secrets

from bot.simulator.chats import Chat, Message
from bot.simulator.errors import Json, NoSuchButtonError
from bot.simulator.hearing import Hears
from bot.simulator.html import utf16
from bot.simulator.keyboards import Button
from bot.simulator.sharing import Shares
from bot.simulator.wording import MAX_TEXT
from bot.simulator.world import Query, World

COMMAND = re.compile(r"(?:^|(?<=\s))/[A-Za-z0-9_]{1,32}")


class Person(Shares, Hears):
    """Says, presses, hears. Verbs that cause an update return its id."""

    def __init__(self, world: World, chat: Chat, key: str, role: str) -> None:
        """`key` names the person in addresses; `role` is shown in the list of people."""
        super().__init__(world, chat)
        self.key = key
        self.role = role
        self.clipboard = ""
        self.opened = ""

    @property
    def id(self) -> int:
        """User id and chat id."""
        return self.chat.id

    @property
    def name(self) -> str:
        """What the chat is called."""
        return self.chat.name

    def says(self, text: str, reply_to: int | None = None) -> int:
        """Type a message and send it."""
        if not 0 < len(text) <= MAX_TEXT:
            raise ValueError(f"a phone sends 1-{MAX_TEXT} characters, not {len(text)}")
        content = _worded(text)
        if reply_to is not None:
            content["reply_to_message"] = self._message(reply_to).api
        return self.sends(content)

    def starts(self, payload: str = "") -> int:
        """Press Start, or open a deep link."""
        return self.says(f"/start {payload}".rstrip())

    def edits(self, message_id: int, text: str) -> int:
        """Change an own message."""
        message = self._message(message_id)
        message.api = {**message.api, **_worded(text), "edit_date": int(self._world.clock())}
        self.chat.touch(message)
        return self._world.updates.add({"edited_message": message.api}, self.id)

    def presses(self, label: str, message: Message | int | None = None) -> int | None:
        """Press the newest button that says this, beneath a message or the composer.

        A copy button fills `clipboard`, a link is kept in `opened`; these cause no update.
        """
        only = message.id if isinstance(message, Message) else message
        candidates = [
            (shown, button) for shown, button in self._pressable() if button.text == label and only in {None, shown.id}
        ]
        if not candidates:
            raise NoSuchButtonError(f"no button {label!r}; {self.name} sees:\n{self.describe()}")
        shown, button = max(candidates, key=lambda pair: pair[0].id)
        return self._press(shown, button)

    def presses_data(self, message_id: int, data: str) -> int:
        """Press with this callback data, also on a message that is gone or never had the button."""
        shown = self.chat.messages.get(message_id)
        gone = {"message_id": message_id, "chat": self.chat.api, "date": 0}
        query_id = str(secrets.randbits(62))
        self._world.queries[query_id] = Query(self.chat, self._world.clock())
        query: Json = {
            "id": query_id,
            "from": self.chat.user,
            "chat_instance": str(self.id),
            "message": shown.api if shown else gone,
            "data": data,
        }
        return self._world.updates.add({"callback_query": query}, self.id)

    def blocks_bot(self) -> int:
        """Stop the bot: it gets 403 from now on, and an update that says so."""
        return self._membership(blocked=True)

    def unblocks_bot(self) -> int:
        """Let it speak again."""
        return self._membership(blocked=False)

    def _pressable(self) -> list[tuple[Message, Button]]:
        inline = [(m, button) for m in self.screen for row in m.buttons for button in row]
        keyboard = self.chat.keyboard
        below = [(keyboard, button) for row in self.keyboard for button in row] if keyboard else []
        return inline + below

    def _press(self, shown: Message, button: Button) -> int | None:
        if button.kind == "callback_data":
            return self.presses_data(shown.id, button.value)
        if button.kind == "text":
            if (shown.markup or {}).get("one_time_keyboard"):
                self.chat.keyboard = None
            return self.says(button.text)
        if button.kind == "copy_text":
            self.clipboard = button.value
        else:
            self.opened = button.value
        return None

    def _membership(self, *, blocked: bool) -> int:
        self.chat.blocked = blocked
        self.chat.touch()
        bot = {name: self._world.me[name] for name in ("id", "is_bot", "first_name", "username")}
        states: list[Json] = [
            {"user": bot, "status": "member"},
            {"user": bot, "status": "kicked", "until_date": 0},
        ]
        old, new = states if blocked else states[::-1]
        change = {
            "chat": self.chat.api,
            "from": self.chat.user,
            "date": int(self._world.clock()),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        return self._world.updates.add({"my_chat_member": change}, self.id)

    def _message(self, message_id: int) -> Message:
        if (message := self.chat.messages.get(message_id)) is None:
            raise LookupError(f"no message {message_id}; {self.name} sees:\n{self.describe()}")
        return message


def _worded(text: str) -> Json:
    """Phones mark commands as entities; PTB finds commands only by them."""
    commands = [
        {"type": "bot_command", "offset": utf16(text[: found.start()]), "length": len(found[0])}
        for found in COMMAND.finditer(text)
    ]
    return {"text": text, "entities": commands} if commands else {"text": text}
