"""Festivals: on which days they fall, and when before them a reminder is drafted, approved and sent. Pure.

Days come from the `holidays` library, which knows statutory and lunar ones to 2100 (清明 of that year by estimate).
Times of day are Shanghai's. No rule prescribes the rhythm: published notices go out one to six days before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from models.clock import SHANGHAI
from models.terms import Festival

FIRST_YEAR, LAST_YEAR = 2024, 2100
WAKING: Final = (time(8), time(20))
"""Messages go out only between these hours."""
SEND_AT: Final = time(9)
ONE_BREATH: Final = timedelta(days=7)
"""Mid-autumn and National Day closer than this are one node."""
DECEMBER: Final = 12
TEXTS: Final = 3
"""How many texts of ours each festival has, taken in turn by the year."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Days before the festival."""

    draft: int = 10
    approve: int = 7
    first: int = 3
    second: int | None = 1


RHYTHMS: Final = MappingProxyType(
    dict.fromkeys(Festival, Rhythm())
    | dict.fromkeys((Festival.SPRING_FESTIVAL, Festival.MID_AUTUMN_NATIONAL), Rhythm(first=5))
)


@dataclass(frozen=True, slots=True)
class Timetable:
    """The moments of one festival of one year."""

    draft_at: datetime
    approve_by: datetime
    first_at: datetime
    second_at: datetime | None
    ends_at: datetime  # from here on a reminder has no point


def timetable(festival: Festival, day: date) -> Timetable:
    """When its reminder is drafted, approved and sent."""
    return laid_out(RHYTHMS[festival], day)


def laid_out(rhythm: Rhythm, day: date) -> Timetable:
    """The moments of a rhythm before a day."""
    return Timetable(
        draft_at=_at(day, rhythm.draft, SEND_AT),
        approve_by=_at(day, rhythm.approve, SEND_AT),
        first_at=_at(day, rhythm.first, SEND_AT),
        second_at=_at(day, rhythm.second, SEND_AT) if rhythm.second is not None else None,
        ends_at=_at(day, 0, WAKING[1]),
    )


def falls_on(festival: Festival, year: int) -> tuple[date, ...]:
    """Its days in a year: one, or two when mid-autumn is far from National Day, or none for what is declared.

    ValueError for a year we know nothing of.
    """
    if year not in range(FIRST_YEAR, LAST_YEAR + 1):
        raise ValueError(f"no calendar for {year}")
    return _DAYS[festival](year)


def between(first: date, last: date) -> list[tuple[Festival, date]]:
    """Every festival from one day to another, both included, in order. Beyond the known years there are none."""
    years = range(max(first.year, FIRST_YEAR), min(last.year, LAST_YEAR) + 1)
    found = [(day, festival) for year in years for festival in Festival for day in falls_on(festival, year)]
    return [(festival, day) for day, festival in sorted(found) if first <= day <= last]


def unpublished(today: date) -> list[int]:
    """Years whose statutory days off are not known though they should be: this one, and from December on the next.

    Reminders go out all the same, for their days come from the calendar; working days are counted without 调休.
    """
    years = [today.year, today.year + 1] if today.month == DECEMBER else [today.year]
    return [year for year in years if not _is_published(year)]


@lru_cache(maxsize=16)
def _is_published(year: int) -> bool:
    """The State Council's notice, published each November, always exchanges some days."""
    import holidays

    days = holidays.country_holidays("CN", years=year, language="en_US")
    return any(name.startswith("Day off (substituted") for name in days.values())


def may_send(moment: datetime) -> bool:
    """Whether people are awake."""
    begins, ends = WAKING
    return begins <= moment.astimezone(SHANGHAI).time() < ends


def _autumn(year: int) -> tuple[date, ...]:
    earlier, later = sorted((_named(year)["Mid-Autumn Festival"], date(year, 10, 1)))
    return (earlier,) if later - earlier <= ONE_BREATH else (earlier, later)


def _at(day: date, before: int, hour: time) -> datetime:
    return datetime.combine(day - timedelta(days=before), hour, SHANGHAI)


@lru_cache(maxsize=128)
def _named(year: int) -> dict[str, date]:
    """The first day of each holiday by its English name."""
    import holidays

    days: dict[str, date] = {}
    calendar = holidays.country_holidays("CN", years=year, language="en_US")
    for day, names in sorted(calendar.items()):
        for name in names.split("; "):
            days.setdefault(name, day)
    return days


_DAYS: Final[dict[Festival, Callable[[int], tuple[date, ...]]]] = {
    Festival.NEW_YEAR: lambda year: (date(year, 1, 1),),
    Festival.SPRING_FESTIVAL: lambda year: (_named(year)["Chinese New Year (Spring Festival)"] - timedelta(days=1),),
    Festival.QINGMING: lambda year: (_named(year)["Tomb-Sweeping Day"],),
    Festival.LABOUR_DAY: lambda year: (date(year, 5, 1),),
    Festival.DRAGON_BOAT: lambda year: (_named(year)["Dragon Boat Festival"],),
    Festival.SCHOOL_SEASON: lambda year: (date(year, 7, 1),),
    Festival.MID_AUTUMN_NATIONAL: _autumn,
    Festival.WEDDINGS_FUNERALS: lambda _year: (),
}
"""The spring festival counts from its eve."""
