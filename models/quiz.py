"""A quiz (以考促学): questions with explanations, written by one, approved by another, open until it is closed.

It teaches: who takes it sees his own result, and the office sees totals.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tortoise import fields

from models import clock
from models.actor import Actor
from models.audit import Act
from models.db import IdField, UtcDatetimeField, transaction
from models.errors import Invalid
from models.lesson import Lesson
from models.policy import Action, require
from models.proposal import Proposal
from models.question import Question, questions_in, spoken, words_in
from models.reviewed import PAGE, Reviewed, put_forward
from models.terms import ProposalKind, QuizState
from models.unit import Unit, tree

LONGEST_TITLE: Final = 60


class Quiz(Reviewed):
    """One quiz. With a lesson it belongs to it; without one it stands alone."""

    PROPOSED_AS = ProposalKind.QUIZ
    DRAFT, PROPOSED = QuizState.DRAFT, QuizState.PROPOSED
    WRITTEN = ("title", "questions", "public", "lesson_id")
    MOVED_ON = "quiz.moved_on"

    id = IdField()
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", related_name="quizzes", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    decider_id: UUID | None = fields.UUIDField(null=True)  # the unit whose people approve it
    lesson_id: UUID | None = fields.UUIDField(null=True)
    title: dict[str, str] = fields.JSONField()
    questions: list[dict[str, Any]] = fields.JSONField()
    public = fields.BooleanField(default=False)  # residents may take it too, and nothing of it is kept
    state = fields.CharEnumField(QuizState, max_length=12, default=QuizState.DRAFT)
    author_id: UUID = fields.UUIDField()
    proposer_id: UUID | None = fields.UUIDField(null=True)
    made_at: datetime = UtcDatetimeField()
    published_at: datetime | None = UtcDatetimeField(null=True)
    closed_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "quiz"
        indexes = (("unit_id", "made_at", "id"), ("decider_id", "state"), ("lesson_id", "state"))

    # Writing it

    @classmethod
    async def write(cls, actor: Actor, **told: Any) -> "Quiz":
        """A draft of the actor's; what is told is as for `revise`."""
        require(actor, Action.COMPOSE)
        draft = cls(unit_id=actor.unit_id, made_at=clock.now())
        await draft._fill(actor, **told)
        async with transaction():
            await draft.save(force_create=True)
            await draft.note(Act.QUIZ_WRITTEN, actor)
        return draft

    async def revise(self, actor: Actor, *, read: str | None = None, **told: Any) -> None:
        """Change a draft: `title`, `questions`, `public`, `lesson_id`.

        Invalid for what cannot be asked; other errors as `Reviewed.rewrite`.
        """
        require(actor, Action.COMPOSE)
        await self._fill(actor, **told)
        await self.rewrite(Act.QUIZ_WRITTEN, actor, read)

    async def _fill(
        self,
        actor: Actor,
        *,
        title: Mapping[str, str],
        questions: Sequence[Question],
        public: bool = False,
        lesson_id: UUID | None = None,
    ) -> None:
        if lesson_id and not await Lesson.exists(id=lesson_id, unit_id=actor.unit_id):
            raise Invalid("error.choice")
        self.title = words_in(title, LONGEST_TITLE, "quiz.title_bad")
        self.questions = [one.to_json() for one in questions_in(questions)]
        self.public, self.lesson_id, self.author_id = public, lesson_id, actor.id

    async def close(self, actor: Actor) -> None:
        """Nobody takes it any more; its totals stay. Conflict when it is not open."""
        require(actor, Action.RUN_CAMPAIGN)
        async with transaction():
            await self.hold({QuizState.PUBLISHED})
            self.state, self.closed_at = QuizState.CLOSED, clock.now()
            await self.save(update_fields=["state", "closed_at"])
            await self.note(Act.QUIZ_CLOSED, actor)

    @property
    def asked(self) -> list[Question]:
        """Its questions, in their order."""
        return [Question.from_json(told) for told in self.questions]

    def title_in(self, language: str) -> str:
        """Its name in this language; in Chinese where there is none."""
        return spoken(self.title, language)


async def propose(actor: Actor, quiz: Quiz) -> None:
    """Ask for approval. Errors as `put_forward`."""
    require(actor, Action.COMPOSE)
    quiz.own(actor)
    await put_forward(actor, quiz)


async def approved(actor: Actor, found: Proposal) -> None:
    """The effect of approving: people may take it from here on."""
    quiz = await Quiz.get(id=found.object_id)
    quiz.state, quiz.published_at = QuizState.PUBLISHED, clock.now()
    await quiz.save(update_fields=["state", "published_at"])
    await quiz.note(Act.QUIZ_PUBLISHED, actor)


async def offered(actor: Actor) -> list[Quiz]:
    """What a broadcast of the actor's may carry: published by his unit or by one above it."""
    above = [node.id for node in (await tree()).upward(actor.unit_id)]
    return await Quiz.filter(unit_id__in=above, state=QuizState.PUBLISHED).order_by("-made_at", "-id").limit(PAGE)


async def lessons_for(actor: Actor) -> list[Lesson]:
    """The lessons of his unit that a quiz of his may belong to, newest first."""
    require(actor, Action.COMPOSE)
    return await Lesson.filter(unit_id=actor.unit_id).order_by("-made_at", "-id").limit(PAGE)


async def of_lesson(lesson_id: UUID, *, public: bool) -> Quiz | None:
    """The newest quiz that may follow a lesson; `public`: for a reader who is not enrolled."""
    rows = Quiz.filter(lesson_id=lesson_id, state=QuizState.PUBLISHED)
    return await (rows.filter(public=True) if public else rows).order_by("-made_at", "-id").first()


async def require_offered(actor: Actor, quiz_id: UUID, *, public: bool) -> None:
    """Invalid unless a broadcast of the actor's may carry it; `public`: residents get it as well."""
    found = next((one for one in await offered(actor) if one.id == quiz_id), None)
    if found is None:
        raise Invalid("quiz.not_offered")
    if public and not found.public:
        raise Invalid("quiz.public_only")
