"""Taking a quiz. Who is enrolled may stop and go on, and sees his own results; of residents nothing is kept.

A result hangs on the person's sealed link, never on a name: when the link goes with his post, nobody can tell any more
whose it was. Answers and results go after ninety days; the totals stay (models/quiz_totals.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models import clock
from models.db import IdField, UtcDatetimeField, for_update, transaction
from models.errors import Conflict
from models.officer import OfficerChat, chat_tag
from models.official import Official, Reached
from models.question import Question
from models.quiz import Quiz
from models.terms import QuizState
from models.unit import tree

KEPT: Final = timedelta(days=90)
MOST_TRIES: Final = 32_767
"""What a row can hold; no button of ours ever showed more."""
NO_RECORD: Final = 0
"""The number of a run nobody writes down: where it stands is in its buttons."""


class Run(Model):
    """One person's way through one quiz. `number` counts his tries; only the first one enters the totals."""

    id = IdField()
    quiz: fields.ForeignKeyRelation[Quiz] = fields.ForeignKeyField("models.Quiz", related_name="runs")
    quiz_id: UUID
    taker_id: UUID = fields.UUIDField()  # the sealed link: Reached, or that of an officer who has none yet
    unit_id: UUID = fields.UUIDField()
    number: int = fields.SmallIntField()
    answers: list[int] = fields.JSONField(default=list)
    right: int = fields.SmallIntField(default=0)
    last_at: datetime = UtcDatetimeField()
    finished = fields.BooleanField(default=False)
    counted = fields.BooleanField(default=False)

    class Meta:
        table = "quiz_run"
        unique_together = (("quiz_id", "taker_id", "number"),)
        indexes = (("taker_id",), ("last_at",), ("counted", "finished"))


@dataclass(frozen=True, slots=True)
class Place:
    """What a button tells: which try, which question, and how many were right before it where nothing is written."""

    number: int
    no: int
    right: int = 0


@dataclass(frozen=True, slots=True)
class Sitting:
    """Where somebody stands: at question `no` of his try `number`, with so many right before it."""

    quiz: Quiz
    number: int
    no: int = 0
    right: int = 0

    @property
    def question(self) -> Question | None:
        """The one to be asked now. None when it is over."""
        asked = self.quiz.asked
        return asked[self.no] if self.no < len(asked) else None


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer came to. `known`: this question had been answered before, and nothing was counted."""

    question: Question
    is_right: bool
    known: bool
    now: Sitting


@dataclass(frozen=True, slots=True)
class Result:
    """A person's own result in one quiz, for himself."""

    quiz: Quiz
    best: int
    last: int
    tries: int


async def sit_down(quiz_id: UUID, contact_id: UUID) -> Sitting:
    """Begin, or go on where he stopped; after the last question a new try begins.

    Conflict when the quiz is not open, or not for this chat.
    """
    quiz = await _open(quiz_id)
    taker = await _taker(quiz, contact_id)
    if taker is None:
        return _unrecorded(quiz)
    async with transaction():
        last = await Run.filter(quiz_id=quiz.id, taker_id=taker[0]).order_by("-number").first()
        if last is None or last.finished:
            number = last.number + 1 if last else 1
            fresh = Run(quiz_id=quiz.id, taker_id=taker[0], unit_id=taker[1], number=number, last_at=clock.now())
            fresh.counted = number > 1
            await Run.bulk_create([fresh], ignore_conflicts=True)  # another phone of his was quicker
            return Sitting(quiz, number)
        return _standing(quiz, last)


async def look(quiz_id: UUID, contact_id: UUID, at: Place) -> Sitting:
    """Where he stands, if he is at the question his button tells, or beyond it. Errors as `answer`."""
    quiz = await _open(quiz_id)
    _question(quiz, at.no)
    if at.number == NO_RECORD:
        return replace(_unrecorded(quiz), no=at.no, right=min(max(at.right, 0), at.no))
    async with transaction():
        return _standing(quiz, await _run(quiz, contact_id, at))


async def answer(quiz_id: UUID, contact_id: UUID, at: Place, chosen: int) -> Answered:
    """Answer the question his button tells.

    Once is for good: a second answer to the same question changes nothing. ValueError for a button that no quiz of
    ours ever showed; Conflict as `sit_down`.
    """
    quiz = await _open(quiz_id)
    question = _question(quiz, at.no)
    if not 0 < chosen <= question.every:
        raise ValueError("no such answer")
    is_right = chosen == question.right
    if at.number == NO_RECORD:
        sitting = await look(quiz_id, contact_id, at)
        return Answered(question, is_right, known=False, now=_on(sitting, is_right=is_right))
    async with transaction():
        run = await _run(quiz, contact_id, at)
        sitting = _standing(quiz, run)
        if at.no < sitting.no:
            return Answered(question, run.answers[at.no] == question.right, known=True, now=sitting)
        sitting = _on(sitting, is_right=is_right)
        run.answers, run.right, run.last_at = [*run.answers, chosen], sitting.right, clock.now()
        run.finished = sitting.question is None
        await run.save(update_fields=["answers", "right", "last_at", "finished"])
        return Answered(question, is_right, known=False, now=sitting)


async def results(contact_id: UUID) -> list[Result]:
    """我的成绩: the best and the last of each quiz he finished, the newest first. For this chat alone."""
    links = [link_id for link_id, _ in await _links(contact_id)]
    runs = await Run.filter(taker_id__in=links, finished=True).order_by("-last_at", "-number").select_related("quiz")
    by_quiz: dict[UUID, list[Run]] = {}
    for run in runs:
        by_quiz.setdefault(run.quiz_id, []).append(run)
    return [Result(some[0].quiz, max(run.right for run in some), some[0].right, len(some)) for some in by_quiz.values()]


def old_runs() -> QuerySet[Run]:
    """Answers and results whose time is over."""
    return Run.filter(last_at__lt=clock.now() - KEPT)


async def sweep() -> int:
    """Raw answers and personal results go; what was counted stays counted, and the last few never are. A job."""
    async with transaction():
        return await old_runs().delete()


def _question(quiz: Quiz, no: int) -> Question:
    asked = quiz.asked
    if not 0 <= no < len(asked):
        raise ValueError("no such question")
    return asked[no]


async def _run(quiz: Quiz, contact_id: UUID, at: Place) -> Run:
    """His try, and nobody changes it before this transaction ends."""
    taker = await _taker(quiz, contact_id)
    if taker is None:
        raise Conflict("quiz.not_yours")
    if not 0 < at.number <= MOST_TRIES:
        raise ValueError("no try of his")
    found = await for_update(Run.filter(quiz_id=quiz.id, taker_id=taker[0], number=at.number))
    if not found or at.no > len(found[0].answers):
        raise ValueError("no question of his")
    return found[0]


def _standing(quiz: Quiz, run: Run) -> Sitting:
    return Sitting(quiz, run.number, len(run.answers), run.right)


def _on(sitting: Sitting, *, is_right: bool) -> Sitting:
    return replace(sitting, no=sitting.no + 1, right=sitting.right + is_right)


def _unrecorded(quiz: Quiz) -> Sitting:
    if not quiz.public:
        raise Conflict("quiz.not_yours")
    return Sitting(quiz, NO_RECORD)


async def _open(quiz_id: UUID) -> Quiz:
    quiz = await Quiz.get_or_none(id=quiz_id, state=QuizState.PUBLISHED)
    if quiz is None:
        raise Conflict("quiz.closed")
    return quiz


async def _taker(quiz: Quiz, contact_id: UUID) -> tuple[UUID, UUID] | None:
    """The link behind this chat, and its unit, if the quiz is of an office above it."""
    units = await tree()
    return next((link for link in await _links(contact_id) if units.under(link[1], quiz.unit_id)), None)


async def _links(contact_id: UUID) -> Sequence[tuple[UUID, UUID]]:
    """(link, unit) of every post in this chat, then of an officer's appointment."""
    found: list[tuple[UUID, UUID]] = []
    if link := await Reached.by_contact(contact_id):
        posts = await Official.filter(reached_id=link.id, ended_on=None).order_by("id")
        found += [(link.id, post.unit_id) for post in posts]
    if chat := await OfficerChat.get_or_none(tag=chat_tag(contact_id)).select_related("officer"):
        found.append((chat.reached_id or chat.id, chat.officer.station_id))  # the same in all his offices
    return found
