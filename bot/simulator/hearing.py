"""What a person sees, and waiting for it."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from bot.simulator.chats import Answer, Chat, Message
from bot.simulator.errors import NotHeardError
from bot.simulator.keyboards import Button
from bot.simulator.world import World

T = TypeVar("T")
PATIENCE = 5.0
SHOWN = 8


class Hears:
    """The eyes and ears of a person."""

    def __init__(self, world: World, chat: Chat) -> None:
        """Nothing seen yet."""
        self._world = world
        self.chat = chat
        self._seen = 0
        self._answers_seen = 0

    @property
    def screen(self) -> list[Message]:
        """The messages visible in the chat, newest last."""
        return list(self.chat.messages.values())

    @property
    def last(self) -> Message:
        """The newest message of the bot."""
        return next(message for message in reversed(self.screen) if message.from_bot)

    @property
    def keyboard(self) -> list[list[Button]]:
        """The reply keyboard beneath the composer."""
        return self.chat.reply_rows

    @property
    def answers(self) -> list[Answer]:
        """The newest answers to presses."""
        return self.chat.answers

    def unseen(self) -> list[Message]:
        """Messages of the bot, new or edited, which `hears` has not gone past, in the order they came."""
        fresh = [m for m in self.chat.messages.values() if m.from_bot and m.revision > self._seen]
        return sorted(fresh, key=lambda message: message.revision)

    async def until(self, condition: Callable[[], T], timeout: float = PATIENCE) -> T:  # noqa: ASYNC109 - reads best in tests
        """The first true value of the condition, looked at whenever the chat changes."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while not (value := condition()):
            left = end - loop.time()
            if left <= 0 or not await self.chat.changed.wait(left):
                if value := condition():
                    return value
                raise NotHeardError(f"not within {timeout} s; {self.chat.name} sees:\n{self.describe()}")
        return value

    async def hears(self, contains: str = "", timeout: float = PATIENCE) -> Message:  # noqa: ASYNC109 - reads best in tests
        """The next unseen message of the bot with these words; it and all before it count as seen then."""

        def found() -> Message | None:
            return next((message for message in self.unseen() if contains in message.text), None)

        try:
            message = await self.until(found, timeout)
        except NotHeardError as error:
            raise NotHeardError(f"{contains!r} {error}") from None
        assert message is not None  # noqa: S101 - until() returns true values only
        self._seen = message.revision
        return message

    async def hears_nothing(self, seconds: float = 0.2) -> None:
        """Fail if the bot says anything new in this time."""
        try:
            message = await self.hears(timeout=seconds)
        except NotHeardError:
            return
        raise NotHeardError(f"{self.chat.name} should hear nothing, but heard {message.text!r}")

    async def answered(self, timeout: float = PATIENCE) -> Answer:  # noqa: ASYNC109 - reads best in tests
        """The next answer to a press which this has not returned yet."""
        await self.until(lambda: self.chat.answered > self._answers_seen, timeout)
        answer = next(answer for answer in self.answers if answer.number > self._answers_seen)
        self._answers_seen = answer.number
        return answer

    def describe(self) -> str:
        """The screen as text, for failure messages."""
        lines = []
        for message in self.screen[-SHOWN:]:
            kind = f" <{message.file.kind}>" if message.file else ""
            buttons = f"  [{'] ['.join(message.labels)}]" if message.labels else ""
            lines.append(f"  {'bot' if message.from_bot else 'me '} {message.id}{kind}: {message.text}{buttons}")
        rows = [button.text for row in self.keyboard for button in row]
        return "\n".join([*lines, f"  keyboard: {rows}" if rows else ""]) or "  (nothing)"
