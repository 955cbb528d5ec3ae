"""我怕被报复: 110 first; then a request that only the heads read."""

from bot.dialogue.screen import Screen, choice, go, rows
from bot.dialogue.track import is_code, opened_thread, show
from bot.heard import Heard
from models import protection
from models.errors import Conflict
from models.inbox import Turn
from models.outbox import Choice
from models.text import clean


class Afraid(Screen):
    """眼下有危险请打110。要申请保护吗？"""

    name = "afraid"

    async def ask(self, turn: Turn) -> None:
        """Who would read it, told from the Access rows."""
        offices = [node.office for node in await protection.told_to(await opened_thread(turn))]
        turn.say("protection.ask", params={"offices": {"join": offices}}, choices=_choices(turn))

    async def press(self, turn: Turn, choice: str) -> None:
        """Ask, or rather not."""
        thread, words = await opened_thread(turn), str(turn.draft.talk.get("afraid", ""))
        if choice == "ask":
            try:
                await protection.ask(thread, words)
                turn.say("protection.asked")
            except Conflict as problem:
                turn.say(problem.key)
        turn.draft.talk.pop("afraid", None)
        await go(turn, "thread")

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """A few words of what he fears; files have their place in 补充材料."""
        if is_code(heard.text):
            await show(turn, heard.text)
            return
        await opened_thread(turn)
        if not clean(heard.text):
            turn.say("protection.words_only", choices=_choices(turn))
            return
        told = "\n".join(filter(None, [turn.draft.talk.get("afraid", ""), clean(heard.text)]))
        if len(told) > protection.MAX_WORDS:
            turn.say("tip.words_too_long", params={"most": protection.MAX_WORDS}, choices=_choices(turn))
            return
        turn.draft.talk["afraid"] = told
        turn.say("protection.kept", choices=_choices(turn))


def _choices(turn: Turn) -> tuple[tuple[Choice, ...], ...]:
    return rows(choice(turn, "ask", "protection.do_ask"), choice(turn, "no", "protection.not_now"))
