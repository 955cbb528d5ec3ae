"""What an attacker's eye found once: words that reached the wrong place, or were lost."""

from models.attachment import Attachment
from models.desk import inbox
from models.draft import forget_threads
from models.matter import Matter
from models.message import Message
from models.terms import Side
from tests.bot.conftest import Phone
from tests.bot.test_pieces import fetched, photo


async def test_words_told_for_one_matter_never_reach_another(phone: Phone) -> None:
    first = await phone.files("甲事。")
    await phone.does("/start", "[开始反映]", "[是]", "[其他]", "[镇里干部]", "乙事。", "[说完了]", "[不留名]", "[提交]")
    await phone.does("/track", first, "[补充材料]", "只给甲事的话。", "[查进度]")
    assert "给另一件事的补充没交上去" in phone.person.last.text
    assert not await Message.filter(side=Side.REPORTER).exists()
    await phone.does(first, "[交上去]")
    actor = await phone.world.actor("shouli")
    lines = await (await Matter.open(actor, (await inbox(actor)).items[0].tip_id)).thread()
    assert lines[-1].parts == [{"text": "只给甲事的话。"}]


async def test_an_addition_outlives_the_thirty_minutes_in_which_the_thread_is_open(phone: Phone) -> None:
    code = await phone.files()
    await phone.does("/track", code, "[补充材料]", "没来得及交的话。")
    phone.world.clock.forward(minutes=31)
    assert await forget_threads() == 1
    await phone.does("/track", code)
    assert "收到1段文字。还没交上去" in phone.person.last.text
    await phone.does("[交上去]")
    assert await Message.filter(side=Side.REPORTER).count() == 1


async def test_the_button_under_a_warning_drops_the_message_it_warns_of(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.served(phone.person.sends_photo(photo(), caption="图下的话"))
    await phone.does("后来说的话。", "[删掉重来]", "[说完了]", "[不留名]")
    assert "内容：1段文字\n" in phone.person.last.text


async def test_a_name_that_was_asked_for_never_becomes_part_of_the_story(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("账不对。", "[说完了]", "[留名]", "/start", "张三丰")
    assert "上次没说完" in phone.person.last.text
    await phone.does("[接着说]", "张三丰", "13000000000", "[怎么都行]", "[提交]")
    actor = await phone.world.actor("shouli")
    matter = await Matter.open(actor, (await inbox(actor)).items[0].tip_id)
    assert matter.narrative()["parts"] == [{"text": "账不对。"}]


async def test_what_is_dropped_leaves_no_key_behind(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.served(phone.person.sends_photo(photo()))
    await fetched(phone)
    await phone.does("/cancel", "[全部删掉]")
    assert not await Attachment.exists()


async def test_words_typed_where_buttons_are_shown_are_kept(phone: Phone) -> None:
    phone.person.starts(phone.world.units["清水村"].id.hex)
    await phone.person.hears("不留名")
    await phone.does("[开始反映]", "[是]", "我想说的是村里的路修了一半，钱就没有了，大家都很着急。")
    assert any("记下了，还没交上去" in m.text for m in phone.person.screen)
    await phone.does("[其他]", "[村干部]", "[不留名]")
    assert "内容：1段文字" in phone.person.last.text


async def test_a_slip_of_the_thumb_towards_the_county_costs_no_words(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("账不对。", "[说完了]", "[不留名]", "[修改]", "[涉及谁]", "[县里的人]")
    assert "什么都没有存" in phone.person.last.text
    await phone.does("[接着来]", "[接着说]", "[村干部]")
    assert "内容：1段文字" in phone.person.last.text
