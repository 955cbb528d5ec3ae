"""Liaison officers (联络员): people of a village who pass on what others say, and never look into it.

An officer holds an office, so his name stands in clear. Which chat is his does not: the link lies under the
transit key, found by an HMAC, so that the database alone does not tell which contact is an officer. No row
says what passed through his hands.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from models import base32, clock
from models.actor import Actor
from models.audit import Act, Audit
from models.contact import IDLE_CONTACTS, Contact
from models.db import BytesField, IdField, SealedField, UtcDatetimeField, insert, new_id, transaction
from models.errors import Conflict, Invalid, NotFound
from models.house import house
from models.official import Reached
from models.outbox import Lane, Outbox, Say
from models.policy import Action, require
from models.sealing import Purpose, Refused, lookup_tag
from models.terms import Standing, UnitKind
from models.text import clean
from models.unit import Unit, tree

INVITE_LIFE: Final = timedelta(days=14)
NAME_LENGTH: Final = range(1, 33)
PAGE: Final = 50
KEPT_FRESH: Final = IDLE_CONTACTS / 2
SERVES: Final = frozenset({UnitKind.STATION, UnitKind.VILLAGE})
"""Where an officer may serve."""
LONGEST_CODE: Final = 40
_LINE: Final = 11
"""Binds an invitation's line to what it is: it never passes for a receipt code, nor the other way round."""


class Officer(Model):
    """One appointment. It stays after its end, so that an office can say who served when."""

    id = IdField()
    station: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", related_name="officers", on_delete=fields.RESTRICT
    )
    station_id: UUID
    name = fields.CharField(max_length=32)
    appointed_on: date = fields.DateField()
    appointed_by_id: UUID | None = fields.UUIDField(null=True)
    ended_on: date | None = fields.DateField(null=True)
    invite_tag: bytes | None = BytesField(null=True, unique=True)
    invite_until: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "officer"
        indexes = (("station_id",),)

    @classmethod
    async def appoint(cls, actor: Actor, *, station_id: UUID, name: str) -> tuple["Officer", str]:
        """Appoint one officer; answers the code of his invitation, which is shown once. Invalid as appoint_many."""
        [appointed] = await cls.appoint_many(actor, [(station_id, name)])
        return appointed

    @classmethod
    async def appoint_many(cls, actor: Actor, rows: Sequence[tuple[UUID, str]]) -> list[tuple["Officer", str]]:
        """Appoint `(station, name)` each, all or none, within the caller's transaction when there is one.

        Invalid when a station is no station under the actor's unit, a name is none, or that person serves there
        already.
        """
        require(actor, Action.APPOINT_OFFICER)
        await _require_stations(actor, {station_id for station_id, _ in rows})
        made = [cls._appointed(actor, station_id, " ".join(clean(name).split())) for station_id, name in rows]
        officers = [officer for officer, _ in made]
        async with transaction():
            await _require_new(officers)
            lines = [
                Audit.line(Act.OFFICER_APPOINTED, unit_id=actor.unit_id, actor_id=actor.id, object_id=officer.id)
                for officer in officers
            ]
            await insert(*officers, *lines)
        return made

    @classmethod
    def _appointed(cls, actor: Actor, station_id: UUID, name: str) -> tuple["Officer", str]:
        if len(name) not in NAME_LENGTH:
            raise Invalid("officer.name_bad")
        officer = cls(station_id=station_id, name=name, appointed_on=clock.today(), appointed_by_id=actor.id)
        return officer, officer._new_invite()

    def _new_invite(self) -> str:
        bits = os.urandom(base32.LINE_BYTES)
        self.invite_tag, self.invite_until = _invite_tag(bits), clock.now() + INVITE_LIFE
        return base32.to_line(bits, _LINE)

    async def invite_again(self, actor: Actor) -> str:
        """A new code; the former one is void. Whoever enrols with it takes over from the chat enrolled before."""
        await self.require(actor, Action.APPOINT_OFFICER)
        code = self._new_invite()
        async with transaction():
            await self.save(update_fields=["invite_tag", "invite_until"])
            await Audit.record(Act.OFFICER_INVITED, unit_id=actor.unit_id, actor_id=actor.id, object_id=self.id)
        return code

    async def end(self, actor: Actor) -> None:
        """End the appointment: his chat is an ordinary one from here on, and is told so. Conflict when it has ended."""
        await self.require(actor, Action.END_OFFICER)
        async with transaction():
            ended = {"ended_on": clock.today(), "invite_tag": None, "invite_until": None}
            if not await Officer.filter(id=self.id, ended_on=None).update(**ended):
                raise Conflict("officer.has_ended")
            await self.leave_chat()
            await Audit.record(Act.OFFICER_ENDED, unit_id=actor.unit_id, actor_id=actor.id, object_id=self.id)
        self.update_from_dict(ended)

    async def leave_chat(self) -> None:
        """The chat enrolled so far is told, and its link is gone, in the caller's transaction."""
        for link in await OfficerChat.filter(officer_id=self.id):
            contact_id = link.contact_id()
            if contact_id and await Contact.exists(id=contact_id):
                await Outbox.put([(contact_id, Say("officer.ended"))], lane=Lane.NOTICE)
            await link.unlink()

    async def require(self, actor: Actor, action: Action) -> None:
        """As policy.require, and only under the actor's own unit: elsewhere he does not exist for him."""
        require(actor, action)
        if not (await tree()).under(self.station_id, actor.unit_id):
            raise NotFound
        if self.ended_on:
            raise Conflict("officer.has_ended")

    @staticmethod
    def is_code(text: str) -> bool:
        """Whether this is the code of an invitation, known or not, and nothing beside it."""
        return len(text) <= LONGEST_CODE and base32.from_text(text, _LINE) is not None

    @classmethod
    async def invited(cls, code: str) -> "Officer":
        """The officer an open invitation is for. Invalid when it is unknown, used or expired, all alike."""
        bits = base32.from_text(code, _LINE)
        tags = [_invite_tag(bits, index) for index in house().keys.indexes] if bits else []
        found = cls.filter(invite_tag__in=tags, invite_until__gt=clock.now(), ended_on=None)
        officer = await found.select_related("station").first() if tags else None
        if officer is None:
            raise Invalid("officer.invite_unknown")
        return officer

    @classmethod
    async def enrol(cls, code: str, contact_id: UUID) -> "Officer":
        """The invited one has pledged in this chat: from here on it is his. The code is used up.

        Invalid as `invited`; Conflict when this chat belongs to another officer.
        """
        officer = await cls.invited(code)
        known = await cls.of_contact(contact_id)
        if known and known.id != officer.id:
            raise Conflict("officer.chat_taken")
        async with transaction():
            used = cls.filter(id=officer.id, invite_tag=officer.invite_tag)
            if not await used.update(invite_tag=None, invite_until=None):
                raise Invalid("officer.invite_unknown")
            if known is None:
                await officer.leave_chat()
                chat = OfficerChat.of(officer.id, contact_id)
                await chat.save(force_create=True)
                await chat.reach()
            office = next(unit for unit in (await tree()).upward(officer.station_id) if unit.kind not in SERVES)
            await Audit.record(Act.OFFICER_ENROLLED, unit_id=office.id, actor_id=None, object_id=officer.id)
        return officer

    def standing(self, *, enrolled: bool) -> Standing:
        """Where the appointment stands; `enrolled`: a chat is linked to it."""
        if self.ended_on:
            return Standing.ENDED
        if enrolled:
            return Standing.SERVING
        return Standing.INVITED if self.invite_until and self.invite_until > clock.now() else Standing.LAPSED

    @classmethod
    async def of_contact(cls, contact_id: UUID) -> "Officer | None":
        """The officer whose chat this is; None for everybody else, and after his appointment has ended."""
        link = await OfficerChat.get_or_none(tag=chat_tag(contact_id)).select_related("officer__station")
        return link.officer if link else None


class OfficerChat(Model):
    """Which chat is an officer's. The end of the appointment deletes the row."""

    id = IdField()
    officer: fields.OneToOneRelation[Officer] = fields.OneToOneField("models.Officer", related_name="chat")
    officer_id: UUID
    tag = BytesField(unique=True)
    contact_locked: bytes = SealedField()
    reached: fields.ForeignKeyNullableRelation[Reached] = fields.ForeignKeyField(
        "models.Reached", related_name="offices", null=True, on_delete=fields.SET_NULL
    )
    reached_id: UUID | None  # by which broadcasts find him; None until `keep_chats` has looked

    class Meta:
        table = "officer_chat"
        indexes = (("reached_id",),)

    @classmethod
    def of(cls, officer_id: UUID, contact_id: UUID) -> "OfficerChat":
        """A link not stored yet."""
        link_id = new_id()
        locked = house().keys.transit.lock(contact_id.bytes, Purpose.OFFICER, link_id)
        return cls(id=link_id, officer_id=officer_id, tag=chat_tag(contact_id), contact_locked=locked)

    async def reach(self) -> None:
        """Broadcasts find him from here on, in the caller's transaction."""
        if contact_id := self.contact_id():
            link = await Reached.link(contact_id)
            await OfficerChat.filter(id=self.id).update(reached_id=link.id)
            await link.settle()

    async def unlink(self) -> None:
        """The chat is an ordinary one again, in the caller's transaction."""
        link = await Reached.hold(id=self.reached_id)
        await self.delete()
        if link:
            await link.settle()

    def contact_id(self) -> UUID | None:
        """The chat. None when the link does not open: its key is gone, and the officer has to be invited anew."""
        try:
            return UUID(bytes=house().keys.transit.unlock(self.contact_locked, Purpose.OFFICER, self.id))
        except Refused:
            return None


def chat_tag(contact_id: UUID) -> bytes:
    """The HMAC under which an officer is found by his chat."""
    return lookup_tag(house().keys.index, "officer chat", contact_id.bytes)


@dataclass(frozen=True, slots=True)
class Page:
    """Fifty officers with their standing, and the one after whom the next page begins, if there is one."""

    items: list[tuple[Officer, Standing]]
    after: UUID | None


async def officers_under(actor: Actor, *, station_id: UUID | None = None, after: UUID | None = None) -> Page:
    """Officers of the stations under the actor's unit, by station and name. NotFound for a station elsewhere."""
    require(actor, Action.LIST_OFFICERS)
    units = await tree()
    under = station_id or actor.unit_id
    if not units.under(under, actor.unit_id):
        raise NotFound
    rows = Officer.filter(station_id__in=units.below(under))
    if after:
        rows = rows.filter(await _behind(after))
    found = await rows.order_by("station__name", "name", "id").limit(PAGE + 1).select_related("station")
    chats = await OfficerChat.filter(officer_id__in=[one.id for one in found]).values_list("officer_id", flat=True)
    enrolled = {UUID(str(officer_id)) for officer_id in chats}
    items = [(one, one.standing(enrolled=one.id in enrolled)) for one in found[:PAGE]]
    return Page(items, found[PAGE - 1].id if len(found) > PAGE else None)


async def _behind(officer_id: UUID) -> Q:
    """What comes after this officer in the list."""
    last = await Officer.get_or_none(id=officer_id).select_related("station")
    if last is None:
        raise NotFound
    station, name = last.station.name, last.name
    same = Q(station__name=station)
    return Q(station__name__gt=station) | (same & (Q(name__gt=name) | Q(name=name, id__gt=last.id)))


async def keep_chats() -> int:
    """Contacts of officers are not forgotten for being idle. Marked as seen today, they look like any other.

    Officers of before there were broadcasts get their link here.
    """
    chats = await OfficerChat.all()
    linked = [contact_id for link in chats if (contact_id := link.contact_id())]
    idle = Contact.filter(id__in=linked, seen_on__lt=clock.today() - KEPT_FRESH)
    async with transaction():
        for link in chats:
            if link.reached_id is None:
                await link.reach()
        return await idle.update(seen_on=clock.today())


async def _require_stations(actor: Actor, station_ids: set[UUID]) -> None:
    units = await tree()
    for station_id in station_ids:
        station = units.get(station_id)
        fits = station is not None and station.kind in SERVES and station.serves
        if not fits or not units.under(station_id, actor.unit_id):
            raise Invalid("officer.station_unknown")


async def _require_new(officers: list[Officer]) -> None:
    """A double press, or the same spreadsheet twice, appoints nobody twice."""
    stations = list({officer.station_id for officer in officers})
    serving = await Officer.filter(station_id__in=stations, ended_on=None).values_list("station_id", "name")
    known = {(UUID(str(station_id)), name) for station_id, name in serving}
    for officer in officers:
        if (officer.station_id, officer.name) in known:
            raise Invalid("officer.serves_already", name=officer.name)
        known.add((officer.station_id, officer.name))


def _invite_tag(bits: bytes, index: bytes | None = None) -> bytes:
    return lookup_tag(index or house().keys.index, "officer invite", bits)
