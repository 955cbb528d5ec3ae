import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.limiter import Limiter
from bot.runner import Running, running
from bot.simulator import Message, Person, Simulator
from models.db import Database
from models.inbox import Inbox, Served
from tests.fixtures import world
from tests.world import World

__all__ = ["world"]


@dataclass
class Phone:
    """A resident with a phone, in front of the running bot."""

    sim: Simulator
    person: Person
    bot: Running
    world: World

    async def does(self, *acts: str) -> Message:
        """Press or say one thing after another, each served before the next. `[X]` presses X."""
        for act in acts:
            number = self.person.presses(act.strip("[]")) if act.startswith("[") else self.person.says(act)
            await self.served(number)
        return self.person.last

    async def served(self, update_id: int | None) -> None:
        """The update has been taken and everything said to it has arrived."""
        async with asyncio.timeout(10):
            while not await Inbox.filter(update_id=update_id).exclude(state=Served.WAITING).exists():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            await self.bot.idle()

    async def reaches_story(self) -> None:
        """From the first word to the open question."""
        village = self.world.units["清水村"].id.hex
        self.person.starts(village)
        await self.person.hears("不留名")
        await self.does("[开始反映]", "[是]", "[补贴没到手]", "[村干部]")

    async def files(self, *pieces: str) -> str:
        """An anonymous tip, handed in; answers the code."""
        await self.reaches_story()
        await self.does(*(pieces or ("去年的补贴没发到手里。",)))
        await self.does("[说完了]", "[不留名]", "[提交]")
        receipt = next(m for m in reversed(self.person.screen) if "请抄下藏好" in m.text)
        return receipt.text.split("查询码：")[1].split("。")[0]


@pytest.fixture
def sim() -> Simulator:
    return Simulator()


@pytest.fixture
async def phone(database: Database, world: World, sim: Simulator) -> AsyncIterator[Phone]:
    assert database
    async with sim.running() as root:
        person = sim.person("李阿姨", key="li")
        async with running(
            token=sim.token, api_root=root, limiter=Limiter(per_second=1000, burst=1000, pace=0.001)
        ) as bot:
            yield Phone(sim, person, bot, world)
