"""The calendar of reminders: each festival of each year once. Drafts make themselves; what was missed is on record."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.actor import Actor
from models.audience import Audience
from models.audit import Act, Audit
from models.campaign import OPEN, Campaign, Texts, texts_in
from models.db import IdField, UtcDatetimeField, advisory_lock, transaction
from models.errors import Conflict
from models.festival import between, timetable
from models.policy import Action, require
from models.terms import CampaignKind, Festival, Language, OccurrenceState
from models.unit import tree

AHEAD_DAYS: Final = 400
Wording = Callable[[Festival, int], Texts]
"""The catalogs' text of a festival in a year, in every language: given by who knows the catalogs."""


class Occurrence(Model):
    """One festival on one day."""

    id = IdField()
    festival = fields.CharEnumField(Festival, max_length=24)
    day: date = fields.DateField()
    state = fields.CharEnumField(OccurrenceState, max_length=8, default=OccurrenceState.PLANNED)
    campaign: fields.ForeignKeyNullableRelation[Campaign] = fields.ForeignKeyField(
        "models.Campaign", related_name="occurrences", null=True, on_delete=fields.RESTRICT
    )
    campaign_id: UUID | None
    alarmed_at: datetime | None = UtcDatetimeField(null=True)  # it came near without approval

    class Meta:
        table = "occurrence"
        unique_together = (("festival", "day"),)
        indexes = (("state", "day"), ("campaign_id",), ("day",))


class Template(Model):
    """An office's own text for a festival. The newest version is used; none is ever overwritten."""

    id = IdField()
    festival = fields.CharEnumField(Festival, max_length=24)
    version: int = fields.IntField()
    texts: dict[str, str] = fields.JSONField()
    by_id: UUID = fields.UUIDField()
    at: datetime = UtcDatetimeField()

    class Meta:
        table = "template"
        unique_together = (("festival", "version"),)

    @classmethod
    async def write(cls, actor: Actor, festival: Festival, texts: dict[Language, str]) -> "Template":
        """A new version of the county's text. Invalid as for a campaign's; Conflict outside the county's own office."""
        require(actor, Action.APPROVE_CAMPAIGN)
        county = (await tree()).county()
        if county is None or actor.unit_id != county.id:
            raise Conflict("outreach.template_county")
        async with transaction():
            await advisory_lock(f"template {festival}")
            version = await cls.filter(festival=festival).count() + 1
            at = clock.now()
            row = await cls.create(festival=festival, version=version, texts=texts_in(texts), by_id=actor.id, at=at)
            detail: dict[str, Any] = {"festival": festival, "version": version}
            await Audit.record(
                Act.TEMPLATE_WRITTEN, unit_id=actor.unit_id, actor_id=actor.id, object_id=row.id, detail=detail
            )
        return row

    @classmethod
    async def newest(cls, festival: Festival) -> "Template | None":
        """The version a draft is made from; None while the office has written none."""
        return await cls.filter(festival=festival).order_by("-version").first()


async def keep_calendar(wording: Wording) -> int:
    """The job: plan a year ahead, draft what is due, record what passed, raise alarms. Answers how many rows changed.

    It looks at rows and the clock alone: what was missed meanwhile is made up or recorded, and nothing happens twice.
    """
    county = (await tree()).county()
    if county is None:
        return 0
    async with transaction():
        await advisory_lock("calendar")
        changed = await _plan()
        for row in await Occurrence.filter(state=OccurrenceState.PLANNED).order_by("day"):
            changed += await _open(row, county.id, wording)
        return changed + await _alarm()


async def coming(*, days: int = AHEAD_DAYS) -> list[Occurrence]:
    """What lies ahead, with its campaign; and what passed in the last month."""
    first, last = clock.today() - timedelta(days=30), clock.today() + timedelta(days=days)
    return await Occurrence.filter(day__gte=first, day__lte=last).order_by("day").select_related("campaign")


async def alarms() -> list[Occurrence]:
    """Festivals that came near and have no approval yet."""
    rows = Occurrence.filter(alarmed_at__not_isnull=True, day__gte=clock.today(), campaign__state__in=list(OPEN))
    return await rows.order_by("day").select_related("campaign")


async def _plan() -> int:
    """From the last day planned, so that even a year's downtime leaves no gap; at the very first from today."""
    last = await Occurrence.all().order_by("-day").first()
    first = last.day if last else clock.today()
    wanted = between(first, clock.today() + timedelta(days=AHEAD_DAYS))
    known = {(row.festival, row.day) for row in await Occurrence.filter(day__gte=first)}
    fresh = [Occurrence(festival=festival, day=day) for festival, day in wanted if (festival, day) not in known]
    await Occurrence.bulk_create(fresh)
    return len(fresh)


async def _open(row: Occurrence, unit_id: UUID, wording: Wording) -> int:
    times, at = timetable(row.festival, row.day), clock.now()
    if at < times.draft_at:
        return 0
    if at >= times.ends_at:
        row.state = OccurrenceState.EXPIRED
    else:
        row.campaign_id, row.state = await _draft(row, unit_id, wording), OccurrenceState.DRAFTED
    await row.save(update_fields=["state", "campaign_id"])
    return 1


async def _draft(row: Occurrence, unit_id: UUID, wording: Wording) -> UUID:
    times, newest = timetable(row.festival, row.day), await Template.newest(row.festival)
    draft = Campaign(
        unit_id=unit_id,
        kind=CampaignKind.REMINDER,
        festival=row.festival,
        texts=newest.texts if newest else dict(wording(row.festival, row.day.year)),
        audience=Audience(unit=unit_id).to_json(),
        send_at=times.first_at,
        second_at=times.second_at,
        ends_at=times.ends_at,
        made_at=clock.now(),
    )
    await draft.save(force_create=True)
    await draft.note(Act.CAMPAIGN_DRAFTED, None)
    return draft.id


async def _alarm() -> int:
    """A festival that comes near without approval. Once; what is approved later falls silent by itself."""
    waiting = Occurrence.filter(state=OccurrenceState.DRAFTED, alarmed_at=None, campaign__state__in=list(OPEN))
    late = [
        row
        for row in await waiting.select_related("campaign")
        if timetable(row.festival, row.day).approve_by <= clock.now()
    ]
    for row in late:
        row.alarmed_at = clock.now()
        await row.save(update_fields=["alarmed_at"])
        if row.campaign:
            await row.campaign.note(Act.CALENDAR_ALARM, None)
    return len(late)
