"""Lessons: what the office teaches, in versions. Readers see the published one until another is approved.

A case lesson (以案促改) teaches from a case that is closed and publicly notified: models/checklist.py.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q, Subquery
from tortoise.models import Model

from models import clock
from models.actor import Actor
from models.audit import Act, Audit
from models.checklist import Told, told_in
from models.db import IdField, UtcDatetimeField, advisory_lock, insert, new_id, transaction
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.material import Material, MaterialKind
from models.policy import Action, require
from models.proposal import Proposal
from models.terms import Language, LessonKind, LessonState, ProposalKind, ProposalState
from models.unit import Unit

OPEN: Final = frozenset({LessonState.DRAFT, LessonState.PROPOSED})
SHOWN: Final = {
    LessonKind.PICTURE: MaterialKind.PHOTO,
    LessonKind.VIDEO: MaterialKind.VIDEO,
    LessonKind.FILE: MaterialKind.FILE,
}
"""What hangs beside the words of which kind; the others have words alone."""


class Lesson(Model):
    """One lesson, whatever its versions. `title` is the published one's, before that the draft's: for lists."""

    id = IdField()
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", related_name="lessons", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    kind = fields.CharEnumField(LessonKind, max_length=8)
    title = fields.CharField(max_length=60)
    made_at: datetime = UtcDatetimeField()
    versions: fields.ReverseRelation["LessonVersion"]

    class Meta:
        table = "lesson"
        indexes = (("unit_id",), ("made_at", "id"))

    @classmethod
    async def write(cls, actor: Actor, kind: LessonKind, **told: Any) -> "Lesson":
        """A new one, as a draft; what is told as in `checklist.told_in`, which says what is Invalid."""
        require(actor, Action.WRITE_LESSON)
        words = await _told(actor, kind, told)
        lesson = cls(id=new_id(), unit_id=actor.unit_id, kind=kind, title=_title(words), made_at=clock.now())
        version = LessonVersion.draft(lesson.id, 1, actor, words)
        async with transaction():
            await insert(lesson, version)
            await lesson.note(Act.LESSON_WRITTEN, actor)
        return lesson

    async def revise(self, actor: Actor, *, read: str | None = None, **told: Any) -> None:
        """An open version is written anew, and not proposed any more; after a published one a new version begins.

        Invalid as `write`; Forbidden for another unit's; Conflict when it was decided or rewritten meanwhile, and when
        the newest says something else than the one its writer `read` (the stamp that his form brought back) and than
        what he writes: a form may come twice.
        """
        require(actor, Action.WRITE_LESSON)
        self.own(actor)
        words, newest = await _told(actor, self.kind, told), await self.newest()
        if read not in {None, newest.stamp()} and words != newest.told:
            raise Conflict("error.rewritten")
        is_open = newest.state in OPEN
        version = LessonVersion.draft(self.id, newest.number + (not is_open), actor, words)
        async with transaction():
            await newest.hold({newest.state})
            if is_open:
                await withdraw_proposal(newest.id)
                await newest.delete()
            await version.save(force_create=True)
            if await self.live() is None:
                await self.call(words.texts)
            await self.note(Act.LESSON_WRITTEN, actor)

    async def withdraw(self, actor: Actor) -> None:
        """Nobody reads it from here on, and no broadcast carries it any further.

        Forbidden for another unit's; Conflict when nothing of it is published.
        """
        from models.teaching import stop_untaught  # which knows lessons, not the other way round

        require(actor, Action.WRITE_LESSON)
        self.own(actor)
        async with transaction():
            rows = LessonVersion.filter(lesson_id=self.id, state=LessonState.PUBLISHED)
            if not await rows.update(state=LessonState.WITHDRAWN):
                raise Conflict("lesson.moved_on")
            await self.note(Act.LESSON_WITHDRAWN, actor)
            await stop_untaught(actor, self.id)

    @classmethod
    async def of(cls, actor: Actor, lesson_id: UUID) -> "Lesson":
        """One of the actor's unit, one its people decide on, or one that is published. NotFound for others."""
        require(actor, Action.LIST_LESSONS)
        found = await cls.filter(seen_by(actor)).get_or_none(id=lesson_id)
        if found is None:
            raise NotFound
        return found

    def own(self, actor: Actor) -> None:
        """Forbidden for other units."""
        if self.unit_id != actor.unit_id:
            raise Forbidden

    async def newest(self) -> "LessonVersion":
        """The version written last."""
        found = LessonVersion.filter(lesson_id=self.id).order_by("-number").select_related("material")
        newest = await found.first()
        if newest is None:
            raise NotFound
        return newest

    async def live(self) -> "LessonVersion | None":
        """The version readers see; None before the first approval and after it was withdrawn."""
        return await LessonVersion.get_or_none(lesson_id=self.id, state=LessonState.PUBLISHED)

    async def call(self, texts: dict[str, dict[str, str]]) -> None:
        """It is listed under this version's title from here on. In the caller's transaction."""
        self.title = texts[Language.ZH_CN]["title"]
        await self.save(update_fields=["title"])

    async def note(self, act: Act, actor: Actor) -> None:
        """The audit line of one change, in the caller's transaction."""
        await Audit.record(act, unit_id=self.unit_id, actor_id=actor.id, object_id=self.id)


class LessonVersion(Model):
    """The words of a lesson at one time. At most one of a lesson is published, and one open: the newest."""

    id = IdField()
    lesson: fields.ForeignKeyRelation[Lesson] = fields.ForeignKeyField("models.Lesson", related_name="versions")
    lesson_id: UUID
    number: int = fields.IntField()
    state = fields.CharEnumField(LessonState, max_length=10, default=LessonState.DRAFT)
    texts: dict[str, dict[str, str]] = fields.JSONField()  # by language: title, and the parts of its kind
    officials_only = fields.BooleanField(default=False)
    checks: list[str] = fields.JSONField(default=list)  # what its author ticked; only cases have any
    notified_where = fields.CharField(max_length=120, default="")
    notified_on: date | None = fields.DateField(null=True)
    material: fields.ForeignKeyNullableRelation[Material] = fields.ForeignKeyField(
        "models.Material", related_name="lessons", null=True, on_delete=fields.RESTRICT
    )
    material_id: UUID | None
    author_id: UUID = fields.UUIDField()
    proposer_id: UUID | None = fields.UUIDField(null=True)
    decider_id: UUID | None = fields.UUIDField(null=True)  # the unit whose people approve it
    seen_by_id: UUID | None = fields.UUIDField(null=True)  # who went through the checks before approving
    made_at: datetime = UtcDatetimeField()
    published_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "lesson_version"
        unique_together = (("lesson_id", "number"),)
        indexes = (("state", "officials_only", "published_at", "id"), ("decider_id", "state"))

    @classmethod
    def draft(cls, lesson_id: UUID, number: int, actor: Actor, words: Told) -> "LessonVersion":
        """One not stored yet."""
        return cls(
            id=new_id(), lesson_id=lesson_id, number=number, author_id=actor.id, made_at=clock.now(), **words._asdict()
        )

    def stamp(self) -> str:
        """Which version this is: what is written anew is another one."""
        return self.id.hex

    @property
    def told(self) -> Told:
        """As it was written."""
        return Told(*(getattr(self, name) for name in Told._fields))

    def text_in(self, language: str) -> dict[str, str]:
        """The words in this language; where there are none, in Chinese."""
        return self.texts[self.spoken(language)]

    def spoken(self, language: str) -> str:
        """The language in which somebody who asks for this one will read it."""
        return language if language in self.texts else Language.ZH_CN

    async def hold(self, given: Collection[LessonState]) -> None:
        """Conflict unless it is still the newest and stands so; nobody changes it before this transaction ends."""
        await advisory_lock(f"lesson {self.lesson_id}")
        newest = await LessonVersion.filter(lesson_id=self.lesson_id).order_by("-number").first()
        if newest is None or newest.id != self.id or newest.state not in given:
            raise Conflict("lesson.moved_on")


async def withdraw_proposal(version_id: UUID) -> None:
    """What was proposed has changed. In the caller's transaction."""
    rows = Proposal.filter(kind=ProposalKind.LESSON, object_id=version_id, state=ProposalState.OPEN)
    await rows.update(state=ProposalState.EXPIRED)


def seen_by(actor: Actor) -> Q:
    """What the library shows at this desk: its own, what it decides on, and everything that is published."""
    others = LessonVersion.filter(Q(state=LessonState.PUBLISHED) | Q(decider_id=actor.unit_id))
    return Q(unit_id=actor.unit_id) | Q(id__in=Subquery(others.values("lesson_id")))


async def versions(actor: Actor, lesson: Lesson) -> list[LessonVersion]:
    """Those the actor sees, the newest first, each with what hangs beside it: of other offices no drafts."""
    rows = LessonVersion.filter(lesson_id=lesson.id).order_by("-number").select_related("lesson", "material")
    return [one for one in await rows if sees(actor, lesson, one)]


def sees(actor: Actor, lesson: Lesson, version: LessonVersion) -> bool:
    """Whether this desk sees this version: as `seen_by`."""
    return actor.unit_id in {lesson.unit_id, version.decider_id} or version.state is LessonState.PUBLISHED


async def _told(actor: Actor, kind: LessonKind, told: dict[str, Any]) -> Told:
    words = told_in(kind, **told)
    if words.material_id:
        material = await Material.of(actor, words.material_id)
        if material.kind is not SHOWN[kind]:
            raise Invalid("lesson.material_other")
    return words


def _title(words: Told) -> str:
    return words.texts[Language.ZH_CN]["title"]
