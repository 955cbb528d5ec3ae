"""Strangers' files: told by content, opened at arm's length."""

import asyncio
import io
import struct
import subprocess
import sys
import threading
import time
import wave
import zipfile
import zlib
from pathlib import Path

import pytest
import segno
from PIL import Image

from models import media
from models.errors import Invalid
from models.media import Group, identify, preview_image, read_qr

ROOT = Path(__file__).resolve().parents[2]
CODE = "查询码：7K4M-Q2XD-9RTA-W5HCJ"


def picture(kind: str = "JPEG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 40).convert(mode).save(file, kind, **options)
    return file.getvalue()


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, "<x/>")
    return file.getvalue()


def sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(bytes(1600))
    return file.getvalue()


def box(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + brand + b"mif1" + bytes(100)


def flood(width: int, height: int) -> bytes:
    """A PNG whose header promises more than its few bytes."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", pixels) + part(b"IEND", b"")


ALLOWED = {
    "jpg": (picture(), Group.IMAGE),
    "png": (picture("PNG"), Group.IMAGE),
    "webp": (picture("WEBP"), Group.IMAGE),
    "gif": (picture("GIF"), Group.IMAGE),
    "heic": (box(b"heic"), Group.IMAGE),
    "ogg": (
        b"OggS\0\2" + bytes(8) + b"\1" + bytes(7) + b"abcd\1\x13OpusHead\1\1\0\0\x80\xbb" + bytes(5),
        Group.AUDIO,
    ),
    "mp3": (b"ID3\4\0\0\0\0\0\x23" + bytes(100), Group.AUDIO),
    "m4a": (box(b"M4A "), Group.AUDIO),
    "wav": (sound(), Group.AUDIO),
    "mp4": (box(b"isom"), Group.VIDEO),
    "mov": (box(b"qt  "), Group.VIDEO),
    "pdf": (b"%PDF-1.7\n1 0 obj\n", Group.DOCUMENT),
    "docx": (archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"), Group.DOCUMENT),
    "xlsx": (archive("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), Group.DOCUMENT),
    "txt": ("镇长收了红包，三月五日在石桥镇。\n".encode("gb18030"), Group.DOCUMENT),
}
REFUSED = {
    "a web page named .jpg": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "a web page after a mark": b"\xef\xbb\xbf  <p onclick=alert(1)>hello",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "xml": b'<?xml version="1.0"?><x/>',
    "zip": archive("evidence.txt"),
    "gzip": b"\x1f\x8b\x08" + bytes(40),
    "a macro": archive("[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/vbaProject.bin"),
    "a program": b"\x7fELF\2\1\1" + bytes(60),
    "a Windows program": b"MZ" + bytes(200),
    "a script": b"#!/bin/sh\nrm -rf /\n",
    "noise": bytes(range(256)),
}


@pytest.mark.parametrize("extension", ALLOWED)
def test_allowed_types_are_told_by_their_content(extension: str) -> None:
    data, group = ALLOWED[extension]
    kind = identify(data)
    assert (kind.extension, kind.group) == (extension, group)
    assert kind.preview == (extension in {"jpg", "png", "webp", "gif"})


@pytest.mark.parametrize("what", REFUSED)
def test_pages_archives_programs_and_html_named_jpg_are_refused(what: str) -> None:
    with pytest.raises(Invalid) as caught:
        identify(REFUSED[what])
    assert caught.value.key == "error.file_type"


def test_an_empty_file_is_called_empty() -> None:
    with pytest.raises(Invalid) as caught:
        identify(b"")
    assert caught.value.key == "error.file_empty"


async def test_a_preview_carries_no_place_camera_or_comment() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SpyPhone"
    exif.get_ifd(0x8825)[2] = (39.0, 54.0, 20.0)
    data = picture(exif=exif, comment=b"from Wang", icc_profile=b"SpyProfile" * 20, xmp=b"<x>SpyXmp</x>")
    assert b"SpyPhone" in data
    assert b"from Wang" in data
    preview = await preview_image(data)
    for trace in (b"Spy", b"Wang", b"Exif", b"ICC_PROFILE", b"xap"):
        assert trace not in preview
    with Image.open(io.BytesIO(preview)) as image:
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


async def test_a_preview_stands_upright_and_fits() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    preview = await preview_image(picture(size=(800, 400), exif=exif), max_side=200)
    with Image.open(io.BytesIO(preview)) as image:
        assert (image.format, image.size) == ("JPEG", (100, 200))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("PNG", "I;16"),
        ("WEBP", "RGBA"),
        ("GIF", "P"),
    ],
)
async def test_pictures_of_every_allowed_kind_can_be_seen(kind: str, mode: str) -> None:
    preview = await preview_image(picture(kind, mode=mode))
    with Image.open(io.BytesIO(preview)) as image:
        image.load()
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (400, 300))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        picture()[:3000],
        picture("PNG")[:3000],
        REFUSED["svg"],
        picture("TIFF"),
        picture("BMP"),
    ],
    ids=["empty", "text", "cut jpeg", "cut png", "svg", "tiff", "bmp"],
)
async def test_broken_and_other_pictures_are_refused(data: bytes) -> None:
    for task in (preview_image, read_qr):
        with pytest.raises(Invalid) as caught:
            await task(data)
        assert caught.value.key == "error.image_broken"


async def test_a_flood_of_pixels_or_bytes_is_refused() -> None:
    for data in (flood(60_000, 60_000), flood(50_001, 1_000), bytes(media.LARGEST_PICTURE + 1)):
        with pytest.raises(Invalid) as caught:
            await preview_image(data)
        assert caught.value.key == "error.image_large"


async def test_a_qr_code_is_read_from_a_photo() -> None:
    file = io.BytesIO()
    segno.make(CODE).save(file, kind="png", scale=6)
    with Image.open(file) as code:
        photo = Image.new("RGB", (1200, 900), "gray")
        photo.paste(code.convert("RGB").rotate(8, expand=True, fillcolor="white"), (300, 200))
        shot = io.BytesIO()
        photo.save(shot, "JPEG", quality=60)
    assert await read_qr(shot.getvalue()) == CODE
    assert await read_qr(picture()) is None


async def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    worker = tmp_path / "hang.py"
    worker.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(media, "_WORKER", worker)
    monkeypatch.setattr(media, "_SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(Invalid):
        await preview_image(bytes(1_000_000))
    assert time.monotonic() - started < 5


async def test_a_child_that_floods_its_answer_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    worker = tmp_path / "flood.py"
    worker.write_text("import sys\nwhile True: sys.stdout.buffer.write(bytes(1 << 20))\n")
    monkeypatch.setattr(media, "_WORKER", worker)
    with pytest.raises(Invalid):
        await preview_image(b"x")


async def test_two_children_at_most_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    guard, running, most = threading.Lock(), 0, 0

    def slow(*_: object) -> bytes:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with guard:
            running -= 1
        return b"x"

    monkeypatch.setattr(media, "_run", slow)
    await asyncio.gather(*(preview_image(b"x") for _ in range(8)))
    assert most == 2


def test_the_child_can_reach_no_file_network_or_process() -> None:
    script = """
import sys; sys.path.insert(0, "models")
import os, signal, socket
import media_worker
acts = {
    "file": lambda: os.open("/etc/hostname", os.O_RDONLY),
    "socket": lambda: socket.socket(),
    "pair": lambda: socket.socketpair(),
    "fork": os.fork,
    "program": lambda: os.execv("/bin/true", ["true"]),
    "signal": lambda: os.kill(os.getpid(), 0),
}
media_worker.confine()
for name, act in acts.items():
    try:
        act()
    except OSError:
        continue
    print("could:", name)
print("done")
"""
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (told.stdout, told.stderr) == ("done\n", "")


def test_the_child_gets_none_of_our_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    worker = tmp_path / "tell.py"
    worker.write_text("import os\nprint('QF_TOKEN' in os.environ, os.getcwd())\n")
    monkeypatch.setenv("QF_TOKEN", "fictitious")
    monkeypatch.setattr(media, "_WORKER", worker)
    assert asyncio.run(preview_image(b"x")) == b"False /\n"


def test_importing_these_modules_loads_nothing_heavy() -> None:
    script = (
        "import sys, models.media, models.passwords, models.keyfile, models.codes, models.sealed_files\n"
        "heavy = {'PIL', 'magic', 'zxingcpp', 'argon2', 'pyotp', 'tortoise', 'aiohttp'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert told.stdout == "[]\n"
