"""People in office: enrolling with an invitation, 我已知晓, leaving, and a draft shown to who wrote it."""

from uuid import UUID

from bot.dialogue.screen import Stale, lasting, leave, rows
from models.inbox import Turn
from models.ledger import acknowledge
from models.official import Official
from models.tryout import shown


async def invited(turn: Turn, code: str) -> None:
    """/start p<code>: whose post it is, and what will come. Nothing is linked before he says yes."""
    one = await Official.invited(code)
    leave(turn)
    turn.say(
        "official.ask",
        params={"unit": one.unit.name, "post": one.post, "name": one.name},
        choices=rows(lasting(f"join:{code}", "official.yes"), lasting("start", "official.no")),
    )


async def join(turn: Turn, code: str) -> None:
    """这是我: the chat is his from here on."""
    one = await Official.enrol(code, turn.contact.id)
    turn.say("official.enrolled", params={"post": one.post}, choices=rows(lasting("leave", "official.leave")))


async def ask_to_leave(turn: Turn) -> None:
    """/leave. Never by one slip."""
    turn.say(
        "official.leave_ask", choices=rows(lasting("left", "official.leave_yes"), lasting("start", "official.leave_no"))
    )


async def left(turn: Turn) -> None:
    """退出登记."""
    turn.say("official.left" if await Official.leave(turn.contact.id) else "official.not_enrolled")


async def know(turn: Turn, campaign: str) -> None:
    """我已知晓. A press on a try-out says that it was one."""
    known = await acknowledge(UUID(hex=campaign), turn.contact.id)
    turn.say("outreach.noted" if known else "outreach.not_yours")


async def try_out(turn: Turn, code: str) -> None:
    """/start t<code>: a draft as its readers would see it."""
    found = await shown(code, turn.contact.language)
    if not found:
        raise Stale
    turn.say("outreach.try_out")
    turn.said += found
