"""What a liaison officer proposes to his township (投稿): a reminder, or something people can learn from.

It is no report and names nobody it is about. It waits at the office of his township until a clerk takes it, returns it
with a word, merges it or refuses it (models/triage.py), and he is told each time. What came of it stands in
`SubmissionStep`, where nothing is ever overwritten.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.actor import Actor
from models.attachment import Attachment, FileState
from models.audit import Act, Audit
from models.campaign import FURTHEST, Campaign
from models.db import IdField, UtcDatetimeField, advisory_lock, transaction
from models.draft import Proposing
from models.errors import Conflict, Invalid, NotFound
from models.festival import between
from models.house import house
from models.lesson import LessonVersion
from models.officer import SERVES, Officer, OfficerChat
from models.outbox import Choice, Lane, Outbox, Say
from models.policy import Action, require
from models.sealed_files import Pieces, decrypt
from models.terms import CampaignKind, CampaignState, Fate, Festival, LessonState, ReturnReason, SubmissionState
from models.unit import Unit, tree

MOST_WAITING: Final = 20
"""Of one officer at a time: nobody floods a desk by leaning on a button."""
HIS_PAGE: Final = 5
BEFORE_FESTIVAL: Final = 3
OPEN: Final = frozenset({SubmissionState.WAITING, SubmissionState.RETURNED})
_FATES: Final = {
    CampaignState.APPROVED: Fate.APPROVED,
    CampaignState.SCHEDULED: Fate.APPROVED,
    CampaignState.SENDING: Fate.SENT,
    CampaignState.PAUSED: Fate.SENT,
    CampaignState.DONE: Fate.SENT,
    CampaignState.STOPPED: Fate.UNSENT,
    CampaignState.EXPIRED: Fate.UNSENT,
}
"""Of the broadcast it became; while that is written and approved it counts as taken."""


@dataclass(frozen=True, slots=True)
class Wish:
    """On which day, and to whom, an officer would have it sent. What is empty is left to the office."""

    day: date | None = None
    festival: Festival | None = None  # the day is three days before it
    own_village: bool = False

    @classmethod
    def before_festival(cls) -> "Wish":
        """Three days before the next festival, as long as that day is still ahead."""
        first = clock.today() + timedelta(days=BEFORE_FESTIVAL + 1)
        festival, day = between(first, first + FURTHEST)[0]
        return cls(day=day - timedelta(days=BEFORE_FESTIVAL), festival=festival)

    def require(self) -> None:
        """Invalid for a day that is no more ahead, or lies more than a year away."""
        if self.day and not clock.today() < self.day <= clock.today() + FURTHEST:
            raise Invalid("submission.day_past")


class Submission(Model):
    """One thing proposed. `words`, `wished_on` and the rest are as handed in last."""

    id = IdField()
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", related_name="submissions", on_delete=fields.RESTRICT
    )
    unit_id: UUID  # the office it goes to
    officer: fields.ForeignKeyRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="submissions", on_delete=fields.RESTRICT
    )
    officer_id: UUID
    kind = fields.CharEnumField(CampaignKind, max_length=12)
    words: str = fields.TextField()
    wished_on: date | None = fields.DateField(null=True)
    festival: Festival | None = fields.CharEnumField(Festival, max_length=24, null=True)  # type: ignore[assignment]
    own_village = fields.BooleanField(default=False)
    state = fields.CharEnumField(SubmissionState, max_length=10, default=SubmissionState.WAITING)
    reason: ReturnReason | None = fields.CharEnumField(ReturnReason, max_length=12, null=True)  # type: ignore[assignment]
    word: str = fields.TextField(default="")  # what the desk said last, in its own words
    into_id: UUID | None = fields.UUIDField(null=True)  # the submission it was merged with
    campaign: fields.ForeignKeyNullableRelation[Campaign] = fields.ForeignKeyField(
        "models.Campaign", related_name="submissions", null=True, on_delete=fields.RESTRICT
    )
    campaign_id: UUID | None
    lesson_id: UUID | None = fields.UUIDField(null=True)
    came_at: datetime = UtcDatetimeField()
    steps: fields.ReverseRelation["SubmissionStep"]
    in_library = False  # whether the lesson it became is read; not stored

    class Meta:
        table = "submission"
        indexes = (
            ("unit_id", "state", "came_at", "id"),
            ("officer_id", "came_at", "id"),
            ("campaign_id",),
            ("into_id",),
        )

    # The officer's side

    @classmethod
    async def hand_in(cls, officer: Officer, told: Proposing, wish: Wish) -> "Submission":
        """To his township, with the files that were sent for it. What was returned to him goes back as the same one.

        Invalid without words or for a day that has passed; Conflict when too many of his wait, or when what was
        returned is not his to mend any more.
        """
        wish.require()
        if not (words := told.words()):
            raise Invalid("submission.words_missing")
        written = {"words": words, "wished_on": wish.day, "festival": wish.festival, "own_village": wish.own_village}
        async with transaction():
            if told.mends:
                one = await cls.of_officer(officer, UUID(hex=told.mends))
                await one.move({SubmissionState.RETURNED}, SubmissionState.WAITING, reason=None, word="", **written)
            else:
                one = await cls._new(officer, told.kind, written)
            await Attachment.filter(id__in=told.files(), tip_id=None).update(draft_id=None, submission_id=one.id)
            await one.note(Act.SUBMISSION_CAME, None, words=words)
        return one

    @classmethod
    async def _new(cls, officer: Officer, kind: CampaignKind, written: dict[str, Any]) -> "Submission":
        await advisory_lock(f"officer {officer.id}")
        if await cls.filter(officer_id=officer.id, state=SubmissionState.WAITING).count() >= MOST_WAITING:
            raise Conflict("submission.too_many", most=MOST_WAITING)
        office = next(unit for unit in (await tree()).upward(officer.station_id) if unit.kind not in SERVES)
        return await cls.create(
            unit_id=office.id, officer_id=officer.id, kind=kind, came_at=clock.now(), into_id=None, **written
        )

    @classmethod
    async def of_officer(cls, officer: Officer, submission_id: UUID) -> "Submission":
        """One of his own. NotFound for another's."""
        one = await cls.get_or_none(id=submission_id, officer_id=officer.id)
        if one is None:
            raise NotFound
        return one

    async def withdraw(self) -> None:
        """不提了, by its officer. What was merged into it waits anew. Conflict once the desk has decided."""
        async with transaction():
            await self.move(OPEN, SubmissionState.WITHDRAWN)
            await Submission.filter(into_id=self.id).update(state=SubmissionState.WAITING, into_id=None)
            await self.drop_files()
            await self.note(Act.SUBMISSION_WITHDRAWN, None)

    def fate(self) -> Fate:
        """What has become of it, in one word; of one that `handed_in_by` loaded."""
        if self.campaign_id and self.campaign:
            if self.campaign.round > 0 and self.campaign.state is CampaignState.SCHEDULED:
                return Fate.SENT  # it waits for its second round
            return _FATES.get(self.campaign.state, Fate(self.state.value))
        return Fate.LESSON if self.in_library else Fate(self.state.value)

    # What both sides need

    async def move(self, given: Collection[SubmissionState], to: SubmissionState, **columns: Any) -> None:
        """In the caller's transaction. Conflict unless it still stands so: somebody else was quicker."""
        still = Submission.filter(id=self.id, state__in=list(given))
        if not await still.update(state=to, **columns):
            raise Conflict("submission.moved_on")
        self.update_from_dict({"state": to, **columns})

    async def note(self, act: Act, actor: Actor | None, *, words: str = "") -> None:
        """One line of its history, and one of the audit trail without any words."""
        by = actor.id if actor else None
        await SubmissionStep.create(
            submission_id=self.id, state=self.state, by_id=by, words=words, reason=self.reason, word=self.word,
            at=clock.now(),
        )  # fmt: skip
        await Audit.record(act, unit_id=self.unit_id, actor_id=by, object_id=self.id)

    async def tell_officer(self, key: str, *, mends: bool = False, **params: Any) -> None:
        """A word to its officer, in the caller's transaction. He hears nothing once he has no chat here any more."""
        link = await OfficerChat.get_or_none(officer_id=self.officer_id)
        contact_id = link.contact_id() if link else None
        if contact_id is None:
            return
        begins = self.words if len(self.words) <= _SHOWN else self.words[:_SHOWN] + "…"
        ways = (
            Choice("submission.mend", f"!o:mend-{self.id.hex}"),
            Choice("submission.drop", f"!o:drop-{self.id.hex}"),
        )
        say = Say(key, params={"begins": begins, **params}, choices=(ways,) if mends else ())
        await Outbox.put([(contact_id, say)], lane=Lane.NOTICE)

    async def file(self, file_id: UUID) -> tuple[dict[str, Any], Pieces]:
        """Metadata and clear bytes of one of its files. NotFound for another's, and for one still on its way."""
        row = await Attachment.get_or_none(id=file_id, submission_id=self.id, state=FileState.FETCHED)
        if row is None:
            raise NotFound
        meta = row.draft_meta()
        return meta, decrypt(row.draft_key(), row.id, meta["size"], house().files.open(row.id))

    async def drop_files(self) -> None:
        """Nobody will use them: rows and keys go now, the locked bytes with the next sweep of files."""
        await Attachment.filter(submission_id=self.id).delete()

    @classmethod
    async def of(cls, actor: Actor, submission_id: UUID) -> "Submission":
        """One that came to the actor's office, with its officer and what it became. NotFound for others."""
        require(actor, Action.TRIAGE)
        rows = cls.filter(id=submission_id, unit_id=actor.unit_id).select_related("officer__station", "campaign")
        one = await rows.first()
        if one is None:
            raise NotFound
        return one


class SubmissionStep(Model):
    """One thing that happened to a submission. `by_id` is empty for its officer and for time."""

    id = fields.BigIntField(primary_key=True, generated=True)
    submission: fields.ForeignKeyRelation[Submission] = fields.ForeignKeyField(
        "models.Submission", related_name="steps"
    )
    submission_id: UUID
    state = fields.CharEnumField(SubmissionState, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    words: str = fields.TextField(default="")  # as handed in
    reason: ReturnReason | None = fields.CharEnumField(ReturnReason, max_length=12, null=True)  # type: ignore[assignment]
    word: str = fields.TextField(default="")
    at: datetime = UtcDatetimeField()

    class Meta:
        table = "submission_step"
        indexes = (("submission_id", "id"),)


async def handed_in_by(officer: Officer, *, skip: int = 0) -> tuple[list[Submission], bool]:
    """Five of his own, newest first, and whether there are older ones."""
    rows = Submission.filter(officer_id=officer.id).order_by("-came_at", "-id").offset(skip).limit(HIS_PAGE + 1)
    found = await rows.select_related("campaign")
    lessons = LessonVersion.filter(lesson_id__in=[one.lesson_id for one in found if one.lesson_id])
    read = set(await lessons.filter(state=LessonState.PUBLISHED).values_list("lesson_id", flat=True))
    for one in found:
        one.in_library = one.lesson_id in read
    return found[:HIS_PAGE], len(found) > HIS_PAGE


async def tell_sent(campaign: Campaign) -> None:
    """Whoever proposed something that goes out now is told, in the caller's transaction."""
    for one in await Submission.filter(campaign_id=campaign.id):
        await one.tell_officer("submission.sent")


async def tell_published(lesson_id: UUID) -> None:
    """Whoever proposed what can be read from now on is told, in the caller's transaction."""
    for one in await Submission.filter(lesson_id=lesson_id):
        await one.tell_officer("submission.published")


async def sources(**became: UUID) -> list[Officer]:
    """The officers from whom a broadcast (`campaign_id`) or a lesson (`lesson_id`) came."""
    rows = await Submission.filter(**became).select_related("officer__station").order_by("came_at")
    return list({one.officer_id: one.officer for one in rows}.values())


_SHOWN: Final = 24
"""Characters of his own words by which he knows which one is meant."""
