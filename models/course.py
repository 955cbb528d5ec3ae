"""Courses: one lesson a month. Drafts make themselves and are approved like any other; what was missed is on record.

Each (course, month) is a unique row, so no month is taught twice. Months that lie ahead can be planned anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.actor import Actor
from models.audience import Audience
from models.audit import Act, Audit
from models.campaign import Campaign
from models.clock import SHANGHAI
from models.db import IdField, UtcDatetimeField, advisory_lock, new_id, transaction
from models.errors import Invalid, NotFound
from models.festival import SEND_AT, WAKING
from models.lesson import Lesson, LessonVersion
from models.policy import Action, require
from models.teaching import foretaste
from models.terms import CampaignKind, LessonState, OccurrenceState
from models.text import clean
from models.unit import Unit

DAYS: Final = range(1, 29)
"""On which a month's lesson may go out: every month has them."""
DRAFT_BEFORE: Final = timedelta(days=10)
MONTHS_AHEAD: Final = 12
MAX_TITLE: Final = 60
PAGE: Final = 30


class Course(Model):
    """A series. `day` is the day of each month on which its lesson goes out."""

    id = IdField()
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", related_name="courses", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    title = fields.CharField(max_length=MAX_TITLE)
    day: int = fields.SmallIntField()
    audience: dict[str, Any] = fields.JSONField()
    made_at: datetime = UtcDatetimeField()
    months: fields.ReverseRelation["CourseMonth"]

    class Meta:
        table = "course"
        indexes = (("unit_id", "made_at"),)

    @classmethod
    async def plan(cls, actor: Actor, **told: Any) -> "Course":
        """A new one; what is told as for `replan`. Invalid as there."""
        require(actor, Action.PLAN_COURSE)
        course = cls(id=new_id(), unit_id=actor.unit_id, made_at=clock.now())
        await course._write(actor, is_new=True, **told)
        return course

    async def replan(self, actor: Actor, **told: Any) -> None:
        """`title`, `day`, `audience`, and `lessons`, a lesson for each month that has one. What has begun stays.

        Invalid for a title or a day that is none, no lesson at all, a month that has passed or lies too far ahead, and
        a lesson that is not published; for an audience as it says.
        """
        require(actor, Action.PLAN_COURSE)
        await self._write(actor, is_new=False, **told)

    async def _write(
        self, actor: Actor, *, is_new: bool, title: str, day: int, audience: Audience, lessons: Mapping[date, UUID]
    ) -> None:
        await audience.require(actor)
        self.title, self.day, self.audience = _title(title), day, audience.to_json()
        if day not in DAYS:
            raise Invalid("course.day_bad", last=DAYS[-1])
        await _require_lessons(lessons, is_new=is_new)
        async with transaction():
            await advisory_lock("courses")
            await self.save(force_create=is_new)
            await CourseMonth.filter(course_id=self.id, state=OccurrenceState.PLANNED).delete()
            begun = set(await CourseMonth.filter(course_id=self.id).values_list("month", flat=True))
            rows = [CourseMonth(course_id=self.id, month=one, lesson_id=lessons[one]) for one in set(lessons) - begun]
            await CourseMonth.bulk_create(rows)
            await Audit.record(Act.COURSE_PLANNED, unit_id=self.unit_id, actor_id=actor.id, object_id=self.id)

    @classmethod
    async def of(cls, actor: Actor, course_id: UUID) -> "Course":
        """One of the actor's unit. NotFound for others."""
        require(actor, Action.PLAN_COURSE)
        found = await cls.get_or_none(id=course_id, unit_id=actor.unit_id)
        if found is None:
            raise NotFound
        return found

    async def taught(self) -> list["CourseMonth"]:
        """Its months in order, each with its lesson and its broadcast."""
        return await CourseMonth.filter(course_id=self.id).order_by("month").select_related("lesson", "campaign")


class CourseMonth(Model):
    """One lesson of one month."""

    id = IdField()
    course: fields.ForeignKeyRelation[Course] = fields.ForeignKeyField("models.Course", related_name="months")
    course_id: UUID
    month: date = fields.DateField()  # its first day
    lesson: fields.ForeignKeyRelation[Lesson] = fields.ForeignKeyField(
        "models.Lesson", related_name="months", on_delete=fields.RESTRICT
    )
    lesson_id: UUID
    state = fields.CharEnumField(OccurrenceState, max_length=8, default=OccurrenceState.PLANNED)
    campaign: fields.ForeignKeyNullableRelation[Campaign] = fields.ForeignKeyField(
        "models.Campaign", related_name="months", null=True, on_delete=fields.RESTRICT
    )
    campaign_id: UUID | None

    class Meta:
        table = "course_month"
        unique_together = (("course_id", "month"),)
        indexes = (("state", "month"), ("lesson_id",), ("campaign_id",))


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of one month's lesson."""

    draft_at: datetime
    send_at: datetime
    ends_at: datetime  # with the month


def times_of(month: date, day: int) -> Times:
    """Drafted ten days before, sent at nine, over when the month is."""
    send_at = datetime.combine(month.replace(day=day), SEND_AT, SHANGHAI)
    last = following(month) - timedelta(days=1)
    return Times(send_at - DRAFT_BEFORE, send_at, datetime.combine(last, WAKING[1], SHANGHAI))


def following(month: date) -> date:
    """The first day of the month after this one."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def months_ahead() -> list[date]:
    """The twelve months that can be planned: this one and what follows."""
    months = [clock.today().replace(day=1)]
    while len(months) < MONTHS_AHEAD:
        months.append(following(months[-1]))
    return months


async def courses(actor: Actor) -> list[tuple[Course, list[CourseMonth]]]:
    """The thirty newest of the actor's unit, each with its months in order, in two queries."""
    require(actor, Action.PLAN_COURSE)
    found = await Course.filter(unit_id=actor.unit_id).order_by("-made_at", "-id").limit(PAGE)
    rows = CourseMonth.filter(course_id__in=[one.id for one in found]).order_by("month")
    taught: dict[UUID, list[CourseMonth]] = {one.id: [] for one in found}
    for row in await rows.select_related("lesson", "campaign"):
        taught[row.course_id].append(row)
    return [(one, taught[one.id]) for one in found]


async def keep_courses() -> int:
    """The job: draft what is due, record the months that passed. Answers how many rows changed.

    It looks at rows and the clock alone: what was missed is made up while its month lasts, and nothing happens twice.
    """
    async with transaction():
        await advisory_lock("courses")
        rows = CourseMonth.filter(state=OccurrenceState.PLANNED, month__lte=following(clock.today()))
        changed = 0
        for row in await rows.order_by("month", "id").select_related("course", "lesson"):
            changed += await _open(row)
        return changed


async def _open(row: CourseMonth) -> int:
    times, at = times_of(row.month, row.course.day), clock.now()
    if at >= times.ends_at:
        row.state = OccurrenceState.EXPIRED
    elif at >= times.draft_at and (version := await row.lesson.live()):
        row.campaign_id, row.state = await _draft(row, version, times), OccurrenceState.DRAFTED
    else:
        return 0
    await row.save(update_fields=["state", "campaign_id"])
    return 1


async def _draft(row: CourseMonth, version: LessonVersion, times: Times) -> UUID:
    """Made up late, its day has passed: who runs it chooses another before the month ends."""
    draft = Campaign(
        unit_id=row.course.unit_id,
        kind=CampaignKind.EDUCATION,
        texts=foretaste(row.lesson.kind, version),
        audience=row.course.audience,
        lesson_id=row.lesson_id,
        send_at=times.send_at if times.send_at > clock.now() else None,
        ends_at=times.ends_at,
        made_at=clock.now(),
    )
    await draft.save(force_create=True)
    await draft.note(Act.CAMPAIGN_DRAFTED, None)
    return draft.id


async def _require_lessons(lessons: Mapping[date, UUID], *, is_new: bool) -> None:
    if is_new and not lessons:
        raise Invalid("course.no_lesson")
    if set(lessons) - set(months_ahead()):
        raise Invalid("course.month_bad")
    live = LessonVersion.filter(lesson_id__in=list(lessons.values()), state=LessonState.PUBLISHED)
    if set(lessons.values()) - set(await live.values_list("lesson_id", flat=True)):
        raise Invalid("lesson.not_published")


def _title(told: str) -> str:
    title = clean(told)
    if not 0 < len(title) <= MAX_TITLE:
        raise Invalid("course.title_bad", most=MAX_TITLE)
    return title
