"""Materials: the photo, film or file that goes along with a broadcast, a submission or a lesson.

    material = await Material.keep(unit_id, stream, name, by_id=actor.id)  # stream: AsyncIterator[bytes]; Invalid
    async for piece in material.open(): ...  # 64 KiB at a time; Refused, FileNotFoundError

`material.kind` is photo, video or file, `material.mime` its type by content, `material.size` its bytes, `material.name`
safe to show. Bytes lie sealed in the store under a key of their own; a photo is a fresh JPEG, and an MP4 keeps silent
(models/film.py), so neither tells where nor with what it was taken. Whoever uses one points to it with a
foreign key to `models.Material` (`on_delete=RESTRICT`): what nobody points to goes after a day. On a phone it is
`Say(media=material.said())`; the words beside it may have `MOST_CAPTION` characters (`require_caption`).
"""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models import clock, film, media
from models.actor import Actor
from models.carried import Carried
from models.db import IdField, SealedField, UtcDatetimeField, new_id, transaction
from models.errors import Invalid, NotFound
from models.house import house
from models.sealed_files import CHUNK, FileSealer, Pieces, decrypt, gathered, once
from models.sealing import Purpose, Refused
from models.text import clean
from models.unit import tree

LARGEST: Final = 50_000_000
"""Bytes of a film or a file: Telegram takes no larger ones from a bot."""
LARGEST_MB: Final = LARGEST // 1_000_000
LONGEST_SIDE: Final = 2560
MOST_CAPTION: Final = 900
"""Characters of words beside a material: Telegram takes 1,024, and the office and the closing line need theirs."""
LONGEST_NAME: Final = 80
UNUSED: Final = timedelta(hours=24)
"""How long one stays that nothing points to: a form may still be open."""


class MaterialKind(StrEnum):
    """How it is shown on a phone."""

    PHOTO = "photo"
    VIDEO = "video"
    FILE = "file"


_KINDS: Final = {media.Group.IMAGE: MaterialKind.PHOTO, media.Group.VIDEO: MaterialKind.VIDEO}


class Material(Model):
    """One thing that was uploaded, checked and cleaned. It never changes."""

    id = IdField()
    unit_id: UUID = fields.UUIDField()  # whose people put it here
    by_id: UUID | None = fields.UUIDField(null=True)
    kind = fields.CharEnumField(MaterialKind, max_length=8)
    name = fields.CharField(max_length=LONGEST_NAME)
    mime = fields.CharField(max_length=80)
    size: int = fields.IntField()
    key: bytes = SealedField()
    at: datetime = UtcDatetimeField()

    class Meta:
        table = "material"
        indexes = (("at",),)

    @classmethod
    async def keep(
        cls, unit_id: UUID, stream: AsyncIterator[bytes], name: str, *, by_id: UUID | None = None
    ) -> "Material":
        """Take one in. Invalid when it is empty, too large, or of a kind that is not taken; then nothing stays.

        Not to be called within a transaction: bytes arrive as slowly as somebody's line.
        """
        begin, rest = await _peeked(stream)
        kind = _kind(begin)
        if kind.group is media.Group.IMAGE:
            kind, rest = media.JPEG, once(await _fresh(rest))
        elif kind.mime in film.MIMES:
            rest = film.silent(rest)
        one = cls(id=new_id(), unit_id=unit_id, by_id=by_id, mime=kind.mime, at=clock.now())
        one.kind, one.name = _KINDS.get(kind.group, MaterialKind.FILE), _named(name, kind.extension)
        sealer = FileSealer(one.id)
        await house().files.put(one.id, sealer.encrypt(_bounded(rest)))
        one.size = sealer.length
        one.lock(sealer.key)
        async with transaction():
            await one.save(force_create=True)
        return one

    @classmethod
    async def of(cls, actor: Actor, material_id: UUID) -> "Material":
        """One of the actor's unit or of a unit below it. NotFound for others."""
        one = await cls.get_or_none(id=material_id)
        if one is None or not (await tree()).under(one.unit_id, actor.unit_id):
            raise NotFound
        return one

    def bare(self) -> dict[str, bytes]:
        """What lies under transit, for a backup, which is sealed itself: by then this transit key may be gone."""
        return {"key": self._bare_key()}

    def lock(self, key: bytes) -> None:
        """The file's key, under the present transit key. The caller saves."""
        self.key = house().keys.transit.lock(key, Purpose.MATERIAL, self.id)

    def lock_bare(self) -> None:
        """Out of a backup, where it lay bare. The caller saves."""
        self.lock(self.key)

    async def open(self) -> Pieces:
        """Its bytes, piece by piece. Refused when they were changed, FileNotFoundError when they are gone."""
        key = self._bare_key()
        async with aclosing(decrypt(key, self.id, self.size, house().files.open(self.id))) as pieces:
            async for piece in pieces:
                yield piece

    def said(self) -> dict[str, Any]:
        """What `Say(media=…)` carries."""
        return said(self.id)

    def _bare_key(self) -> bytes:
        return house().keys.transit.unlock(self.key, Purpose.MATERIAL, self.id)

    @property
    def has_preview(self) -> bool:
        """Whether a page can show it in place as a picture: it is one of our own fresh JPEGs."""
        return self.kind is MaterialKind.PHOTO


def said(material_id: UUID) -> dict[str, Any]:
    """What `Say(media=…)` carries."""
    return {"material": material_id.hex}


def require_caption(words: str) -> None:
    """Invalid when these words are too long to stand beside a material."""
    if len(words.encode("utf-16-le")) // 2 > MOST_CAPTION:
        raise Invalid("material.caption_long", most=MOST_CAPTION)


def unused() -> QuerySet[Material]:
    """Those nothing has pointed to for a day."""
    rows = Material.filter(at__lt=clock.now() - UNUSED)
    for name in sorted(Material._meta.backward_fk_fields):  # noqa: SLF001  whoever uses one has a foreign key to it
        relation: Any = Material._meta.fields_map[name]  # noqa: SLF001
        column = relation.relation_field
        used = relation.related_model.filter(**{f"{column}__not_isnull": True}).values(column)
        rows = rows.filter(id__not_in=Subquery(used))
    return rows


async def sweep() -> int:
    """The job: rows nobody points to, with what Telegram calls them. Their bytes go with other files without a row."""
    async with transaction():
        gone = await unused().values_list("id", flat=True)
        await Carried.filter(material_id__in=gone).delete()
        return await Material.filter(id__in=gone).delete()


async def _peeked(stream: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """Its beginning, by which its kind is told, and the whole once more."""
    begin = bytearray()
    async for piece in stream:
        begin += piece
        if len(begin) >= CHUNK:
            break

    async def whole() -> AsyncIterator[bytes]:
        yield bytes(begin)
        async for piece in stream:
            yield piece

    return bytes(begin), whole()


def _kind(begin: bytes) -> media.MediaType:
    """What it is. Invalid for what no phone shows in place: a reporter's HEIC or MOV is for the desk to open."""
    try:
        kind = media.identify(begin)
    except Invalid as problem:
        if problem.key == "error.file_type":
            raise Invalid("material.kind") from None
        raise
    if kind is media.MOV or (kind.group is media.Group.IMAGE and not kind.preview):
        raise Invalid("material.kind")
    return kind


async def _fresh(stream: AsyncIterator[bytes]) -> bytes:
    """The picture drawn anew: what a phone wrote beside the pixels does not come along."""
    try:
        return await media.preview_image(await gathered(stream, media.LARGEST_PICTURE), max_side=LONGEST_SIDE)
    except Refused:
        raise Invalid("material.picture_large") from None
    except Invalid as problem:
        large = problem.key == "error.image_large"
        raise Invalid("material.picture_large" if large else "material.picture_broken") from None


async def _bounded(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    taken = 0
    async for piece in stream:
        if not await house().files.has_room():
            raise Invalid("material.no_room")
        taken += len(piece)
        if taken > LARGEST:
            raise Invalid("material.too_big", most=LARGEST_MB)
        yield piece


def _named(given: str, ending: str) -> str:
    """The name without a path and what no phone should see in it; its ending is that of its content."""
    last = clean(given.replace("\\", "/").rpartition("/")[2])
    stem = "".join(one for one in last.rpartition(".")[0] or last if one not in _ODD).strip(". ")
    return f"{stem[: LONGEST_NAME - 8] or 'file'}.{ending}"


_ODD: Final = frozenset('<>:"|?*\n\t\r;')
