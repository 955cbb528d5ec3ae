"""What the residents' site is told when it is built."""

from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from locales import DEFAULT
from models.flood import AddressGate


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a phone on a weak line may take for its form, and from when on it is only holding the door."""

    idle: float = 30.0  # seconds without a single byte
    start: float = 60.0  # seconds before the rate counts
    rate: int = 1024  # bytes a second, on the whole
    longest: float = 1800.0


@dataclass(frozen=True, slots=True)
class PublicConfig:
    """`demo` puts a line on top that says that everything here is made up.

    `public_url` is the site as the outside sees it, for posters. `bot_link` is https://t.me/… of our bot.
    `forwarded_header` names the header in which a trusted proxy tells the caller's address; without one it is
    never believed.
    """

    demo: bool = False
    language: str = DEFAULT
    public_url: str = ""
    bot_link: str = ""
    leave_to: str = "https://www.baidu.com/"
    forwarded_header: str = ""
    patience: Patience = field(default_factory=Patience)
    gate: AddressGate = field(default_factory=AddressGate)


CONFIG: Final = web.AppKey("config", PublicConfig)
