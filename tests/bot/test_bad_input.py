"""Whatever people send: a clear sentence, nothing typed is lost, no step fails."""

from typing import Any

import pytest

from bot.raw import RawUpdate
from models.desk import inbox
from models.inbox import Inbox, Served
from models.matter import Matter
from tests.bot.conftest import Phone


async def narrative(phone: Phone) -> list[dict[str, str]]:
    actor = await phone.world.actor("shouli")
    matter = await Matter.open(actor, (await inbox(actor)).items[0].tip_id)
    parts: list[dict[str, str]] = matter.narrative()["parts"]
    return parts


async def hand_in(phone: Phone) -> None:
    await phone.does("[说完了]", "[不留名]", "[提交]")
    assert "请抄下藏好" in phone.person.last.text


async def test_an_unknown_command_leaves_the_question_open(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("先说的。", "/nonsense")
    assert any("没有这个命令" in m.text for m in phone.person.screen)
    await hand_in(phone)
    assert await narrative(phone) == [{"text": "先说的。"}]


@pytest.mark.parametrize(
    ("act", "answer"), [("sticker", "表情我看不懂"), ("location", "不收定位"), ("contact", "不收名片")]
)
async def test_what_we_cannot_take_is_answered_kindly(phone: Phone, act: str, answer: str) -> None:
    await phone.reaches_story()
    await phone.served(getattr(phone.person, f"sends_{act}")())
    assert answer in phone.person.last.text


async def test_a_press_on_an_old_keyboard_changes_nothing_and_offers_to_go_on(phone: Phone) -> None:
    await phone.reaches_story()
    old = next(m for m in phone.person.screen if "像哪一类" in m.text)
    await phone.served(phone.person.presses("乱收费", old.id))
    assert phone.person.last.text == "这个按钮过时了，您说的都在。"
    await phone.does("[接着来]")
    assert "请说说" in phone.person.last.text


async def test_a_hundred_thousand_characters_are_refused_and_what_was_said_stays(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("先说的。")
    number = phone.sim.push(message_of(phone, "长" * 100_000))
    await phone.served(number)
    assert "一共最多20000个字" in phone.person.last.text
    await hand_in(phone)
    assert await narrative(phone) == [{"text": "先说的。"}]


async def test_control_and_bidi_characters_go_and_rare_surnames_stay(phone: Phone) -> None:
    await phone.reaches_story()
    number = phone.sim.push(message_of(phone, "\u202e𠮷\u0007\u2066田㛃\u0000"))
    await phone.served(number)
    await hand_in(phone)
    assert await narrative(phone) == [{"text": "𠮷田㛃"}]


async def test_a_lone_surrogate_does_not_stop_the_chat(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.bot.store([RawUpdate.of({"update_id": 7, **message_of(phone, "前\ud83d后")})])
    await phone.served(7)
    await hand_in(phone)
    assert await narrative(phone) == [{"text": "前后"}]


async def test_the_same_update_twice_is_taken_once(phone: Phone) -> None:
    await phone.reaches_story()
    number = phone.sim.push(message_of(phone, "只说一次。"))
    await phone.served(number)
    phone.sim.push(message_of(phone, "只说一次。"), update_id=number)
    await phone.does("另一句。")
    await hand_in(phone)
    assert await narrative(phone) == [{"text": "只说一次。"}, {"text": "另一句。"}]


async def test_an_edited_message_mends_the_piece(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("两千块")
    said = next(m for m in reversed(phone.person.screen) if m.text == "两千块")
    await phone.served(phone.person.edits(said.id, "三千块"))
    assert phone.person.last.text == "改好了。"
    await hand_in(phone)
    assert await narrative(phone) == [{"text": "三千块"}]


async def test_empty_words_are_answered(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.served(phone.sim.push(message_of(phone, "\u202e \u0007")))
    assert "没有看到文字" in phone.person.last.text
    await phone.does("[说完了]")
    assert "还没有内容" in phone.person.last.text


async def test_a_group_is_not_answered(phone: Phone) -> None:
    raw = message_of(phone, "大家好")
    raw["message"]["chat"] = {"id": -100123, "type": "supergroup", "title": "群"}
    number = phone.sim.push(raw)
    await phone.served(number)
    assert await Inbox.filter(update_id=number, state=Served.DONE).exists()
    assert not [call for call in phone.sim.history if call.chat_id == -100123]


async def test_wrong_codes_by_the_thousand_are_slowed_and_the_tip_is_not_lost(phone: Phone) -> None:
    await phone.does("/track", "7K4M-Q2XD-9RTA-W5HCJ")
    assert "没查到" in phone.person.last.text
    for _ in range(12):
        last = await phone.does(wrong())
    assert "试得太多" in last.text


async def test_cancel_asks_before_it_deletes(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("说了一半。", "/cancel")
    assert phone.person.last.labels == ["全部删掉", "接着说"]
    await phone.does("[接着说]")
    await hand_in(phone)
    assert await narrative(phone) == [{"text": "说了一半。"}]


async def test_report_again_offers_to_go_on_with_what_was_begun(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("说了一半。", "/report")
    assert "上次没说完，11月26日前都在。" in phone.person.last.text
    await phone.does("[接着说]")
    await phone.does("[不留名]")
    assert "1段文字" in phone.person.last.text


def wrong() -> str:
    from models.codes import Code

    return str(Code.new())


def message_of(phone: Phone, text: str) -> dict[str, Any]:
    person = phone.person
    return {
        "message": {
            "message_id": 900_000_000 + len(text),
            "date": 1_700_000_000,
            "chat": {"id": person.id, "type": "private", "first_name": "李"},
            "from": {"id": person.id, "is_bot": False, "first_name": "李"},
            "text": text,
        }
    }
