"""No acknowledged word is lost and none is served twice, wherever the process is killed."""

from pathlib import Path

import pytest

from tests.faults.campaign import Tally, plans, play, until
from tests.faults.nursery import Nursery
from tests.faults.planted import found_double, found_loss
from tests.faults.template import Template

SEED = 20261122
POINTS = {"sqlite": 12, "postgres": 4}
pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


async def test_no_acknowledged_tip_is_lost_and_no_step_done_twice_wherever_the_process_is_killed(
    backend: str, template: Template, tmp_path: Path
) -> None:
    tally = Tally()
    async with Nursery() as nursery:
        await play(nursery, template, tmp_path, until(POINTS[backend], plans(SEED), tally), tally)
    assert not tally.bad, tally.table()
    assert tally.points >= POINTS[backend]


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_acknowledging_before_the_commit_is_found_out(county: Template, tmp_path: Path, webhook: bool) -> None:
    async with Nursery() as nursery:
        assert await found_loss(nursery, county, tmp_path / "run", webhook=webhook)


async def test_marking_in_another_transaction_is_found_out(county: Template, tmp_path: Path) -> None:
    async with Nursery() as nursery:
        assert await found_double(nursery, county, tmp_path / "run")
