"""Days are Shanghai's, working days the State Council's."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import clock
from models.clock import add_working_days, day_of, is_working_day, working_days_until

days = st.dates(date(2025, 1, 1), date(2026, 12, 31))

PUBLISHED = {
    # 国办发明电〔2024〕12号: holidays and make-up days of 2025
    "off": {
        *[date(2025, 1, 1)],
        *[date(2025, 1, 28) + timedelta(days=n) for n in range(8)],
        *[date(2025, 4, 4) + timedelta(days=n) for n in range(3)],
        *[date(2025, 5, 1) + timedelta(days=n) for n in range(5)],
        *[date(2025, 5, 31) + timedelta(days=n) for n in range(3)],
        *[date(2025, 10, 1) + timedelta(days=n) for n in range(8)],
        # 国办发明电〔2025〕7号: 2026
        *[date(2026, 1, 1) + timedelta(days=n) for n in range(3)],
        *[date(2026, 2, 15) + timedelta(days=n) for n in range(9)],
        *[date(2026, 4, 4) + timedelta(days=n) for n in range(3)],
        *[date(2026, 5, 1) + timedelta(days=n) for n in range(5)],
        *[date(2026, 6, 19) + timedelta(days=n) for n in range(3)],
        *[date(2026, 9, 25) + timedelta(days=n) for n in range(3)],
        *[date(2026, 10, 1) + timedelta(days=n) for n in range(7)],
    },
    "made up": {
        date(2025, 1, 26), date(2025, 2, 8), date(2025, 4, 27), date(2025, 9, 28), date(2025, 10, 11),
        date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20),
        date(2026, 10, 10),
    },
}  # fmt: skip


def test_every_day_of_two_years_is_as_the_state_council_published_it() -> None:
    day = date(2025, 1, 1)
    while day < date(2027, 1, 1):
        expected = day in PUBLISHED["made up"] or (day.weekday() < 5 and day not in PUBLISHED["off"])
        assert is_working_day(day) is expected, day
        day += timedelta(days=1)


@settings(deadline=None)
@given(start=days, count=st.integers(1, 60))
def test_the_last_day_of_a_period_is_a_working_day_and_the_first_is_not_counted(start: date, count: int) -> None:
    end = add_working_days(start, count)
    assert is_working_day(end)
    assert working_days_until(end, start) == count
    assert sum(is_working_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1)) == count
    assert add_working_days(start, count - 1) < end


@settings(deadline=None)
@given(one=days, other=days, between=days)
def test_days_left_add_up_and_turn_negative_past_the_end(one: date, other: date, between: date) -> None:
    assert working_days_until(one, other) == -working_days_until(other, one)
    assert working_days_until(one, one) == 0
    if one <= between <= other:
        assert working_days_until(other, one) == working_days_until(other, between) + working_days_until(between, one)
    assert add_working_days(one, 0) == one


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 10, 1, 15, 59, 59, 999_999, tzinfo=UTC), date(2026, 10, 1)),
        (datetime(2026, 10, 1, 16, 0, tzinfo=UTC), date(2026, 10, 2)),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=14))), date(2026, 2, 28)),
        (datetime(2028, 2, 29, 23, 0, tzinfo=timezone(timedelta(hours=-10))), date(2028, 3, 1)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(moment: datetime, day: date) -> None:
    assert day_of(moment) == day


def test_there_is_one_clock_and_tests_hold_it() -> None:
    moment = datetime(2026, 2, 14, 16, 0, tzinfo=UTC)
    clock.set_source(lambda: moment)
    try:
        assert (clock.now(), clock.today()) == (moment, date(2026, 2, 15))
    finally:
        clock.set_source(None)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
