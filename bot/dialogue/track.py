"""Tracking: the reporter comes with his code. What he then reads and does is in opened.py and adding.py."""

from bot.dialogue import officer
from bot.dialogue.screen import Screen, go, lasting, leave, rows
from bot.heard import PHOTO, Heard
from models.attachment import Attachment
from models.codes import Code
from models.errors import DomainError, Invalid
from models.inbox import Turn
from models.thread import Thread

LONGEST_CODE = 40


class Track(Screen):
    """请发查询码，或发那张码的截图。"""

    name = "track"

    async def ask(self, turn: Turn) -> None:
        """The question."""
        turn.say("track.ask")

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """A code typed, or a picture of one."""
        if heard.kind == PHOTO:
            source = {"file_id": heard.file_id, "address": turn.contact.address(), "contact": turn.contact.id.hex}
            await Attachment.want(turn.draft.id, kind="code", source=source)
            turn.say("track.reading_picture")
        elif heard.text:
            await show(turn, heard.text)
        else:
            await self.ask(turn)


async def show(turn: Turn, typed: str, *, by_receipt: bool = False) -> None:
    """Open the thread behind a code and show it; a wrong code keeps the question open.

    In an officer's chat only the button of his own receipt does (`by_receipt`), and in a session with somebody
    else nothing.
    """
    if (turn.draft.hosted or not by_receipt) and await officer.keeps_silent(turn):
        return
    try:
        thread = await Thread.open(typed, who=turn.contact.id.hex)
    except DomainError as problem:
        turn.say(problem.key, params=problem.params)
        if turn.draft.talk.get("screen") != "track":
            await go(turn, "track")
        return
    waiting_for = turn.draft.adding_to()
    if waiting_for and waiting_for != thread.tip_id.hex:
        # What was told for one matter must never reach another: it is handed in or given up first.
        turn.say("adding.held", choices=rows(lasting("drop_addition", "adding.drop_held")))
        return
    turn.draft.keep_open(thread.tip_id, thread.reporter_secret, thread.receipt_id)
    await go(turn, "adding" if waiting_for else "thread")


async def drop_addition(turn: Turn) -> None:
    """He gives up what he had not handed in."""
    turn.draft.forget_addition()
    turn.say("talk.wiped")
    await go(turn, "thread" if turn.draft.thread else "track")


def is_code(text: str) -> bool:
    """Nothing but a code, perhaps with a word before it: it must not become part of what is told."""
    return len(text) <= LONGEST_CODE and Code.parse(text) is not None


async def opened_thread(turn: Turn) -> Thread:
    """The thread that is open in this chat. Invalid when its thirty minutes are over, or its code is another one."""
    try:
        return await Thread.reopen(turn.draft.thread)
    except Invalid:
        turn.draft.close_thread()
        leave(turn)
        raise
