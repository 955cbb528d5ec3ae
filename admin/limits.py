"""Days left, as a person reads them: words and a colour."""

from dataclasses import dataclass
from datetime import date

from admin.language import Words
from models import clock
from models.deadline import Lateness, lateness


@dataclass(frozen=True, slots=True)
class DaysLeft:
    """What stands in the list and on the page."""

    words: str
    colour: Lateness


def days_left(t: Words, due_on: date | None, started_on: date) -> DaysLeft | None:
    """None when nothing runs."""
    if due_on is None:
        return None
    as_of = clock.today()
    colour = lateness(started_on, due_on, as_of, clock.working_days_until)
    left = clock.working_days_until(due_on, as_of)
    if as_of > due_on:
        return DaysLeft(t("panel.days.over", n=max(1, -left)), colour)
    if left == 0:
        return DaysLeft(t("panel.days.today"), Lateness.AMBER)
    return DaysLeft(t("panel.days.left", n=left), colour)
