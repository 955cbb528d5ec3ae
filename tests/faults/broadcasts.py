"""A broadcast through bad weather; afterwards the checker reads what the phones really got.

The bot is the real one over HTTP. It dies by losing everything it holds in memory, with letters on the wire and answers
unsettled; the database stays. What people see on their phones is compared with the ledger.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from bot.limiter import Limiter
from bot.runner import Running, _undisputed
from bot.simulator import Person, Simulator
from bot.simulator.faults import Kind
from bot.transport import build_bot, wire
from bot.watchdog import Watchdog
from models import rounds
from models.campaign import Campaign
from models.contact import Contact
from models.db import transaction
from models.errors import Conflict
from models.ledger import LEASE_LIFE, Ledger, count_known
from models.terms import CampaignState, Language, LedgerState
from tests.faults.broadcast_checker import ON_THE_WIRE, QUESTIONS, findings, heard, unanswered
from tests.models.outreach import at, official, sending
from tests.world import World

PEOPLE = 45
WEATHER: tuple[Kind, ...] = ("drop_answer", "429", "502", "500", "drop", "slow")
DUBIOUS = frozenset({"drop_answer", "502", "500", "drop", "slow"})
RESIDENTS = 2


@dataclass
class Storm:
    """One broadcast of two rounds in one weather."""

    world: World
    sim: Simulator
    root: str
    seed: int
    fate: str = ""  # if named, nothing else happens
    per_second: int = 30
    people: list[Person] = field(default_factory=list)
    residents: list[Person] = field(default_factory=list)
    asked: dict[int, list[str]] = field(default_factory=dict)
    pressed: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    deaths: int = 0
    doubts: int = 0
    stopped_at: float | None = None
    held: list[tuple[float, float]] = field(default_factory=list)  # from when to when it was paused
    births: list[float] = field(default_factory=list)
    _work: "asyncio.Task[None] | None" = None
    _bot: Running | None = None

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    async def play(self) -> list[str]:
        """Everything, and what is wrong afterwards."""
        await self.enrol()
        campaign = await sending(self.world, second_at=at(self.world, 3))
        for number in (1, 2):
            await self._round(campaign, number)
            await rounds.move_on()
            self.world.clock.forward(days=2)
            await rounds.move_on()
        await count_known()
        await campaign.refresh_from_db()
        return await findings(self, campaign)

    async def enrol(self) -> None:
        """People in office with a phone, and residents who have something else to ask."""
        for number in range(PEOPLE):
            person = self.sim.person(f"干部{number}")
            contact = Contact.new(f"telegram:{person.id}", Language.ZH_CN)
            async with transaction():
                await contact.save(force_create=True)
            await official(self.world, number, contact=contact)
            self.people.append(person)
        self.residents = [self.sim.person(f"村民{number}") for number in range(RESIDENTS)]
        self.asked = {resident.id: [] for resident in self.residents}

    async def _round(self, campaign: Campaign, number: int) -> None:
        async with self.alive(campaign, number):
            for _ in range(self.dice.randint(3, 7)):
                await asyncio.sleep(self.dice.uniform(0.02, 0.35))
                await self._happens(campaign)

    @asynccontextmanager
    async def alive(self, campaign: Campaign, number: int = 1) -> AsyncIterator[None]:
        """The bot works; afterwards the weather clears, all that waits is done, and it dies."""
        self._start()
        try:
            yield
            self.sim.clear_faults()
            await self._calm(campaign, number)
        finally:
            await self._die()

    async def _happens(self, campaign: Campaign) -> None:
        if not self.fate and self.dice.random() < 0.5:
            fault = self.sim.fault(self.dice.choice(WEATHER), "sendMessage", times=self.dice.randint(1, 3), seconds=0.2)
            self.doubts += (fault.times or 0) if fault.kind in DUBIOUS else 0
            return
        match self.fate or self.dice.choice(("death", "pause", "press", "press", "ask", "ask", "block", "stop")):
            case "death":
                self.deaths += 1
                await self._die()
                self._start()
            case "pause":
                await self._pause(campaign)
            case "press":
                await self._press()
            case "ask":
                self.asks()
            case "block":
                person = self.dice.choice(self.people)
                self.blocked.add(person.id)
                person.blocks_bot()
            case "stop" if self.dice.random() < 0.2:
                await self._stop(campaign)

    async def _pause(self, campaign: Campaign) -> None:
        actor = await self.world.actor("xianban")
        pauses = (2 * ON_THE_WIRE,) if self.fate else (0.05, 0.2, 2 * ON_THE_WIRE)
        with suppress(Conflict):  # it may have been stopped, or be through
            await campaign.pause(actor)
            since = self.sim.world.clock()
            await asyncio.sleep(self.dice.choice(pauses))
            self.held.append((since, self.sim.world.clock()))
            await campaign.resume(actor)

    async def _stop(self, campaign: Campaign) -> None:
        with suppress(Conflict):
            await campaign.stop(await self.world.actor("xianban"))
            self.stopped_at = self.sim.world.clock()

    async def _press(self) -> None:
        able = [person for person in self.people if heard(person, 1) and person.id not in self.blocked]
        if able:
            person = self.dice.choice(able)
            person.presses("我已知晓")
            self.pressed.add(person.id)

    def asks(self) -> None:
        """A resident's next question, whether the one before is answered or not."""
        resident = self.dice.choice(self.residents)
        left = [question for question in QUESTIONS if question not in self.asked[resident.id]]
        if left:
            question = self.dice.choice(left)
            self.asked[resident.id].append(question)
            resident.says(question)

    def _start(self) -> None:
        self.births.append(self.sim.world.clock())
        bot = build_bot(self.sim.token, self.root)
        self._bot = Running(bot, Limiter(per_second=self.per_second), Watchdog())
        self._work = asyncio.get_running_loop().create_task(self._bot.work(None, _undisputed))

    async def _die(self) -> None:
        """Nothing is finished, settled or given back. The clock goes on until its leases have lapsed."""
        assert self._work
        assert self._bot
        doomed = [self._work, *self._bot.broadcast._tasks, *self._bot.delivery._tasks]
        for task in doomed:
            task.cancel()
        await asyncio.gather(*doomed, return_exceptions=True)
        with suppress(Exception):
            await self._bot.bot.shutdown()
        await wire(self._bot.bot).shutdown()
        self.world.clock.forward(seconds=LEASE_LIFE.seconds + 1)
        await rounds.move_on()

    async def _calm(self, campaign: Campaign, number: int) -> None:
        """The weather clears. Whatever waits goes out; every press is answered."""
        assert self._bot
        states = [LedgerState.QUEUED, LedgerState.LEASED]
        waiting = Ledger.filter(campaign_id=campaign.id, round=number, state__in=states)
        async with asyncio.timeout(30):
            while True:
                await campaign.refresh_from_db()
                over = campaign.state is not CampaignState.SENDING
                if not self._bot.broadcast.busy and (over or not await waiting.exists()):
                    break
                await self._tick()
                await rounds.move_on()
            while unanswered(self):
                await self._tick()
        await self._bot.idle()

    async def _tick(self) -> None:
        """A retry waits by the world's clock, which stands still otherwise."""
        await asyncio.sleep(0.05)
        self.world.clock.forward(seconds=0.1)
