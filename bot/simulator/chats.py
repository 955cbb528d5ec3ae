"""A private chat as both sides know it: messages, keyboard, answers to presses."""

import asyncio
from dataclasses import dataclass, field

from bot.simulator.errors import Json
from bot.simulator.files import StoredFile
from bot.simulator.keyboards import Button, inline_buttons, reply_buttons


class Signal:
    """Wakes everyone who waits now; whoever comes later waits for the next one."""

    def __init__(self) -> None:
        """Nobody waits yet."""
        self._event = asyncio.Event()

    def fire(self) -> None:
        """Wake the waiters; costs nothing when there are none."""
        self._event.set()
        self._event.clear()

    async def wait(self, seconds: float) -> bool:
        """Whether the signal came in time."""
        try:
            async with asyncio.timeout(seconds):
                return await self._event.wait()
        except TimeoutError:
            return False


@dataclass(slots=True)
class Message:
    """One bubble. `api` is the Bot API object; edits replace it, so updates already made keep the old one."""

    api: Json = field(repr=False)
    from_bot: bool
    revision: int = 0
    file: StoredFile | None = field(default=None, repr=False)
    markup: Json | None = None

    @property
    def id(self) -> int:
        """The message id."""
        return int(self.api["message_id"])

    @property
    def at(self) -> int:
        """When it was sent, in seconds since 1970."""
        return int(self.api["date"])

    @property
    def text(self) -> str:
        """Text or caption."""
        return str(self.api.get("text") or self.api.get("caption") or "")

    @property
    def album(self) -> str | None:
        """What the parts of one album share."""
        return self.api.get("media_group_id")

    @property
    def edited(self) -> bool:
        """Whether it changed after it was sent."""
        return "edit_date" in self.api

    @property
    def media(self) -> bytes | None:
        """The bytes of its photo, voice or file."""
        return self.file.data if self.file else None

    @property
    def buttons(self) -> list[list[Button]]:
        """The inline keyboard, row by row."""
        return inline_buttons(self.api.get("reply_markup"))

    @property
    def labels(self) -> list[str]:
        """What the inline buttons say, in reading order."""
        return [button.text for row in self.buttons for button in row]


@dataclass(frozen=True, slots=True)
class Answer:
    """What appeared after a press: a toast, or an alert that wants a tap."""

    number: int
    text: str
    alert: bool
    url: str


@dataclass
class Chat:
    """The private chat of one fictitious user."""

    id: int
    name: str
    language_code: str
    messages: dict[int, Message] = field(default_factory=dict)
    keyboard: Message | None = None
    answers: list[Answer] = field(default_factory=list)
    answered: int = 0
    blocked: bool = False
    typing_until: float = 0.0
    revision: int = 0
    changed: Signal = field(default_factory=Signal)

    @property
    def user(self) -> Json:
        """The Bot API User."""
        user = {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": self.language_code}
        return user if self.language_code else {k: v for k, v in user.items() if k != "language_code"}

    @property
    def api(self) -> Json:
        """The Bot API Chat."""
        return {"id": self.id, "type": "private", "first_name": self.name}

    @property
    def reply_rows(self) -> list[list[Button]]:
        """The reply keyboard beneath the composer."""
        return reply_buttons(self.keyboard.markup) if self.keyboard and self.keyboard.markup else []

    def touch(self, message: Message | None = None) -> None:
        """Something on the screen changed; a message that changed counts as new to the eye."""
        self.revision += 1
        if message is not None:
            message.revision = self.revision
        self.changed.fire()

    def show(self, message: Message) -> None:
        """Put a new message on the screen, and its reply keyboard under the composer."""
        self.messages[message.id] = message
        markup = message.markup or {}
        if "keyboard" in markup:
            self.keyboard = message
        elif markup.get("remove_keyboard"):
            self.keyboard = None
        self.touch(message)

    def answer(self, text: str, *, alert: bool, url: str) -> None:
        """Show the answer to a press; only the newest few matter."""
        self.answered += 1
        self.answers = [*self.answers[-19:], Answer(self.answered, text, alert, url)]
        self.touch()
