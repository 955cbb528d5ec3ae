"""Bad weather costs nobody his message and brings nobody a second one; and the checker finds planted faults."""

import asyncio
import logging
from typing import Any

import pytest

from bot.broadcast import BATCH, Broadcast
from bot.logs import quiet_libraries
from bot.simulator import Simulator
from cli.journal import Discreet
from models import clock, rounds
from models.db import transaction
from models.ledger import Ledger
from models.terms import CampaignState, LedgerState
from tests.bench.outreach import crowd
from tests.faults.broadcast_checker import HEARD, findings, heard
from tests.faults.broadcasts import PEOPLE, Storm
from tests.fixtures import world
from tests.models.outreach import sending
from tests.world import World

__all__ = ["world"]


async def weather(world: World, seed: int, fate: str = "", per_second: int = 30) -> list[str]:
    sim = Simulator()
    async with sim.running() as root:
        return await Storm(world, sim, root, seed, fate, per_second).play()


async def test_in_any_weather_everybody_hears_it_once_or_it_is_known_why_not(world: World, weather_seed: int) -> None:
    assert await weather(world, weather_seed) == []


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_no_word_name_or_chat_of_a_broadcast_is_in_any_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    quiet_libraries()
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(Discreet())  # as `serve` writes
    assert await weather(world, 2) == []
    assert caplog.records
    for told in (HEARD, "干部", "telegram:", "!ack", Simulator().token):
        assert told not in caplog.text


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


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_the_checker_finds_letters_that_nobody_held(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in hand is sent though the broadcast was paused."""

    async def sure(_letter: object) -> bool:
        return True

    monkeypatch.setattr("models.ledger.may_go", sure)
    assert any("after a pause" in line for line in await weather(world, 1, "pause", per_second=8))


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_telegram_down_for_six_hours_costs_a_handful_and_the_rest_is_sent_afterwards(world: World) -> None:
    sim = Simulator()
    async with sim.running() as root:
        storm = Storm(world, sim, root, 1)
        await storm.enrol()
        campaign = await sending(world)
        async with storm.alive(campaign):
            while not sim.calls("sendMessage"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            down = sim.fault("drop", "*", times=None)
            storm.doubts += 1
            storm.asks()
            for _ in range(6):
                await asyncio.sleep(0.4)
                world.clock.forward(minutes=60)
                await rounds.move_on()
            assert await Ledger.filter(state=LedgerState.QUEUED).exists()
        assert down.hits
        await rounds.move_on()
        await campaign.refresh_from_db()
        assert await findings(storm, campaign) == []
        unknown = await Ledger.filter(state=LedgerState.UNKNOWN).count()
        assert unknown <= BATCH
        assert await Ledger.filter(state=LedgerState.SENT).count() == PEOPLE - unknown
        assert campaign.state is CampaignState.DONE


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_ten_thousand_who_stopped_the_bot_keep_nobody_waiting(world: World) -> None:
    """They are settled at once and without a call; forty-five behind them hear it."""
    sim = Simulator()
    async with sim.running() as root:
        storm = Storm(world, sim, root, 1)
        await crowd(world, 10_000)
        await storm.enrol()
        campaign = await sending(world)
        async with storm.alive(campaign):
            pass
        rows = Ledger.filter(campaign_id=campaign.id)
        assert await rows.filter(state=LedgerState.BLOCKED).count() == 10_000
        assert [heard(person, 1) for person in storm.people] == [1] * PEOPLE
        assert len(sim.calls("sendMessage")) == PEOPLE
