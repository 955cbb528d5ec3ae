"""What a reporter may still do later: give his name, and take a new code."""

from typing import ClassVar

from bot.dialogue.naming import MOST
from bot.dialogue.receipt import code_choices
from bot.dialogue.screen import Screen, choice, go, leave, rows
from bot.dialogue.track import is_code, opened_thread, show
from bot.heard import Heard
from models import later_name
from models.codes import Code
from models.inbox import Turn
from models.text import clean


class _Later(Screen):
    """One line of an identity given later. What was written waits in the talk, and goes with the open thread."""

    name = "later"
    ask_key: ClassVar[str] = ""
    follows: ClassVar[str] = ""

    async def ask(self, turn: Turn) -> None:
        """The question, with a way out."""
        await opened_thread(turn)
        turn.say(self.ask_key, choices=rows(choice(turn, "rather_not", "later.rather_not")))

    async def press(self, turn: Turn, choice: str) -> None:
        """He would rather not: nothing of it stays."""
        await opened_thread(turn)
        if choice == "rather_not":
            turn.draft.talk.pop("later", None)
            await go(turn, "thread")

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """Take the line."""
        await opened_thread(turn)
        if is_code(heard.text):
            await show(turn, heard.text)
            return
        words = clean(heard.text)
        if not words or len(words) > MOST:
            turn.say("naming.line_bad", params={"most": MOST})
            await self.ask(turn)
            return
        turn.draft.talk["later"] = {**turn.draft.talk.get("later", {}), self.name: words}
        await self.go_on(turn)

    async def go_on(self, turn: Turn) -> None:
        """To the next line."""
        await go(turn, self.follows)


class LaterName(_Later):
    """请写姓名。"""

    name, ask_key, follows = "later_name", "naming.name", "later_reach"


class LaterReach(_Later):
    """留一个能找到您的电话。"""

    name, ask_key, follows = "later_reach", "naming.reach", "later_safe"


class LaterSafe(_Later):
    """怎么联系稳妥？ The last line seals all three."""

    name, ask_key = "later_safe", "naming.safe"

    async def go_on(self, turn: Turn) -> None:
        """Seal the name to the custodian's ring."""
        told = turn.draft.talk.pop("later")
        await later_name.give_name(
            await opened_thread(turn), name=told["later_name"], reach=told["later_reach"], safe=told["later_safe"]
        )
        turn.say("later.given")
        await go(turn, "thread")


class NewCode(Screen):
    """换个查询码: somebody may have seen the old one."""

    name = "new_code"

    async def ask(self, turn: Turn) -> None:
        """Never by one slip: the old one opens nothing afterwards."""
        await opened_thread(turn)
        turn.say("code.ask", choices=rows(choice(turn, "renew", "code.do_renew"), choice(turn, "no", "code.keep")))

    async def press(self, turn: Turn, choice: str) -> None:
        """A new one, shown as at filing."""
        thread = await opened_thread(turn)
        if choice != "renew":
            await go(turn, "thread")
            return
        code = Code.new()
        await thread.renew_code(code, chat=turn.contact.id)
        turn.draft.keep_open(thread.tip_id, thread.reporter_secret, thread.receipt_id)
        leave(turn)
        turn.say("receipt.picture", params={"code": str(code)}, media={"qr": str(code)})
        turn.say("code.renewed", params={"code": str(code)}, choices=code_choices(code))
