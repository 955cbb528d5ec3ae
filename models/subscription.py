"""Subscriptions: residents who asked for the public lessons of their village, and leave with one tap.

A chat has one village; which chat it is lies under the transit key (`models.official.Reached`). Nothing here knows
of tips, and a subscription gets nothing but lessons.
"""

from datetime import date
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.db import IdField, transaction
from models.errors import Invalid
from models.official import Chat, Reached, person_tag
from models.unit import Node, Unit, tree


class Subscription(Model):
    """One chat's wish to hear what one place publishes, and what the places above it do."""

    id = IdField()
    reached: fields.ForeignKeyRelation[Reached] = fields.ForeignKeyField(
        "models.Reached", related_name="subscriptions", on_delete=fields.CASCADE
    )
    reached_id: UUID
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", related_name="subscriptions", on_delete=fields.CASCADE
    )
    unit_id: UUID
    chat = fields.IntEnumField(Chat, default=Chat.OWN)
    since: date = fields.DateField()

    class Meta:
        table = "subscription"
        unique_together = (("reached_id",),)
        indexes = (("chat", "unit_id", "reached_id", "id"),)  # counting an audience reads it alone

    @classmethod
    async def take(cls, contact_id: UUID, unit_id: UUID) -> Node:
        """From here on this chat hears of this place, and of no other. Invalid for a place that is none."""
        place = (await tree()).get(unit_id)
        if place is None or not place.serves:
            raise Invalid("subscription.place_unknown")
        async with transaction():
            link = await Reached.link(contact_id)
            if not await cls.filter(reached_id=link.id).update(unit_id=place.id, since=clock.today()):
                await cls.create(reached_id=link.id, unit_id=place.id, since=clock.today())
            await link.settle()
        return place

    @classmethod
    async def of_contact(cls, contact_id: UUID) -> "Subscription | None":
        """What this chat subscribed to."""
        link = await Reached.by_contact(contact_id)
        return await cls.get_or_none(reached_id=link.id) if link else None

    @classmethod
    async def is_all(cls, contact_id: UUID) -> bool:
        """Whether a subscription is all that this chat is reached for."""
        found = await cls.of_contact(contact_id)
        return found is not None and found.chat is Chat.OWN

    @classmethod
    async def end(cls, contact_id: UUID) -> bool:
        """退订. False when there was none: a second tap does no harm."""
        async with transaction():
            link = await Reached.hold(tag=person_tag(contact_id))
            if link is None or not await cls.filter(reached_id=link.id).delete():
                return False
            await link.settle()
        return True
