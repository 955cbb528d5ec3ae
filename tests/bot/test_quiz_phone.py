"""以考促学 on the phone: one question a message, the reason at once, and one's own result for oneself."""

from models.quiz_totals import QuizTally, count_runs
from models.sitting import Run
from models.terms import CampaignKind
from tests.bot.conftest import Phone
from tests.bot.test_broadcast import enrol, settled
from tests.models import lessons
from tests.models.outreach import sending
from tests.models.quizzes import published


async def test_a_lesson_brings_its_quiz_which_is_answered_stopped_gone_on_with_and_counted_once(phone: Phone) -> None:
    person = await enrol(phone, "干部1")
    quiz = await published(phone.world)
    campaign = await sending(phone.world, kind=CampaignKind.EDUCATION, quiz_id=quiz.id)
    await settled(phone, campaign)
    await phone.served(person.presses("做几道题"))
    first = person.last
    assert "第 1 题，共 2 题" in first.text
    assert "B. 当面谢绝" in first.text
    assert first.labels == ["A", "B", "C"]
    await phone.served(person.presses_data(first.id, f"!answer:{quiz.id.hex}:{'9' * 30}:0:0:1"))
    assert "过时" in person.last.text  # forged: no try has such a number, and no alarm rings
    pressed = [person.presses("A", first) for _ in range(3)]
    for number in pressed:
        await phone.served(number)
    said = [message.text for message in person.screen]
    assert sum("不对。正确答案：B\n服务管理对象的礼" in text for text in said) == 1
    assert sum("这一题答过了" in text for text in said) == 2
    await phone.served(person.says("/start"))
    await phone.served(person.presses_data(first.id, f"!quiz:{quiz.id.hex}"))
    assert "接着上次的做" in person.screen[-2].text
    assert "可选几个" in person.last.text
    await phone.served(person.presses("A"))
    assert person.last.labels == ["✓ A", "B", "C", "选好了"]
    await phone.served(person.presses("B"))
    await phone.served(person.presses("选好了"))
    assert "答对了。正确答案：AB" in person.screen[-2].text
    assert "2 题答对 1 题" in person.last.text
    await phone.served(person.presses("我的成绩"))
    assert "最好 1，最近 1，做过 1 遍" in person.last.text
    await phone.served(phone.person.says("/results"))
    assert "还没有成绩" in phone.person.last.text
    await count_runs()
    tally = await QuizTally.get()
    assert (tally.people, tally.chosen) == (1, [[1, 0, 0], [1, 1, 0]])


async def test_a_resident_takes_a_public_quiz_and_nothing_of_it_is_kept(phone: Phone) -> None:
    lesson = await lessons.published(phone.world)
    quiz = await published(phone.world, public=True, lesson_id=lesson.id)
    await phone.reaches_story()
    message = phone.person.last
    await phone.served(phone.person.presses_data(message.id, f"!lesson:{lesson.id.hex}"))
    await phone.does("[做几道题]")
    assert "不记录您答了什么" in phone.person.screen[-2].text
    await phone.does("[B]", "[A]", "[选好了]")
    assert "2 题答对 1 题。没有留下记录" in phone.person.last.text
    assert not await Run.exists()
    for data in (
        f"!answer:{quiz.id.hex}:0:0:0:8",
        f"!answer:{quiz.id.hex}:0:9:0:1",
        f"!answer:{quiz.id.hex}:0:-1:0:1:more",
        f"!answer:{quiz.id.hex}:1:0:0:1",
        "!answer:zz:0:0:0:1",
        "!answer:",
        "!quiz:zz",
        f"!quiz:{'0' * 32}",
    ):
        await phone.served(phone.person.presses_data(message.id, data))
        assert any(word in phone.person.last.text for word in ("过时", "结束", "登记过"))
    assert not await Run.exists()
