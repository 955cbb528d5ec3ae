"""An office's own nodes in the calendar (自定节点): a day of every year, or one fixed day, with its words and rhythm.

A county's and a township's alike: each goes to the people in office under it, and is drafted, approved and sent as the
festivals are (models/occurrence.py).
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.actor import Actor
from models.audit import Act, Audit
from models.campaign import texts_in
from models.db import IdField, UtcDatetimeField, advisory_lock, transaction
from models.errors import Conflict, Invalid, NotFound
from models.festival import Rhythm
from models.policy import Action, require
from models.terms import Language
from models.text import clean
from models.unit import Unit

NAME_LENGTH: Final = range(1, 25)
FIRST_DAYS: Final = range(1, 31)
MOST: Final = 50
"""Nodes of one office that have not ended."""
_COMMON_YEAR: Final = 2027


class OwnNode(Model):
    """One node. `on` is its only day; without it, `month` and `day` come every year."""

    id = IdField()
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", related_name="own_nodes", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    name = fields.CharField(max_length=24)
    month: int | None = fields.SmallIntField(null=True)
    day: int | None = fields.SmallIntField(null=True)
    on: date | None = fields.DateField(null=True, source_field="on_day")
    texts: dict[str, str] = fields.JSONField()
    first_days: int = fields.SmallIntField()  # so many days before it goes out
    second_days: int | None = fields.SmallIntField(null=True)  # and once more to the silent
    made_on: date = fields.DateField()
    by_id: UUID = fields.UUIDField()
    ended_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "own_node"
        indexes = (("unit_id", "ended_at"),)

    @classmethod
    async def add(
        cls,
        actor: Actor,
        *,
        name: str,
        texts: Mapping[Language, str],
        on: date | None = None,
        yearly: tuple[int, int] | None = None,
        first_days: int = 3,
        second_days: int | None = 1,
    ) -> "OwnNode":
        """A node of the actor's office, on one day or every year on `yearly`, a month and a day.

        Invalid for a name, words, a day or a rhythm that cannot be used; Conflict beyond fifty.
        """
        require(actor, Action.KEEP_CALENDAR)
        name = " ".join(clean(name).split())
        if len(name) not in NAME_LENGTH:
            raise Invalid("own_node.name_bad", most=max(NAME_LENGTH))
        _require_day(on, yearly)
        if first_days not in FIRST_DAYS or (second_days is not None and not 0 <= second_days < first_days):
            raise Invalid("own_node.rhythm_bad", most=max(FIRST_DAYS))
        month, day = yearly or (None, None)
        node = cls(unit_id=actor.unit_id, name=name, on=on, month=month, day=day, texts=texts_in(texts))
        node.first_days, node.second_days, node.made_on, node.by_id = first_days, second_days, clock.today(), actor.id
        async with transaction():
            if await cls.filter(unit_id=actor.unit_id, ended_at=None).count() >= MOST:
                raise Conflict("own_node.too_many", most=MOST)
            await node.save(force_create=True)
            await Audit.record(Act.NODE_ADDED, unit_id=actor.unit_id, actor_id=actor.id, object_id=node.id)
        return node

    @classmethod
    async def of(cls, actor: Actor, node_id: UUID) -> "OwnNode":
        """One of the actor's office. NotFound for another's."""
        require(actor, Action.KEEP_CALENDAR)
        node = await cls.get_or_none(id=node_id, unit_id=actor.unit_id)
        if node is None:
            raise NotFound
        return node

    async def end(self, actor: Actor) -> None:
        """It comes no more; a draft that is there already stays, for people to decide. Conflict when it has ended."""
        require(actor, Action.KEEP_CALENDAR)
        from models.occurrence import Occurrence  # which knows nodes, not the other way round
        from models.terms import OccurrenceState

        async with transaction():
            await advisory_lock("calendar")  # or days are planned for it in between
            if not await OwnNode.filter(id=self.id, ended_at=None).update(ended_at=clock.now()):
                raise Conflict("own_node.has_ended")
            await Occurrence.filter(node_id=self.id, state=OccurrenceState.PLANNED).delete()
            await Audit.record(Act.NODE_ENDED, unit_id=self.unit_id, actor_id=actor.id, object_id=self.id)

    @property
    def rhythm(self) -> Rhythm:
        """Drafted a week before it goes out, approved four days before."""
        first = self.first_days
        return Rhythm(draft=first + 7, approve=first + 4, first=first, second=self.second_days)

    def falls_on(self, first: date, last: date) -> list[date]:
        """Its days from one to another, both included."""
        if self.on:
            days = [self.on]
        elif self.month and self.day:
            days = [date(year, self.month, self.day) for year in range(first.year, last.year + 1)]
        else:
            days = []
        return [day for day in days if first <= day <= last]


def _require_day(on: date | None, yearly: tuple[int, int] | None) -> None:
    """One of the two; a fixed one still ahead, a yearly one that every year has."""
    if (on is None) == (yearly is None):
        raise Invalid("own_node.day_bad")
    if on and not clock.today() < on <= clock.today() + timedelta(days=3 * 366):
        raise Invalid("own_node.day_past")
    if yearly:
        try:
            date(_COMMON_YEAR, *yearly)
        except ValueError:
            raise Invalid("own_node.day_bad") from None


async def own_nodes(actor: Actor) -> list[OwnNode]:
    """Those of the actor's office that have not ended, by name."""
    require(actor, Action.LIST_CAMPAIGNS)
    return await OwnNode.filter(unit_id=actor.unit_id, ended_at=None).order_by("name", "id")
