"""People in office (监察对象) who are reached with reminders and lessons: a register of posts, and their chats.

A post is public, so the name stands in clear. Which chat is behind it does not: the link lies under the transit key,
found by an HMAC. Somebody with two posts has one chat, so whoever counts or addresses chats counts people.
Nothing here knows of tips: nobody is ever addressed because of one.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from models import base32, clock
from models.actor import Actor
from models.audit import Act, Audit
from models.contact import IDLE_CONTACTS, Contact
from models.db import BytesField, IdField, SealedField, UtcDatetimeField, for_update, insert, new_id, transaction
from models.errors import Conflict, Invalid, NotFound
from models.house import house
from models.outbox import Lane, Outbox, Say
from models.policy import Action, require
from models.sealing import Purpose, Refused, lookup_tag
from models.terms import Category
from models.text import clean
from models.unit import Unit, tree

if TYPE_CHECKING:
    from models.officer import OfficerChat
    from models.subscription import Subscription

INVITE_LIFE: Final = timedelta(days=14)
NAME_LENGTH: Final = range(1, 33)
TAG_LENGTH: Final = 24
MOST_TAGS: Final = 12
PAGE: Final = 50
KEPT_FRESH: Final = IDLE_CONTACTS / 3
AT_ONCE: Final = 1_000
"""Links opened in one go: answers to people come in between, and a statement takes no more parameters than it can."""
_UNLINKED: Final[dict[str, Any]] = {"reached_id": None, "chat": 0}
_LINE: Final = 12
"""Binds an invitation's line to what it is: it passes for no other code, nor the other way round."""


class Chat(IntEnum):
    """Whether a chat is behind a post, and behind that post alone: then counting posts is counting people."""

    NONE = 0
    OWN = 1
    SHARED = 2


class Reached(Model):
    """One person's chat, whatever he is reached for: posts, a liaison office, a subscription. It goes with the last."""

    id = IdField()
    tag = BytesField(unique=True)
    contact_locked: bytes = SealedField()
    kept_on: date = fields.DateField()  # when its contact was last kept from being forgotten
    links_made: ClassVar[int] = 0  # by this process: who looked before looks again

    posts: fields.ReverseRelation["Official"]
    subscriptions: fields.ReverseRelation["Subscription"]
    offices: fields.ReverseRelation["OfficerChat"]

    class Meta:
        table = "reached"
        indexes = (("kept_on",),)

    @classmethod
    def of(cls, contact_id: UUID) -> "Reached":
        """A link not stored yet."""
        link_id = new_id()
        locked = house().keys.transit.lock(contact_id.bytes, Purpose.REACHED, link_id)
        return cls(id=link_id, tag=person_tag(contact_id), contact_locked=locked, kept_on=clock.today())

    @classmethod
    async def by_contact(cls, contact_id: UUID) -> "Reached | None":
        """The link of this chat, if somebody enrolled in it."""
        return await cls.get_or_none(tag=person_tag(contact_id))

    @classmethod
    async def hold(cls, **which: Any) -> "Reached | None":
        """A link whose uses nobody else changes before this transaction ends: of two, one sees that it is the last."""
        held = await for_update(cls.filter(**which))
        return held[0] if held else None

    @classmethod
    async def link(cls, contact_id: UUID) -> "Reached":
        """The link of this chat, held, and made where there is none, in the caller's transaction."""
        if known := await cls.hold(tag=person_tag(contact_id)):
            return known
        made = cls.of(contact_id)
        await made.save(force_create=True)
        cls.links_made += 1
        return made

    async def settle(self) -> bool:
        """Note with each use whether the chat is behind it alone. False when nothing uses it any more: then it goes.

        In the caller's transaction, after each change, with the link held.
        """
        posts, subscriptions = self.posts.all(), self.subscriptions.all()
        uses = await posts.count() + await subscriptions.count() + await self.offices.all().count()
        if not uses:
            await self.delete()
            return False
        chat = Chat.OWN if uses == 1 else Chat.SHARED
        await posts.update(chat=chat)
        await subscriptions.update(chat=chat)
        return True

    def contact_id(self) -> UUID | None:
        """The chat. None when the link does not open: its key is gone, and he has to be invited anew."""
        try:
            return UUID(bytes=house().keys.transit.unlock(self.contact_locked, Purpose.REACHED, self.id))
        except Refused:
            return None


class Official(Model):
    """One post of one person. It stays after its end; the chat behind it does not."""

    id = IdField()
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", related_name="officials", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    name = fields.CharField(max_length=32)
    post = fields.CharField(max_length=32)
    category = fields.CharEnumField(Category, max_length=2)
    added_on: date = fields.DateField()
    added_by_id: UUID | None = fields.UUIDField(null=True)
    ended_on: date | None = fields.DateField(null=True)
    invite_tag: bytes | None = BytesField(null=True, unique=True)
    invite_until: datetime | None = UtcDatetimeField(null=True)
    reached: fields.ForeignKeyNullableRelation[Reached] = fields.ForeignKeyField(
        "models.Reached", related_name="posts", null=True, on_delete=fields.SET_NULL
    )
    reached_id: UUID | None
    chat = fields.IntEnumField(Chat, default=Chat.NONE)
    tags: fields.ReverseRelation["OfficialTag"]

    class Meta:
        table = "official"
        indexes = (
            (
                "ended_on",
                "chat",
                "unit_id",
                "category",
                "post",
                "reached_id",
                "id",
            ),  # counting an audience reads it alone
            ("unit_id", "name", "id"),
            ("reached_id",),
        )

    @classmethod
    async def add(
        cls, actor: Actor, *, unit_id: UUID, name: str, post: str, category: Category, tags: Sequence[str] = ()
    ) -> tuple["Official", str]:
        """Enter one post into the register; answers the code of its invitation, which is shown once.

        Invalid for a unit that is not the actor's or below it, a name or a tag that is none, or a post entered already.
        """
        require(actor, Action.MANAGE_OFFICIALS)
        if not (await tree()).under(unit_id, actor.unit_id):
            raise Invalid("official.unit_unknown")
        one = cls(unit_id=unit_id, category=category, added_on=clock.today(), added_by_id=actor.id)
        one.name, one.post = _word(name, "official.name_bad"), _word(post, "official.post_bad")
        code = one._new_invite()
        labels = [OfficialTag(official_id=one.id, tag=tag) for tag in tags_in(tags)]
        async with transaction():
            if await cls.exists(unit_id=unit_id, name=one.name, post=one.post, ended_on=None):
                raise Invalid("official.entered_already", name=one.name)
            await insert(one, *labels)
            await Audit.record(Act.OFFICIAL_ADDED, unit_id=actor.unit_id, actor_id=actor.id, object_id=one.id)
        return one, code

    def _new_invite(self) -> str:
        bits = os.urandom(base32.LINE_BYTES)
        self.invite_tag, self.invite_until = _invite_tag(bits), clock.now() + INVITE_LIFE
        return base32.to_line(bits, _LINE)

    @classmethod
    async def of(cls, actor: Actor, official_id: UUID) -> "Official":
        """The post, for who may look after it. NotFound for one elsewhere."""
        require(actor, Action.MANAGE_OFFICIALS)
        one = await cls.get_or_none(id=official_id)
        if one is None or not (await tree()).under(one.unit_id, actor.unit_id):
            raise NotFound
        return one

    async def invite_again(self, actor: Actor) -> str:
        """A new code; the former one is void. Whoever enrols with it takes over from the chat enrolled before."""
        if self.ended_on:
            raise Conflict("official.has_ended")
        code = self._new_invite()
        async with transaction():
            await self.save(update_fields=["invite_tag", "invite_until"])
            await Audit.record(Act.OFFICIAL_INVITED, unit_id=actor.unit_id, actor_id=actor.id, object_id=self.id)
        return code

    async def end(self, actor: Actor) -> None:
        """The post has ended, and with it the link to the chat, which is told so. Conflict when it has ended."""
        async with transaction():
            ended = {"ended_on": clock.today(), "invite_tag": None, "invite_until": None, **_UNLINKED}
            link_id = (await Official.get(id=self.id)).reached_id  # he may have enrolled since this was read
            await Reached.hold(id=link_id)
            if not await Official.filter(id=self.id, ended_on=None).update(**ended):
                raise Conflict("official.has_ended")
            await _let_go(link_id, Say("official.ended", params={"post": self.post}))
            await Audit.record(Act.OFFICIAL_ENDED, unit_id=actor.unit_id, actor_id=actor.id, object_id=self.id)
        self.update_from_dict(ended)

    @classmethod
    async def invited(cls, code: str) -> "Official":
        """The post an open invitation is for. Invalid when it is unknown, used or expired, all alike."""
        bits = base32.from_text(code, _LINE)
        tags = [_invite_tag(bits, index) for index in house().keys.indexes] if bits else []
        found = cls.filter(invite_tag__in=tags, invite_until__gt=clock.now(), ended_on=None)
        one = await found.select_related("unit").first() if tags else None
        if one is None:
            raise Invalid("official.invite_unknown")
        return one

    @classmethod
    async def enrol(cls, code: str, contact_id: UUID) -> "Official":
        """From here on this chat is his. The code is used up. Invalid as `invited`."""
        one = await cls.invited(code)
        async with transaction():
            used = cls.filter(id=one.id, invite_tag=one.invite_tag)
            link = await Reached.link(contact_id)
            if not await used.update(invite_tag=None, invite_until=None, reached_id=link.id):
                raise Invalid("official.invite_unknown")
            former, one.reached_id = one.reached_id, link.id
            await link.settle()
            if former != link.id:
                await _let_go(former, Say("official.ended", params={"post": one.post}))
            await Audit.record(Act.OFFICIAL_ENROLLED, unit_id=one.unit_id, actor_id=None, object_id=one.id)
        return one

    @classmethod
    async def leave(cls, contact_id: UUID) -> int:
        """He takes his chat back; answers how many posts it was behind. They can be invited again."""
        async with transaction():
            link = await Reached.hold(tag=person_tag(contact_id))
            if link is None:
                return 0
            posts = await cls.filter(reached_id=link.id)
            await cls.filter(reached_id=link.id).update(**_UNLINKED)
            await link.settle()
            for one in posts:
                await Audit.record(Act.OFFICIAL_LEFT, unit_id=one.unit_id, actor_id=None, object_id=one.id)
        return len(posts)


class OfficialTag(Model):
    """A word by which an office groups its people, such as 村会计."""

    id = fields.BigIntField(primary_key=True, generated=True)
    official: fields.ForeignKeyRelation[Official] = fields.ForeignKeyField("models.Official", related_name="tags")
    official_id: UUID
    tag = fields.CharField(max_length=TAG_LENGTH)

    class Meta:
        table = "official_tag"
        unique_together = (("official_id", "tag"),)
        indexes = (("tag", "official_id"),)


def person_tag(contact_id: UUID) -> bytes:
    """The HMAC under which a person is found by his chat."""
    return lookup_tag(house().keys.index, "reached chat", contact_id.bytes)


def tags_in(words: Sequence[str]) -> list[str]:
    """Tags as stored: clean, each once. Invalid when one is too long or there are too many."""
    found = list(dict.fromkeys(tag for word in words if (tag := clean(word))))
    if len(found) > MOST_TAGS or any(len(tag) > TAG_LENGTH for tag in found):
        raise Invalid("official.tags_bad", most=MOST_TAGS, length=TAG_LENGTH)
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """Fifty posts, and the one after whom the next page begins, if there is one."""

    items: list[Official]
    after: UUID | None


async def officials_under(actor: Actor, *, unit_id: UUID | None = None, after: UUID | None = None) -> Page:
    """Posts under the actor's unit that have not ended, by unit and name. NotFound for a unit elsewhere."""
    require(actor, Action.LIST_OFFICIALS)
    units, under = await tree(), unit_id or actor.unit_id
    if not units.under(under, actor.unit_id):
        raise NotFound
    rows = Official.filter(unit_id__in=units.below(under), ended_on=None)
    if after:
        rows = rows.filter(await _behind(after))
    found = await rows.order_by("unit_id", "name", "id").limit(PAGE + 1).prefetch_related("tags")
    return Page(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


async def keep_reached() -> int:
    """Contacts of people in office are not forgotten for being idle; each is looked at every ten days."""
    kept = 0
    while stale := await Reached.filter(kept_on__lt=clock.today() - KEPT_FRESH).order_by("id").limit(AT_ONCE):
        contacts = [contact_id for link in stale if (contact_id := link.contact_id())]
        async with transaction():
            await Contact.filter(id__in=contacts).update(seen_on=clock.today())
            await Reached.filter(id__in=[link.id for link in stale]).update(kept_on=clock.today())
        kept += len(contacts)
    return kept


async def _behind(official_id: UUID) -> Q:
    last = await Official.get_or_none(id=official_id)
    if last is None:
        raise NotFound
    same = Q(unit_id=last.unit_id)
    return Q(unit_id__gt=last.unit_id) | (same & (Q(name__gt=last.name) | Q(name=last.name, id__gt=last.id)))


async def _let_go(link_id: UUID | None, farewell: Say) -> None:
    """A post has left this chat, which is told so. In the caller's transaction."""
    link = await Reached.hold(id=link_id) if link_id else None
    if link is None:
        return
    contact_id = link.contact_id()
    if contact_id and await Contact.exists(id=contact_id):
        await Outbox.put([(contact_id, farewell)], lane=Lane.NOTICE)
    await link.settle()


def _word(text: str, key: str) -> str:
    word = " ".join(clean(text).split())
    if len(word) not in NAME_LENGTH:
        raise Invalid(key)
    return word


def _invite_tag(bits: bytes, index: bytes | None = None) -> bytes:
    return lookup_tag(index or house().keys.index, "official invite", bits)
