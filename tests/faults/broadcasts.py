"""A broadcast through bad weather, and the checker that reads afterwards what the phones really got.

The bot is the real one over HTTP. It dies by losing everything it holds in memory, with letters on the wire and answers
unsettled; the database stays. What people see on their phones is compared with the ledger.
"""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

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
from models.ledger import LEASE_LIFE, Acknowledgement, Ledger, Tally, count_known
from models.official import Reached
from models.terms import CampaignState, Language, LedgerState
from tests.models.outreach import at, official, sending
from tests.world import World

PEOPLE = 45
WEATHER: tuple[Kind, ...] = ("drop_answer", "429", "502", "500", "drop", "slow")
DUBIOUS = frozenset({"drop_answer", "502", "500", "drop", "slow"})
AGAIN = "再提醒一次"
HEARD = "不收礼。"
CROWD, ALMOST = 45, 0.9
"""So many take a second and a half. A slow wire and a busy machine press them together, twice the rate does more."""
ON_THE_WIRE = 0.5
"""How long after a stop a letter may still arrive that was on its way."""


@dataclass
class Storm:
    """One broadcast of two rounds in one weather."""

    world: World
    sim: Simulator
    root: str
    seed: int
    fate: str = ""  # if named, nothing else happens
    people: list[Person] = field(default_factory=list)
    pressed: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    deaths: int = 0
    doubts: int = 0
    stopped_at: float | None = None
    births: list[float] = field(default_factory=list)
    _work: "asyncio.Task[None] | None" = None
    _bot: Running | None = None

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    async def play(self) -> list[str]:
        """Everything, and what is wrong afterwards."""
        for number in range(PEOPLE):
            person = self.sim.person(f"干部{number}")
            contact = Contact.new(f"telegram:{person.id}", Language.ZH_CN)
            async with transaction():
                await contact.save(force_create=True)
            await official(self.world, number, contact=contact)
            self.people.append(person)
        campaign = await sending(self.world, second_at=at(self.world, 3))
        for number in (1, 2):
            await self._round(campaign, number)
            await rounds.move_on()
            self.world.clock.forward(days=2)
            await rounds.move_on()
        await count_known()
        await campaign.refresh_from_db()
        return await findings(self, campaign)

    async def _round(self, campaign: Campaign, number: int) -> None:
        self._start()
        try:
            for _ in range(self.dice.randint(3, 7)):
                await asyncio.sleep(self.dice.uniform(0.02, 0.35))
                await self._happens(campaign)
            self.sim.clear_faults()
            await self._calm(campaign, number)
        finally:
            await self._die()

    async def _happens(self, campaign: Campaign) -> None:
        if not self.fate and self.dice.random() < 0.5:
            fault = self.sim.fault(self.dice.choice(WEATHER), "sendMessage", times=self.dice.randint(1, 3), seconds=0.2)
            self.doubts += (fault.times or 0) if fault.kind in DUBIOUS else 0
            return
        match self.fate or self.dice.choice(("death", "pause", "press", "press", "block", "stop")):
            case "death":
                self.deaths += 1
                await self._die()
                self._start()
            case "pause":
                await self._pause(campaign)
            case "press":
                await self._press()
            case "block":
                person = self.dice.choice(self.people)
                self.blocked.add(person.id)
                person.blocks_bot()
            case "stop" if self.dice.random() < 0.2:
                await self._stop(campaign)

    async def _pause(self, campaign: Campaign) -> None:
        actor = await self.world.actor("xianban")
        with suppress(Conflict):  # it may have been stopped, or be through
            await campaign.pause(actor)
            await asyncio.sleep(self.dice.uniform(0.05, 0.2))
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

    def _start(self) -> None:
        self.births.append(self.sim.world.clock())
        bot = build_bot(self.sim.token, self.root)
        self._bot = Running(bot, Limiter(), Watchdog())
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
            while not all(answered(one) for one in self.people if one.id in self.pressed - self.blocked):
                await self._tick()
        await self._bot.idle()

    async def _tick(self) -> None:
        """A retry waits by the world's clock, which stands still otherwise."""
        await asyncio.sleep(0.05)
        self.world.clock.forward(seconds=0.1)


def heard(person: Person, number: int) -> int:
    """How often this round is on his phone."""
    return sum(one.from_bot and HEARD in one.text and (AGAIN in one.text) == (number == 2) for one in person.screen)


def answered(person: Person) -> bool:
    """Whether his press was answered."""
    return any("已记下" in one.text for one in person.screen)


async def findings(storm: Storm, campaign: Campaign) -> list[str]:
    """What is wrong, in words. Empty when every promise was kept."""
    chats = {}
    for link in await Reached.all():
        contact_id = link.contact_id()
        contact = await Contact.get(id=contact_id) if contact_id else None
        if contact:
            chats[link.id] = int(contact.address().partition(":")[2])
    rows = await Ledger.filter(campaign_id=campaign.id)
    people = {person.id: person for person in storm.people}
    wrong = [
        f"round {number}: {person.name} heard it {count} times"
        for person in storm.people
        for number in (1, 2)
        if (count := heard(person, number)) > 1
    ]
    for row in rows:
        person = people[chats[row.reached_id]]
        count, where = heard(person, row.round), f"round {row.round}: {person.name}"
        if row.state is LedgerState.SENT and count == 0:
            wrong.append(f"{where} is said to have heard it")
        if row.state in {LedgerState.QUEUED, LedgerState.BLOCKED, LedgerState.FAILED} and count:
            wrong.append(f"{where} heard what is {row.state}")
        if row.state is LedgerState.BLOCKED and person.id not in storm.blocked:
            wrong.append(f"{where} never blocked the bot")
        if row.state in {LedgerState.QUEUED, LedgerState.LEASED} and campaign.state is CampaignState.DONE:
            wrong.append(f"{where} was forgotten")
    return wrong + _whole(storm, rows) + await _sums(storm, campaign, rows) + _limits(storm)


def _whole(storm: Storm, rows: list[Ledger]) -> list[str]:
    first = [row for row in rows if row.round == 1]
    unknown = sum(row.state is LedgerState.UNKNOWN for row in rows)
    wrong = [] if len(first) == PEOPLE else [f"the first round was for {len(first)} of {PEOPLE}"]
    if unknown and not storm.deaths and not storm.doubts:
        wrong.append(f"{unknown} are unknown in fair weather")
    if not all(answered(one) for one in storm.people if one.id in storm.pressed - storm.blocked):
        wrong.append("a press was not answered")
    return wrong


async def _sums(storm: Storm, campaign: Campaign, rows: list[Ledger]) -> list[str]:
    states = Counter(row.state for row in rows)
    tallies = await Tally.filter(campaign_id=campaign.id)
    counted = {name: sum(getattr(one, name) for one in tallies) for name in ("sent", "blocked", "failed", "unknown")}
    wrong = [
        f"{n} {name} are counted, not {states[LedgerState(name)]}"
        for name, n in counted.items()
        if n != states[LedgerState(name)]
    ]
    known = await Acknowledgement.filter(campaign_id=campaign.id).count()
    if known != len(storm.pressed):
        wrong.append(f"{known} acknowledgements, {len(storm.pressed)} pressed")
    return wrong


def _limits(storm: Storm) -> list[str]:
    """Thirty a second in each life of the bot (a death forgets the second before), and silence after a stop."""
    letters = [call for call in storm.sim.calls("sendMessage") if HEARD in str(call.params.get("text"))]
    crowded = False
    for born, died in pairwise([*storm.births, inf]):
        sent = [call.at for call in storm.sim.calls("sendMessage") if born <= call.at < died]
        crowded |= any(later - earlier < ALMOST for earlier, later in zip(sent, sent[CROWD:], strict=False))
    wrong = ["more than thirty in a second"] if crowded else []
    last = storm.stopped_at
    if last is not None and any(call.at > last + ON_THE_WIRE for call in letters):
        wrong.append("a letter was sent after the stop")
    return wrong
