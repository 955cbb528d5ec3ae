"""On which day and to whom an officer would have it sent; then it is with his township."""

from datetime import date
from typing import Any

from bot.dialogue.collecting import counts
from bot.dialogue.days import day_in
from bot.dialogue.proposing import begun
from bot.dialogue.screen import Screen, Stale, choice, go, lasting, leave, rows
from bot.heard import Heard
from models import clock
from models.errors import DomainError, Invalid
from models.inbox import Turn
from models.officer import Officer
from models.submission import Submission, Wish
from models.terms import Festival

OFFICE = "-"
"""The answer that leaves it to the office."""


class Day(Screen):
    """哪天发？"""

    name = "propose_day"

    async def ask(self, turn: Turn) -> None:
        """Three days before the next festival, a day of his own, or as the office sees fit."""
        begun(turn)
        wish = Wish.before_festival()
        turn.say(
            "propose.day",
            params={"festival": {"t": f"term.Festival.{wish.festival}"}, "day": _told_day(wish.day)},
            choices=rows(
                choice(turn, "festival", "propose.festival"),
                choice(turn, "pick", "propose.pick"),
                choice(turn, "office", "propose.office"),
            ),
        )

    async def press(self, turn: Turn, choice: str) -> None:
        """On to whom; or the day is typed."""
        match choice:
            case "festival":
                wish = Wish.before_festival()
                await _on(turn, wish.day, wish.festival)
            case "pick":
                begun(turn)
                turn.say("propose.type_day", params={"day": _typed_as(Wish.before_festival().day)})
            case "office":
                await _on(turn, None, None)
            case _:
                raise Stale

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """A day, typed as people do."""
        day = day_in(heard.text, clock.today())
        if day is None:
            turn.say("propose.day_unclear", params={"day": _typed_as(Wish.before_festival().day)})
            return
        try:
            Wish(day=day).require()
        except Invalid as problem:
            turn.say(problem.key, params=problem.params)
            return
        await _on(turn, day, None)


async def _on(turn: Turn, day: date | None, festival: Festival | None) -> None:
    told = begun(turn)
    told.day, told.festival = day.isoformat() if day else OFFICE, festival or ""
    await go(turn, "propose_to")


class To(Screen):
    """发给谁？"""

    name = "propose_to"

    async def ask(self, turn: Turn) -> None:
        """The village's own people in office, or as the office sees fit."""
        begun(turn)
        ways_on = choice(turn, "village", "propose.village"), choice(turn, "office", "propose.office")
        turn.say("propose.to", choices=rows(*ways_on))

    async def press(self, turn: Turn, choice: str) -> None:
        """Handed in."""
        if choice not in {"village", "office"}:
            raise Stale
        await _hand_in(turn, own_village=choice == "village")

    async def hear(self, turn: Turn, heard: Heard) -> None:  # noqa: ARG002  buttons only
        """Ask again: what he types here is no part of what he wrote."""
        turn.say("talk.use_buttons")
        await self.ask(turn)


class Send(To):
    """交给镇里吗？ Material has no day and nobody it goes to: the office says."""

    name = "propose_send"

    async def ask(self, turn: Turn) -> None:
        """With what is in it."""
        told = begun(turn)
        turn.say(
            "propose.send",
            params={"counts": counts(told)},
            choices=rows(choice(turn, "office", "propose.hand_in"), choice(turn, "back", "propose.back")),
        )

    async def press(self, turn: Turn, choice: str) -> None:
        """Handed in, or more of it."""
        if choice == "back":
            await go(turn, "propose")
        else:
            await super().press(turn, choice)


async def _hand_in(turn: Turn, *, own_village: bool) -> None:
    """A day that passed while he thought is asked for again; else it is with the office from here on."""
    told, officer = begun(turn), await Officer.of_contact(turn.contact.id)
    if officer is None:
        raise Stale
    day = date.fromisoformat(told.day) if told.day not in {"", OFFICE} else None
    wish = Wish(day, Festival(told.festival) if told.festival else None, own_village)
    try:
        await Submission.hand_in(officer, told, wish)
    except DomainError as problem:
        turn.say(problem.key, params=problem.params)
        if problem.key == "submission.day_past":
            await go(turn, "propose_day")
        return
    turn.draft.proposing = None
    leave(turn)
    turn.say("propose.handed_in", choices=rows(lasting("o:mine", "officer.mine"), lasting("start", "menu.back")))


def _told_day(day: date | None) -> dict[str, str]:
    return {"date": (day or clock.today()).isoformat()}


def _typed_as(day: date | None) -> dict[str, Any]:
    """An example of how a day is typed."""
    shown = day or clock.today()
    return {"t": "propose.example", "month": shown.month, "day": shown.day}
