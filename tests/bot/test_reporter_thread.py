"""What a reporter can say and do in the chat once his code is in: judge the answer, fear, give a name, a new code."""

import re
from dataclasses import replace

import pytest

from bot.dialogue.story import nudged
from models import protection, thread
from models.draft import Draft, forget_threads, nudge
from models.event import Event, Happening
from models.matter import Matter
from models.message import Message, Ping
from models.receipt import Identity
from models.terms import Side, Verdict
from models.tip import Tip
from tests.bot.conftest import Phone


async def desk(phone: Phone, login: str = "shouli") -> Matter:
    tip = await Tip.all().order_by("-arrived_on").first()
    assert tip
    return await Matter.open(await phone.world.actor(login), tip.id)


async def concluded(phone: Phone, answer: str = "补贴已补发。") -> str:
    """A tip that came to its answer, and the code to it."""
    code = await phone.files()
    matter = await desk(phone)
    await matter.accept(summary="补贴")
    await matter.conclude(answer=answer)
    phone.world.clock.forward(minutes=1)
    return code


async def test_the_answer_can_be_accepted_and_then_the_matter_rests(phone: Phone) -> None:
    code = await concluded(phone)
    await phone.does("/track", code)
    assert any("补贴已补发。" in m.text for m in phone.person.screen)
    assert phone.person.last.text == "已办结。您认可吗？"
    assert phone.person.last.labels[:3] == ["认可", "不认可，我来说", "有新情况"]
    await phone.does("[认可]")
    assert (await Tip.get()).rests
    assert "认可" not in phone.person.last.labels
    assert (await (await desk(phone)).thread())[-1].verdict is Verdict.AGREED


async def test_an_objection_with_words_gets_one_more_answer(phone: Phone) -> None:
    code = await concluded(phone)
    await phone.does("/track", code, "[不认可，我来说]", "[交上去]")
    assert any("请写几句：哪里不认可。" in m.text for m in phone.person.screen)
    await phone.does("没有补发，我去银行查了。", "[交上去]")
    assert any("15个工作日内" in m.text for m in phone.person.screen)
    assert "不认可，我来说" not in phone.person.last.labels
    matter = await desk(phone)
    assert matter.access.objected
    await matter.answer_objection("银行记录见附件，九月三日已到账。")
    phone.world.clock.forward(minutes=1)
    await phone.does("/track", code)
    assert any("九月三日已到账" in m.text for m in phone.person.screen)
    assert "有新情况" in phone.person.last.labels
    assert not {"认可", "不认可，我来说"} & set(phone.person.last.labels)


async def test_an_objection_half_said_is_still_one_when_the_code_comes_again(phone: Phone) -> None:
    code = await concluded(phone)
    await phone.does("/track", code, "[不认可，我来说]", "没有补发。")
    phone.world.clock.forward(minutes=31)
    assert await forget_threads() == 1
    await phone.does("/track", code, "[交上去]")
    assert (await (await desk(phone)).thread())[-1].verdict is Verdict.OBJECTED


async def test_an_objection_to_a_matter_taken_up_again_meanwhile_loses_no_word(phone: Phone) -> None:
    code = await concluded(phone)
    await phone.does("/track", code, "[不认可，我来说]", "没有补发。")
    await (await desk(phone)).take_up_again("我们再查一次。")
    await phone.does("[交上去]")
    line = (await (await desk(phone)).thread())[-1]
    assert (line.verdict, line.parts) == (None, [{"text": "没有补发。"}])


async def test_news_are_told_after_the_end_and_out_of_scope_is_seen_or_disagreed_with(phone: Phone) -> None:
    code = await phone.files()
    await (await desk(phone)).mark_out_of_scope(guidance="这件事归法院管。")
    phone.world.clock.forward(minutes=1)
    await phone.does("/track", code)
    assert phone.person.last.text == "这件事不归这里管。您的话没有转给别的单位。"
    assert phone.person.last.labels[:2] == ["知道了", "我不同意"]
    await phone.does("[知道了]", "[有新情况]", "村支书也参与了。", "[交上去]")
    assert (await desk(phone)).access.news
    happened = {event.happening for event in await Event.all()}
    assert {Happening.AGREED, Happening.NEWS} <= happened
    assert not await Event.filter(happening__in=[Happening.AGREED, Happening.NEWS], at__isnull=False).exists()


async def test_fear_goes_to_the_heads_after_110_and_no_handler_sees_a_trace(phone: Phone) -> None:
    code = await phone.files()
    await (await desk(phone)).read()
    await phone.does("/track", code, "[我怕被报复]")
    assert phone.person.last.text.startswith("眼下有危险请打110。")
    assert "石桥镇纪委、云岭县纪委监委" in phone.person.last.text
    await phone.does("他说要砸我家的门。")
    assert phone.person.last.text == "记下了，还没报上去。"
    await phone.does("[申请]")
    assert any("报上去了" in m.text for m in phone.person.screen)
    handler = await desk(phone, "chengban")
    assert not handler.access.unread
    assert not await Message.filter(side=Side.REPORTER).exists()
    assert Happening.AFRAID not in {event.happening for event in await handler.timeline()}
    actor = await phone.world.actor("shuji")
    [request] = (await protection.requests(actor)).items
    assert (await protection.read(actor, request.id)).words == "他说要砸我家的门。"
    await protection.answer(actor, request.id, "派出所已知道，打13800000000。")
    await phone.does("/track", code)
    assert any("派出所已知道" in m.text for m in phone.person.screen)


async def test_rather_not_asking_leaves_nothing_of_what_was_typed(phone: Phone) -> None:
    code = await phone.files()
    await phone.does("/track", code, "[我怕被报复]", "他说要砸我家的门。", "[先不]")
    assert not await protection.Protection.exists()
    [draft] = await Draft.all()
    assert "afraid" not in draft.unlock().talk


async def test_a_name_given_later_is_sealed_and_promised_what_a_name_is_promised(phone: Phone) -> None:
    code = await phone.files()
    await phone.does("/track", code, "[更多]", "[补留姓名]", "张三丰", "13000000000", "只发消息")
    assert any("已单独封存" in m.text for m in phone.person.screen)
    assert (await Tip.get()).named
    assert await Identity.all().count() == 1
    [draft] = await Draft.all()
    assert "later" not in draft.unlock().talk
    await phone.does("[更多]")
    assert "补留姓名" not in phone.person.last.labels
    assert await (await desk(phone)).thread() == []  # a name never becomes a line of the thread


async def test_a_new_code_opens_the_thread_and_the_old_one_nothing(phone: Phone) -> None:
    old = await phone.files()
    await phone.does("/track", old, "[更多]", "[换个查询码]", "[换]")
    found = re.search(r"新的查询码：([0-9A-Z-]+)。", phone.person.last.text)
    assert found
    assert found[1] != old
    assert phone.person.last.labels == ["复制码", "查进度", "有回复提醒我", "清掉这次聊天"]
    await phone.does("/track", old)
    assert any("没查到" in m.text for m in phone.person.screen[-2:])
    await phone.does(found[1])
    assert "进度：已收到" in phone.person.last.text


async def test_a_new_code_shuts_out_the_chat_that_had_the_old_one(phone: Phone) -> None:
    old = await phone.files()
    relative = replace(phone, person=phone.sim.person("表弟", key="cousin"))
    await relative.does("/track", old, "[有回复提醒我]")
    assert await Ping.exists()
    await relative.does("/track", old)
    await phone.does("/track", old, "[更多]", "[换个查询码]", "[换]")
    assert not await Ping.exists()
    await relative.does("[更多]")
    assert "请再发一次查询码" in relative.person.last.text
    await relative.does("混进来的话")
    assert not await Message.exists()
    await phone.does("[查进度]")
    assert "进度：已收到" in phone.person.last.text


async def test_old_replies_are_read_out_ten_at_a_time(phone: Phone) -> None:
    code = await phone.files()
    matter = await desk(phone)
    for number in range(23):
        await matter.reply(f"第{number:02}句")
    phone.world.clock.forward(minutes=1)
    await phone.does("/track", code)
    said = [m.text for m in phone.person.screen if "工作人员：" in m.text]
    assert [text[-2:-1] for text in said][:1] == ["3"]
    assert len(said) == 10
    await phone.does("[更多]", "[更早的]")
    said = [m.text for m in phone.person.screen if "工作人员：" in m.text]
    assert len(said) == 20
    await phone.does("[更早的]")
    said = [m.text for m in phone.person.screen if "工作人员：" in m.text]
    assert len(said) == 23
    assert "更早的" not in phone.person.last.labels


async def test_reported_before_is_told_to_the_desk_with_a_way_to_the_earlier_matter(phone: Phone) -> None:
    earlier = await phone.files("第一次说的。")
    first = (await desk(phone)).tip.id
    await phone.does("/start", "[开始反映]", "[是]", "[其他]", "[村干部]", "还是没人管。", "[说完了]", "[不留名]")
    await phone.does("[以前反映过]", "7K4M-Q2XD-9RTA-W5HCJ")
    assert any("没查到" in m.text for m in phone.person.screen[-3:])
    await phone.does(earlier)
    assert "✓ 已注明：以前反映过" in phone.person.last.labels
    await phone.does("[提交]")
    second = await Tip.exclude(id=first).get()
    assert first.bytes not in bytes(second.narrative)
    matter = await Matter.open(await phone.world.actor("shouli"), second.id)
    assert await matter.told_before() == first


async def test_reported_before_without_the_code_is_only_his_word(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("还是没人管。", "[说完了]", "[不留名]", "[以前反映过]", "[反映过，没有码了]", "[提交]")
    matter = await desk(phone)
    assert matter.narrative()["before"] == "yes"
    assert await matter.told_before() is None


async def test_what_was_begun_is_recalled_once_and_neutrally_a_day_before_it_goes(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("说了一半。")
    phone.world.clock.forward(days=1.9)
    assert await nudge(nudged) == 0
    phone.world.clock.forward(days=0.2)
    assert await nudge(nudged) == 1
    await phone.person.hears("上次没说完")
    last = phone.person.last
    assert (last.text, last.labels) == ("上次没说完，11月26日前都在。", ["接着说", "全部删掉"])
    assert await nudge(nudged) == 0
    await phone.does("[接着说]", "再说一句。")
    phone.world.clock.forward(days=2.5)
    assert await nudge(nudged) == 0  # once is enough
    await phone.does("[说完了]", "[不留名]", "[提交]")
    phone.world.clock.forward(days=2.5)
    assert await nudge(nudged) == 0


async def test_who_began_nothing_is_never_reminded(phone: Phone) -> None:
    await phone.does("/start", "/help")
    phone.world.clock.forward(days=2.5)
    assert await nudge(nudged) == 0


async def test_what_is_too_much_for_a_day_is_said_and_the_words_stay(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "MOST_A_DAY", 0)
    code = await concluded(phone)
    await phone.does("/track", code, "[不认可，我来说]", "没有补发。", "[交上去]")
    assert any("请明天再交" in m.text for m in phone.person.screen)
    monkeypatch.undo()
    await phone.does("[交上去]")
    assert (await (await desk(phone)).thread())[-1].verdict is Verdict.OBJECTED
