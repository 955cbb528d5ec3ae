"""Screens: each asks one question and takes its answer. The draft remembers which one is open.

A button carries the number of the screen it belongs to; a press on an older one is answered kindly and
changes nothing. Buttons that begin with "!" belong to no screen and always work.
"""

from typing import Any, ClassVar

from bot.heard import Heard
from models.inbox import Turn
from models.outbox import Choice

_screens: dict[str, "Screen"] = {}


class Stale(Exception):
    """The button belongs to a question that is no longer open."""


class Screen:
    """One question. Subclasses say what it asks and what it does with an answer."""

    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        _screens[cls.name] = cls()

    async def ask(self, turn: Turn) -> None:
        """Put the question."""
        raise NotImplementedError

    async def press(self, turn: Turn, choice: str) -> None:  # noqa: ARG002  screens without buttons have no answer
        """A button of this screen."""
        raise Stale

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """Words or a file while buttons are shown: kept with the story, so that nothing is lost, and asked again."""
        from bot.dialogue.collecting import collect  # which makes buttons of this module's

        before = len(turn.draft.telling.parts)
        await collect(turn, turn.draft.telling, heard)
        turn.draft.pause_at = None
        turn.say("talk.kept" if len(turn.draft.telling.parts) > before else "talk.use_buttons")
        await self.ask(turn)


def choice(turn: Turn, data: str, key: str, **params: Any) -> Choice:
    """A button of the open screen."""
    return Choice(key, f"{turn.draft.talk.get('no', 0)}:{data}", params)


def lasting(data: str, key: str, **params: Any) -> Choice:
    """A button that works for ever."""
    return Choice(key, f"!{data}", params)


def rows(*choices: Choice, width: int = 2) -> tuple[tuple[Choice, ...], ...]:
    """Buttons in rows of `width`."""
    return tuple(tuple(choices[start : start + width]) for start in range(0, len(choices), width))


async def go(turn: Turn, name: str) -> None:
    """Open a screen and put its question. Buttons of the one before become old."""
    talk = turn.draft.talk
    talk["screen"], talk["no"] = name, talk.get("no", 0) + 1
    await _screens[name].ask(turn)


def leave(turn: Turn) -> None:
    """No screen is open."""
    turn.draft.talk.pop("screen", None)
    turn.draft.talk["no"] = turn.draft.talk.get("no", 0) + 1


def open_screen(turn: Turn) -> Screen | None:
    """The screen whose answer is awaited."""
    return _screens.get(turn.draft.talk.get("screen", ""))


async def again(turn: Turn) -> None:
    """Put the open question once more."""
    screen = open_screen(turn)
    if screen:
        await screen.ask(turn)


async def pressed(turn: Turn, data: str) -> None:
    """Hand a press to the open screen. Stale when it came from another one."""
    number, _, chosen = data.partition(":")
    screen = open_screen(turn)
    if screen is None or number != str(turn.draft.talk.get("no", 0)):
        raise Stale
    await screen.press(turn, chosen)
