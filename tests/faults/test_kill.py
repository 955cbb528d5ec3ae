"""No acknowledged word is lost and none is served twice, wherever the process is killed."""

from pathlib import Path

import pytest

from tests.faults.campaign import Tally, plans, play, until
from tests.faults.nursery import Nursery
from tests.faults.planted import found_double, found_loss, found_repeated_addition, found_unfiled_receipt
from tests.faults.template import Template

SEED = 20261122
POINTS = {"sqlite": 12, "postgres": 4}
WEB_POINTS = {"sqlite": 12, "postgres": 2}
pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


async def test_no_acknowledged_tip_is_lost_and_no_step_done_twice_wherever_the_process_is_killed(
    backend: str, template: Template, tmp_path: Path
) -> None:
    tally = Tally()
    async with Nursery() as nursery:
        await play(nursery, template, tmp_path, until(POINTS[backend], plans(SEED), tally), tally)
    assert not tally.bad, tally.table()
    assert tally.points >= POINTS[backend]


async def test_at_the_web_page_no_receipt_file_or_addition_is_lost_or_doubled_wherever_the_process_is_killed(
    backend: str, template: Template, tmp_path: Path
) -> None:
    tally, points = Tally(), WEB_POINTS[backend]
    async with Nursery() as nursery:
        await play(nursery, template, tmp_path, until(points, plans(SEED, web=True), tally), tally)
    assert not tally.bad, tally.table()
    assert tally.points >= points


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_acknowledging_before_the_commit_is_found_out(county: Template, tmp_path: Path, webhook: bool) -> None:
    async with Nursery() as nursery:
        assert await found_loss(nursery, county, tmp_path / "run", webhook=webhook)


async def test_marking_in_another_transaction_is_found_out(county: Template, tmp_path: Path) -> None:
    async with Nursery() as nursery:
        assert await found_double(nursery, county, tmp_path / "run")


async def test_a_receipt_shown_before_the_commit_is_found_out(county: Template, tmp_path: Path) -> None:
    async with Nursery() as nursery:
        assert await found_unfiled_receipt(nursery, county, tmp_path / "run")


async def test_an_addition_nobody_noted_is_found_out(county: Template, tmp_path: Path) -> None:
    async with Nursery() as nursery:
        assert await found_repeated_addition(nursery, county, tmp_path / "run")
