"""The running house: keys and parameters that app hands to the domain. Nothing here reads the environment."""

from dataclasses import dataclass, field

from models.keyfile import KeyFile
from models.passwords import DEFAULT, Argon2Params
from models.sealed_files import FileStore
from models.terms import Mode, TipEntry


@dataclass(frozen=True, slots=True)
class House:
    """What every verb may rely on while the process runs."""

    keys: KeyFile = field(repr=False)
    files: FileStore
    argon2: Argon2Params = DEFAULT
    mode: Mode = Mode.FULL
    tip_entry: TipEntry = TipEntry.BOTH
    form_url: str = ""  # the residents' site, where a phone can reach it

    @property
    def form_way(self) -> str:
        """The way from the chat to the form; empty where tips are told in the chat only."""
        return "" if self.tip_entry is TipEntry.CHAT else self.form_url


_current: House | None = None


def enter(house: House | None) -> None:
    """App and tests open the house here; None closes it."""
    global _current  # noqa: PLW0603  one process is one house
    _current = house


def house() -> House:
    """The house that is open. RuntimeError when none is."""
    if _current is None:
        raise RuntimeError("no house is open: call models.house.enter first")
    return _current
