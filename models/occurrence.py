"""The calendar of reminders: each festival of each year once. Drafts make themselves; what was missed is on record."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q, Subquery
from tortoise.models import Model

from models import clock
from models.actor import Actor
from models.audience import Audience
from models.audit import Act, Audit
from models.campaign import OPEN, Campaign, Texts, texts_in
from models.db import IdField, UtcDatetimeField, advisory_lock, transaction
from models.errors import Conflict
from models.festival import Rhythm, Timetable, between, laid_out, timetable
from models.own_node import OwnNode
from models.policy import Action, may, require
from models.reviewed import PAGE
from models.terms import CampaignKind, CampaignState, Festival, Language, OccurrenceState
from models.unit import tree

AHEAD_DAYS: Final = 400
NEAR: Final = timedelta(days=2)
"""How long before its time a broadcast of no node is looked for an approval."""
Wording = Callable[[Festival, int], Texts]
"""The catalogs' text of a festival in a year, in every language: given by who knows the catalogs."""


class Occurrence(Model):
    """One festival on one day, or one node of an office's own."""

    id = IdField()
    festival: Festival | None = fields.CharEnumField(Festival, max_length=24, null=True)  # type: ignore[assignment]
    node: fields.ForeignKeyNullableRelation[OwnNode] = fields.ForeignKeyField(
        "models.OwnNode", related_name="occurrences", null=True, on_delete=fields.RESTRICT
    )
    node_id: UUID | None
    day: date = fields.DateField()
    state = fields.CharEnumField(OccurrenceState, max_length=8, default=OccurrenceState.PLANNED)
    campaign: fields.ForeignKeyNullableRelation[Campaign] = fields.ForeignKeyField(
        "models.Campaign", related_name="occurrences", null=True, on_delete=fields.RESTRICT
    )
    campaign_id: UUID | None
    alarmed_at: datetime | None = UtcDatetimeField(null=True)  # it came near without approval

    class Meta:
        table = "occurrence"
        unique_together = (("festival", "day"), ("node_id", "day"))
        indexes = (("state", "day"), ("campaign_id",), ("day",))

    @property
    def times(self) -> Timetable:
        """When its reminder is drafted, approved and sent. Its `node` has to be loaded, if it has one."""
        if self.festival:
            return timetable(self.festival, self.day)
        return laid_out(self.node.rhythm if self.node else Rhythm(), self.day)


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
        planned = Occurrence.filter(state=OccurrenceState.PLANNED).order_by("day", "id")
        for row in await planned.select_related("node"):
            changed += await _open(row, county.id, wording)
        return changed + await _alarm()


async def coming(actor: Actor, *, days: int = AHEAD_DAYS) -> list[Occurrence]:
    """What lies ahead at the actor's office, with its campaign; and what passed in the last month."""
    first, last = clock.today() - timedelta(days=30), clock.today() + timedelta(days=days)
    rows = Occurrence.filter(await _at(actor), day__gte=first, day__lte=last)
    return await rows.order_by("day", "id").select_related("campaign", "node")


async def alarms(actor: Actor) -> list[Occurrence]:
    """What came near at the actor's office and has no approval yet. None for whom it is no business of."""
    if not may(actor, Action.LIST_CAMPAIGNS):
        return []
    rows = Occurrence.filter(await _at(actor), alarmed_at__not_isnull=True, day__gte=clock.today())
    waiting = rows.filter(campaign__state__in=list(OPEN))
    return await waiting.order_by("day", "id").select_related("campaign", "node")


async def unapproved(actor: Actor) -> list[Campaign]:
    """What his office is to send within two days, not by the calendar, and nobody has approved: the soonest first.

    A reported wedding's stays until its day has passed: approved late, it still goes out.
    """
    if not may(actor, Action.LIST_CAMPAIGNS):
        return []
    at, by_calendar = clock.now(), Occurrence.filter(campaign_id__not_isnull=True).values("campaign_id")
    near = Campaign.filter(unit_id=actor.unit_id, state__in=list(OPEN), send_at__lte=at + NEAR, ends_at__gt=at)
    near = near.filter(Q(send_at__gt=at) | Q(festival__not_isnull=True))
    return await near.exclude(id__in=Subquery(by_calendar)).order_by("send_at", "id").limit(PAGE)


async def timeless(actor: Actor) -> list[Campaign]:
    """What was approved at his office after its time had passed, and goes out only when it is given another."""
    if not may(actor, Action.RUN_CAMPAIGN):
        return []
    rows = Campaign.filter(unit_id=actor.unit_id, state=CampaignState.APPROVED, due_at=None, send_at__lte=clock.now())
    return await rows.order_by("send_at", "id").limit(PAGE)


async def is_of_calendar(campaign: Campaign) -> bool:
    """Whether it has its day from the calendar, or from what somebody declared."""
    return campaign.festival is not None or await Occurrence.exists(campaign_id=campaign.id)


async def _at(actor: Actor) -> Q:
    """The festivals are the county's; nodes are their office's."""
    county = (await tree()).county()
    own = Q(node__unit_id=actor.unit_id)
    return own | Q(node_id=None) if county and county.id == actor.unit_id else own


async def _plan() -> int:
    """From the last day planned, so that even a year's downtime leaves no gap; at the very first from today."""
    last = await Occurrence.filter(node_id=None).order_by("-day").first()
    first = last.day if last else clock.today()
    wanted = between(first, clock.today() + timedelta(days=AHEAD_DAYS))
    known = {(row.festival, row.day) for row in await Occurrence.filter(day__gte=first, node_id=None)}
    fresh = [Occurrence(festival=festival, day=day) for festival, day in wanted if (festival, day) not in known]
    fresh += [row for node in await OwnNode.filter(ended_at=None) for row in await _plan_own(node)]
    await Occurrence.bulk_create(fresh)
    return len(fresh)


async def _plan_own(node: OwnNode) -> list[Occurrence]:
    last = await Occurrence.filter(node_id=node.id).order_by("-day").first()
    first = last.day + timedelta(days=1) if last else node.made_on
    days = node.falls_on(first, clock.today() + timedelta(days=AHEAD_DAYS))
    return [Occurrence(node_id=node.id, day=day) for day in days]


async def _open(row: Occurrence, unit_id: UUID, wording: Wording) -> int:
    times, at = row.times, clock.now()
    if at < times.draft_at:
        return 0
    if at >= times.ends_at:
        row.state = OccurrenceState.EXPIRED
    else:
        row.campaign_id, row.state = await _draft(row, unit_id, wording), OccurrenceState.DRAFTED
    await row.save(update_fields=["state", "campaign_id"])
    return 1


async def _draft(row: Occurrence, county_id: UUID, wording: Wording) -> UUID:
    times, unit_id = row.times, row.node.unit_id if row.node else county_id
    draft = Campaign(
        unit_id=unit_id,
        kind=CampaignKind.REMINDER,
        festival=row.festival,
        texts=await _texts(row, wording),
        audience=Audience(unit=unit_id).to_json(),
        send_at=times.first_at,
        second_at=times.second_at,
        ends_at=times.ends_at,
        made_at=clock.now(),
    )
    await draft.save(force_create=True)
    await draft.note(Act.CAMPAIGN_DRAFTED, None)
    return draft.id


async def _texts(row: Occurrence, wording: Wording) -> Texts:
    """A node's own words; of a festival the county's newest template, or those of the catalogs in turn."""
    if row.festival is None:
        return row.node.texts if row.node else {}
    newest = await Template.newest(row.festival)
    return newest.texts if newest else dict(wording(row.festival, row.day.year))


async def _alarm() -> int:
    """A festival that comes near without approval. Once; what is approved later falls silent by itself."""
    waiting = Occurrence.filter(state=OccurrenceState.DRAFTED, alarmed_at=None, campaign__state__in=list(OPEN))
    late = [row for row in await waiting.select_related("campaign", "node") if row.times.approve_by <= clock.now()]
    for row in late:
        row.alarmed_at = clock.now()
        await row.save(update_fields=["alarmed_at"])
        if row.campaign:
            await row.campaign.note(Act.CALENDAR_ALARM, None)
    return len(late)
