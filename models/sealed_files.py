"""Files, encrypted while they stream past: 64 KiB at a time, never in clear on a disk, never whole in memory.

Algorithm 3: two bytes ``01 03``, then chunks of AES-256-GCM, each 65,536 bytes of content and a 16-byte tag.
The nonce is the chunk's number (11 bytes) and whether it is the last (1 byte); the file's id is bound in.
The last chunk is padded with zeros, so a stored file tells its size in 64 KiB steps only; the true length
belongs into its locked metadata. An empty file is one chunk of padding.
"""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models import clock
from models.disk import create_private, settle, settle_folder
from models.sealing import VERSION, Refused, derive, new_secret

CHUNK: Final = 64 * 1024
FILE: Final = 3

_HEADER: Final = bytes((VERSION, FILE))
_SEALED_CHUNK: Final = CHUNK + 16
FLOOR: Final = 1024**3
"""Bytes left on the disk below which no more files are taken; tips, which are small, go on."""
LOOK_EVERY: Final = 1.0

_PART: Final = ".part"
_BATCH: Final = 16

Pieces = AsyncGenerator[bytes, None]
"""Bytes as they are read. Left early only inside `contextlib.aclosing`: a file is open behind them."""


class FileSealer:
    """Encrypts one file under a key of its own, made here: a key that met two files would repeat nonces."""

    def __init__(self, file_id: UUID) -> None:
        self.key: Final = new_secret()
        self.length = 0
        """Bytes of content so far; the true length once the stream has ended."""
        self._id = file_id
        self._used = False

    def __repr__(self) -> str:
        return "<FileSealer>"

    async def encrypt(self, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The encrypted bytes of `source`, whose pieces may have any size.

        Raises:
            RuntimeError: called a second time.
        """
        if self._used:
            raise RuntimeError("one sealer, one file")
        self._used = True
        cipher = _Chunks(self.key, self._id)
        yield _HEADER
        held = bytearray()
        async for piece in source:
            self.length += len(piece)
            held += piece
            # A full chunk is held back until more follows: it might be the last.
            while len(held) > CHUNK:
                yield cipher.lock(bytes(held[:CHUNK]), last=False)
                del held[:CHUNK]
        yield cipher.lock(bytes(held).ljust(CHUNK, b"\0"), last=True)


async def decrypt(key: bytes, file_id: UUID, length: int, source: Pieces) -> Pieces:
    """The content of an encrypted stream, chunk by checked chunk. `length` is the true one, in bytes.

    A file that was cut short shows only at its end: whoever acts on the content waits for the end.

    Raises:
        Refused: changed, reordered, cut, extended, another file's, or not of this length.
    """
    if length < 0:
        raise Refused
    cipher, left = _Chunks(key, file_id), length
    async with aclosing(source), aclosing(_stored_chunks(source)) as chunks:
        async for chunk, last in chunks:
            content = cipher.unlock(chunk, last=last)
            if last != (left <= CHUNK):
                raise Refused
            yield content[:left]
            left -= CHUNK


async def once(data: bytes) -> AsyncIterator[bytes]:
    """Bytes at hand, as a stream."""
    yield data


async def gathered(stream: AsyncIterator[bytes], limit: int) -> bytes:
    """A whole stream in memory, for previews and exports made within a request.

    Raises:
        Refused: longer than `limit` bytes.
    """
    data = bytearray()
    async for piece in stream:
        data += piece
        if len(data) > limit:
            raise Refused
    return bytes(data)


class FileStore(Protocol):
    """Where encrypted bytes lie. Whoever reads the store learns sizes in 64 KiB steps, and nothing else."""

    async def put(self, file_id: UUID, stream: AsyncIterator[bytes]) -> None:
        """Store durably: once this returns, a power cut loses nothing. A failed stream leaves nothing."""

    def open(self, file_id: UUID) -> Pieces:
        """The stored bytes. FileNotFoundError at the first piece if there are none."""

    async def delete(self, file_id: UUID) -> None:
        """Remove; an absent file is as good as removed."""

    async def has_room(self) -> bool:
        """Whether more may be stored. What is left below is for the words, which must always find room."""

    async def drop_parts_older_than(self, moment: datetime) -> int:
        """Remove what interrupted uploads left; answers how many."""

    def list_older_than(self, moment: datetime) -> AsyncIterator[UUID]:
        """Files last written before `moment`, so that those nobody refers to can be swept."""


class LocalStore:
    """A `FileStore` in a folder: ``3f/a1/<32 hex digits>``, readable by the owner only."""

    def __init__(self, root: Path, floor: int = FLOOR) -> None:
        self._root, self._floor = root, floor
        self._looked_at, self._had_room = -LOOK_EVERY, True

    async def put(self, file_id: UUID, stream: AsyncIterator[bytes]) -> None:
        """See `FileStore`. Writing the same id again replaces it whole, as a retried job does."""
        place = self._place(file_id)
        # The name is fresh, so that a retry never writes into a dying process's file.
        part = place.with_name(f"{place.name}-{new_secret()[:4].hex()}{_PART}")
        file = await asyncio.to_thread(_create, part)
        try:
            async for batch in _batches(stream):
                await asyncio.to_thread(file.writelines, batch)
            await asyncio.to_thread(_keep, file, part, place)
        finally:
            # Not in a thread: a cancelled request must clean up as well, and these are two quick calls.
            _drop(file, part)

    async def open(self, file_id: UUID) -> Pieces:
        """See `FileStore`."""
        file = await asyncio.to_thread(self._place(file_id).open, "rb")
        try:
            while piece := await asyncio.to_thread(file.read, _SEALED_CHUNK):
                yield piece
        finally:
            file.close()

    async def delete(self, file_id: UUID) -> None:
        """See `FileStore`."""
        await asyncio.to_thread(_remove, self._place(file_id))

    async def has_room(self) -> bool:
        """See `FileStore`. Looked at once a second."""
        if time.monotonic() - self._looked_at >= LOOK_EVERY:
            self._had_room = await asyncio.to_thread(_free_beside, self._root) >= self._floor
            self._looked_at = time.monotonic()
        return self._had_room

    async def list_older_than(self, moment: datetime) -> AsyncIterator[UUID]:
        """See `FileStore`."""
        for path in await asyncio.to_thread(self._older, moment):
            if path.suffix != _PART:
                yield UUID(hex=path.name)

    async def drop_parts_older_than(self, moment: datetime) -> int:
        """Remove what a killed process left half written; how many there were."""
        parts = [path for path in await asyncio.to_thread(self._older, moment) if path.suffix == _PART]
        for path in parts:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        return len(parts)

    def _place(self, file_id: UUID) -> Path:
        return self._root / file_id.hex[:2] / file_id.hex[2:4] / file_id.hex

    def _older(self, moment: datetime) -> list[Path]:
        limit = moment.timestamp()
        return [path for path in self._root.glob("??/??/*") if _written(path) < limit]


class _Chunks:
    """The chunks of one file, in their order."""

    def __init__(self, key: bytes, file_id: UUID) -> None:
        self._aead = AESGCM(derive(key, "file"))
        self._binding = b"qf1/file" + file_id.bytes
        self._number = 0

    def lock(self, content: bytes, *, last: bool) -> bytes:
        return self._aead.encrypt(self._nonce(last=last), content, self._binding)

    def unlock(self, chunk: bytes, *, last: bool) -> bytes:
        if len(chunk) != _SEALED_CHUNK:
            raise Refused
        try:
            return self._aead.decrypt(self._nonce(last=last), chunk, self._binding)
        except InvalidTag:
            raise Refused from None

    def _nonce(self, *, last: bool) -> bytes:
        nonce = self._number.to_bytes(11, "big") + bytes([last])
        self._number += 1
        return nonce


async def _stored_chunks(source: AsyncIterator[bytes]) -> AsyncGenerator[tuple[bytes, bool], None]:
    """Stored bytes cut into chunks, each with whether the stream ends after it. The last may be too short."""
    held = bytearray()
    headed = False
    async for piece in source:
        held += piece
        if not headed and len(held) >= len(_HEADER):
            if held[: len(_HEADER)] != _HEADER:
                raise Refused
            del held[: len(_HEADER)]
            headed = True
        while headed and len(held) > _SEALED_CHUNK:
            yield bytes(held[:_SEALED_CHUNK]), False
            del held[:_SEALED_CHUNK]
    if not headed:
        raise Refused
    yield bytes(held), True


def _free_beside(folder: Path) -> int:
    """Bytes free on the disk where the folder is, or will be."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(there).free


async def _batches(stream: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    """Sixteen pieces at a time: handing each to a thread would cost more than writing it."""
    held: list[bytes] = []
    async for piece in stream:
        held.append(piece)
        if len(held) == _BATCH:
            yield held
            held = []
    yield held


def _create(part: Path) -> BinaryIO:
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return create_private(part)


def _drop(file: BinaryIO, part: Path) -> None:
    file.close()
    part.unlink(missing_ok=True)


def _keep(file: BinaryIO, part: Path, place: Path) -> None:
    settle(file)
    # The hour at which somebody sent it is nobody's business: the store tells the day.
    day = clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    os.utime(part, (day, day))
    part.replace(place)
    # The new folders' own entries too, up to the root.
    for folder in (place.parent, place.parent.parent, place.parent.parent.parent):
        settle_folder(folder)


def _remove(place: Path) -> None:
    if place.exists():
        place.unlink(missing_ok=True)
        settle_folder(place.parent)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # removed while we looked
        return float("inf")
