"""One run: residents tell, in chats or at the web page; the child is killed at the chosen places, comes back, and is
checked in the end.
"""

import asyncio
import json
import os
import random
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from aiohttp.test_utils import unused_port

from bot.simulator import Simulator
from tests.faults.browsers import WebResident
from tests.faults.nursery import Child, Nursery
from tests.faults.reaper import Ledger
from tests.faults.residents import WHOLE_LIFE, GaveUp, Resident
from tests.faults.template import Template

PEOPLE = 3
RANDOMLY = "at any moment"
SECRET = "webhook-secret-of-the-harness"
STOPPED = 15.0


@dataclass(frozen=True)
class Death:
    """Where one life ends: at the n-th passing of a place, or after `nth` milliseconds."""

    place: str
    nth: int = 1


@dataclass
class Plan:
    """What happens in one run. Residents come by chat, which polls or has a webhook, or to the `web` page."""

    deaths: list[Death] = field(default_factory=list)
    webhook: bool = False
    web: bool = False
    variant: str = ""
    seed: int = 0
    counting: bool = False
    patience: float = WHOLE_LIFE


@dataclass
class Outcome:
    """How it went."""

    killed: list[str]
    lost: list[str]
    doubled: list[str]
    other: list[str]
    passed: list[str]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.other)


class Living(Protocol):
    """Somebody with something to tell, whichever door he takes."""

    async def live(self) -> None:
        """From the first word to the answer handed in. GaveUp when that goes nowhere."""

    def facts(self) -> dict[str, Any]:
        """What he did, and what he was told."""

    def describe(self) -> str:
        """What he sees."""


class Run:
    """`await Run(nursery, template, folder, plan).play()`."""

    def __init__(self, nursery: Nursery, template: Template, folder: Path, plan: Plan) -> None:
        self._nursery, self._template, self._folder, self._plan = nursery, template, folder, plan
        self._sim = Simulator(webhook_delays=(0.02, 0.1))
        self._order: dict[str, Any] = {"token": self._sim.token, "counting": plan.counting, "variant": plan.variant}
        self._residents = self._invited(template.told["units"]["清水村"])
        if plan.webhook:
            self._order |= {"port": unused_port(), "secret": SECRET}
        self._murdered: list[str] = []

    def _invited(self, village: str) -> list[Living]:
        dice = random.Random(self._plan.seed)
        each = [(number, random.Random(dice.random()), village) for number in range(PEOPLE)]
        if not self._plan.web:
            return [Resident.of(self._sim, *one) for one in each]
        port = self._order["public_port"] = unused_port()
        return [WebResident.of(f"http://127.0.0.1:{port}", *one) for one in each]

    async def play(self) -> Outcome:
        """Everything, from the first life to the check."""
        first = self._sim.world.updates.next_id
        with self._template.copy(self._folder) as url:
            async with self._sim.running() as api:
                self._order |= {"api": api, "url": url}
                stuck = await self._lives()
            updates = range(first, self._sim.world.updates.next_id)
            report = await self._checked(url, updates)
        report["other"] += stuck
        ledger = Ledger.read(self._folder)
        killed = [line[1] for line in ledger if line[0] == "killed"]
        passed = [line[1] for line in ledger if line[0] == "passed"]
        return Outcome(killed=killed + self._murdered, passed=passed, **report)

    async def _lives(self) -> list[str]:
        """Lives that end early, then one that lasts until everybody is done."""
        people = asyncio.gather(*(_lived(resident, self._plan.patience) for resident in self._residents))
        for death in self._plan.deaths:
            if not await self._short_life(death, people):
                break
        last = await self._nursery.start(self._folder, "serve", **self._order)
        died = last.ended
        ends: list[asyncio.Future[Any]] = [people, died]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        stuck = [] if not died.done() else [f"the child died by itself:\n{self._log()}"]
        if died.done():
            people.cancel()
            await asyncio.gather(people, return_exceptions=True)
            return stuck
        stuck += [why for why in await people if why]
        return stuck + await self._stopped(last)

    async def _short_life(self, death: Death, people: "asyncio.Future[list[str]]") -> bool:
        """False when everybody was done before death came."""
        armed = {} if death.place == RANDOMLY else {"place": death.place, "nth": death.nth}
        child = await self._nursery.start(self._folder, "serve", **self._order, **armed)
        patience = death.nth / 1000 if death.place == RANDOMLY else None
        ends: list[asyncio.Future[Any]] = [child.ended, people]
        done, _ = await asyncio.wait(ends, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            self._murdered.append(RANDOMLY)
        alive = people not in done
        child.kill()
        code = await child.ended
        if code != -signal.SIGKILL:
            raise RuntimeError(f"the child ended with {code}:\n{self._log()}")
        return alive

    async def _stopped(self, child: Child) -> list[str]:
        async with asyncio.timeout(STOPPED):
            while not self._quiet(child):  # noqa: ASYNC110  news from another process
                await asyncio.sleep(0.01)
        os.kill(child.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(STOPPED):
                code = await asyncio.shield(child.ended)
        except TimeoutError:
            child.kill()
            code = await child.ended
        return [f"the child did not stop well ({code}):\n{self._log()}"] if code else []

    def _quiet(self, child: Child) -> bool:
        """Telegram has nothing more to give, and the child is up to be told to stop."""
        return not len(self._sim.world.updates) and ["alive", str(child.pid)] in Ledger.read(self._folder)

    async def _checked(self, url: str, updates: range) -> dict[str, list[str]]:
        waiting = {update.id for _, update in self._sim.world.updates.waiting()}
        residents = [resident.facts() for resident in self._residents]
        facts = {"acknowledged": [one for one in updates if one not in waiting], "residents": residents}
        (self._folder / "facts.json").write_text(json.dumps(facts))
        await self._nursery.do(self._folder, "check", url=url)
        report: dict[str, list[str]] = json.loads((self._folder / "report.json").read_text())
        return report

    def _log(self) -> str:
        return (self._folder / "child.log").read_text()[-2000:]


async def _lived(resident: Living, patience: float) -> str:
    """Empty, or why this resident's life did not end well."""
    try:
        async with asyncio.timeout(patience):
            await resident.live()
    except (GaveUp, TimeoutError) as error:
        return f"a resident is stuck: {type(error).__name__} {error}\n{resident.describe()}"
    return ""
