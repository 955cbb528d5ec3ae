"""Several processes of `qingfeng serve` share a broadcast; some die in the middle, and nobody hears it twice."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.broadcast import IN_HAND
from bot.simulator import Simulator
from models import clock
from models.audit import Act, Audit
from models.campaign import Campaign
from models.house import house
from models.ledger import LEASE_LIFE, Acknowledgement, Ledger
from models.terms import CampaignState, LedgerState
from tests.faults.broadcast_checker import findings, heard
from tests.faults.broadcasts import Storm
from tests.faults.nursery import Child, Nursery
from tests.faults.parts import set_clock, shared_clock
from tests.fixtures import world
from tests.models.outreach import at, scheduled
from tests.world import World

__all__ = ["world"]
pytestmark = [pytest.mark.faults, pytest.mark.timeout(120), pytest.mark.parametrize("backend", ["postgres"])]


class Processes:
    """Parts of one service, each a process of its own."""

    def __init__(self, nursery: Nursery, folder: Path, env: dict[str, str]) -> None:
        self._nursery, self._folder, self._env = nursery, folder, env

    async def start(self, part: str) -> Child:
        """One more, which says when it is ready."""
        ready = self._ready()
        child = await self._nursery.start(self._folder, "part", part=part, env=self._env)
        while self._ready() == ready:
            await asyncio.sleep(0.02)
            assert not child.ended.done(), (self._folder / "child.log").read_text()
        return child

    async def stop(self, child: Child) -> None:
        """Gracefully."""
        os.kill(child.pid, signal.SIGTERM)
        assert await child.ended == 0, (self._folder / "child.log").read_text()

    def _ready(self) -> int:
        log = self._folder / "child.log"
        return log.read_text().count("Ready.") if log.exists() else 0


@asynccontextmanager
async def service(world: World, folder: Path, **env: str) -> AsyncIterator[Processes]:
    """Their house: the key file, the files, the clock."""
    house().keys.save(folder / "keys.json")
    set_clock(folder, world.clock.at)
    clock.set_source(shared_clock(folder))
    async with Nursery() as nursery:
        yield Processes(nursery, folder, {"DATA_DIR": str(folder), **env})


async def until(condition: Any, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  news from other processes
            await asyncio.sleep(0.03)


async def test_two_jobs_and_two_bots_share_a_broadcast_though_one_of_each_is_killed_in_the_middle(
    world: World, database_url: str, tmp_path: Path
) -> None:
    sim, folder = Simulator(), tmp_path / "service"
    folder.mkdir()
    async with sim.running() as root:
        storm = Storm(world, sim, root, 1)
        await storm.enrol()
        campaign = await scheduled(world, second_at=at(world, 3))
        assert campaign.send_at
        assert campaign.second_at
        told = {"DATABASE_URL": database_url, "TELEGRAM_TOKEN": sim.token, "TELEGRAM_API_URL": root}
        async with service(world, folder, **told) as processes:
            jobs = [await processes.start("jobs") for _ in range(2)]
            bots = [await processes.start("bot")]
            await until(lambda: called(sim, "getMe"))
            bots.append(await processes.start("bot"))  # which stands by
            set_clock(folder, campaign.send_at)
            await until(lambda: heard_by(storm, 10))
            storm.births, storm.deaths = [0.0, sim.world.clock()], 1
            bots[0].kill()
            jobs[0].kill()
            await until(lambda: heard_by(storm, 20))
            storm.asks()
            knows = next(person for person in storm.people if heard(person, 1))
            knows.presses("我已知晓")
            storm.pressed.add(knows.id)
            set_clock(folder, clock.now() + LEASE_LIFE + timedelta(seconds=1))
            await until(lambda: settled(campaign, 1))
            await until(lambda: known(campaign))
            jobs.append(await processes.start("jobs"))
            set_clock(folder, campaign.second_at)
            await until(lambda: settled(campaign, 2))
            await until(lambda: done(campaign))
            for child in (bots[1], *jobs[1:]):
                await processes.stop(child)
        await campaign.refresh_from_db()
        assert await findings(storm, campaign) == []
        assert not heard(knows, 2)
        assert await Ledger.filter(round=1, state=LedgerState.UNKNOWN).count() <= IN_HAND
        for act, times in ((Act.CAMPAIGN_STARTED, 2), (Act.CAMPAIGN_DONE, 1)):
            assert await Audit.filter(act=act, object_id=campaign.id).count() == times
        assert "job " not in (folder / "child.log").read_text()  # none failed


async def called(sim: Simulator, method: str) -> bool:
    return bool(sim.calls(method))


async def heard_by(storm: Storm, count: int) -> bool:
    return sum(heard(person, 1) for person in storm.people) >= count


async def settled(campaign: Campaign, number: int) -> bool:
    rows = Ledger.filter(campaign_id=campaign.id, round=number)
    waiting = rows.filter(state__in=[LedgerState.QUEUED, LedgerState.LEASED])
    return await rows.exists() and not await waiting.exists()


async def known(campaign: Campaign) -> bool:
    return await Acknowledgement.filter(campaign_id=campaign.id, counted=True).exists()


async def done(campaign: Campaign) -> bool:
    return await Campaign.exists(id=campaign.id, state=CampaignState.DONE)
