"""An open thread: where the matter stands, the desk's words, and what can be done. The rarer things are behind 更多."""

from bot.dialogue.officer import keeps_silent
from bot.dialogue.screen import Screen, choice, go, lasting, rows
from bot.dialogue.track import is_code, opened_thread, show
from bot.heard import Heard
from models import protection
from models.draft import Telling
from models.inbox import Turn
from models.later_name import can_give_name
from models.message import Ping
from models.officer import Officer
from models.outbox import Choice
from models.terms import Side, TipStatus, Verdict
from models.thread import Thread

SHOWN = 10
"""Lines of the desk shown at once; older ones are asked for."""


class OpenThread(Screen):
    """What is there to read, and what can be done."""

    name = "thread"

    async def ask(self, turn: Turn) -> None:
        """The desk's words, the status, and the next steps."""
        thread = await opened_thread(turn)
        any_words = await read_out(turn, thread)
        await _say_protection(turn, thread)
        status, verdicts = await thread.status(), await thread.verdicts()
        turn.say(
            "track.status" if any_words else "track.status_no_words",
            params={"status": {"t": f"term.TipStatus.{status}"}, "handler": (await thread.handler()).office},
            choices=() if Verdict.AGREED in verdicts else await _choices(turn, thread, verdicts, status),
        )
        if Verdict.AGREED in verdicts:
            choices = await _choices(turn, thread, verdicts, status)
            turn.say(f"verdict.{status}.ask", choices=choices)

    async def press(self, turn: Turn, choice: str) -> None:
        """Answer, add, judge the answer, ask for protection; pings on and off."""
        thread = await opened_thread(turn)
        match choice:
            case "add" | "more" | "afraid":
                await go(turn, {"add": "adding"}.get(choice, choice))
            case "agreed":
                await thread.add(Telling(), verdict=Verdict.AGREED)
                turn.say("verdict.noted")
                await self.ask(turn)
            case "objected" | "news":
                turn.draft.talk["verdict"] = choice
                await go(turn, "adding")
            case "ping":
                if not await keeps_silent(turn):
                    await thread.ping_in(turn.contact.id)
                    turn.say("ping.is_on")
            case "quiet":
                await Ping.off(thread.tip_id)
                turn.say("ping.is_off")

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """Another code, or words that are clearly meant for the desk."""
        if is_code(heard.text):
            await show(turn, heard.text)
            return
        from bot.dialogue.adding import Adding  # which comes back here

        await go(turn, "adding")
        if turn.draft.talk["screen"] == "adding":  # else words are not taken in this chat
            await Adding().hear(turn, heard)


class More(Screen):
    """更多: a name given later, a new code, what was said long ago."""

    name = "more"

    async def ask(self, turn: Turn) -> None:
        """What there is."""
        thread, talk = await opened_thread(turn), turn.draft.talk
        desk = await thread.heard(before=talk.get("read_from"), only=Side.DESK, most=1)
        offered = [choice(turn, "new_code", "code.renew")]
        if await can_give_name(thread):
            offered.append(choice(turn, "later_name", "later.give"))
        if desk and "read_from" in talk:
            offered.append(choice(turn, "earlier", "track.earlier"))
        turn.say("track.more_ask", choices=rows(*offered, choice(turn, "thread", "menu.back")))

    async def press(self, turn: Turn, choice: str) -> None:
        """Go there; earlier words are read out here."""
        thread = await opened_thread(turn)
        if choice == "earlier":
            await read_out(turn, thread, before=turn.draft.talk.get("read_from"))
            await self.ask(turn)
        elif choice in {"new_code", "later_name", "thread"}:
            await go(turn, choice)

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """As on the page before."""
        await OpenThread().hear(turn, heard)


async def read_out(turn: Turn, thread: Thread, *, before: int | None = None) -> bool:
    """The desk's words, the newest ten or the ten before those read last. Answers whether there were any."""
    lines = await thread.heard(before=before, only=Side.DESK, most=SHOWN)
    for line in lines:
        turn.say("track.line", params={"day": {"date": line.on.isoformat()}, "text": line.text})
    if lines:
        turn.draft.talk["read_from"] = lines[0].order
    return bool(lines)


async def _say_protection(turn: Turn, thread: Thread) -> None:
    request = await protection.asked(thread)
    if request is None:
        return
    if request.answered_on is None:
        turn.say("protection.waits", params={"day": {"date": request.on.isoformat()}})
    else:
        day = {"date": request.answered_on.isoformat()}
        turn.say("protection.answered", params={"day": day, "text": request.answer})


async def _choices(
    turn: Turn, thread: Thread, verdicts: tuple[Verdict, ...], status: TipStatus
) -> tuple[tuple[Choice, ...], ...]:
    judging = [choice(turn, one, f"verdict.{status}.{one}") for one in verdicts]
    add = choice(turn, "add", "track.answer" if await thread.asked() else "track.add")
    ping = [choice(turn, "quiet", "track.quiet")] if await thread.pinged() else await _ping_on(turn)
    afraid, more = choice(turn, "afraid", "track.afraid"), choice(turn, "more", "track.more")
    return rows(*judging, add, afraid, *ping, more, lasting("wipe", "track.wipe"))


async def _ping_on(turn: Turn) -> list[Choice]:
    """Offered in every chat but an officer's: there nothing may lead from the chat to a matter."""
    return [] if await Officer.of_contact(turn.contact.id) else [choice(turn, "ping", "receipt.ping")]
