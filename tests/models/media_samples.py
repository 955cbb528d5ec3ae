"""Small pictures and films as people upload them."""

import io
from collections.abc import AsyncIterator

from PIL import Image


def photo(side: int = 64, colour: str = "red") -> bytes:
    """A JPEG with a place and a camera written beside its pixels."""
    picture, out = Image.new("RGB", (side, side), colour), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SecretCam"
    exif[0x8825] = {1: "N", 2: (30.0, 1.0, 2.0)}
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def film(size: int = 200_000) -> bytes:
    """What libmagic takes for an MP4."""
    return b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(size)


async def streamed(data: bytes, step: int = 50_000) -> AsyncIterator[bytes]:
    """As a line brings it."""
    for start in range(0, len(data), step):
        yield data[start : start + step]
