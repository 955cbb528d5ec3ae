"""Tracking: the reporter comes with his code, reads, answers, adds, and clears the chat behind him."""

from uuid import UUID

from bot.dialogue.collecting import collect, counts, drop
from bot.dialogue.screen import Screen, choice, go, lasting, leave, rows
from bot.heard import PHOTO, Heard
from models.attachment import Attachment
from models.codes import Code
from models.draft import OpenedThread
from models.errors import DomainError, Invalid
from models.inbox import Turn
from models.message import Ping
from models.terms import Side
from models.thread import Thread

LONGEST_CODE = 40
SHOWN = 10
"""Lines of the desk shown at once; older ones have been read."""


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


class OpenThread(Screen):
    """What is there to read, and what can be done."""

    name = "thread"

    async def ask(self, turn: Turn) -> None:
        """Status, the desk's words, and the next steps."""
        thread = _thread(turn)
        lines = [line for line in await thread.heard() if line.side is Side.DESK]
        for line in lines[-SHOWN:]:
            turn.say("track.line", params={"day": {"date": line.on.isoformat()}, "text": line.text})
        asked = bool(lines) and lines[-1].asks
        ping = choice(turn, "quiet", "track.quiet") if await thread.pinged() else choice(turn, "ping", "receipt.ping")
        turn.say(
            "track.status" if lines else "track.status_no_words",
            params={
                "status": {"t": f"term.TipStatus.{await thread.status()}"},
                "handler": (await thread.handler()).office,
            },
            choices=rows(
                choice(turn, "add", "track.answer" if asked else "track.add"), ping, lasting("wipe", "track.wipe")
            ),
        )

    async def press(self, turn: Turn, choice: str) -> None:
        """Answer or add, pings on and off."""
        thread = _thread(turn)
        match choice:
            case "add":
                await go(turn, "adding")
            case "ping":
                await Ping.on(thread.tip_id, turn.contact.id)
                turn.say("ping.is_on")
            case "quiet":
                await Ping.off(thread.tip_id)
                turn.say("ping.is_off")

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """Another code, or words that are clearly meant for the desk."""
        if _is_code(heard.text):
            await show(turn, heard.text)
            return
        await go(turn, "adding")
        await Adding().hear(turn, heard)


class Adding(Screen):
    """补充材料, piece by piece, handed in with one tap."""

    name = "adding"

    async def ask(self, turn: Turn) -> None:
        """The open question."""
        _thread(turn)
        parts = turn.draft.adding.parts
        turn.say(
            "story.so_far" if parts else "adding.ask",
            params={"counts": counts(turn.draft.adding)} if parts else {},
            choices=rows(choice(turn, "done", "adding.done"), choice(turn, "back", "adding.back")),
        )

    async def press(self, turn: Turn, choice: str) -> None:
        """Hand in, drop the last piece, or go back."""
        thread, adding = _thread(turn), turn.draft.adding
        match choice:
            case "done":
                turn.draft.pause_at = None
                await thread.add(adding, draft_id=turn.draft.id)
                turn.draft.forget_addition()
                turn.say("adding.taken")
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
        if _is_code(heard.text):
            await show(turn, heard.text)
            return
        _thread(turn)
        await collect(turn, turn.draft.adding, heard)


async def show(turn: Turn, typed: str) -> None:
    """Open the thread behind a code and show it; a wrong code keeps the question open."""
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
    turn.draft.keep_open(thread.tip_id, thread.reporter_secret)
    await go(turn, "adding" if waiting_for else "thread")


def _is_code(text: str) -> bool:
    """Nothing but a code, perhaps with a word before it: it must not become part of what is told."""
    return len(text) <= LONGEST_CODE and Code.parse(text) is not None


async def drop_addition(turn: Turn) -> None:
    """He gives up what he had not handed in."""
    turn.draft.forget_addition()
    turn.say("talk.wiped")
    await go(turn, "thread" if turn.draft.thread else "track")


def _thread(turn: Turn) -> Thread:
    opened: OpenedThread | None = turn.draft.thread
    if opened is None or not opened.alive:
        turn.draft.close_thread()
        leave(turn)
        raise Invalid("track.closed")
    return Thread(UUID(hex=opened.tip_id), bytes.fromhex(opened.reporter_secret))
