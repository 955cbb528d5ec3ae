"""The order of the questions of a tip. Whatever is unanswered comes next; when nothing is, the review."""

from uuid import UUID

from bot.dialogue.screen import go, lasting, leave, rows
from models.draft import Telling
from models.inbox import Turn
from models.offices import find_route, is_open
from models.outbox import Choice
from models.routing import Route
from models.terms import Concerns
from models.tip import Filed
from models.unit import Tree, tree


async def begin(turn: Turn) -> None:
    """Start a tip, or offer to go on with the one that was begun."""
    if not await is_open():
        turn.say("door.not_open_yet")
        return
    if turn.draft.telling.begun:
        await go(turn, "resume")
        return
    turn.draft.start_over()
    if not await warned(turn):
        await advance(turn)


async def warned(turn: Turn) -> bool:
    """The chat of an officer or of somebody in office is registered: said before he tells anything without his name."""
    if turn.draft.hosted or turn.draft.telling.naming == "named":
        return False
    if not await turn.company.is_registered(turn.contact.id):
        return False
    turn.draft.telling.naming = ""
    await go(turn, "officer_warning")
    return True


def station_of(turn: Turn) -> UUID | None:
    """Through which station this chat, or whoever tells in it, has come."""
    return turn.draft.hosted.station_id if turn.draft.hosted else turn.contact.station_id


async def advance(turn: Turn) -> None:
    """Put the next unanswered question."""
    telling = turn.draft.telling
    if telling.place and telling.concerns and not telling.naming and await route(telling) is None:
        await refuse(turn)
        return
    await go(turn, telling.next_question())


async def route(telling: Telling) -> Route | None:
    """Who would handle what has been told so far."""
    return await find_route(UUID(hex=telling.place), Concerns(telling.concerns))


def tell_receipt(turn: Turn, filed: Filed, choices: tuple[tuple[Choice, ...], ...] = ()) -> None:
    """The code in words, and who has the matter."""
    turn.say(
        "receipt.named" if filed.named else "receipt.anonymous",
        params={
            "code": str(filed.code),
            "handler": filed.handler.office,
            "overseer": {"t": "receipt.overseer", "office": filed.overseer.office} if filed.overseer else "",
        },
        choices=choices,
    )


async def refuse(turn: Turn) -> None:
    """Nobody here may take it: nothing is stored, and the superior organ's addresses are shown."""
    units: Tree = await tree()
    superior = units.superior()
    told = turn.draft.telling.parts
    if told:
        # A slip of the thumb must not cost what he typed: only the answer that led here is taken back.
        turn.draft.telling.concerns = ""
    else:
        turn.draft.start_over()
    leave(turn)
    reach = superior.reach if superior else {}
    turn.say(
        "route.nobody",
        params={
            "office": superior.office if superior else {"t": "route.superior"},
            "landline": reach.get("landline", "12388"),
            "address": reach.get("address", "—"),
        },
        choices=rows(*([lasting("on", "talk.go_on")] if told else []), lasting("start", "menu.back")),
    )
