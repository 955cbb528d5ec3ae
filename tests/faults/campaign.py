"""Many runs: which deaths are died where, two runs at a time, and the table that tells."""

import asyncio
import itertools
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.nursery import Nursery
from tests.faults.point import RANDOMLY, Death, Outcome, Plan, Run
from tests.faults.template import Template

AT_ONCE = 2
DEATHS = 2
"""In one run. A third death by the same update would rightly make it a dead letter."""

PLACES = {
    "intake: received, not stored": 18,
    "intake: before COMMIT": 18,
    "intake: after COMMIT": 18,
    "step: acknowledged, not begun": 12,
    "step: begins": 28,
    "step: ended, group not": 28,
    "step: answers written, marks not": 14,
    "step: marks written": 14,
    "step: before COMMIT": 14,
    "step: after COMMIT": 14,
    "step: tip filed": 3,
    "step: addition filed": 2,
    "alone: before COMMIT": 1,
    "alone: after COMMIT": 1,
    "step alone: before COMMIT": 1,
    "step alone: after COMMIT": 1,
    "answer: not sent yet": 35,
    "answer: sent, not settled": 35,
    "settle: before COMMIT": 8,
    "settle: after COMMIT": 8,
    "desk's reply: before COMMIT": 2,
    "desk's reply: after COMMIT": 2,
    "ping: before COMMIT": 6,
    "ping: after COMMIT": 6,
    "pause: before COMMIT": 6,
    "pause: after COMMIT": 6,
    "file: bytes stored, row not": 1,
    "file: before COMMIT": 1,
    "file: after COMMIT": 1,
    RANDOMLY: 1500,
}
"""Place → how often one run passes it, roughly; for RANDOMLY milliseconds."""

WEB_PLACES = {
    "web: form came": 55,
    "web: a piece came": 170,
    "file: bytes stored, row not": 12,
    "web file: before COMMIT": 12,
    "web file: after COMMIT": 12,
    "web answer: before COMMIT": 34,
    "web answer: after COMMIT": 34,
    "web submit: before COMMIT": 6,
    "web submit: after COMMIT": 6,
    "web addition: before COMMIT": 3,
    "web addition: after COMMIT": 3,
    "web: page made, not sent": 55,
    RANDOMLY: 1000,
}
"""The same for residents at the web page."""


def plans(seed: int, *, web: bool = False) -> Iterator[Plan]:
    """Endless: places in turn, so that all get their share; polling and webhook in turn; the rest by dice."""
    dice, often = random.Random(seed), WEB_PLACES if web else PLACES
    order = list(often)
    dice.shuffle(order)
    places = itertools.cycle(order)
    for number in itertools.count():
        deaths = [Death(place := next(places), dice.randint(1, often[place])) for _ in range(DEATHS)]
        yield Plan(deaths, webhook=bool(number % 2) and not web, web=web, seed=dice.randrange(2**32))


@dataclass
class Tally:
    """What came of it."""

    killed: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    bad: list[tuple[Plan, Outcome]] = field(default_factory=list)

    def add(self, plan: Plan, outcome: Outcome) -> None:
        self.runs += 1
        self.killed.update(outcome.killed)
        if not outcome.clean:
            self.bad.append((plan, outcome))

    @property
    def points(self) -> int:
        return self.killed.total()

    def table(self) -> str:
        """For people."""
        lines = [f"{'place of death':<36} points"]
        lines += [f"{place:<36} {points:>6}" for place, points in sorted(self.killed.items())]
        lost = sum(len(outcome.lost) for _, outcome in self.bad)
        doubled = sum(len(outcome.doubled) for _, outcome in self.bad)
        other = sum(len(outcome.other) for _, outcome in self.bad)
        lines.append(f"{'all':<36} {self.points:>6}")
        lines.append(
            f"runs {self.runs}, restarts {self.points}, lost {lost}, doubled {doubled}, otherwise wrong {other}"
        )
        return "\n".join(lines + [f"{plan}\n  {outcome}" for plan, outcome in self.bad])


async def play(nursery: Nursery, template: Template, folder: Path, wanted: Iterator[Plan], tally: Tally) -> None:
    """Play plans two at a time until they run out. Folders of good runs are removed."""
    numbers = itertools.count()

    async def worker() -> None:
        for plan in wanted:
            place = folder / f"{template.folder.name}-{next(numbers)}"
            outcome = await Run(nursery, template, place, plan).play()
            tally.add(plan, outcome)
            if outcome.clean:
                await asyncio.to_thread(shutil.rmtree, place)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(worker())


def until(points: int, wanted: Iterator[Plan], tally: Tally) -> Iterator[Plan]:
    """Plans until that many deaths were died."""
    return itertools.takewhile(lambda _: tally.points < points, wanted)
