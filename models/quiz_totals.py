"""What the office sees of a quiz: totals. Who took it and what he answered is nobody's business."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.functions import Count, Sum
from tortoise.models import Model

from models.db import advisory_lock, for_update, transaction
from models.progress import branch
from models.question import Question, bits
from models.quiz import Quiz
from models.sitting import Run
from models.unit import tree
from models.veil import SMALLEST, Column, Figure, alone, counts

BATCH: Final = 500


class QuizTally(Model):
    """The first tries of one unit's people, added up: who took it, what was right, which options were chosen."""

    id = fields.BigIntField(primary_key=True, generated=True)
    quiz: fields.ForeignKeyRelation[Quiz] = fields.ForeignKeyField("models.Quiz", related_name="tallies")
    quiz_id: UUID
    unit_id: UUID = fields.UUIDField()
    people: int = fields.IntField(default=0)
    right: int = fields.IntField(default=0)
    chosen: list[list[int]] = fields.JSONField(default=list)

    class Meta:
        table = "quiz_tally"
        unique_together = (("quiz_id", "unit_id"),)

    def add(self, run: Run) -> None:
        """One more person."""
        self.people, self.right = self.people + 1, self.right + run.right
        for row, mask in zip(self.chosen, run.answers, strict=True):
            for place in bits(mask):
                row[place] += 1


@dataclass(frozen=True, slots=True)
class Spread:
    """How the answers to one question spread. `chosen` has a figure for each option."""

    question: Question
    chosen: Column


@dataclass(frozen=True, slots=True)
class Taken:
    """One unit's people: how many took it, and what share of their answers was right, in tens of a hundred."""

    unit_id: UUID
    name: str
    people: Figure
    percent: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything the office may know. Without `spreads` fewer than five have taken it."""

    people: Figure
    percent: int | None
    spreads: list[Spread]
    units: list[Taken]


async def count_runs() -> int:
    """Add finished first tries to the totals, each once. A job.

    Once totals are told they grow by five people at least: who looked before and after one of them would read his
    answers from the difference.
    """
    async with transaction():
        await advisory_lock("quiz totals")
        fresh = Run.filter(finished=True, counted=False).annotate(n=Count("id")).group_by("quiz_id")
        waiting = {row["quiz_id"]: row["n"] for row in await fresh.values("quiz_id", "n")}
        told = await _told(list(waiting))
        return sum([await _count(quiz_id) for quiz_id, n in waiting.items() if n >= SMALLEST or quiz_id not in told])


async def _told(quiz_ids: list[UUID]) -> set[UUID]:
    """Those of which so many are counted that the office sees totals."""
    rows = QuizTally.filter(quiz_id__in=quiz_ids).annotate(n=Sum("people")).group_by("quiz_id")
    return {row["quiz_id"] for row in await rows.values("quiz_id", "n") if row["n"] >= SMALLEST}


async def _count(quiz_id: UUID) -> int:
    fresh = Run.filter(quiz_id=quiz_id, finished=True, counted=False).order_by("id").limit(BATCH)
    runs = await for_update(fresh, skip_locked=True)
    await Run.filter(id__in=[run.id for run in runs]).update(counted=True)
    by_unit: dict[UUID, list[Run]] = defaultdict(list)
    for run in runs:
        by_unit[run.unit_id].append(run)
    for unit_id, some in sorted(by_unit.items()):
        await _add(quiz_id, unit_id, some)
    return len(runs)


async def totals(quiz: Quiz) -> Totals:
    """The figures of the quiz's page and of its workbook."""
    rows = await QuizTally.filter(quiz_id=quiz.id)
    people = counts([sum(row.people for row in rows)]).sum
    units = await _by_unit(quiz, rows)
    if people.n < SMALLEST:
        return Totals(people, None, [], units)
    asked = quiz.asked
    spreads = [_spread(question, no, rows, people.n) for no, question in enumerate(asked)]
    return Totals(people, _tens(sum(row.right for row in rows), people.n * len(asked)), spreads, units)


async def _add(quiz_id: UUID, unit_id: UUID, runs: list[Run]) -> None:
    row = await QuizTally.get_or_none(quiz_id=quiz_id, unit_id=unit_id)
    is_new = row is None
    if row is None:
        asked = (await Quiz.get(id=quiz_id)).asked
        row = QuizTally(quiz_id=quiz_id, unit_id=unit_id, chosen=[[0] * len(one.options) for one in asked])
    for run in runs:
        row.add(run)
    await row.save(force_create=is_new)


def _spread(question: Question, no: int, rows: list[QuizTally], people: int) -> Spread:
    """Of a question with one right option the answers add up to all who took it; of others each option stands alone."""
    numbers = [sum(row.chosen[no][place] for row in rows) for place in range(len(question.options))]
    if question.is_single:
        return Spread(question, counts(numbers))
    return Spread(question, Column(tuple(alone(n, people) for n in numbers), Figure(people)))


async def _by_unit(quiz: Quiz, rows: list[QuizTally]) -> list[Taken]:
    """By the units right below the quiz's own, as the coverage of a broadcast."""
    units, sums = await tree(), dict[UUID, list[int]]()
    for row in rows:
        told = sums.setdefault(branch(units, row.unit_id, quiz.unit_id), [0, 0])
        told[0], told[1] = told[0] + row.people, told[1] + row.right
    order = sorted(sums, key=lambda one: (one != quiz.unit_id, units[one].name))
    people, asked = counts([sums[one][0] for one in order]), len(quiz.questions)
    found = zip(order, people.cells, strict=True)
    return [
        Taken(one, units[one].name, n, _tens(sums[one][1], n.n * asked) if n.is_shown else None) for one, n in found
    ]


def _tens(right: int, of: int) -> int:
    """Rounded to tens, which tells nothing of one person among five."""
    return round(10 * right / of) * 10 if of else 0
