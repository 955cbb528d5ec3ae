"""The calendar of reminders: every festival of every year, on its day, with its moments in order."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clock import SHANGHAI
from models.festival import FIRST_YEAR, LAST_YEAR, between, falls_on, may_send, timetable
from models.terms import Festival

YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
KNOWN = {
    Festival.SPRING_FESTIVAL: ("2024-02-09", "2025-01-28", "2026-02-16", "2027-02-05", "2028-01-25", "2033-01-30"),
    Festival.QINGMING: ("2024-04-04", "2025-04-04", "2026-04-05", "2027-04-05", "2028-04-04"),
    Festival.DRAGON_BOAT: ("2024-06-10", "2025-05-31", "2026-06-19", "2027-06-09", "2028-05-28", "2031-06-24"),
    Festival.MID_AUTUMN_NATIONAL: ("2024-09-17", "2025-10-01", "2026-09-25", "2027-09-15", "2028-10-01"),
}
"""From printed almanacs."""
SPANS = {
    Festival.NEW_YEAR: ((1, 1), (1, 1)),
    Festival.SPRING_FESTIVAL: ((1, 20), (2, 20)),  # the eve of 21 January to 21 February
    Festival.QINGMING: ((4, 3), (4, 6)),
    Festival.LABOUR_DAY: ((5, 1), (5, 1)),
    Festival.DRAGON_BOAT: ((5, 27), (6, 26)),
    Festival.SCHOOL_SEASON: ((7, 1), (7, 1)),
    Festival.MID_AUTUMN_NATIONAL: ((9, 7), (10, 1)),
}
moments = st.integers(0, 2**31).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize("festival", KNOWN)
def test_known_years_fall_on_the_days_of_the_almanac(festival: Festival) -> None:
    for told in KNOWN[festival]:
        day = date.fromisoformat(told)
        assert day in falls_on(festival, day.year)


@pytest.mark.parametrize("festival", SPANS)
def test_each_festival_comes_every_year_within_its_season(festival: Festival) -> None:
    first, last = SPANS[festival]
    for year in YEARS:
        days = falls_on(festival, year)
        assert days == tuple(sorted(set(days)))
        assert days
        assert all(date(year, *first) <= day <= date(year, *last) for day in days), (year, days)


def test_mid_autumn_far_from_national_day_is_a_node_of_its_own_and_near_it_is_one_with_it() -> None:
    for year in YEARS:
        days = falls_on(Festival.MID_AUTUMN_NATIONAL, year)
        national = date(year, 10, 1)
        if len(days) == 1:
            assert abs(days[0] - national) <= timedelta(days=7)
        else:
            assert national in days
            assert days[1] - days[0] > timedelta(days=7)


def test_what_is_declared_has_no_day_and_unknown_years_are_refused() -> None:
    assert falls_on(Festival.WEDDINGS_FUNERALS, 2026) == ()
    for year in (FIRST_YEAR - 1, LAST_YEAR + 1):
        with pytest.raises(ValueError, match=str(year)):
            falls_on(Festival.NEW_YEAR, year)
    assert between(date(2101, 1, 1), date(2102, 1, 1)) == []


@pytest.mark.parametrize("year", YEARS)
def test_a_year_is_the_same_whole_or_in_pieces(year: int) -> None:
    whole = between(date(year, 1, 1), date(year, 12, 31))
    halves = between(date(year, 1, 1), date(year, 5, 31)) + between(date(year, 6, 1), date(year, 12, 31))
    assert whole == halves
    assert len(whole) == len(set(whole)) in {7, 8}


@pytest.mark.parametrize("festival", SPANS)
def test_the_moments_of_a_festival_are_in_order_by_day_and_never_at_night(festival: Festival) -> None:
    for year in YEARS:
        for day in falls_on(festival, year):
            times = timetable(festival, day)
            assert times.second_at
            order = [times.draft_at, times.approve_by, times.first_at, times.second_at, times.ends_at]
            assert order == sorted(order)
            assert len(set(order)) == 5
            assert may_send(times.first_at)
            assert may_send(times.second_at)
            assert times.ends_at.astimezone(SHANGHAI).date() == day
            assert (day - times.draft_at.astimezone(SHANGHAI).date()).days == 10
            assert (day - times.approve_by.astimezone(SHANGHAI).date()).days == 7


@given(moments)
def test_people_sleep_from_eight_to_eight(moment: datetime) -> None:
    assert may_send(moment) == (8 <= moment.astimezone(SHANGHAI).hour < 20)
