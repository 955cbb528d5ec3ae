"""Knows whether Telegram hears us, and says so once per change."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from telegram.error import Conflict, InvalidToken, TelegramError

from models import clock

_log = logging.getLogger(__name__)


class Health(StrEnum):
    """From best to worst; the worst of all sources is what the panel shows."""

    OK = "ok"
    STARTING = "starting"
    UNREACHABLE = "unreachable"
    NOT_STORED = "not_stored"
    CONFLICT = "conflict"
    TOKEN_REFUSED = "token_refused"  # noqa: S105  a state, not a secret


_WORDS = {
    Health.OK: "Telegram %s works",
    Health.STARTING: "Telegram %s is starting",
    Health.UNREACHABLE: "Telegram %s: cannot reach Telegram, trying on",
    Health.NOT_STORED: "Telegram %s: the database does not take updates; Telegram keeps them for 24 hours",
    Health.CONFLICT: "Telegram %s: another program fetches this bot's updates, or a webhook is set",
    Health.TOKEN_REFUSED: "Telegram %s: the bot's token is refused, check TELEGRAM_TOKEN",
}
_SEVERITY = list(Health)


@dataclass(frozen=True, slots=True)
class State:
    """How things stand, since when, and who noticed."""

    health: Health
    since: datetime
    source: str


class Watchdog:
    """Fed by those who talk to Telegram, each under its own name; read by doctor and panel."""

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        self._now = now
        self._states = {"connection": State(Health.STARTING, now(), "connection")}

    @property
    def state(self) -> State:
        """The worst present state, the longest-standing of equals."""
        return max(self._states.values(), key=lambda s: (_SEVERITY.index(s.health), -s.since.timestamp()))

    def report(self, source: str, health: Health) -> None:
        """Takes a finding; logs one line when it differs from the source's last."""
        known = self._states.get(source)
        if known is not None and known.health is health:
            return
        self._states[source] = State(health, self._now(), source)
        _log.log(logging.INFO if health is Health.OK else logging.WARNING, _WORDS[health], source)


def health_in(error: TelegramError) -> Health:
    """What an error of the wire tells about our standing with Telegram."""
    if isinstance(error, InvalidToken):
        return Health.TOKEN_REFUSED
    return Health.CONFLICT if isinstance(error, Conflict) else Health.UNREACHABLE
