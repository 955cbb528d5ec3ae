"""Naming, places, refusals, own words, tracking, wiping: the other ways through the dialogue."""

import asyncio

from models.access import Access
from models.contact import Trace
from models.desk import inbox
from models.draft import forget_threads
from models.matter import Matter
from models.message import Ping, announce_replies
from models.receipt import Identity
from models.tip import Tip
from tests.bot.conftest import Phone


async def test_a_name_is_asked_in_three_short_lines_and_sealed_apart(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("账不对。", "[说完了]", "[留名]", "张三丰", "13000000000", "只发消息", "[提交]")
    assert "15个工作日内告知是否受理" in phone.person.last.text
    identity = await Identity.get()
    assert "张三丰".encode() not in identity.envelope
    actor = await phone.world.actor("shouli")
    assert (await inbox(actor)).items[0].named


async def test_a_matter_of_the_county_is_refused_before_any_words_and_nothing_is_stored(phone: Phone) -> None:
    phone.person.starts(phone.world.units["清水村"].id.hex)
    await phone.person.hears("不留名")
    await phone.does("[开始反映]", "[是]", "[其他]", "[县里的人]")
    assert "什么都没有存" in phone.person.last.text
    assert not await Tip.exists()


async def test_what_concerns_the_township_goes_to_the_county_and_says_so(phone: Phone) -> None:
    phone.person.starts(phone.world.units["清水村"].id.hex)
    await phone.person.hears("不留名")
    await phone.does("[开始反映]", "[是]", "[其他]", "[镇领导、镇纪委]")
    assert any("交给云岭县纪委监委" in m.text and "石桥镇" in m.text for m in phone.person.screen)
    await phone.does("镇里的事。", "[说完了]", "[不留名]", "[提交]")
    township = phone.world.units["石桥镇"].id
    assert not await Access.filter(unit_id=township).exists()
    assert (await inbox(await phone.world.actor("shouli"))).items == []


async def test_a_village_is_found_by_pinyin_and_by_initials(phone: Phone) -> None:
    phone.person.starts()
    await phone.person.hears("不留名")
    await phone.does("[开始反映]", "qingshui")
    assert "像哪一类" in phone.person.last.text
    await phone.does("/cancel", "[全部删掉]", "[开始反映]", "没有这个村")
    assert "没找到" in phone.person.last.text


async def test_own_words_are_taken_and_the_questions_follow(phone: Phone) -> None:
    await phone.does("村里的路修了一半，钱没了。")
    assert "收下了，还没交上去" in phone.person.last.text
    await phone.does("[说完了]", "清水村", "[村干部]", "[不留名]", "[提交]")
    assert "请抄下藏好" in phone.person.last.text


async def test_every_answer_can_be_changed_in_the_review(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("账不对。", "[说完了]", "[不留名]", "[修改]", "[涉及谁]", "[镇里干部]")
    assert "涉及：镇里干部" in phone.person.last.text
    assert "交给：云岭县纪委监委" in phone.person.last.text
    assert "石桥镇" in phone.person.last.text.split("看不到的：")[1]


async def test_the_ping_is_neutral_and_only_for_those_who_asked(phone: Phone) -> None:
    await phone.files()
    actor = await phone.world.actor("shouli")
    item = (await inbox(actor)).items[0]
    await (await Matter.open(actor, item.tip_id)).reply("请补充。")
    phone.world.clock.forward(seconds=31)
    assert await announce_replies() == 1
    await phone.bot.idle()
    assert not any("服务消息" in m.text and "提醒" not in m.text for m in phone.person.screen)
    await phone.does("[有回复提醒我]", "[开]")
    assert await Ping.exists()
    await (await Matter.open(actor, item.tip_id)).reply("再补充。")
    phone.world.clock.forward(seconds=31)
    await announce_replies()
    ping = await phone.person.hears("您有一条服务消息。")
    assert ping.text == "您有一条服务消息。"


async def test_one_tap_on_the_receipt_reads_the_thread(phone: Phone) -> None:
    await phone.files()
    await phone.does("[查进度]")
    assert "进度：已收到" in phone.person.last.text


async def test_a_picture_of_the_code_is_as_good_as_the_code(phone: Phone) -> None:
    await phone.files()
    picture = next(m.media for m in reversed(phone.person.screen) if m.media)
    assert picture
    await phone.does("/track")
    await phone.served(phone.person.sends_photo(picture))
    await phone.person.hears("进度：已收到", timeout=15)


async def test_an_opened_thread_closes_after_thirty_minutes(phone: Phone) -> None:
    code = await phone.files()
    await phone.does("/track", code)
    phone.world.clock.forward(minutes=31)
    assert await forget_threads() == 1
    await phone.does("[补充材料]")
    assert "过时" in phone.person.last.text


async def test_clearing_deletes_both_sides_and_keeps_no_trace(phone: Phone) -> None:
    await phone.files()
    await phone.does("[清掉这次聊天]")
    assert [m.text for m in phone.person.screen] == ["能删的已删。超过48小时的要您自己删。"]
    await phone.bot.idle()
    assert await Trace.all().count() == 1


async def test_the_language_changes_and_stays(phone: Phone) -> None:
    await phone.does("/language", "[繁體中文]", "/help")
    await asyncio.sleep(0)
    assert phone.person.last.text
