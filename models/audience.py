"""Whom a broadcast goes to: a rule over posts and subscriptions, never a list somebody wrote, and never about tips."""

from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from models.actor import Actor
from models.errors import Invalid
from models.official import Official, OfficialTag, tags_in
from models.terms import CampaignKind, Category, Readers
from models.unit import tree

MOST_WORDS: Final = 20
"""Posts or tags in one rule."""


@dataclass(frozen=True, slots=True)
class Audience:
    """People under one unit. An empty tuple restricts nothing; what is named after `without` is left out.

    Categories, posts and tags are said of people in office; officers and subscribers are told by their unit alone.
    """

    unit: UUID
    readers: tuple[Readers, ...] = (Readers.OFFICIALS,)
    categories: tuple[Category, ...] = ()
    posts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    without_units: tuple[UUID, ...] = ()
    without_posts: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As stored."""
        told = {one.name: list(getattr(self, one.name)) for one in fields(self) if one.name != "unit"}
        return {**told, "unit": self.unit.hex, "without_units": [unit.hex for unit in self.without_units]}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Audience":
        """Back from storage."""
        return cls(
            unit=UUID(hex=told["unit"]),
            readers=tuple(Readers(one) for one in told.get("readers", [Readers.OFFICIALS])),
            categories=tuple(Category(one) for one in told["categories"]),
            without_units=tuple(UUID(hex=one) for one in told["without_units"]),
            **{name: tuple(told[name]) for name in ("posts", "tags", "without_posts", "without_tags")},
        )

    async def require(self, actor: Actor) -> None:
        """Invalid when it reaches beyond the actor's own unit, or holds more words than one rule may."""
        if not (await tree()).under(self.unit, actor.unit_id):
            raise Invalid("outreach.audience_beyond")
        if not self.readers:
            raise Invalid("outreach.readers_none")
        for words in (self.posts, self.without_posts):
            if len(words) > MOST_WORDS:
                raise Invalid("outreach.audience_long", most=MOST_WORDS)
        tags_in(self.tags)
        tags_in(self.without_tags)

    def require_kind(self, kind: CampaignKind) -> None:
        """Invalid when it would send residents anything but a lesson."""
        if Readers.SUBSCRIBERS in self.readers and kind is not CampaignKind.EDUCATION:
            raise Invalid("outreach.subscribers_lessons")

    async def within(self) -> list[UUID]:
        """The units it means."""
        units = await tree()
        return list(set(units.below(self.unit)).difference(*(units.below(one) for one in self.without_units)))

    async def listed(self) -> QuerySet[Official]:
        """The posts it means, enrolled or not."""
        rows = Official.filter(ended_on=None, unit_id__in=await self.within())
        if Readers.OFFICIALS not in self.readers:
            return rows.filter(id=UUID(int=0))
        if self.categories:
            rows = rows.filter(category__in=self.categories)
        if self.posts:
            rows = rows.filter(post__in=self.posts)
        if self.tags:
            rows = rows.filter(id__in=_tagged(self.tags))
        if self.without_posts:
            rows = rows.filter(post__not_in=self.without_posts)
        if self.without_tags:
            rows = rows.filter(id__not_in=_tagged(self.without_tags))
        return rows

    async def reach(self) -> "Reach":
        """How many people it reaches now, and how many posts nobody has enrolled for yet."""
        from models.counting import people, waiting  # which knows every kind of reader

        return Reach(people=await people(self), waiting=await waiting(self))


@dataclass(frozen=True, slots=True)
class Reach:
    """A live count: people who would be sent to, and posts without a chat."""

    people: int
    waiting: int


def _tagged(tags: tuple[str, ...]) -> Subquery:
    return Subquery(OfficialTag.filter(tag__in=tags).values("official_id"))
