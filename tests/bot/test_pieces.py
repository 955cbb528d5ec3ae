"""Photos, voice and files: what may be sent, what is said about it, and that it arrives sealed and whole."""

import io
from dataclasses import replace
from typing import cast

from PIL import Image

from bot.dialogue.story import paused
from models.attachment import Attachment, FileState
from models.desk import inbox
from models.draft import pauses
from models.house import enter, house
from models.matter import Matter
from models.sealed_files import LocalStore
from tests.bot.conftest import Phone

OGG = b"OggS\x00\x02" + bytes(20) + b"\x01\x1eOpusHead\x01\x01" + bytes(4000)


def photo(colour: str = "red", size: tuple[int, int] = (640, 480)) -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", size, colour).save(picture, "JPEG")
    return picture.getvalue()


async def fetched(phone: Phone) -> None:
    await phone.person.until(lambda: True)
    for _ in range(400):
        if not await Attachment.filter(state=FileState.WANTED).exists():
            return
        await __import__("asyncio").sleep(0.02)


async def test_a_photo_and_a_voice_arrive_whole_and_the_desk_opens_them(phone: Phone) -> None:
    await phone.reaches_story()
    picture = photo()
    await phone.served(phone.person.sends_photo(picture, caption="这是账本"))
    assert "请遮住再发" in phone.person.last.text
    await phone.served(phone.person.sends_voice(OGG))
    assert "声音能听出是谁" in phone.person.last.text
    await fetched(phone)
    await phone.does("[说完了]", "[不留名]")
    assert "1段文字、1张照片、1段语音" in phone.person.last.text
    await phone.does("[提交]")
    actor = await phone.world.actor("shouli")
    item = (await inbox(actor)).items[0]
    assert item.files == 2
    matter = await Matter.open(actor, item.tip_id)
    kinds = [part.get("kind", "text") for part in matter.narrative()["parts"]]
    assert kinds == ["photo", "text", "voice"]
    rows = await Attachment.filter(tip_id=item.tip_id, kind="photo")
    meta, stream = await matter.file(rows[0].id)
    assert b"".join([piece async for piece in stream]) == picture
    assert meta["type"] == "image/jpeg"


async def test_the_parts_of_an_album_are_all_kept(phone: Phone) -> None:
    await phone.reaches_story()
    for number in range(3):
        await phone.served(phone.person.sends_photo(photo(), album="one", caption="三张" if not number else None))
    await phone.does("[说完了]")
    await fetched(phone)
    await phone.does("[不留名]")
    assert "3张照片" in phone.person.last.text


async def test_after_a_pause_it_is_said_once_that_nothing_is_handed_in_yet(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("第一句。", "第二句。")
    assert await pauses(paused) == 0
    phone.world.clock.forward(seconds=5)
    assert await pauses(paused) == 1
    await phone.person.hears("收到2段文字。还没交上去")
    assert await pauses(paused) == 0
    assert phone.person.last.labels == ["说完了", "删最后一个"]


async def test_a_dropped_piece_is_not_handed_in(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("留下的。")
    await phone.served(phone.person.sends_voice(OGG))
    await phone.does("[删掉重来]", "[说完了]", "[不留名]")
    assert "1段文字\n" in phone.person.last.text


async def test_a_file_over_20_megabytes_is_refused_and_the_rest_stays(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("先说的话。")
    await phone.served(phone.person.sends_document(b"x", "big.pdf", "application/pdf", size=21 * 1024 * 1024))
    assert "文件太大，这里最多20兆。其他内容都在。" in phone.person.last.text
    await phone.does("[说完了]", "[不留名]")
    assert "1段文字" in phone.person.last.text


async def test_a_page_named_as_a_picture_is_refused_by_its_content(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("先说的话。")
    await phone.served(phone.person.sends_document(b"<html><script>alert(1)</script></html>", "a.jpg", "image/jpeg"))
    await phone.person.hears("这种文件收不了")
    await phone.does("[说完了]", "[不留名]", "[提交]")
    actor = await phone.world.actor("shouli")
    assert (await inbox(actor)).items[0].files == 0


async def test_a_nearly_full_disk_takes_the_words_and_says_so_of_the_file(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("先说的话。")
    there = house()
    enter(replace(there, files=LocalStore(cast("LocalStore", there.files)._root, floor=1 << 62)))
    await phone.served(phone.person.sends_photo(photo()))
    await phone.person.hears("存文件的地方快满了")
    await phone.does("[说完了]", "[不留名]", "[提交]")
    assert "请抄下藏好" in phone.person.last.text
    [item] = (await inbox(await phone.world.actor("shouli"))).items
    assert item.files == 0


async def test_a_broken_picture_is_kept_as_it_is_and_harms_nobody(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.served(phone.person.sends_photo(photo()[:900]))
    await fetched(phone)
    await phone.does("[说完了]", "[不留名]", "[提交]")
    assert "请抄下藏好" in phone.person.last.text
