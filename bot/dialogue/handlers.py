"""The one ordered table of handlers. The first that matches takes the update."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, ChatMemberHandler, CommandHandler, MessageHandler, filters

from bot.application import StepApplication, StepContext
from bot.dialogue import (
    adding,
    before,
    handed_in,
    hosting,
    later,
    lessons,
    matter,
    menu,
    naming,
    officer,
    opened,
    outreach,
    passage,
    place,
    proposing,
    protection,
    quiz,
    receipt,
    review,
    story,
    subscribing,
    track,
    wishing,
)
from bot.dialogue.filing import warned
from bot.dialogue.screen import Stale, again, go, lasting, open_screen, pressed, rows
from bot.heard import heard_in
from models.errors import DomainError
from models.house import house
from models.inbox import Turn
from models.officer import Officer
from models.terms import TipEntry

SCREENS = (
    adding,
    before,
    handed_in,
    hosting,
    later,
    matter,
    naming,
    officer,
    opened,
    place,
    proposing,
    protection,
    review,
    story,
    subscribing,
    track,
    wishing,
)
"""Modules whose screens register themselves on import."""

DEEP_LINKS = {"o": officer.invited, "v": menu.scanned, "p": outreach.invited, "t": outreach.try_out}
"""What the first letter after /start means; a station's id has none of them."""

Context = StepContext[Turn]
Act = Callable[[Turn], Awaitable[None]]

TOLD: dict[str, Callable[[Turn, str], Awaitable[None]]] = {
    "lang": menu.speak,
    "o": officer.press,
    "ack": outreach.know,
    "join": outreach.join,
    "lessons": lessons.shelf,
    "lesson": lessons.show,
    "quiz": quiz.begin,
    "answer": quiz.press,
    "t": partial(track.show, by_receipt=True),
    "p": receipt.offer_ping,
    "p0": partial(receipt.set_ping, on=False),
    "p1": partial(receipt.set_ping, on=True),
}
"""Buttons that always work and say something with their press, behind a colon."""


def command(act: Act) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    """A handler for a command without arguments."""

    async def handle(_update: Update, context: Context) -> None:
        await act(context.turn)

    return handle


async def start(_update: Update, context: Context) -> None:
    """/start, perhaps through a poster, an officer's invitation (o…) or his ticket (v…), an official's invitation (p…)
    or a draft to be tried out (t…).
    """
    turn, payload = context.turn, context.args[0] if context.args else ""
    act = DEEP_LINKS.get(payload[:1])
    try:
        await (act(turn, payload[1:]) if act else menu.start(turn, payload))
    except DomainError as problem:
        turn.say(problem.key, params=problem.params)
    except Stale:
        await menu.start(turn)


async def track_code(_update: Update, context: Context) -> None:
    """/track, perhaps with the code behind it."""
    if not context.args:
        await menu.track(context.turn)
    else:
        await track.show(context.turn, " ".join(context.args))


async def press(_update: Update, context: Context) -> None:
    """A button."""
    turn = context.turn
    data = str(turn.raw["callback_query"].get("data", ""))
    try:
        await (_press_lasting(turn, data[1:]) if data.startswith("!") else pressed(turn, data))
    except DomainError as problem:
        turn.say(problem.key, params=problem.params)
    except (Stale, ValueError, KeyError):
        turn.say("talk.old_button", choices=rows(lasting("on", "talk.go_on")))


async def _press_lasting(turn: Turn, data: str) -> None:
    name, _, rest = data.partition(":")
    acts: dict[str, Act] = {
        "start": menu.start,
        "report": menu.report,
        "track": menu.track,
        "offices": menu.offices,
        "wipe": menu.wipe,
        "cancel": menu.cancel,
        "web": passage.show,
        "drop_addition": track.drop_addition,
        "on": go_on,
        "subscribe": subscribing.begin,
        "resub": subscribing.choose,
        "unsub": subscribing.end,
        "leave": outreach.ask_to_leave,
        "left": outreach.left,
        "scores": quiz.own_results,
    }
    if data == "o:clear":
        await menu.wipe(turn)  # also an old one: without a session his own telling stays
    elif name in acts:
        await acts[name](turn)
    elif name in TOLD:
        await TOLD[name](turn, rest)
    else:
        raise Stale


async def go_on(turn: Turn) -> None:
    """接着来: put the open question again, or the ways on."""
    if open_screen(turn):
        await again(turn)
    elif turn.draft.telling.begun:
        await go(turn, "resume")
    elif turn.draft.adding.parts:
        await menu.track(turn)
    elif turn.draft.proposing:
        await proposing.go_on(turn)
    else:
        await menu.help_(turn)


async def hear(_update: Update, context: Context) -> None:
    """Words, photos, voice: for the open question, or the beginning of a story in his own words."""
    turn = context.turn
    for heard in heard_in(turn.raw["message"]):
        try:
            screen = open_screen(turn)
            if screen:
                await screen.hear(turn, heard)
            else:
                await _own_words(turn, heard)
        except DomainError as problem:
            turn.say(problem.key, params=problem.params)


async def _own_words(turn: Turn, heard: Any) -> None:
    if Officer.is_code(heard.text):
        await officer.invited(turn, heard.text)
        return
    if house().tip_entry is TipEntry.FORM:
        await menu.report(turn)
        return
    own = story.OwnWords()
    if heard.unreadable:
        await own.hear(turn, heard)
        return
    if turn.draft.telling.next_question() in {"name", "reach", "safe"}:
        await go(turn, "resume")  # this may be his name, which must never stand in the story
        return
    first = not turn.draft.telling.parts
    turn.draft.talk["screen"], turn.draft.talk["no"] = "own", turn.draft.talk.get("no", 0) + 1
    await own.hear(turn, heard)
    if first and turn.draft.telling.parts:
        turn.draft.telling.own = True
        if not await warned(turn):
            await own.ask(turn)
        turn.draft.pause_at = None


async def edited(_update: Update, context: Context) -> None:
    """Somebody mended an earlier message: the piece is mended too, as long as it is not handed in."""
    turn, message = context.turn, context.turn.raw["edited_message"]
    words = message.get("text") or message.get("caption") or ""
    begun = [one for one in (turn.draft.telling, turn.draft.adding, turn.draft.proposing) if one]
    known = [one.rewrite(message["message_id"], words) for one in begun]
    turn.say("edited.taken" if any(known) else "edited.too_late")


async def unknown_command(_update: Update, context: Context) -> None:
    """A command nobody knows; the open question stays open."""
    context.turn.say("talk.unknown_command")
    if open_screen(context.turn):
        await again(context.turn)


async def membership(_update: Update, context: Context) -> None:
    """The chat was blocked or opened again; the contact notes it when something is sent."""


HANDLERS: tuple[BaseHandler[Any, Any, Any], ...] = (
    CallbackQueryHandler(press),
    MessageHandler(filters.UpdateType.EDITED_MESSAGE, edited),
    CommandHandler("start", start),
    CommandHandler("report", command(menu.report)),
    CommandHandler("track", track_code),
    CommandHandler("lessons", command(lessons.shelf)),
    CommandHandler("subscribe", command(subscribing.begin)),
    CommandHandler("help", command(menu.help_)),
    CommandHandler("privacy", command(menu.privacy)),
    CommandHandler("language", command(menu.language)),
    CommandHandler("cancel", command(menu.cancel)),
    CommandHandler("results", command(quiz.own_results)),
    CommandHandler("leave", command(outreach.ask_to_leave)),
    MessageHandler(filters.COMMAND, unknown_command),
    MessageHandler(filters.UpdateType.MESSAGE, hear),
    ChatMemberHandler(membership),
)


def add_handlers(application: StepApplication) -> None:
    """Put the table into the application, in its order."""
    for handler in HANDLERS:
        application.add_handler(handler)
