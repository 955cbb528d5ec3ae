"""From the chat to the page: what was chosen here goes along, what was typed here does not."""

from bot.dialogue.screen import lasting, rows
from models.house import house
from models.inbox import Turn
from models.outbox import Choice
from models.passage import Passage


def web_way(key: str) -> tuple[tuple[Choice, ...], ...]:
    """The button that leads to the page, where there is one that a phone can reach."""
    return rows(lasting("web", key)) if house().form_way else ()


async def show(turn: Turn) -> None:
    """A link for one use. Within the messenger it opens as an app, where the page has https."""
    if not house().form_way:
        turn.say("talk.old_button")
        return
    ticket = await Passage.open(turn.draft.telling, turn.contact.station_id)
    address = f"{house().form_way}/?c={ticket}"
    ways = [Choice("passage.browser", url=address)]
    if address.startswith("https://"):
        ways.append(Choice("passage.app", app=address))
    kept = bool(turn.draft.telling.parts)
    turn.say("passage.here_stays" if kept else "passage.way", choices=(*rows(*ways, width=1), *_after(kept)))


def _after(kept: bool) -> tuple[tuple[Choice, ...], ...]:
    """What was said here so far can be gone on with or dropped; it does not wander by itself."""
    return rows(lasting("on", "resume.on"), lasting("cancel", "own.wipe")) if kept else ()
