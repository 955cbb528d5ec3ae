"""What strangers send: a clear answer each, nothing lost, nothing active ever served."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import cast

import psutil
import pytest
from aiohttp import ClientError, FormData, MultipartWriter

from admin.public.app import PublicConfig
from admin.public.config import Patience
from admin.public.incoming import WHOLE
from admin.public.names import clean_name
from models.attachment import Attachment
from models.draft import Draft
from models.house import enter, house
from models.sealed_files import LocalStore
from models.tip import Tip
from tests.bot.test_pieces import OGG, photo
from tests.public.visitor import Visitor
from tests.world import World

MEGABYTE = 1024 * 1024


def archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("a.txt", "a")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("zhang.jpg", b"<!doctype html><script>alert(1)</script>"),
        ("tu.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("a.zip", archive()),
        ("a.exe", b"MZ\x90\x00" + bytes(400)),
        ("a.sh", b"#!/bin/sh\nrm -rf /\n"),
        ("kong.jpg", b""),
    ],
)
async def test_what_cannot_be_taken_is_named_and_the_rest_stays(visitor: Visitor, name: str, body: bytes) -> None:
    await visitor.reaches_story()
    files = ("files", name, body), ("files", "hao.jpg", photo())
    await visitor.press("/report", *files, text="字都在", do="next")
    visitor.says(name, "字都在", "hao.jpg", 'role="alert"')
    [kept] = await Attachment.all()
    assert kept.draft_meta()["name"] == "hao.jpg"
    assert len(visitor.stored_files()) == 1


async def test_hostile_names_are_cleaned_and_shown_harmless(visitor: Visitor) -> None:
    await visitor.reaches_story()
    names = ("../../etc/passwd.jpg", "<img src=x onerror=1>.jpg", "\u202egpj.exe", "长" * 300 + ".jpg")
    for number, name in enumerate(names):
        await visitor.press("/report", ("files", name, photo(size=(640, 480 + number))), text="", do="more")
    assert "<img" not in visitor.page.html
    kept = sorted(file.draft_meta()["name"] for file in await Attachment.all())
    assert all(len(name) <= 80 and not set(name) & set('/\\<>"\u202e') for name in kept)
    assert "passwd.jpg" in kept


def test_a_name_keeps_its_ending() -> None:
    assert clean_name("C:\\fakepath\\" + "a" * 200 + ".jpg").endswith(".jpg")
    assert clean_name("...") == ""


async def test_a_hundred_files_leave_twenty_and_one_sentence_each(visitor: Visitor) -> None:
    await visitor.reaches_story()
    files = [("files", f"{n}.jpg", photo(size=(8, 8 + n))) for n in range(100)]
    await visitor.press("/report", *files, text="字", do="next")
    assert await Attachment.all().count() == 20
    visitor.says("文件最多20个")
    await visitor.press(text="字", do="next")
    visitor.says("不留名")


async def test_a_pixel_flood_is_stored_unopened(visitor: Visitor) -> None:
    png = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x02\x00\x00\x00"
        + bytes(4)
        + bytes(200)
    )
    await visitor.files_tip("大图", ("photo", "da.png", png))
    assert await Tip.all().count() == 1


async def test_a_file_sent_twice_is_one_file(visitor: Visitor) -> None:
    await visitor.reaches_story()
    for _ in range(2):
        await visitor.press("/report", ("photo", "a.jpg", photo()), ("voice", "b.ogg", OGG), text="字", do="more")
    assert await Attachment.all().count() == 2


async def test_a_file_can_be_taken_off_for_good(visitor: Visitor) -> None:
    await visitor.reaches_story()
    await visitor.press("/report", ("photo", "a.jpg", photo()), text="字", do="more")
    [kept] = await Attachment.all()
    await visitor.press(text="字改了", do=f"drop.{kept.id.hex}")
    assert await Attachment.all().count() == 0
    assert "a.jpg" not in visitor.page.html
    visitor.says("字改了")


async def test_words_that_are_too_many_stay_on_the_page_with_the_files(visitor: Visitor) -> None:
    await visitor.reaches_story()
    words = "字" * 20_001
    await visitor.press("/report", ("photo", "a.jpg", photo()), text=words, do="next")
    assert visitor.page.status == 422
    visitor.says(words, "a.jpg", "太长了", 'aria-describedby="kept problem"')


async def test_files_before_the_form_are_not_taken_and_fields_after_are(visitor: Visitor) -> None:
    await visitor.reaches_story()
    form = visitor.page.form("/report").fields
    data = FormData(default_to_multipart=True)
    data.add_field("photo", photo(), filename="fruh.jpg")
    for name, value in {**form, "text": "字", "do": "next"}.items():
        data.add_field(name, value)
    data.add_field("form", "ff" * 32)  # the first one counts
    await visitor._ask("POST", "/report", data)
    visitor.says("fruh.jpg", "没收到")
    assert visitor.secret == form["form"]
    assert await Attachment.all().count() == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data; boundary=x", b"nothing at all"),
        ("multipart/form-data", b""),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\xfe\r\n--x--\r\n',
        ),
        ("multipart/mixed; boundary=x", b"--x--\r\n"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=1"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(99))),
        ("application/json", b"{}"),
        ("text/plain", b"form=1"),
    ],
)
async def test_what_is_no_form_gets_a_plain_sentence(visitor: Visitor, kind: str, body: bytes) -> None:
    async with visitor.client.post("/report", data=body, headers={"Content-Type": kind}) as answer:
        assert answer.status == 422
        assert "这个请求没看懂" in await answer.text()


async def test_packed_bodies_are_not_unpacked(visitor: Visitor) -> None:
    headers = {"Content-Encoding": "deflate", "Content-Type": "application/x-www-form-urlencoded"}
    async with visitor.client.post("/report", data=b"x" * 9, headers=headers) as answer:
        assert answer.status in {400, 422}


async def zeros(total: int, sent: list[int]) -> AsyncIterator[bytes]:
    piece = bytes(256 * 1024)
    while sent[0] < total:
        sent[0] += len(piece)
        yield piece


async def test_two_gigabytes_are_refused_by_their_length_alone(visitor: Visitor) -> None:
    sent = [0]
    headers = {"Content-Length": str(2048 * MEGABYTE), "Content-Type": "multipart/form-data; boundary=x"}
    with suppress(ClientError, OSError):
        async with visitor.client.post("/report", data=zeros(64 * MEGABYTE, sent), headers=headers) as answer:
            assert answer.status == 413
            assert "太大" in await answer.text()


async def test_an_endless_file_grows_no_memory_and_stops(visitor: Visitor) -> None:
    await visitor.reaches_story()
    form = visitor.page.form("/report").fields
    sent, before = [0], psutil.Process().memory_info().rss
    with MultipartWriter("form-data") as parts:
        for name, value in {**form, "text": "字"}.items():
            parts.append(value).set_content_disposition("form-data", name=name)
        parts.append(zeros(2048 * MEGABYTE, sent)).set_content_disposition("form-data", name="files", filename="a.jpg")
    with suppress(ClientError, OSError):
        async with visitor.client.post("/report", data=parts) as answer:
            assert answer.status == 413
    assert sent[0] < WHOLE + 200 * MEGABYTE
    assert psutil.Process().memory_info().rss - before < 50 * MEGABYTE
    assert await Attachment.all().count() == 0


@pytest.fixture
async def hasty(world: World) -> AsyncIterator[Visitor]:
    """A site that waits a fifth of a second."""
    async with Visitor.at(world, PublicConfig(patience=Patience(idle=0.2, start=0.5, rate=10_000_000))) as person:
        yield person


def begun(visitor: Visitor, length: int) -> Iterator[bytes]:
    form = visitor.page.form("/report").fields
    head = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form.items()
    )
    body = head.encode() + b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    yield (
        b"POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        b"Content-Length: %d\r\n\r\n" % (len(body) + length)
    )
    yield body


async def test_who_only_holds_the_door_is_asked_to_come_again(hasty: Visitor) -> None:
    await hasty.reaches_story()
    reader, writer = await asyncio.open_connection(hasty.client.host, hasty.client.port)
    for piece in begun(hasty, 10 * MEGABYTE):
        writer.write(piece)
    writer.write(photo())
    async with asyncio.timeout(20):
        answer = (await reader.read(65536)).decode()
    writer.close()
    assert "408" in answer.split("\r\n")[0]
    assert await Attachment.all().count() == 0


async def test_a_line_that_breaks_leaves_nothing_and_harms_nobody(visitor: Visitor) -> None:
    await visitor.reaches_story()
    _, writer = await asyncio.open_connection(visitor.client.host, visitor.client.port)
    picture = photo()
    for piece in begun(visitor, 10 * MEGABYTE):
        writer.write(piece)
    writer.write(
        picture + b'\r\n--x\r\nContent-Disposition: form-data; name="files"; filename="b.jpg"\r\n\r\n' + picture
    )
    await writer.drain()
    for _ in range(100):
        await asyncio.sleep(0.02)
        if await Attachment.all().count():
            break
    writer.transport.abort()
    for _ in range(100):
        await asyncio.sleep(0.02)
        if not await Attachment.all().count():
            break
    assert await Attachment.all().count() == 0
    assert not visitor.stored_files()
    await visitor.press(text="再来一次", do="next")
    visitor.says("不留名")
    assert await Draft.all().count() == 1


async def test_a_nearly_full_disk_takes_the_words_and_no_files(visitor: Visitor) -> None:
    await visitor.reaches_story()
    open_house = house()
    full = LocalStore(cast("LocalStore", open_house.files)._root, floor=1 << 62)
    enter(replace(open_house, files=full))
    await visitor.press("/report", ("files", "a.jpg", photo()), text="字照收", do="next")
    visitor.says("存文件的地方快满了", "a.jpg", "字照收")
    await visitor.press(text="字照收", do="next")
    await visitor.press(answer="anonymous")
    await visitor.press(do="submit")
    visitor.says("已收到")
    assert await Attachment.all().count() == 0
    assert not visitor.stored_files()


async def test_files_beyond_what_one_form_may_bring_are_named_and_the_words_stay(visitor: Visitor) -> None:
    await visitor.reaches_story()
    form, film = visitor.page.form("/report").fields, 90 * MEGABYTE
    with MultipartWriter("form-data") as parts:
        for name, value in {**form, "text": "字都在"}.items():
            parts.append(value).set_content_disposition("form-data", name=name)
        for number in range(5):
            part = parts.append(chain_film(film, number))
            part.set_content_disposition("form-data", name="files", filename=f"film{number}.ogg")
        parts.append("next").set_content_disposition("form-data", name="do")
    page = await visitor._ask("POST", "/report", parts)
    assert page.status == 200
    visitor.says("字都在", "film4.ogg", "这一次的文件合起来太大")
    assert await Attachment.all().count() == 4


async def chain_film(size: int, number: int) -> AsyncIterator[bytes]:
    yield OGG + bytes([number])
    for _ in range(size // MEGABYTE):
        yield bytes(MEGABYTE)
