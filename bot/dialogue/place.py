"""Which village is it about? The station's own is offered first; names are understood in many spellings."""

from uuid import UUID

from bot.dialogue.filing import advance, station_of
from bot.dialogue.screen import Screen, choice, go, rows
from bot.heard import Heard
from models.inbox import Turn
from models.terms import UnitKind
from models.unit import Node, Tree, tree

LONGEST_NAME = 24


class Place(Screen):
    """说的是清水村的事吗？"""

    name = "place"

    async def ask(self, turn: Turn) -> None:
        """With the station's village as a guess, or the open question."""
        guess = _village_of_station(await tree(), turn)
        if guess is None or turn.draft.telling.place:
            await go(turn, "place_name")
            return
        turn.say(
            "place.is_it",
            params={"village": guess.name},
            choices=rows(
                choice(turn, guess.id.hex, "place.yes"),
                choice(turn, "other", "place.other"),
                choice(turn, "unknown", "place.unknown"),
                width=3,
            ),
        )

    async def press(self, turn: Turn, choice: str) -> None:
        """Yes, another one, or cannot say."""
        await (go(turn, "place_name") if choice == "other" else _take(turn, choice))

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """Somebody types the name instead of pressing."""
        await go_and_hear(turn, heard)


class PlaceName(Screen):
    """请打村名，老名字也行。"""

    name = "place_name"

    async def ask(self, turn: Turn) -> None:
        """The open question."""
        turn.say("place.type_it", choices=rows(choice(turn, "unknown", "place.unknown")))

    async def press(self, turn: Turn, choice: str) -> None:
        """One of the names found, or cannot say."""
        await (self.ask(turn) if choice == "other" else _take(turn, choice))

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """Look the name up: one match is offered at once, several as buttons."""
        if not heard.text:
            await super().hear(turn, heard)
            return
        units = await tree()
        if len(heard.text) > LONGEST_NAME:
            await Screen.hear(self, turn, heard)  # no name of a village: he has begun to tell
            return
        found = units.search(heard.text)
        if not found:
            turn.say(
                "place.not_found",
                params={"typed": heard.text[:20]},
                choices=rows(choice(turn, "unknown", "place.unknown")),
            )
            return
        if len(found) == 1 or found[0].name == heard.text.strip():
            await _take(turn, found[0].id.hex)
            return
        names = [choice(turn, node.id.hex, "place.named", name=full_name(units, node)) for node in found]
        turn.say("place.which", choices=rows(*names, choice(turn, "unknown", "place.unknown"), width=1))


async def go_and_hear(turn: Turn, heard: Heard) -> None:
    """Words at the guess are a name."""
    turn.draft.talk["screen"] = "place_name"
    await PlaceName().hear(turn, heard)


async def _take(turn: Turn, chosen: str) -> None:
    units = await tree()
    county = units.county()
    if chosen == "unknown" and county:
        turn.draft.telling.place = county.id.hex
    elif chosen != "unknown" and UUID(hex=chosen) in units.nodes:
        turn.draft.telling.place = chosen
    await advance(turn)


def full_name(units: Tree, node: Node) -> str:
    """The village with its township before it."""
    township = units.nearest(node.id, UnitKind.TOWNSHIP)
    return f"{township.name} {node.name}" if township and township.id != node.id else node.name


def _village_of_station(units: Tree, turn: Turn) -> Node | None:
    return units.village_of(station_of(turn))
