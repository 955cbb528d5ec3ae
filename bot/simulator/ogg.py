"""Browsers record Opus into WebM; Telegram's voices are Opus in Ogg. The packets are moved, not re-encoded."""

import struct
from collections.abc import Iterator

MASTERS = {0x18538067, 0x1654AE6B, 0xAE, 0x1F43B675, 0xA0}  # Segment, Tracks, TrackEntry, Cluster, BlockGroup
CODEC_PRIVATE = 0x63A2
BLOCKS = {0xA3, 0xA1}
POLYNOMIAL, WORD = 0x04C11DB7, 0xFFFFFFFF
SERIAL = 1
FULL = 255
PACKETS_PER_PAGE = 40
FIRST, LAST = 2, 4
# Samples at 48 kHz of one frame, by the five high bits of an Opus packet (RFC 6716, table 2).
FRAMES = [480, 960, 1920, 2880] * 3 + [480, 960] * 2 + [120, 240, 480, 960] * 4


def webm_to_ogg(webm: bytes) -> bytes:
    """The same sound as a Telegram voice note; bytes that are no Opus WebM come back unchanged."""
    head, packets = b"", []
    try:
        for identity, payload in _elements(webm):
            if identity == CODEC_PRIVATE:
                head = payload
            elif identity in BLOCKS:
                packets.append(payload[4:])  # track, two bytes of time, flags
    except IndexError:
        return webm
    if not head.startswith(b"OpusHead") or not packets:
        return webm
    return b"".join(_pages(head, packets))


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The leaves of the EBML tree: masters are entered, so their often unknown sizes do not matter."""
    at = 0
    while at < len(data):
        length = 9 - data[at].bit_length()
        identity = int.from_bytes(data[at : at + length], "big")
        at += length
        length = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + length], "big") & ((1 << 7 * length) - 1)
        at += length
        if identity not in MASTERS:
            yield identity, data[at : at + size]
            at += size


def _pages(head: bytes, packets: list[bytes]) -> Iterator[bytes]:
    tags = b"OpusTags" + struct.pack("<I", 9) + b"simulator" + struct.pack("<I", 0)
    yield _page([head], 0, 0, FIRST)
    yield _page([tags], 0, 1, 0)
    samples, number = 0, 2
    for start in range(0, len(packets), PACKETS_PER_PAGE):
        group = packets[start : start + PACKETS_PER_PAGE]
        samples += sum(_samples(packet) for packet in group)
        yield _page(group, samples, number, LAST if start + PACKETS_PER_PAGE >= len(packets) else 0)
        number += 1


def _samples(packet: bytes) -> int:
    code = packet[0] & 3
    count = packet[1] & 63 if code == 3 else min(code, 1) + 1  # noqa: PLR2004 - RFC 6716: code 3 tells the count
    return FRAMES[packet[0] >> 3] * count


def _page(packets: list[bytes], samples: int, number: int, flags: int) -> bytes:
    lacing = b"".join(bytes([FULL] * (len(p) // FULL) + [len(p) % FULL]) for p in packets)
    head = b"OggS" + struct.pack("<BBqIII", 0, flags, samples, SERIAL, number, 0) + bytes([len(lacing)]) + lacing
    page = head + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(page: bytes) -> int:
    crc = 0
    for byte in page:
        crc = (crc << 8 & WORD) ^ _TABLE[crc >> 24 ^ byte]
    return crc


def _table_entry(value: int) -> int:
    value <<= 24
    for _ in range(8):
        value = (value << 1 & WORD) ^ (POLYNOMIAL if value >> 31 else 0)
    return value


_TABLE = [_table_entry(value) for value in range(256)]
