"""By name or not? Both are handled. A name is sealed apart from the story."""

from typing import ClassVar

from bot.dialogue.filing import advance, route, warned
from bot.dialogue.screen import Screen, choice, rows
from bot.heard import Heard
from models.inbox import Turn
from models.text import clean

MOST = 200


class Naming(Screen):
    """不留名，还是留名？"""

    name = "naming"

    async def ask(self, turn: Turn) -> None:
        """Say what each means. Where nobody keeps identities apart, only 不留名 is offered."""
        way = await route(turn.draft.telling)
        anonymous = choice(turn, "anonymous", "naming.anonymous")
        if way is None or way.custodian is None:
            turn.say("naming.only_anonymous", choices=rows(anonymous))
            return
        turn.say("naming.ask", choices=rows(anonymous, choice(turn, "named", "naming.named")))

    async def press(self, turn: Turn, choice: str) -> None:
        """Take it and go on. Going back to 不留名 forgets what was written."""
        telling = turn.draft.telling
        telling.naming = "named" if choice == "named" else "anonymous"
        if telling.naming == "anonymous":
            telling.name = telling.reach = telling.safe = ""
            if await warned(turn):
                return
        await advance(turn)


class _Line(Screen):
    """One line of the reporter's identity."""

    name = "line"
    field: ClassVar[str] = "name"

    async def ask(self, turn: Turn) -> None:
        """The question, with a way out."""
        turn.say(f"naming.{self.name}", choices=rows(choice(turn, "anonymous", "naming.rather_not")))

    async def press(self, turn: Turn, choice: str) -> None:
        """He would rather not."""
        if choice == "anonymous":
            await Naming().press(turn, "anonymous")

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """Take the line."""
        words = clean(heard.text)
        if not words or len(words) > MOST:
            turn.say("naming.line_bad", params={"most": MOST})
            await self.ask(turn)
            return
        setattr(turn.draft.telling, self.field, words)
        await advance(turn)


class Name(_Line):
    """请写姓名。"""

    name = field = "name"


class Reach(_Line):
    """留一个能找到您的电话。"""

    name = field = "reach"


class Safe(_Line):
    """怎么联系稳妥？"""

    name = field = "safe"

    async def ask(self, turn: Turn) -> None:
        """With a short answer for those who do not mind."""
        turn.say("naming.safe", choices=rows(choice(turn, "any", "naming.any_way")))

    async def press(self, turn: Turn, choice: str) -> None:  # noqa: ARG002  there is one button
        """No wish."""
        turn.draft.telling.safe = "—"
        await advance(turn)
