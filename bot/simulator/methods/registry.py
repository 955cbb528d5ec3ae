"""The table of Bot API methods; a method is a plain function of the world and the parameters."""

from collections.abc import Callable
from typing import TypeVar

from bot.simulator.params import Params
from bot.simulator.world import World

Method = Callable[[World, Params], object]
M = TypeVar("M", bound=Method)
METHODS: dict[str, tuple[str, Method]] = {}


class Raw(str):
    """A result that is JSON text already."""

    __slots__ = ()


def method(name: str) -> Callable[[M], M]:
    """Register under Telegram's name; names are compared without case, as Telegram does."""

    def register(function: M) -> M:
        METHODS[name.lower()] = (name, function)
        return function

    return register
