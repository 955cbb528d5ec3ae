"""Figures as people read them: the number, or the word for why it is not shown."""

from typing import Final

from admin.language import Words
from models.veil import Figure, Veil

_WORDS: Final = {Veil.FEW: "figure.few", Veil.MOST: "figure.most", Veil.HELD: "figure.held"}


def told(figure: Figure, t: Words) -> str:
    """12, fewer than five, nearly all, or a dash."""
    return str(figure.n) if figure.is_shown else t(_WORDS[figure.veil])


def percent_told(percent: int | None, t: Words) -> str:
    """60 %, or a dash."""
    return t(_WORDS[Veil.HELD]) if percent is None else f"{percent} %"
