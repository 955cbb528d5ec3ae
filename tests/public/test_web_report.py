"""A tip by web: the same questions as in the chat, one receipt, one thread."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import MultipartWriter

from admin.public.answers import OFFERED
from bot.dialogue import matter
from models.attachment import Attachment
from models.codes import Code
from models.desk import inbox
from models.draft import Draft
from models.matter import Matter
from models.media import read_qr
from models.terms import Channel
from models.tip import Tip
from tests.bot.test_pieces import OGG, photo
from tests.public.visitor import Visitor


async def test_a_tip_with_photo_and_voice_reaches_the_desk_whole(visitor: Visitor) -> None:
    await visitor.reaches_story()
    visitor.says("请说说：什么时候、谁、多少钱", "石桥镇纪委", "清水村看不到")
    files = ("photo", "zhang.jpg", photo()), ("voice", "lu.ogg", OGG)
    await visitor.press("/report", *files, text="去年的补贴\n没到手。", do="next")
    await visitor.press(answer="anonymous")
    visitor.says("请核对", "石桥镇 清水村", "补贴没到手", "没到手。", "zhang.jpg", "石桥镇纪委、云岭县纪委监委")
    await visitor.press(do="submit")
    visitor.says("已收到", "请抄下藏好", "石桥镇纪委", "<svg")
    actor = await visitor.world.actor("shouli")
    [item] = (await inbox(actor)).items
    assert (item.channel, item.files) == (Channel.WEB, 2)
    found = await Matter.open(actor, item.tip_id)
    parts = found.narrative()["parts"]
    assert [part.get("kind", "text") for part in parts] == ["text", "photo", "voice"]
    assert parts[0]["text"] == "去年的补贴\n没到手。"
    meta, stream = await found.file((await Attachment.filter(kind="photo"))[0].id)
    assert b"".join([piece async for piece in stream]) == photo()
    assert meta["name"] == "zhang.jpg"
    assert await Draft.all().count() == 0


async def test_the_same_form_twice_is_one_tip_and_the_same_receipt(visitor: Visitor) -> None:
    await visitor.reaches_review()
    form = visitor.page.form("/report").fields
    first = await visitor.post("/report", {**form, "do": "submit"})
    code = visitor.code
    again = await visitor.post("/report", {**form, "do": "submit"})
    assert first.status == again.status == 200
    assert visitor.code == code
    assert await Tip.all().count() == 1


async def test_going_back_and_sending_words_late_shows_the_receipt_and_keeps_the_words(visitor: Visitor) -> None:
    await visitor.reaches_story()
    story = visitor.page.form("/report").fields
    await visitor.press(text="一", do="next")
    await visitor.press(answer="anonymous")
    await visitor.press(do="submit")
    code = visitor.code
    await visitor.post("/report", {**story, "text": "还有一件事", "do": "next"})
    assert visitor.code == code
    visitor.says("这份已经交上去了", "还有一件事")
    assert await Tip.all().count() == 1


async def test_an_answer_from_an_earlier_page_is_taken(visitor: Visitor) -> None:
    await visitor.get("/")
    await visitor.press()
    place = visitor.page.form("/report").fields
    await visitor.press(answer=visitor.world.units["清水村"].id.hex)
    await visitor.press(answer="V01")
    await visitor.post("/report", {**place, "form": visitor.secret, "answer": visitor.world.units["上湾村"].id.hex})
    visitor.says("主要涉及谁")
    await visitor.press(answer="village")
    visitor.says("柳河镇纪委")


async def test_every_answer_can_be_changed_at_the_review(visitor: Visitor) -> None:
    await visitor.reaches_review()
    for question, words in {
        "place": "请打村名",
        "topic": "像哪一类",
        "concerns": "主要涉及谁",
        "naming": "留名",
    }.items():
        await visitor.press(do=f"edit.{question}")
        visitor.says(words)
        await visitor.press(do="back")
        await visitor.press(do="resume")
        visitor.says("请核对")
    await visitor.press(do="edit.story")
    visitor.says("去年的种粮补贴没到手。")
    await visitor.press(text="改成这样。", do="next")
    visitor.says("请核对", "改成这样。")
    await visitor.press(do="care")
    visitor.says("已注明：请小心用")


async def test_a_name_is_sealed_apart_and_may_be_taken_back(visitor: Visitor) -> None:
    await visitor.reaches_story()
    await visitor.press(text="补贴没到手。", do="next")
    await visitor.press(answer="named")
    await visitor.press(name="张三", reach="", safe="", do="next")
    assert visitor.page.status == 422
    visitor.says("张三", 'id="reach"', "autofocus")
    await visitor.press(name="张三", reach="13800000000", safe="别打电话", do="next")
    visitor.says("张三", "13800000000", "别打电话")
    await visitor.press(do="submit")
    visitor.says("15个工作日内告知是否受理")
    assert (await Tip.get()).named


async def test_where_nobody_may_take_it_nothing_is_stored_and_other_ways_are_shown(visitor: Visitor) -> None:
    await visitor.get("/")
    await visitor.press()
    await visitor.press(answer="unknown")
    await visitor.press(answer="V01")
    await visitor.press(answer="county")
    visitor.says("什么都没有存", "12388")
    assert await Draft.all().count() == 0


async def test_wiping_takes_the_files_along(visitor: Visitor) -> None:
    await visitor.reaches_review("字", ("photo", "a.jpg", photo()))
    await visitor.press(do="wipe")
    visitor.says("没交上去的都删掉吗")
    await visitor.press(do="wiped")
    visitor.says("已删掉。")
    assert await Draft.all().count() == await Attachment.all().count() == 0


async def test_a_village_is_found_by_name_pinyin_initials_or_picking(visitor: Visitor) -> None:
    await visitor.get("/")
    await visitor.press()
    for typed in ("清水", "qingshui", "QSC", " 清水村 "):
        await visitor.press(search=typed, do="search")
        visitor.says(visitor.world.units["清水村"].id.hex)
    await visitor.press(search="火星", do="search")
    visitor.says("没找到“火星”", 'aria-invalid="true"')
    await visitor.press(do=f"town.{visitor.world.units['石桥镇'].id.hex}")
    visitor.says("白杨村", "就是石桥镇里的事")


async def test_a_form_two_days_old_works_and_a_dead_one_keeps_the_words(visitor: Visitor) -> None:
    await visitor.reaches_story()
    visitor.says("2026-11-26前都在")
    visitor.world.clock.forward(days=2)
    await visitor.press(text="两天后写的", do="more")
    visitor.says("两天后写的", "2026-11-28前都在")
    visitor.world.clock.forward(days=4)
    await visitor.press(text="六天后写的", do="next")
    visitor.says("这份表格放得太久")
    await visitor.press(answer=visitor.world.units["清水村"].id.hex)
    await visitor.press(answer="V01")
    await visitor.press(answer="village")
    await visitor.press(answer="anonymous")
    visitor.says("请核对", "六天后写的")


async def test_a_poster_offers_its_village_first(visitor: Visitor) -> None:
    village = visitor.world.units["清水村"].id.hex
    await visitor.get(f"/?s={village}")
    visitor.says("清水村")
    await visitor.press()
    visitor.says("说的是清水村的事吗？")
    await visitor.press(answer=village)
    await visitor.press(answer="V01")
    await visitor.press(answer="village")
    await visitor.press(text="字", do="next")
    await visitor.press(answer="anonymous")
    await visitor.press(do="submit")
    assert (await Tip.get()).station_id == visitor.world.units["清水村"].id


async def test_the_receipt_is_there_as_a_picture_too(visitor: Visitor) -> None:
    await visitor.files_tip()
    secret = visitor.page.form("/receipt/picture").fields["form"]
    async with visitor.client.post("/receipt/picture", data={"form": secret}) as answer:
        assert answer.content_type == "image/png"
        assert Code.parse(await read_qr(await answer.read()) or "") == Code.parse(visitor.code)
    async with visitor.client.post("/receipt/picture", data={"form": "00" * 32}) as answer:
        assert answer.status == 404


def test_the_chat_offers_the_same_topics() -> None:
    assert OFFERED == matter.OFFERED


async def test_what_comes_after_handing_in_stays_on_the_page_and_revives_no_draft(visitor: Visitor) -> None:
    """A slow upload from one page, while another page of the same form hands it in."""
    await visitor.reaches_review()
    slow, may_end = visitor.beside(), asyncio.Event()
    review = visitor.page.form("/report").fields
    parts = MultipartWriter("form-data")
    for name, value in {**review, "question": "story", "text": "后来想起的账本", "do": "next"}.items():
        parts.append(value).set_content_disposition("form-data", name=name)
    parts.append(photo()).set_content_disposition("form-data", name="files", filename="zhangben.jpg")

    async def rest() -> AsyncIterator[bytes]:
        yield OGG + bytes(256 * 1024)
        await may_end.wait()
        yield bytes(1)

    parts.append(rest()).set_content_disposition("form-data", name="files", filename="luyin.ogg")
    sending = asyncio.create_task(slow._ask("POST", "/report", parts))
    for _ in range(300):
        await asyncio.sleep(0.02)
        if await Attachment.all().count():  # the first file is there, and the draft was loaded for it
            break
    assert await Attachment.all().count() == 1
    await visitor.press(do="submit")
    may_end.set()
    await sending
    assert slow.code == visitor.code
    slow.says("这份已经交上去了", "后来想起的账本", "zhangben.jpg", "luyin.ogg")
    assert await Draft.all().count() == await Attachment.all().count() == 0
    assert not visitor.stored_files()
    assert await Tip.all().count() == 1


async def test_a_receipt_shown_again_never_passes_for_words_that_are_not_in_it(visitor: Visitor) -> None:
    """A draft that lived on beside its tip, as after a crash between the two, is no second way in."""
    await visitor.reaches_review("第一段")
    review = visitor.page.form("/report").fields
    [kept] = await Draft.all()
    await visitor.press(do="submit")
    kept.unlock().telling.add_text("第二段")
    kept._stored = False
    await kept.keep()
    await visitor.post("/report", {**review, "do": "submit"})
    visitor.says("这份已经交上去了", "第二段")
    assert await Draft.all().count() == 0


async def test_a_form_sent_twice_says_nothing_of_words_left_over(visitor: Visitor) -> None:
    await visitor.reaches_story()
    story = visitor.page.form("/report").fields
    await visitor.press(text="补贴没到手。", do="next")
    await visitor.press(answer="anonymous")
    await visitor.press(do="submit")
    await visitor.post("/report", {**story, "text": "补贴没到手。", "do": "next"})
    assert "这份已经交上去了" not in visitor.page.html
