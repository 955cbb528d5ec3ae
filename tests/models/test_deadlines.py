"""Limits run on the working calendar, from the day after, and say early that they end."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.access import Access
from models.clock import add_working_days, working_days_until
from models.deadline import LIMITS, Deadline, Lateness, Rule, lateness
from models.matter import Matter
from models.terms import TipStatus
from tests.world import World


def test_every_rule_has_its_limit_and_its_source() -> None:
    assert set(LIMITS) == set(Rule)
    assert all(limit.working_days > 0 and limit.source for limit in LIMITS.values())


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (date(2026, 9, 24), date(2026, 10, 22)),  # Mid-Autumn and National Day, 10 October made up
        (date(2026, 9, 30), date(2026, 10, 27)),
        (date(2026, 2, 13), date(2026, 3, 12)),  # nine days of Spring Festival, 14 and 28 February made up
        (date(2026, 11, 23), date(2026, 12, 14)),
    ],
)
def test_t06_counts_fifteen_working_days_across_the_long_holidays(start: date, due: date) -> None:
    assert LIMITS[Rule.TELL_ACCEPTANCE].due(start) == due


def colour(start: date, due: date, as_of: date) -> Lateness:
    return lateness(start, due, as_of, working_days_until)


@settings(deadline=None)
@given(start=st.dates(date(2025, 1, 1), date(2026, 10, 1)), limit=st.integers(1, 40), after=st.integers(0, 50))
def test_amber_from_seventy_percent_on_and_red_past_the_last_day(start: date, limit: int, after: int) -> None:
    due, as_of = add_working_days(start, limit), add_working_days(start, after)
    expected = Lateness.RED if after > limit else Lateness.AMBER if 10 * after >= 7 * limit else Lateness.CALM
    assert colour(start, due, as_of) is expected


def test_fifteen_days_turn_amber_on_the_eleventh() -> None:
    start = date(2026, 11, 23)
    due = add_working_days(start, 15)
    seen = [colour(start, due, add_working_days(start, n)) for n in range(17)]
    assert seen == [Lateness.CALM] * 11 + [Lateness.AMBER] * 5 + [Lateness.RED]
    assert colour(start, start, start) is not Lateness.RED  # a limit of the same day is no division by zero


@pytest.mark.parametrize(("named", "rule"), [(True, Rule.TELL_ACCEPTANCE), (False, Rule.SCREEN)])
async def test_a_tip_starts_its_limit_at_the_handlers_desk_and_acceptance_meets_it(
    world: World, named: bool, rule: Rule
) -> None:
    world.clock.at = datetime(2026, 9, 29, 16, 30, tzinfo=UTC)  # already the thirtieth in Shanghai
    filed = await world.file_tip(named=named)
    [limit] = await Deadline.filter(tip_id=filed.tip_id)
    assert (limit.rule, limit.unit_id) == (rule, world.units["石桥镇"].id)
    assert (limit.started_on, limit.due_on, limit.met_on) == (date(2026, 9, 30), date(2026, 10, 27), None)
    assert {row.due_on for row in await Access.filter(tip_id=filed.tip_id)} == {limit.due_on}
    world.clock.forward(days=20)
    matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
    await matter.register()
    await matter.accept(summary="摘要")
    [limit] = await matter.deadlines()
    assert limit.met_on == date(2026, 10, 20)
    assert {row.due_on for row in await Access.filter(tip_id=filed.tip_id)} == {None}
    assert {row.status for row in await Access.filter(tip_id=filed.tip_id)} == {TipStatus.ACCEPTED}
