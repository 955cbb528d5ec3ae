"""A film without what a phone wrote beside its pictures: where it was taken, with what, and by whom.

An MP4 is a row of boxes, each with its size and name. Such words lie in `udta` and `meta` (of the film or of one of its
tracks) and in `uuid`; there they become `free`, which players skip, of the same size: nothing else moves. Streams as it
comes; only the index of the film (`moov`) is held for a moment.
"""

from collections.abc import AsyncIterator
from typing import Final

MIMES: Final = frozenset({"video/mp4", "audio/mp4"})
LARGEST_INDEX: Final = 16 * 1024 * 1024
"""Bytes of an index that is read; hours of film have less. A larger one stays as it is."""
_TELLING: Final = frozenset({b"udta", b"meta", b"uuid"})
_HOLDING: Final = frozenset({b"moov", b"trak"})
_HEAD, _LONG_HEAD = 8, 16


async def silent(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same film, silent about its making. What is no row of boxes comes through as it is."""
    source = _Source(stream)
    while len(head := await source.peek(_LONG_HEAD)) >= _HEAD:
        size, name, begins = _box(head, 0)
        if size < begins:  # to the end of the film, or no box at all
            break
        if (name in _TELLING or name == b"moov") and size <= LARGEST_INDEX:
            box = bytearray(await source.take(size))
            _hush(box, 0, len(box))
            yield bytes(box)
        else:
            async for piece in source.pass_on(size):
                yield piece
    async for piece in source.pass_on(None):
        yield piece


def _hush(boxes: bytearray, at: int, end: int) -> None:
    while at + _HEAD <= end:
        size, name, begins = _box(boxes, at)
        if size < begins or at + size > end:
            return
        if name in _TELLING:
            boxes[at + 4 : at + 8] = b"free"
            boxes[at + begins : at + size] = bytes(size - begins)
        elif name in _HOLDING:
            _hush(boxes, at + begins, at + size)
        at += size


def _box(data: bytes | bytearray, at: int) -> tuple[int, bytes, int]:
    """Size, name, and where its content begins."""
    size, name = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8])
    if size == 1:  # the size has a field of its own
        return int.from_bytes(data[at + 8 : at + 16], "big"), name, _LONG_HEAD
    return size, name, _HEAD


class _Source:
    """A stream that can be looked into."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream, self._held = stream, bytearray()

    async def peek(self, count: int) -> bytes:
        """So many bytes, or what is left."""
        while len(self._held) < count and (piece := await anext(self._stream, b"")):
            self._held += piece
        return bytes(self._held[:count])

    async def take(self, count: int) -> bytes:
        """So many bytes, or what is left, taken away."""
        taken = await self.peek(count)
        del self._held[: len(taken)]
        return taken

    async def pass_on(self, count: int | None) -> AsyncIterator[bytes]:
        """So many bytes, or all that is left, piece by piece."""
        while count is None or count:
            if not self._held:
                self._held += await anext(self._stream, b"")
            piece = bytes(self._held[:count])
            if not piece:
                return
            del self._held[: len(piece)]
            count = None if count is None else count - len(piece)
            yield piece
