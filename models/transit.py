"""Rotating the key file: a new transit secret each month, a new base secret when the old one may be known.

Every step can be killed and repeated. Nothing else may run meanwhile: a process with the old key file could
not read what the new secret locks.
"""
# ruff: noqa: SLF001 - Tortoise tells its columns under _meta

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tortoise.context import require_context
from tortoise.models import Model

from models.attachment import Attachment
from models.contact import Contact, address_tag
from models.county import County
from models.db import BytesField, transaction
from models.draft import Draft
from models.errors import Corrupt
from models.house import house
from models.inbox import Inbox
from models.keyfile import KeyFile
from models.material import Material
from models.message import Ping
from models.officer import OfficerChat, chat_tag
from models.official import Reached, person_tag
from models.outbox import Outbox
from models.passage import Passage
from models.ring import Ring
from models.sealing import Purpose, Refused, check_directory_mac, derive, directory_mac, named_key
from models.staff import Staff

BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A column that lies under the transit key."""

    model: type[Model]
    column: str
    purpose: Purpose


PLACES: Final = (
    Place(Inbox, "body", Purpose.INBOX),
    Place(Draft, "body", Purpose.DRAFT),
    Place(Outbox, "body", Purpose.OUTBOX),
    Place(Contact, "address_locked", Purpose.CONTACT),
    Place(Ping, "contact_locked", Purpose.PING),
    Place(Passage, "body", Purpose.PASSAGE),
    Place(OfficerChat, "contact_locked", Purpose.OFFICER),
    Place(Reached, "contact_locked", Purpose.REACHED),
    Place(Material, "key", Purpose.MATERIAL),
    Place(Attachment, "source", Purpose.CHAT),
    Place(Attachment, "key", Purpose.FILE_KEY),
    Place(Attachment, "meta", Purpose.FILE_META),
)


async def relock_transit() -> int:
    """Lock anew, under the newest transit secret, whatever names an older one; answers how many envelopes.

    In batches, each a transaction: killed in between, the rest is found by the next run.
    """
    older = {held.id for held in house().keys.transits[1:]}
    done = 0
    for place in PLACES:
        async for batch in _naming(place, older):
            done += await _relock(place, batch)
    return done


async def still_named(keys: KeyFile) -> set[bytes]:
    """The older transit secrets that some envelope still names, whatever table and column it lies in."""
    older, found = {held.id for held in keys.transits[1:]}, set[bytes]()
    for model, column in _envelopes():
        async for rows in _pages(model, column):
            found |= {named_key(row[column]) for row in rows if len(row[column]) > 18} & older  # noqa: PLR2004
    return found


async def drop_unnamed(keys: KeyFile) -> KeyFile:
    """The key file without those transit secrets that nothing names any more."""
    named = await still_named(keys)
    for held in keys.transits[1:]:
        if held.id not in named:
            keys = keys.without_transit(held.id)
    return keys


async def adopt_base() -> bool:
    """Attest every public key and tag every chat under the present base secret, in one transaction.

    Each MAC is first checked under the former base. False when it was done already. Corrupt, and nothing
    changed, when an entry is not of the former base either. Passwords and receipts re-lock at their next use.
    """
    former = [derive(base.secret, "directory") for base in house().keys.bases[1:]]
    async with transaction():
        if not former or await base_adopted():
            return False
        for row in (await County.get(), *await Staff.all(), *await Ring.all()):
            await _attest_anew(row, former)
        for contact in await Contact.all():
            await Contact.filter(id=contact.id).update(tag=address_tag(contact.address()))
        for chat in await OfficerChat.all():
            if contact_id := chat.contact_id():
                await OfficerChat.filter(id=chat.id).update(tag=chat_tag(contact_id))
        for link in await Reached.all():
            if contact_id := link.contact_id():
                await Reached.filter(id=link.id).update(tag=person_tag(contact_id))
    return True


async def base_adopted() -> bool:
    """Whether the database's public keys are attested under the present base secret."""
    county = await County.get()
    return _is_entry(house().keys.directory, county.recovery_mac, _entry_of(county))


def _entry_of(row: Any) -> dict[str, Any]:
    if isinstance(row, County):
        return {"owner": row.id, "purpose": "recovery", "version": 1, "public": row.recovery_public}
    if isinstance(row, Staff):
        return {"owner": row.id, "purpose": "staff", "version": 1, "public": row.public}
    return {"owner": row.unit_id, "purpose": row.purpose, "version": row.version, "public": row.public}


async def _attest_anew(row: Any, former: list[bytes]) -> None:
    column, entry = "recovery_mac" if isinstance(row, County) else "mac", _entry_of(row)
    if not any(_is_entry(key, getattr(row, column), entry) for key in former):
        raise Corrupt
    mac = directory_mac(house().keys.directory, **entry)
    await type(row).filter(id=row.id).update(**{column: mac})


def _is_entry(key: bytes, mac: bytes, entry: dict[str, Any]) -> bool:
    try:
        check_directory_mac(key, mac, **entry)
    except Refused:
        return False
    return True


async def _naming(place: Place, names: set[bytes]) -> AsyncIterator[list[dict[str, Any]]]:
    async for rows in _pages(place.model, place.column):
        if found := [row for row in rows if named_key(row[place.column]) in names]:
            yield found


async def _relock(place: Place, rows: list[dict[str, Any]]) -> int:
    transit, done = house().keys.transit, 0
    async with transaction():
        for row in rows:
            plain = transit.unlock(row[place.column], place.purpose, row["id"])
            locked = transit.lock(plain, place.purpose, row["id"])
            same = {"id": row["id"], place.column: row[place.column]}
            done += await place.model.filter(**same).update(**{place.column: locked})
    return done


async def _pages(model: type[Model], column: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Rows whose column is filled, page by page in order of their keys, which a re-locking does not change."""
    key, last = model._meta.pk_attr, None
    fields = {key, column} | ({"id"} if "id" in model._meta.fields_map else set())
    while True:
        rows = model.filter(**{f"{column}__not_isnull": True})
        if last is not None:
            rows = rows.filter(**{f"{key}__gt": last})
        page = await rows.order_by(key).limit(BATCH).values(*fields)
        if not page:
            return
        yield page
        last = page[-1][key]


def _envelopes() -> Iterator[tuple[type[Model], str]]:
    """Every column of bytes in every table, so that none that comes later is forgotten."""
    apps = require_context().apps
    if apps is None:
        raise RuntimeError("no database is open")
    for model in apps.get_models_iterable():
        for name, kind in model._meta.fields_map.items():
            if isinstance(kind, BytesField):
                yield model, name
