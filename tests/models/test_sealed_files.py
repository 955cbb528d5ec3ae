"""Encrypted files: whole and in order, or not at all."""

import asyncio
import json
import os
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import pytest

from models import sealed_files
from models.sealed_files import CHUNK, FileSealer, LocalStore, Pieces, decrypt, gathered, once
from models.sealing import Refused, new_secret

STORED = CHUNK + 16
KNOWN = Path(__file__).parent / "known_answers"


async def pieces(data: bytes, size: int) -> Pieces:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def sealed(data: bytes, size: int = 10_000) -> tuple[FileSealer, UUID, bytes]:
    file_id = uuid4()
    sealer = FileSealer(file_id)
    stored = b"".join([piece async for piece in sealer.encrypt(pieces(data, size))])
    return sealer, file_id, stored


async def opened(key: bytes, file_id: UUID, length: int, stored: bytes, size: int = 7_777) -> bytes:
    return b"".join([piece async for piece in decrypt(key, file_id, length, pieces(stored, size))])


async def refused(key: bytes, file_id: UUID, length: int, stored: bytes, size: int) -> bool:
    try:
        await opened(key, file_id, length, stored, size)
    except Refused:
        return True
    return False


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])
@pytest.mark.parametrize("size", [1_000, CHUNK, 5 * CHUNK])
async def test_a_file_of_any_length_comes_back_and_its_size_is_hidden(length: int, size: int) -> None:
    data = os.urandom(length)
    sealer, file_id, stored = await sealed(data, size)
    assert sealer.length == length
    assert len(stored) == 2 + STORED * max(1, -(-length // CHUNK))
    assert await opened(sealer.key, file_id, length, stored, size) == data


async def test_invariant_1_a_cut_reordered_or_extended_file_is_refused() -> None:
    length = 3 * CHUNK - 9
    sealer, file_id, stored = await sealed(os.urandom(length))
    head = stored[:2]
    one, two, three = (stored[2 + STORED * n : 2 + STORED * (n + 1)] for n in range(3))
    wrong = {
        "nothing": b"",
        "half a header": head[:1],
        "header only": head,
        "another version": b"\x02\x03" + stored[2:],
        "another algorithm": b"\x01\x01" + stored[2:],
        "last chunk cut off": head + one + two,
        "only the last chunk": head + three,
        "first chunk cut off": head + two + three,
        "middle chunk cut out": head + one + three,
        "exchanged": head + two + one + three,
        "repeated": head + one + one + two + three,
        "last chunk repeated": stored + three,
        "trailing byte": stored + b"\0",
        "trailing tag": stored + bytes(16),
        "last byte cut off": stored[:-1],
        "cut within the first": stored[:1000],
        "two files in a row": stored + stored,
    }
    for what, bad in wrong.items():
        for size in (7_777, STORED, len(stored) * 2):
            assert await refused(sealer.key, file_id, length, bad, size), what


async def test_invariant_1_every_flipped_byte_of_a_file_is_refused() -> None:
    sealer, file_id, stored = await sealed(b"small")
    for place in [*range(600), *range(600, len(stored), 499), *range(len(stored) - 20, len(stored))]:
        bad = bytearray(stored)
        bad[place] ^= 1
        with pytest.raises(Refused):
            await opened(sealer.key, file_id, 5, bytes(bad), CHUNK * 2)


async def test_invariant_1_another_files_chunks_key_or_id_are_refused() -> None:
    sealer, file_id, stored = await sealed(os.urandom(2 * CHUNK))
    _, _, other = await sealed(os.urandom(2 * CHUNK))
    with pytest.raises(Refused):
        await opened(new_secret(), file_id, 2 * CHUNK, stored)
    with pytest.raises(Refused):
        await opened(sealer.key, uuid4(), 2 * CHUNK, stored)
    with pytest.raises(Refused):
        await opened(sealer.key, file_id, 2 * CHUNK, stored[: 2 + STORED] + other[2 + STORED :])


@pytest.mark.parametrize("wrong", [-1, 0, CHUNK, 2 * CHUNK + 1, 3 * CHUNK])
async def test_invariant_1_a_length_that_does_not_fit_is_refused(wrong: int) -> None:
    sealer, file_id, stored = await sealed(os.urandom(2 * CHUNK - 1))
    with pytest.raises(Refused):
        await opened(sealer.key, file_id, wrong, stored)


async def test_only_checked_chunks_come_out_and_none_after_the_first_error() -> None:
    data = os.urandom(3 * CHUNK)
    sealer, file_id, stored = await sealed(data)
    bad = bytearray(stored)
    bad[2 + STORED + 5] ^= 1
    stream = decrypt(sealer.key, file_id, 3 * CHUNK, pieces(bytes(bad), 5_000))
    assert await anext(stream) == data[:CHUNK]
    with pytest.raises(Refused):
        await anext(stream)
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_sealer_takes_one_file_only() -> None:
    sealer = FileSealer(uuid4())
    assert await gathered(sealer.encrypt(once(b"one")), CHUNK * 2)
    with pytest.raises(RuntimeError):
        await gathered(sealer.encrypt(once(b"two")), CHUNK * 2)
    assert sealer.key.hex() not in repr(sealer)


async def test_a_stream_passes_without_being_held() -> None:
    sealer, held = FileSealer(uuid4()), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal held
        for _ in range(300):
            held += CHUNK
            yield bytes(CHUNK)

    async for chunk in sealer.encrypt(endless()):
        held -= len(chunk)
        assert held <= 2 * CHUNK
    assert sealer.length == 300 * CHUNK


async def test_gathering_stops_at_its_limit() -> None:
    assert await gathered(pieces(bytes(100), 10), 100) == bytes(100)
    with pytest.raises(Refused):
        await gathered(pieces(bytes(101), 10), 100)


async def test_a_store_keeps_bytes_for_its_owner_only(tmp_path: Path) -> None:
    store, file_id = LocalStore(tmp_path / "files"), uuid4()
    _, _, stored = await sealed(os.urandom(CHUNK * 2))
    await store.put(file_id, pieces(stored, 1000))
    assert await gathered(store.open(file_id), 10**6) == stored
    place = tmp_path / "files" / file_id.hex[:2] / file_id.hex[2:4] / file_id.hex
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    await store.put(file_id, once(b"again"))
    assert await gathered(store.open(file_id), 100) == b"again"
    await store.delete(file_id)
    await store.delete(file_id)
    with pytest.raises(FileNotFoundError):
        await gathered(store.open(file_id), 100)


async def test_a_failed_or_cancelled_stream_leaves_nothing(tmp_path: Path) -> None:
    store, started = LocalStore(tmp_path), asyncio.Event()

    async def failing() -> AsyncIterator[bytes]:
        yield b"some"
        raise ConnectionError

    async def hanging() -> AsyncIterator[bytes]:
        yield b"some"
        started.set()
        await asyncio.Event().wait()

    with pytest.raises(ConnectionError):
        await store.put(uuid4(), failing())
    task = asyncio.create_task(store.put(uuid4(), hanging()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files_in(tmp_path) == []


async def test_a_reader_who_leaves_early_closes_the_file_at_once(tmp_path: Path) -> None:
    store, file_id = LocalStore(tmp_path), uuid4()
    sealer = FileSealer(file_id)
    await store.put(file_id, sealer.encrypt(pieces(os.urandom(5 * CHUNK), CHUNK)))

    def is_open() -> bool:
        return any(file_id.hex in file.path for file in psutil.Process().open_files())

    reading = decrypt(sealer.key, file_id, sealer.length, store.open(file_id))
    await anext(reading)
    assert is_open()
    await reading.aclose()
    assert not is_open()


async def test_old_files_and_abandoned_parts_are_found(tmp_path: Path) -> None:
    store, old, new = LocalStore(tmp_path), uuid4(), uuid4()
    now = datetime.now(UTC)
    for file_id in (old, new):
        await store.put(file_id, once(b"x"))
    past = (now - timedelta(hours=25)).timestamp()
    place = tmp_path / old.hex[:2] / old.hex[2:4] / old.hex
    part = place.with_name("0123.part")
    part.write_bytes(b"")
    for path in (place, part):
        os.utime(path, (past, past))
    day_ago = now - timedelta(hours=24)
    assert [found async for found in store.list_older_than(day_ago)] == [old]
    assert await store.drop_parts_older_than(day_ago) == 1
    assert not part.exists()
    assert [found async for found in LocalStore(tmp_path / "none").list_older_than(now)] == []


def test_a_local_store_is_a_file_store(tmp_path: Path) -> None:
    store: sealed_files.FileStore = LocalStore(tmp_path)
    assert store


async def test_invariant_12_a_file_stored_by_version_1_still_opens() -> None:
    answer = json.loads((KNOWN / "file.json").read_text())
    stored = (KNOWN / answer["stored"]).read_bytes()
    key, file_id = bytes.fromhex(answer["key"]), UUID(answer["id"])
    content = await opened(key, file_id, answer["length"], stored)
    assert content.decode() == answer["content"]


async def test_a_chunk_that_was_never_padded_is_refused_even_under_the_right_key() -> None:
    key, file_id = new_secret(), uuid4()
    for content in (b"", b"short", bytes(CHUNK + 1)):
        stored = b"\x01\x03" + sealed_files._Chunks(key, file_id).lock(content, last=True)
        assert await refused(key, file_id, len(content), stored, STORED * 2)
