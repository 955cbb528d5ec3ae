"""Campaigns: a reminder or a lesson, from its draft to the last message. Nobody approves what he wrote or proposed."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tortoise import fields

from models import clock
from models.actor import Actor
from models.audience import Audience
from models.audit import Act, Audit
from models.db import IdField, UtcDatetimeField, transaction
from models.errors import Conflict, Invalid
from models.festival import may_send
from models.material import Material, require_caption
from models.policy import Action, may, require
from models.quiz import require_offered
from models.reviewed import PAGE, Reviewed
from models.terms import CampaignKind, CampaignState, Festival, Language, ProposalKind, Readers
from models.text import clean
from models.unit import Unit

MAX_TEXT: Final = 1500
LATE: Final = timedelta(hours=24)
"""How long after its last time a broadcast without a festival may still begin."""
FURTHEST: Final = timedelta(days=366)
OPEN: Final = frozenset({CampaignState.DRAFT, CampaignState.PROPOSED})
UNDER_WAY: Final = frozenset({CampaignState.SENDING, CampaignState.PAUSED})
AHEAD: Final = frozenset({CampaignState.APPROVED, CampaignState.SCHEDULED})

Texts = dict[str, str]


class Campaign(Reviewed):
    """One broadcast. `round` is the one begun last: 0 none, 1 to everybody, 2 to those who kept silent."""

    PROPOSED_AS = ProposalKind.BROADCAST
    DRAFT, PROPOSED = CampaignState.DRAFT, CampaignState.PROPOSED
    WRITTEN = ("kind", "texts", "audience", "material_id", "quiz_id", "send_at", "second_at", "ends_at")
    MOVED_ON = "outreach.moved_on"

    id = IdField()
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", related_name="campaigns", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    decider_id: UUID | None = fields.UUIDField(null=True)  # the unit whose people approve it
    kind = fields.CharEnumField(CampaignKind, max_length=12)
    festival: Festival | None = fields.CharEnumField(Festival, max_length=24, null=True)  # type: ignore[assignment]
    texts: dict[str, str] = fields.JSONField()
    lesson_id: UUID | None = fields.UUIDField(null=True)  # a button opens the whole of it
    quiz_id: UUID | None = fields.UUIDField(null=True)  # a button begins it; lessons only
    audience: dict[str, Any] = fields.JSONField()
    material: fields.ForeignKeyNullableRelation[Material] = fields.ForeignKeyField(
        "models.Material", related_name="campaigns", null=True, on_delete=fields.RESTRICT
    )
    material_id: UUID | None  # a photo, film or file beside the words
    state = fields.CharEnumField(CampaignState, max_length=12, default=CampaignState.DRAFT)
    author_id: UUID | None = fields.UUIDField(null=True)  # who wrote it last; None: drafted by the calendar
    proposer_id: UUID | None = fields.UUIDField(null=True)
    send_at: datetime | None = UtcDatetimeField(null=True)
    second_at: datetime | None = UtcDatetimeField(null=True)
    ends_at: datetime | None = UtcDatetimeField(null=True)
    due_at: datetime | None = UtcDatetimeField(null=True)  # when the next round begins
    round: int = fields.SmallIntField(default=0)
    round_at: datetime | None = UtcDatetimeField(null=True)  # when that round began
    second_missed = fields.BooleanField(default=False)
    made_at: datetime = UtcDatetimeField()
    finished_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "campaign"
        indexes = (("unit_id", "made_at", "id"), ("decider_id", "state"), ("state", "due_at"))

    # Writing it

    @classmethod
    async def compose(cls, actor: Actor, *, lesson_id: UUID | None = None, **told: Any) -> "Campaign":
        """A draft of the actor's, perhaps about a lesson; what is told as for `revise`."""
        require(actor, Action.COMPOSE)
        draft = cls(unit_id=actor.unit_id, made_at=clock.now(), lesson_id=lesson_id)
        await draft._write(actor, **told)
        async with transaction():
            await draft.save(force_create=True)
            await draft.note(Act.CAMPAIGN_DRAFTED, actor)
        return draft

    async def revise(self, actor: Actor, *, read: str | None = None, **told: Any) -> None:
        """Change a draft: `kind`, `texts`, `audience`, `material`, `quiz_id`, `send_at`, `second_at`.

        Invalid for texts, an audience, a material or times that cannot be used; other errors as `Reviewed.rewrite`.
        """
        require(actor, Action.COMPOSE)
        await self._write(actor, **told)
        await self.rewrite(Act.CAMPAIGN_REVISED, actor, read)

    async def _write(
        self,
        actor: Actor,
        *,
        kind: CampaignKind,
        texts: Mapping[Language, str],
        audience: Audience,
        material: Material | None = None,
        quiz_id: UUID | None = None,
        send_at: datetime | None = None,
        second_at: datetime | None = None,
    ) -> None:
        await audience.require(actor)
        audience.require_kind(kind)
        self.quiz_id = await _quiz_of(actor, kind, audience, quiz_id)
        self.kind, self.texts, self.audience = kind, dict(texts_in(texts)), audience.to_json()
        self.author_id, self.material_id = actor.id, material.id if material else None
        if material:
            for words in self.texts.values():
                require_caption(words)
        if self.festival is None:  # a festival's times are its own
            self._set_times(send_at, second_at)

    def _set_times(self, send_at: datetime | None, second_at: datetime | None) -> None:
        require_times(send_at, second_at)
        self.send_at, self.second_at = send_at, second_at
        self.ends_at = (second_at or send_at or clock.now()) + LATE if send_at else None

    # Running it

    async def schedule(self, actor: Actor, send_at: datetime, second_at: datetime | None = None) -> None:
        """Give an approved one its time, or another one. Invalid as `revise`; Conflict once it has begun."""
        require(actor, Action.RUN_CAMPAIGN)
        if self.festival is not None:
            raise Conflict("outreach.festival_time")
        self._set_times(send_at, second_at)
        self.state, self.due_at = CampaignState.SCHEDULED, send_at
        async with transaction():
            await self.hold(AHEAD, round=0)
            await self.save(update_fields=["send_at", "second_at", "ends_at", "state", "due_at"])
            await self.note(Act.CAMPAIGN_SCHEDULED, actor)

    async def pause(self, actor: Actor) -> None:
        """Hold it. What is on its way arrives; nothing more is sent. Conflict when it is not sending."""
        await self._turn(actor, {CampaignState.SENDING}, CampaignState.PAUSED, Act.CAMPAIGN_PAUSED)

    async def resume(self, actor: Actor) -> None:
        """Go on where it was held. Conflict when it is not paused."""
        await self._turn(actor, {CampaignState.PAUSED}, CampaignState.SENDING, Act.CAMPAIGN_RESUMED)

    async def stop(self, actor: Actor) -> None:
        """End it for good, before or while it is sent. Conflict when it has ended."""
        require(actor, Action.RUN_CAMPAIGN)
        await self.halt(actor)

    async def halt(self, actor: Actor) -> None:
        """End it as a consequence of what the actor may do elsewhere. Conflict when it has ended."""
        await self._become(actor, AHEAD | UNDER_WAY, CampaignState.STOPPED, Act.CAMPAIGN_STOPPED)

    async def _turn(self, actor: Actor, given: Collection[CampaignState], to: CampaignState, act: Act) -> None:
        require(actor, Action.RUN_CAMPAIGN)
        await self._become(actor, given, to, act)

    async def become_paused(self) -> None:
        """Paused by nobody, for something at the edge stands in its way. Conflict when it is not sending."""
        await self._become(None, {CampaignState.SENDING}, CampaignState.PAUSED, Act.CAMPAIGN_PAUSED)

    async def _become(self, actor: Actor | None, given: Collection[CampaignState], to: CampaignState, act: Act) -> None:
        async with transaction():
            await self.hold(given)
            self.state = to
            self.finished_at = clock.now() if to is CampaignState.STOPPED else None
            await self.save(update_fields=["state", "finished_at"])
            await self.note(act, actor)

    async def is_held_up(self) -> bool:
        """Whether it was paused by nobody: what hangs beside its words could not be sent (`become_paused`)."""
        return self.state is CampaignState.PAUSED and self.id in await _paused_by_nobody([self.id])

    @classmethod
    async def held_up(cls, actor: Actor) -> list["Campaign"]:
        """Those of the actor's unit that wait so. None for whom it is no business of."""
        if not may(actor, Action.RUN_CAMPAIGN):
            return []
        paused = cls.filter(unit_id=actor.unit_id, state=CampaignState.PAUSED).order_by("-made_at", "-id").limit(PAGE)
        found = await paused
        nobodys = await _paused_by_nobody([one.id for one in found])
        return [one for one in found if one.id in nobodys]

    def first_at(self) -> datetime | None:
        """When everybody hears it, or heard it: of a second round the row knows that round's hour alone."""
        return self.round_at if self.round == 1 else self.send_at

    def text_in(self, language: str) -> str:
        """The words in this language; where there are none, in Chinese."""
        return self.texts.get(language) or self.texts[Language.ZH_CN]


async def _paused_by_nobody(ids: list[UUID]) -> set[UUID]:
    """Of these, the ones whose last pause has no name beside it."""
    lines = Audit.filter(object_id__in=ids, act=Act.CAMPAIGN_PAUSED).order_by("id").values_list("object_id", "actor_id")
    last: dict[UUID, UUID | None] = dict(await lines) if ids else {}
    return {one for one, actor_id in last.items() if actor_id is None}


def texts_in(told: Mapping[Language, str]) -> Texts:
    """The texts as stored: Chinese always, others where there are words. Invalid when empty or too long."""
    texts: Texts = {language: words for language in Language if (words := clean(told.get(language, "")))}
    if Language.ZH_CN not in texts:
        raise Invalid("outreach.text_empty")
    if any(len(words) > MAX_TEXT for words in texts.values()):
        raise Invalid("outreach.text_long", most=MAX_TEXT)
    return texts


def require_times(send_at: datetime | None, second_at: datetime | None) -> None:
    """Invalid for a time that has passed, lies a year ahead, is at night, or comes before the first."""
    for moment in (send_at, second_at):
        if moment is None:
            continue
        if not clock.now() < moment <= clock.now() + FURTHEST:
            raise Invalid("outreach.time_past")
        if not may_send(moment):
            raise Invalid("outreach.time_asleep")
    if second_at and (send_at is None or second_at < send_at + timedelta(hours=20)):
        raise Invalid("outreach.second_too_soon")


async def _quiz_of(actor: Actor, kind: CampaignKind, audience: Audience, quiz_id: UUID | None) -> UUID | None:
    """Invalid for a quiz this office cannot offer, one beside a reminder, or one that not all may take."""
    if quiz_id is None:
        return None
    if kind is not CampaignKind.EDUCATION:
        raise Invalid("quiz.lessons_only")
    await require_offered(actor, quiz_id, public=Readers.SUBSCRIBERS in audience.readers)
    return quiz_id
