"""A resident files a tip from a phone, word for word as the dialogue promises."""

from models.desk import inbox
from models.matter import Matter
from models.terms import Concerns, Topic
from tests.bot.conftest import Phone


async def test_seven_taps_after_start_file_a_tip_that_the_township_can_read(phone: Phone) -> None:
    code = await phone.files("去年的种粮补贴，村里说没发。")
    assert len(code.replace("-", "")) == 17
    actor = await phone.world.actor("shouli")
    page = await inbox(actor)
    assert [(item.topic, item.concerns, item.named) for item in page.items] == [
        (Topic.SUBSIDIES, Concerns.VILLAGE, False)
    ]
    matter = await Matter.open(actor, page.items[0].tip_id)
    assert matter.narrative()["parts"] == [{"text": "去年的种粮补贴，村里说没发。"}]


async def test_the_reporter_reads_who_will_see_it_before_and_after_submitting(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("账上少了钱。", "[说完了]", "[不留名]")
    review = phone.person.last.text
    assert "交给：石桥镇纪委、云岭县纪委监委" in review
    assert "看不到的：清水村" in review
    await phone.does("[提交]")
    assert "交给：石桥镇纪委" in phone.person.last.text
    assert "云岭县纪委监委可监督" in phone.person.last.text


async def test_the_code_reads_the_answer_and_the_words_come_only_with_it(phone: Phone) -> None:
    code = await phone.files()
    actor = await phone.world.actor("shouli")
    item = (await inbox(actor)).items[0]
    matter = await Matter.open(actor, item.tip_id)
    await matter.reply("补贴是哪一年的？", asks=True)
    await phone.does("/track", code)
    assert "还没有给您的回复" in phone.person.last.text
    phone.world.clock.forward(seconds=31)
    await phone.does("/track", code.lower().replace("-", " "))
    assert any("补贴是哪一年的？" in m.text for m in phone.person.screen)
    await phone.does("[回答]", "是2024年的。", "[交上去]")
    lines = await (await Matter.open(actor, item.tip_id)).thread()
    assert lines[-1].parts == [{"text": "是2024年的。"}]
