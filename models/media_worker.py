"""The child process that opens strangers' pictures. Bytes come by stdin, an answer goes out by stdout.

Run as ``python -I models/media_worker.py preview 1600`` or ``… qr``. It imports nothing of ours. Before
reading a byte it gives up files, network, other processes and most system calls, and bounds memory and time;
then a decoder that is taken over has little to take. Exit status: 0 done, 2 no picture, 3 too many pixels.
"""

import ctypes
import io
import platform
import resource
import struct
import sys
from contextlib import suppress
from typing import Final

from PIL import (
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

BROKEN: Final = 2
TOO_MANY_PIXELS: Final = 3

_MOST_PIXELS: Final = 50_000_000
_QR_SIDE: Final = 3000
_MEMORY: Final = 1024**3
_CPU_SECONDS: Final = 10
# Pillow would import these when first met, and by then there are no files to import from.
_PLUGINS: Final = (
    GifImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")

_SET_DUMPABLE: Final = 4
_SET_SECCOMP: Final = 22
_SET_NO_NEW_PRIVILEGES: Final = 38
_SECCOMP_FILTER: Final = 2
# Audit architecture, then: read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask
# rt_sigreturn mremap madvise futex sched_yield sigaltstack gettid clock_gettime exit exit_group getrandom.
_SYSTEM_CALLS: Final = {
    "x86_64": (
        0xC000003E,
        (0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 25, 28, 202, 24, 131, 186, 228, 60, 231, 318),
    ),
    "aarch64": (
        0xC00000B7,
        (
            63,
            64,
            57,
            80,
            62,
            222,
            226,
            215,
            214,
            134,
            135,
            139,
            216,
            233,
            98,
            124,
            132,
            178,
            113,
            93,
            94,
            278,
        ),
    ),
}


class TooManyPixels(Exception):
    """A small file that would unfold into gigabytes."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def confine() -> None:
    """Give up what reading pictures does not need. Nothing of it can be taken back."""
    for limit, value in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        # Pipes already open stay; no file, socket or memory of another process can be opened.
        (resource.RLIMIT_NOFILE, 0),
    ):
        _, already = resource.getrlimit(limit)
        bound = value if already == resource.RLIM_INFINITY else min(value, already)
        resource.setrlimit(limit, (bound, bound))
    # Where the kernel or the machine knows no such filter, the limits above remain.
    with suppress(OSError, KeyError, AttributeError):
        _filter_system_calls()


def preview(data: bytes, max_side: int) -> bytes:
    """A fresh JPEG; the pixels are copied onto a new canvas, so nothing else comes along."""
    picture = _opened(data)
    picture.draft("RGB", (max_side, max_side))
    upright = ImageOps.exif_transpose(picture)
    if upright.mode == "P":
        upright = upright.convert("RGBA")
    upright.thumbnail((max_side, max_side))
    pixels = upright.convert("RGBA")
    canvas = Image.new("RGB", pixels.size, "white")
    canvas.paste(pixels, mask=pixels.getchannel("A"))
    answer = io.BytesIO()
    canvas.save(answer, "JPEG", quality=85, optimize=True)
    return answer.getvalue()


def read_qr(data: bytes) -> bytes:
    """The one text that the QR codes of a picture say, UTF-8; nothing if they differ or there are none."""
    import zxingcpp

    picture = _opened(data)
    picture.draft("L", (_QR_SIDE, _QR_SIDE))
    upright = ImageOps.exif_transpose(picture).convert("L")
    upright.thumbnail((_QR_SIDE, _QR_SIDE))
    found = zxingcpp.read_barcodes(upright, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    texts = {str(code.text) for code in found}
    return texts.pop().encode() if len(texts) == 1 else b""


def main(arguments: list[str]) -> int:
    """One picture, then the end."""
    task, *rest = arguments
    if task == "qr":
        import zxingcpp  # noqa: F401 - while files can still be opened
    confine()
    data = sys.stdin.buffer.read()
    try:
        answer = preview(data, int(rest[0])) if task == "preview" else read_qr(data)
    except TooManyPixels:
        return TOO_MANY_PIXELS
    except Exception:  # noqa: BLE001 - decoders raise anything at all on bad input
        return BROKEN
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return 0


def _opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    width, height = picture.size
    # Only the header has been read so far.
    if width * height > _MOST_PIXELS:
        raise TooManyPixels
    return picture


def _filter_system_calls() -> None:
    """Seccomp: anything but the calls listed fails with EPERM (Linux, linux/seccomp.h)."""
    architecture, allowed = _SYSTEM_CALLS[platform.machine()]
    load, jump_if_equal, answer = 0x20, 0x15, 0x06
    refuse, allow = 0x00050001, 0x7FFF0000
    # (operation, jump when true, jump when false, operand); jumps count instructions to skip.
    steps = [
        (load, 0, 0, 4),
        (jump_if_equal, 1, 0, architecture),
        (answer, 0, 0, refuse),
        (load, 0, 0, 0),
    ]
    for left, number in zip(range(len(allowed), 0, -1), allowed, strict=True):
        steps.append((jump_if_equal, left, 0, number))
    steps += [(answer, 0, 0, refuse), (answer, 0, 0, allow)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    process_control = ctypes.CDLL(None, use_errno=True).prctl
    process_control(_SET_DUMPABLE, 0, 0, 0, 0)
    process_control(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    process_control(_SET_SECCOMP, _SECCOMP_FILTER, ctypes.byref(program), 0, 0)


if __name__ == "__main__":
    # Pillow warns of large pictures by itself; here the limit is ours.
    Image.MAX_IMAGE_PIXELS = None
    sys.exit(main(sys.argv[1:]))
