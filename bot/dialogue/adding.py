"""补充材料: what the reporter adds, piece by piece, handed in with one tap; an objection and news as well."""

from bot.dialogue.collecting import collect, counts, drop
from bot.dialogue.menu import web_choice
from bot.dialogue.screen import Screen, choice, go, rows
from bot.dialogue.track import is_code, opened_thread, show
from bot.heard import Heard
from models.errors import Conflict
from models.house import house
from models.inbox import Turn
from models.terms import TipEntry, Verdict
from models.thread import Thread

ASKS = {Verdict.OBJECTED: "verdict.ask_why", Verdict.NEWS: "verdict.ask_news"}
TAKEN = {Verdict.OBJECTED: "verdict.objection_taken", Verdict.NEWS: "verdict.news_taken"}


class Adding(Screen):
    """补充材料, piece by piece, handed in with one tap."""

    name = "adding"

    async def ask(self, turn: Turn) -> None:
        """The open question."""
        if house().tip_entry is TipEntry.FORM:
            await _on_the_page(turn)
            return
        await opened_thread(turn)
        parts, verdict = turn.draft.adding.parts, _verdict(turn)
        turn.say(
            "story.so_far" if parts else ASKS[verdict] if verdict else "adding.ask",
            params={"counts": counts(turn.draft.adding)} if parts else {},
            choices=rows(choice(turn, "done", "adding.done"), choice(turn, "back", "adding.back")),
        )

    async def press(self, turn: Turn, choice: str) -> None:
        """Hand in, drop the last piece, or go back."""
        thread, adding = await opened_thread(turn), turn.draft.adding
        match choice:
            case "done":
                turn.draft.pause_at = None
                turn.say(await _hand_in(turn, thread))
                turn.draft.forget_addition()
                await go(turn, "thread")
            case "back":
                turn.draft.forget_addition()
                await go(turn, "thread")
            case _:
                if choice.startswith("drop"):
                    await drop(turn, adding, choice)
                await self.ask(turn)

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """Take a piece; a code typed again is not one."""
        if is_code(heard.text):
            await show(turn, heard.text)
            return
        if house().tip_entry is TipEntry.FORM:
            await _on_the_page(turn)
            return
        await opened_thread(turn)
        await collect(turn, turn.draft.adding, heard)


async def _on_the_page(turn: Turn) -> None:
    """Words of a tip may not be typed here: the way to the page, where the code opens the same thread."""
    turn.say("entry.add_on_page", choices=rows(*web_choice(turn)))
    await go(turn, "thread")


async def _hand_in(turn: Turn, thread: Thread) -> str:
    """Add it, and answer the sentence that says so. Where the answer is no more there to be judged, e.g. because the
    desk has taken the matter up again, his words are kept as an addition.
    """
    draft, verdict = turn.draft, _verdict(turn)
    try:
        await thread.add(draft.adding, draft_id=draft.id, verdict=verdict)
    except Conflict as problem:
        if problem.key != "verdict.not_now":
            raise
        await thread.add(draft.adding, draft_id=draft.id)
        return "adding.taken"
    return TAKEN[verdict] if verdict else "adding.taken"


def _verdict(turn: Turn) -> Verdict | None:
    said = turn.draft.talk.get("verdict")
    return Verdict(said) if said else None
