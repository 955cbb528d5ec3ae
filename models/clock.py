"""The only clock. UTC inside, Asia/Shanghai outside; working days by the State Council's calendar."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_source: Callable[[], datetime] | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source() if _source else datetime.now(UTC)


def set_source(source: Callable[[], datetime] | None) -> None:
    """Tests and the demo's time machine put their own clock here; None restores the real one."""
    global _source  # noqa: PLW0603  there is one clock, that is its point
    _source = source


def day_of(moment: datetime) -> date:
    """The calendar day in Shanghai on which `moment` falls."""
    return moment.astimezone(SHANGHAI).date()


def today() -> date:
    """The present calendar day in Shanghai."""
    return day_of(now())


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Whether offices work on `day`: statutory holidays and make-up days (调休) included."""
    import holidays

    return bool(holidays.country_holidays("CN", years=day.year).is_working_day(day))


def add_working_days(start: date, count: int) -> date:
    """The last day of a period of `count` working days; the starting day is not counted (实施条例 284)."""
    day, left = start, count
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return day


@lru_cache(maxsize=4096)  # a page of fifty asks for the same few days a hundred and fifty times
def working_days_until(end: date, as_of: date) -> int:
    """Working days left after `as_of` up to and including `end`; negative when overdue."""
    if end < as_of:
        return -working_days_until(as_of, end)
    days = (end - as_of).days
    return sum(is_working_day(as_of + timedelta(days=n)) for n in range(1, days + 1))
