"""Bad weather costs nobody his message and brings nobody a second one; and the checker finds planted faults."""

from typing import Any

import pytest

from bot.broadcast import Broadcast
from bot.simulator import Simulator
from models import clock
from models.db import transaction
from models.ledger import Ledger
from models.terms import LedgerState
from tests.faults.broadcasts import Storm
from tests.fixtures import world
from tests.world import World

__all__ = ["world"]


async def weather(world: World, seed: int, fate: str = "") -> list[str]:
    sim = Simulator()
    async with sim.running() as root:
        return await Storm(world, sim, root, seed, fate).play()


async def test_in_any_weather_everybody_hears_it_once_or_it_is_known_why_not(world: World, weather_seed: int) -> None:
    assert await weather(world, weather_seed) == []


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_the_checker_finds_a_planted_double_send(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The leases of the dead are sent once more, as if they had surely not been sent."""

    async def sent_again() -> int:
        async with transaction():
            dead = Ledger.filter(state=LedgerState.LEASED, leased_until__lt=clock.now())
            return await dead.update(state=LedgerState.QUEUED, lease_id=None)

    monkeypatch.setattr("models.rounds.lapse", sent_again)
    assert any("heard it 2 times" in line for line in await weather(world, 1, "death"))


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_the_checker_finds_a_planted_lost_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is settled as sent that never left."""
    speak, count = Broadcast._speak, iter(range(10**6))

    async def not_at_all(self: Broadcast, *told: Any) -> LedgerState:
        return LedgerState.SENT if 10 <= next(count) < 15 else await speak(self, *told)

    monkeypatch.setattr(Broadcast, "_speak", not_at_all)
    assert any("is said to have heard it" in line for line in await weather(world, 1, "press"))
