"""以前反映过: the desk is told so, and finds the earlier matter when its code is at hand."""

from bot.dialogue.filing import advance
from bot.dialogue.screen import Screen, choice, rows
from bot.heard import Heard
from models.errors import DomainError
from models.inbox import Turn
from models.thread import Thread


class Before(Screen):
    """以前的查询码还在吗？"""

    name = "before"

    async def ask(self, turn: Turn) -> None:
        """With a way on for those who lost it, and one back."""
        turn.say("before.ask", choices=rows(choice(turn, "lost", "before.lost"), choice(turn, "never", "before.never")))

    async def press(self, turn: Turn, choice: str) -> None:
        """Yes without a code, or no."""
        turn.draft.telling.before = "yes" if choice == "lost" else ""
        await advance(turn)

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """The old code. Only which matter it was is noted, not the code."""
        try:
            earlier = await Thread.open(heard.text, who=turn.contact.id.hex)
        except DomainError as problem:
            turn.say(problem.key, params=problem.params)
            await self.ask(turn)
            return
        turn.draft.telling.before = earlier.tip_id.hex
        turn.say("before.found")
        await advance(turn)
