"""Attachments: wanted → fetched → attached | refused. Bytes lie in the store only under the file's own key."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Subquery
from tortoise.models import Model

from models import clock, media
from models.db import IdField, SealedField, UtcDatetimeField, new_id, transaction
from models.draft import Draft
from models.errors import Invalid
from models.house import house
from models.material import Material
from models.outbox import Lane, Outbox, Say
from models.sealed_files import FileSealer
from models.sealing import Purpose, unlock
from models.sealing import lock as lock_under

MAX_BYTES = 20 * 1024 * 1024
"""Of a file out of a chat: Telegram gives bots no larger ones."""
MAX_UPLOAD = 100 * 1024 * 1024
"""Of a file from a form: a few minutes of film, for which the chat sends people here."""
STEP = 64 * 1024
ORPHAN_AFTER = timedelta(hours=24)
MAX_TRIES = 5
KINDS = {media.Group.IMAGE: "photo", media.Group.AUDIO: "voice", media.Group.VIDEO: "video"}
"""What a file is called in the counts; everything else is a file."""


class FileState(StrEnum):
    """Where a file stands."""

    WANTED = "wanted"
    FETCHED = "fetched"
    ATTACHED = "attached"
    REFUSED = "refused"


class Attachment(Model):
    """One file. While a draft its key and metadata are locked by transit, then under the reporter's R."""

    id = IdField()
    draft_id: UUID | None = fields.UUIDField(null=True)
    tip_id: UUID | None = fields.UUIDField(null=True)
    submission_id: UUID | None = fields.UUIDField(null=True)  # what an officer proposed; it stays under transit
    state = fields.CharEnumField(FileState, max_length=10, default=FileState.WANTED)
    kind = fields.CharField(max_length=10)  # photo, voice, video, file
    source: bytes | None = SealedField(null=True)  # where the edge can fetch it; transit
    key: bytes | None = SealedField(null=True)  # none until the bytes are there
    meta: bytes = SealedField()
    steps = fields.IntField(default=0)  # 64 KiB each: all that the size tells in clear
    tries = fields.IntField(default=0)
    at = UtcDatetimeField()

    class Meta:
        table = "attachment"
        indexes = (("draft_id",), ("tip_id",), ("submission_id",), ("state", "at"))

    @classmethod
    async def want(cls, draft_id: UUID, *, kind: str, source: dict[str, Any], name: str = "") -> "Attachment":
        """Note that a file was sent, so that a job fetches it. `source` is the edge's own reference."""
        attachment_id, transit = new_id(), house().keys.transit
        return await cls.create(
            id=attachment_id,
            draft_id=draft_id,
            kind=kind,
            source=transit.lock(json.dumps(source).encode(), Purpose.CHAT, attachment_id),
            meta=transit.lock(json.dumps({"name": name}).encode(), Purpose.FILE_META, attachment_id),
            at=clock.now(),
        )

    @classmethod
    async def take(cls, draft_id: UUID, *, name: str, stream: AsyncIterator[bytes]) -> "Attachment":
        """Take a file from a form: it streams into encryption as it comes, and is never in clear on a disk.

        Invalid when it is empty, larger than a hundred megabytes, or of a kind that is not taken, or while the disk
        is nearly full; then nothing of it is kept.
        """
        file_id = new_id()
        sealer, type_ = await _store(file_id, stream, MAX_UPLOAD, "file.upload_too_big")
        transit, meta = house().keys.transit, {"name": name, "type": type_.mime, "size": sealer.length}
        async with transaction():
            return await cls.create(
                id=file_id,
                draft_id=draft_id,
                state=FileState.FETCHED,
                kind=KINDS.get(type_.group, "file"),
                key=transit.lock(sealer.key, Purpose.FILE_KEY, file_id),
                meta=transit.lock(json.dumps(meta).encode(), Purpose.FILE_META, file_id),
                steps=-(-sealer.length // STEP),
                at=clock.now(),
            )

    def source_for_edge(self) -> dict[str, Any]:
        """What the edge noted when it saw the file."""
        if self.source is None:
            return {}
        told: dict[str, Any] = json.loads(house().keys.transit.unlock(self.source, Purpose.CHAT, self.id))
        return told

    def draft_key(self) -> bytes:
        """The file key while the file belongs to a draft."""
        return house().keys.transit.unlock(self.key or b"", Purpose.FILE_KEY, self.id)

    def draft_meta(self) -> dict[str, Any]:
        """Name, type and true size while the file belongs to a draft."""
        told: dict[str, Any] = json.loads(house().keys.transit.unlock(self.meta, Purpose.FILE_META, self.id))
        return told

    def bare(self) -> dict[str, bytes]:
        """What lies under transit of one an officer handed in, for a backup: as `Material.bare`."""
        return {"key": self.draft_key(), "meta": json.dumps(self.draft_meta()).encode()}

    def lock_bare(self) -> None:
        """Out of a backup, where it lay bare. The caller saves."""
        transit = house().keys.transit
        self.key = transit.lock(self.key or b"", Purpose.FILE_KEY, self.id)
        self.meta = transit.lock(self.meta, Purpose.FILE_META, self.id)

    async def receive(self, stream: AsyncIterator[bytes]) -> None:
        """The bytes of a wanted file, at most twenty megabytes. Invalid as for `take`; the row is then still wanted."""
        sealer, type_ = await _store(self.id, stream, MAX_BYTES, "file.too_big")
        meta = json.dumps({**self.draft_meta(), "type": type_.mime, "size": sealer.length}).encode()
        self.key = house().keys.transit.lock(sealer.key, Purpose.FILE_KEY, self.id)
        self.meta = house().keys.transit.lock(meta, Purpose.FILE_META, self.id)
        self.state, self.source, self.steps = FileState.FETCHED, None, -(-sealer.length // STEP)
        async with transaction():
            await self.save(update_fields=["key", "meta", "state", "source", "steps"])

    async def refuse(self, why: str) -> None:
        """The file cannot be taken; the sender is told by the sentence `why`. What was stored of it is swept."""
        contact = self.source_for_edge().get("contact")
        self.state, self.source = FileState.REFUSED, None
        async with transaction():
            await self.save(update_fields=["state", "source"])
            if contact:
                await Outbox.put([(UUID(hex=contact), Say(why))], lane=Lane.INTERACTIVE)

    async def try_later(self) -> None:
        """Fetching failed for now. After five tries the file is given up, and the sender told."""
        self.tries += 1
        if self.tries >= MAX_TRIES:
            await self.refuse("file.lost")
            return
        self.at = clock.now() + timedelta(seconds=2**self.tries)
        async with transaction():
            await self.save(update_fields=["tries", "at"])

    async def done_with(self) -> None:
        """It was needed once and is forgotten."""
        async with transaction():
            await self.delete()

    def relock(self, reporter_secret: bytes, tip_id: UUID) -> None:
        """From the draft to the tip: key and metadata go under R. The caller saves."""
        self.key = lock_under(reporter_secret, self.draft_key(), Purpose.FILE_KEY, self.id)
        self.meta = lock_under(reporter_secret, json.dumps(self.draft_meta()).encode(), Purpose.FILE_META, self.id)
        self.draft_id, self.tip_id, self.source, self.state = None, tip_id, None, FileState.ATTACHED
        # When exactly he sent it is nobody's business any more: the day is kept, as for all he does.
        self.at = datetime.combine(clock.day_of(self.at), time(), clock.SHANGHAI)

    def open_key(self, reporter_secret: bytes) -> bytes:
        """The file key of an attached file."""
        return unlock(reporter_secret, self.key or b"", Purpose.FILE_KEY, self.id)

    def open_meta(self, reporter_secret: bytes) -> dict[str, Any]:
        """Name, type and true size of an attached file."""
        told: dict[str, Any] = json.loads(unlock(reporter_secret, self.meta, Purpose.FILE_META, self.id))
        return told


async def _store(
    file_id: UUID, stream: AsyncIterator[bytes], most: int, too_big: str
) -> tuple[FileSealer, media.MediaType]:
    """Stream into encryption, then tell the kind by content. What is not taken leaves nothing behind."""
    sealer, begin = FileSealer(file_id), bytearray()
    await house().files.put(file_id, sealer.encrypt(_sniffed(stream, begin, most, too_big)))
    try:
        return sealer, media.identify(bytes(begin))
    except Invalid:
        await house().files.delete(file_id)
        raise


async def _sniffed(stream: AsyncIterator[bytes], begin: bytearray, most: int, too_big: str) -> AsyncIterator[bytes]:
    """Pass the stream on, keeping its beginning, by which its kind is told.

    Invalid beyond `most` bytes, and as soon as the disk is nearly full: many may be on their way at once.
    """
    taken = 0
    async for piece in stream:
        if not await house().files.has_room():
            raise Invalid("file.no_room")
        taken += len(piece)
        if taken > most:
            raise Invalid(too_big)
        if len(begin) < STEP:
            begin += piece[: STEP - len(begin)]
        yield piece


async def forget_dropped(drafts: list[Draft]) -> None:
    """删掉 means it: rows of files that drafts have let go, with their keys. The locked bytes are swept as orphans."""
    if dropped := {file_id for draft in drafts for file_id in draft.dropped_files()}:
        async with transaction():
            await Attachment.filter(id__in=list(dropped), tip_id=None, submission_id=None).delete()


async def drop_unfetched(draft: Draft) -> None:
    """The teller will not wait: pieces whose file has not come yet leave the telling."""
    here = await Attachment.filter(draft_id=draft.id, state=FileState.FETCHED).values("id")
    ids = {row["id"].hex for row in here}
    draft.telling.parts = [part for part in draft.telling.parts if not part.file or part.file in ids]


async def wanted(limit: int = 8) -> list[Attachment]:
    """Files still to be fetched, oldest first."""
    due = Attachment.filter(state=FileState.WANTED, at__lte=clock.now())
    return await due.order_by("at").limit(limit)


async def sweep() -> int:
    """The job that removes files nobody has any more: rows of drafts that are gone, and bytes without a row.

    Only what is older than a day is looked at, so that nothing on its way is taken for an orphan.
    """
    before = clock.now() - ORPHAN_AFTER
    async with transaction():
        loose = Attachment.filter(tip_id=None, submission_id=None, at__lt=before)
        await loose.filter(draft_id__not_in=Subquery(Draft.all().values("id"))).delete()
    store = house().files
    before -= ORPHAN_AFTER  # a stored file tells only its day
    swept = await store.drop_parts_older_than(before)
    async for file_id in store.list_older_than(before):
        if not await Attachment.exists(id=file_id) and not await Material.exists(id=file_id):
            await store.delete(file_id)
            swept += 1
    return swept
