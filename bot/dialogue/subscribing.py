"""订阅本村廉洁课堂: a resident chooses his village, hears what it publishes, and leaves with one tap."""

from uuid import UUID

from bot.dialogue.filing import station_of
from bot.dialogue.place import full_name
from bot.dialogue.screen import Screen, choice, go, lasting, leave, rows
from bot.heard import Heard
from models.inbox import Turn
from models.offices import is_open
from models.outbox import Choice
from models.subscription import Subscription
from models.unit import tree

LONGEST_NAME = 24


async def begin(turn: Turn) -> None:
    """/subscribe, or the button: what is subscribed, or which village it shall be.

    Not in the middle of a telling: the link between chat and village must not come in between unnoticed.
    """
    if not await is_open():
        turn.say("door.not_open_yet")
    elif turn.draft.telling.begun or turn.draft.adding.parts or turn.draft.hosted:
        turn.say("subscription.not_now", choices=rows(lasting("on", "talk.go_on")))
    elif found := await Subscription.of_contact(turn.contact.id):
        place = (await tree()).nodes[found.unit_id]
        ways = rows(lasting("resub", "place.other"), lasting("unsub", "subscription.end"), _back())
        turn.say("subscription.have", params={"place": place.name}, choices=ways)
    else:
        await go(turn, "subscribe")


async def choose(turn: Turn) -> None:
    """换一个: the open question at once."""
    if turn.draft.telling.begun or turn.draft.adding.parts or turn.draft.hosted:
        await begin(turn)
    else:
        turn.draft.talk["anew"] = True
        await go(turn, "subscribe")


async def end(turn: Turn) -> None:
    """退订. One tap, under every message; a second one does no harm."""
    ended = await Subscription.end(turn.contact.id)
    key = "subscription.ended" if ended else "subscription.none"
    turn.say(key, choices=rows(lasting("resub", "subscription.again"), _back()))


class Subscribe(Screen):
    """订哪个村的？"""

    name = "subscribe"

    async def ask(self, turn: Turn) -> None:
        """What it means, and the station's village as a guess."""
        anew = turn.draft.talk.pop("anew", False)
        guess = None if anew else (await tree()).village_of(station_of(turn))
        known = [choice(turn, guess.id.hex, "subscription.this", place=guess.name)] if guess else []
        turn.say("subscription.ask", choices=rows(*known, choice(turn, "no", "subscription.not_now_button"), width=1))

    async def press(self, turn: Turn, choice: str) -> None:
        """The guess, one of the names found, or rather not."""
        if choice == "no":
            leave(turn)
            turn.say("subscription.left_alone", choices=rows(_back()))
            return
        place = await Subscription.take(turn.contact.id, UUID(hex=choice))
        leave(turn)
        ways = rows(lasting("lessons", "lesson.menu"), lasting("unsub", "subscription.end"))
        turn.say("subscription.done", params={"place": place.name}, choices=ways)

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """Look the name up; what is no name of a place is no answer, and no tip either."""
        units = await tree()
        found = units.search(heard.text) if heard.text and len(heard.text) <= LONGEST_NAME else []
        if not found:
            turn.say("subscription.not_found", choices=rows(choice(turn, "no", "subscription.not_now_button")))
            return
        if len(found) == 1 or found[0].name == heard.text.strip():
            await self.press(turn, found[0].id.hex)
            return
        names = [choice(turn, node.id.hex, "place.named", name=full_name(units, node)) for node in found]
        turn.say("place.which", choices=rows(*names, width=1))


def _back() -> Choice:
    return lasting("start", "menu.back")
