"""Whatever a phone can send: films, recordings, files, forwarded words; or a clear sentence why not."""

import json

import pytest
from tortoise.context import require_context

from models.attachment import Attachment
from models.desk import inbox
from models.matter import Matter
from tests.bot.conftest import Phone
from tests.bot.test_pieces import OGG, fetched, photo

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(3000)
MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + bytes(3000)
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def handed_in(phone: Phone) -> Matter:
    await fetched(phone)
    await phone.does("[说完了]", "[不留名]", "[提交]")
    assert "请抄下藏好" in phone.person.last.text
    actor = await phone.world.actor("shouli")
    return await Matter.open(actor, (await inbox(actor)).items[0].tip_id)


@pytest.mark.parametrize(
    ("act", "kind", "body", "mime"),
    [
        ("sends_video", "video", MP4, "video/mp4"),
        ("sends_video_note", "video", MP4, "video/mp4"),
        ("sends_animation", "video", MP4, "video/mp4"),
        ("sends_audio", "voice", MP3, "audio/mpeg"),
        ("sends_voice", "voice", OGG, "audio/ogg"),
    ],
)
async def test_films_and_recordings_arrive_whole(phone: Phone, act: str, kind: str, body: bytes, mime: str) -> None:
    await phone.reaches_story()
    await phone.served(getattr(phone.person, act)(body))
    assert phone.person.last.labels[:2] == ["留着", "删掉重来"]  # who is to be seen or heard in it
    matter = await handed_in(phone)
    assert [part.get("kind") for part in matter.narrative()["parts"]] == [kind]
    [row] = await Attachment.filter(tip_id=matter.tip.id)
    meta, stream = await matter.file(row.id)
    assert b"".join([piece async for piece in stream]) == body
    assert (meta["type"], row.kind) == (mime, kind)


async def test_a_document_arrives_under_its_name_and_a_caption_is_words_of_its_own(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.served(phone.person.sends_document(PDF, "账本.pdf", "application/pdf", caption="第三页"))
    matter = await handed_in(phone)
    assert [part.get("text", part.get("kind")) for part in matter.narrative()["parts"]] == ["file", "第三页"]
    [meta] = (await matter.files()).values()
    assert (meta["name"], meta["type"]) == ("账本.pdf", "application/pdf")


async def test_of_what_is_forwarded_only_the_content_is_kept_and_never_from_whom(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.served(phone.person.forwards({"text": "转来的话：钱没发。"}, name="王大嘴"))
    await phone.served(phone.person.forwards_file("photo", photo(), name="王大嘴", caption="账本"))
    await phone.served(phone.person.forwards_file("voice", OGG, name="王大嘴"))
    matter = await handed_in(phone)
    kinds = [part.get("kind", "text") for part in matter.narrative()["parts"]]
    assert kinds == ["text", "photo", "text", "voice"]
    kept = [json.dumps(matter.narrative()), json.dumps(list((await matter.files()).values()))]
    apps = require_context().apps
    assert apps is not None
    for model in apps.get_models_iterable():
        kept += [repr(row) for row in await model.all().values()]
    for mark in ("王大嘴", "\\u738b\\u5927\\u5634", "987654321", "somebody_else", "forward"):
        assert not any(mark in text for text in kept), mark


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        ("sends_sticker", "表情我看不懂，请打字、说话或拍照。"),
        ("sends_dice", "表情我看不懂，请打字、说话或拍照。"),
        ("sends_location", "不收定位，请写地名。"),
        ("sends_venue", "不收定位，请写地名。"),
        ("sends_contact", "不收名片。想说谁，请打字写名字。"),
        ("sends_poll", "投票收不了，请打字、说话或拍照。"),
    ],
)
async def test_what_cannot_be_taken_is_answered_in_a_clear_sentence_and_costs_nothing(
    phone: Phone, act: str, answer: str
) -> None:
    await phone.reaches_story()
    await phone.does("先说的话。")
    await phone.served(getattr(phone.person, act)())
    assert phone.person.last.text == answer
    matter = await handed_in(phone)
    assert matter.narrative()["parts"] == [{"text": "先说的话。"}]


async def test_films_and_forwarded_words_can_be_added_later_too(phone: Phone) -> None:
    code = await phone.files()
    await phone.does("/track", code, "[补充材料]")
    await phone.served(phone.person.forwards({"text": "转来的补充。"}, name="王大嘴"))
    await phone.served(phone.person.sends_video_note(MP4))
    await fetched(phone)
    await phone.does("[交上去]")
    actor = await phone.world.actor("shouli")
    matter = await Matter.open(actor, (await inbox(actor)).items[0].tip_id)
    assert [part.get("kind", "text") for part in (await matter.thread())[-1].parts] == ["text", "video"]


async def test_what_is_no_film_is_refused_by_its_content_whatever_telegram_calls_it(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("先说的话。")
    await phone.served(phone.person.sends_video(b"<html><script>alert(1)</script></html>"))
    await phone.person.hears("这种文件收不了")
    await phone.does("[说完了]", "[不留名]", "[提交]")
    assert not await Attachment.filter(tip_id__isnull=False).exists()
