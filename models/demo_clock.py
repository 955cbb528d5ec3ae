"""The demo's time machine: what is seeded happened on earlier days."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from models import clock
from models.clock import SHANGHAI
from models.festival import SEND_AT


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The clock stands still at a moment."""
    clock.set_source(lambda: moment)
    try:
        yield
    finally:
        clock.set_source(None)


@contextmanager
def days_ago(days: int) -> Iterator[None]:
    """The clock stands still on an earlier day."""
    with at(datetime.now(UTC) - timedelta(days=days)):
        yield


def nine(days_before: int) -> datetime:
    """Nine o'clock, the hour of reminders: so many days before the last one that has been."""
    now = datetime.now(SHANGHAI)
    today = datetime.combine(now.date(), SEND_AT, SHANGHAI)
    return today - timedelta(days=days_before + (now <= today))
