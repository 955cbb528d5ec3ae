"""What kind of file somebody sent, told from its bytes, and pictures made safe to show.

Parsing a stranger's picture is the likeliest way into a server. It happens in a child process that holds
no key, opens no file, reaches no network and is ended after seconds (`models/media_worker.py`).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from models import child
from models.errors import Invalid

LARGEST_PICTURE: Final = 20 * 1024 * 1024
"""Bytes of a picture that is still opened for a preview: what Telegram lets a bot fetch."""

_LARGEST_ANSWER: Final = 16 * 1024 * 1024
_SECONDS: Final = 20
_TOO_MANY_PIXELS: Final = 3
_WORKER: Final = Path(__file__).with_name("media_worker.py")


class Group(StrEnum):
    """How a file is shown: in place, with a player, or for download."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class MediaType:
    """A type we accept. `preview` says whether `preview_image` can read it."""

    mime: str
    group: Group
    extension: str
    preview: bool = False


JPEG: Final = MediaType("image/jpeg", Group.IMAGE, "jpg", preview=True)
_PNG: Final = MediaType("image/png", Group.IMAGE, "png", preview=True)
_WEBP: Final = MediaType("image/webp", Group.IMAGE, "webp", preview=True)
_GIF: Final = MediaType("image/gif", Group.IMAGE, "gif", preview=True)
# Pillow's wheels read no HEIC; the office downloads it.
_HEIC: Final = MediaType("image/heic", Group.IMAGE, "heic")
_OGG: Final = MediaType("audio/ogg", Group.AUDIO, "ogg")
_MP3: Final = MediaType("audio/mpeg", Group.AUDIO, "mp3")
_M4A: Final = MediaType("audio/mp4", Group.AUDIO, "m4a")
_WAV: Final = MediaType("audio/wav", Group.AUDIO, "wav")
_MP4: Final = MediaType("video/mp4", Group.VIDEO, "mp4")
MOV: Final = MediaType("video/quicktime", Group.VIDEO, "mov")  # what an iPhone films
_PDF: Final = MediaType("application/pdf", Group.DOCUMENT, "pdf")
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_DOCX: Final = MediaType(f"{_OFFICE}wordprocessingml.document", Group.DOCUMENT, "docx")
_XLSX: Final = MediaType(f"{_OFFICE}spreadsheetml.sheet", Group.DOCUMENT, "xlsx")
_TEXT: Final = MediaType("text/plain", Group.DOCUMENT, "txt")

# By libmagic's word for it, which is not always the registered one.
_ALLOWED: Final = {
    **{kind.mime: kind for kind in (JPEG, _PNG, _WEBP, _GIF, _HEIC, MOV, _PDF, _DOCX, _XLSX)},
    **dict.fromkeys(("image/heif", "image/heic-sequence", "image/heif-sequence"), _HEIC),
    **dict.fromkeys(("audio/ogg", "application/ogg"), _OGG),
    **dict.fromkeys(("audio/mpeg", "audio/mp3"), _MP3),
    **dict.fromkeys(("audio/x-m4a", "audio/mp4"), _M4A),
    **dict.fromkeys(("audio/x-wav", "audio/wav", "audio/vnd.wave"), _WAV),
    **dict.fromkeys(("video/mp4", "video/x-m4v"), _MP4),
    **dict.fromkeys(("text/plain", "text/csv"), _TEXT),
}


def identify(data: bytes) -> MediaType:
    """The type of a file by its content; a name or a declared type is never asked.

    `data` is the whole file or its beginning; macros in office files are noticed in the part given.

    Raises:
        Invalid: ``error.file_empty``, or ``error.file_type`` for anything not expressly allowed: web pages,
            SVG, archives, programs, scripts.
    """
    if not data:
        raise Invalid("error.file_empty")
    kind = _ALLOWED.get(_guess(data))
    if kind is None or (kind is _TEXT and _is_markup(data)) or b"vbaProject.bin" in data:
        raise Invalid("error.file_type")
    return kind


def by_name(mime: str) -> MediaType | None:
    """The accepted type that was noted under this name; None for anything else."""
    return _ALLOWED.get(mime)


async def preview_image(data: bytes, *, max_side: int = 1600) -> bytes:
    """A fresh JPEG no wider or higher than `max_side` pixels: turned upright, no metadata, first frame only.

    Raises:
        Invalid: ``error.image_large`` (bytes or pixels) or ``error.image_broken``.
    """
    return await _ask("preview", data, str(max_side))


async def read_qr(data: bytes) -> str | None:
    """The text of the QR code in a picture; None if there is none, or several that differ.

    Raises:
        Invalid: as `preview_image`.
    """
    text = await _ask("qr", data)
    return text.decode("utf-8", "replace") or None


def _guess(data: bytes) -> str:
    import magic

    guess = str(magic.from_buffer(data, mime=True))
    if guess == "application/octet-stream" and data.startswith(b"ID3"):
        # libmagic looks past a long tag for music only in newer releases.
        return "audio/mpeg"
    return guess


def _is_markup(data: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


async def _ask(task: str, data: bytes, *arguments: str) -> bytes:
    if len(data) > LARGEST_PICTURE:
        raise Invalid("error.image_large")
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_two_threads(), _run, [task, *arguments], data)


@cache
def _two_threads() -> ThreadPoolExecutor:
    # Two pictures at once, whatever the number of readers: each may take a gigabyte.
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="media")


def _run(arguments: list[str], data: bytes) -> bytes:
    status, answer = child.run(_WORKER, arguments, data, seconds=_SECONDS, largest_answer=_LARGEST_ANSWER)
    if status == _TOO_MANY_PIXELS:
        raise Invalid("error.image_large")
    if status != 0:
        raise Invalid("error.image_broken")
    return answer
