"""Whom a broadcast goes to: a rule over posts, never a list somebody wrote, and never anything about tips."""

from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from models.actor import Actor
from models.errors import Invalid
from models.official import Chat, Official, OfficialTag, tags_in
from models.terms import Category
from models.unit import tree

MOST_WORDS: Final = 20
"""Posts or tags in one rule."""


@dataclass(frozen=True, slots=True)
class Audience:
    """People in office under one unit. An empty tuple restricts nothing; what is named after `without` is left out."""

    unit: UUID
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
            categories=tuple(Category(one) for one in told["categories"]),
            without_units=tuple(UUID(hex=one) for one in told["without_units"]),
            **{name: tuple(told[name]) for name in ("posts", "tags", "without_posts", "without_tags")},
        )

    async def require(self, actor: Actor) -> None:
        """Invalid when it reaches beyond the actor's own unit, or holds more words than one rule may."""
        if not (await tree()).under(self.unit, actor.unit_id):
            raise Invalid("outreach.audience_beyond")
        for words in (self.posts, self.without_posts):
            if len(words) > MOST_WORDS:
                raise Invalid("outreach.audience_long", most=MOST_WORDS)
        tags_in(self.tags)
        tags_in(self.without_tags)

    async def listed(self) -> QuerySet[Official]:
        """The posts it means, enrolled or not."""
        units = await tree()
        within = set(units.below(self.unit)).difference(*(units.below(one) for one in self.without_units))
        rows = Official.filter(ended_on=None, unit_id__in=list(within))
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
        rows = await self.listed()
        own = await rows.filter(chat=Chat.OWN).count()
        shared = await rows.filter(chat=Chat.SHARED).annotate(n=Count("reached_id", distinct=True)).values("n")
        return Reach(people=own + shared[0]["n"], waiting=await rows.filter(chat=Chat.NONE).count())


@dataclass(frozen=True, slots=True)
class Reach:
    """A live count: people who would be sent to, and posts without a chat."""

    people: int
    waiting: int


def _tagged(tags: tuple[str, ...]) -> Subquery:
    return Subquery(OfficialTag.filter(tag__in=tags).values("official_id"))
