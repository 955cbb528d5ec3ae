"""婚丧喜庆: somebody in office has reported a wedding or a funeral of his; two reminders are drafted for it.

One comes a week before the day (a funeral's at once), one the day after. The desk enters the day and whose post it is,
nothing else of the family. The drafts go to that post by a mark in the register, never by a tip; they wait for
approval like any other, and end by saying that whoever reports gets them. Source: DJ 100, NC11 6(5); numbers are local.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models import clock
from models.actor import Actor
from models.audience import Audience
from models.audit import Act, Audit
from models.campaign import Campaign, Texts, texts_in
from models.clock import SHANGHAI
from models.db import IdField, UtcDatetimeField, advisory_lock, transaction
from models.errors import Conflict, Invalid
from models.festival import SEND_AT, WAKING
from models.official import Official, OfficialTag, tags_in
from models.policy import Action, require
from models.terms import CampaignKind, DeclaredEvent, Festival, Language

BEFORE: Final = timedelta(days=7)
LATEST: Final = timedelta(days=30)
"""A funeral may be reported so long after it."""
FURTHEST: Final = timedelta(days=180)
REPORT_LIFE: Final = timedelta(days=7)
"""How long the reminder to report afterwards still has a point."""
KEPT: Final = timedelta(days=30)


class Telling(StrEnum):
    """Which of the three texts."""

    WEDDING = "0"
    FUNERAL = "1"
    AFTERWARDS = "2"


Wording = Callable[[Telling], Mapping[Language, str]]
"""The catalogs' words, in every language: given by who knows the catalogs."""


class Declaration(Model):
    """One report of one person in office. It goes thirty days after the day, with the mark in the register."""

    id = IdField()
    unit_id: UUID = fields.UUIDField()  # whose desk entered it
    official: fields.ForeignKeyRelation[Official] = fields.ForeignKeyField("models.Official", related_name="declared")
    official_id: UUID
    event = fields.CharEnumField(DeclaredEvent, max_length=8)
    day: date = fields.DateField()
    mark = fields.CharField(max_length=24)  # the tag by which the drafts find him
    by_id: UUID = fields.UUIDField()
    at: datetime = UtcDatetimeField()

    class Meta:
        table = "declaration"
        unique_together = (("official_id", "day"),)
        indexes = (("day",),)

    @classmethod
    async def enter(
        cls, actor: Actor, official_id: UUID, *, event: DeclaredEvent, day: date, word: str, wording: Wording
    ) -> list[Campaign]:
        """Enter one report; answers the drafts. `word` begins the mark in the register, in the desk's language.

        NotFound for a post elsewhere; Invalid for a day that cannot be; Conflict for an ended post or a second entry.
        """
        require(actor, Action.KEEP_CALENDAR)
        one = await Official.of(actor, official_id)
        if one.ended_on:
            raise Conflict("official.has_ended")
        if not clock.today() - LATEST <= day <= clock.today() + FURTHEST:
            raise Invalid("declaration.day_bad")
        [mark] = tags_in([f"{word} {day.isoformat()} {one.id.hex[:6]}"])
        row = cls(unit_id=actor.unit_id, official_id=one.id, event=event, day=day, mark=mark, by_id=actor.id)
        row.at = clock.now()
        async with transaction():
            await advisory_lock(f"declaration {one.id}")
            if await cls.exists(official_id=one.id, day=day):
                raise Conflict("declaration.entered_already")
            await row.save(force_create=True)
            await OfficialTag.create(official_id=one.id, tag=mark)
            await Audit.record(Act.EVENT_DECLARED, unit_id=actor.unit_id, actor_id=actor.id, object_id=row.id)
            return [await row._draft(actor, one, *told) for told in row._planned(wording)]

    def _planned(self, wording: Wording) -> list[tuple[Texts, datetime, datetime]]:
        """Words, when they go out, and from when on they have no point. Before the day only while it is ahead."""
        after = _at_nine(max(self.day, clock.today()) + timedelta(days=1))
        planned = [(texts_in(wording(Telling.AFTERWARDS)), after, after + REPORT_LIFE)]
        over = datetime.combine(self.day, WAKING[1], SHANGHAI)
        if clock.now() < over:
            telling = Telling.FUNERAL if self.event is DeclaredEvent.FUNERAL else Telling.WEDDING
            planned.insert(0, (texts_in(wording(telling)), _at_nine(self.day - BEFORE), over))
        return planned

    async def _draft(self, actor: Actor, one: Official, texts: Texts, send_at: datetime, ends_at: datetime) -> Campaign:
        draft = Campaign(
            unit_id=actor.unit_id,
            kind=CampaignKind.REMINDER,
            festival=Festival.WEDDINGS_FUNERALS,
            texts=texts,
            audience=Audience(unit=one.unit_id, tags=(self.mark,)).to_json(),
            author_id=actor.id,
            send_at=send_at,
            ends_at=ends_at,
            made_at=clock.now(),
        )
        await draft.save(force_create=True)
        await draft.note(Act.CAMPAIGN_DRAFTED, actor)
        return draft


def over() -> QuerySet[Declaration]:
    """Those whose day lies thirty days back."""
    return Declaration.filter(day__lt=clock.today() - KEPT)


async def forget() -> int:
    """The job: what was declared is forgotten, and the marks in the register with it."""
    async with transaction():
        gone = await over()
        await OfficialTag.filter(tag__in=[one.mark for one in gone]).delete()
        return await Declaration.filter(id__in=[one.id for one in gone]).delete()


def _at_nine(day: date) -> datetime:
    return datetime.combine(day, SEND_AT, SHANGHAI)
