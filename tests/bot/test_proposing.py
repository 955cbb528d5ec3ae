"""An officer writes to his township from his phone: a reminder, material, and what became of them."""

from datetime import date, timedelta

import pytest

from bot.dialogue.days import day_in
from models import rounds
from models.approving import propose
from models.attachment import Attachment, FileState, sweep
from models.audience import Audience
from models.draft import Draft
from models.material import Material
from models.officer import Officer
from models.reviewed import decide
from models.submission import Submission
from models.taking import take
from models.terms import CampaignKind, Festival, Language, ReturnReason, SubmissionState
from models.triage import merge, queue, refuse, send_back
from tests.bot.conftest import Phone
from tests.bot.test_officers import officer, said
from tests.bot.test_pieces import OGG, fetched, photo
from tests.models.outreach import at, composed, official

__all__ = ["officer"]

WORDS = "中秋不收月饼礼盒，不收购物卡。"


async def hands_in(phone: Phone, words: str = WORDS) -> Submission:
    """From the officer's page to the township, in five taps. A minute after the one before."""
    phone.world.clock.forward(minutes=1)
    await phone.does("/start", "[写廉政提醒]", words, "[写好了]", "[节前三天]", "[本村干部]")
    return await Submission.get(words=words)


async def test_a_reminder_is_asked_for_step_by_step_and_goes_to_the_township(phone: Phone, officer: Officer) -> None:
    phone.world.clock.at = phone.world.clock.at.replace(year=2027, month=9, day=1)
    await phone.does("/start")
    assert phone.person.last.labels == [
        "有人来反映",
        "写廉政提醒",
        "投宣教材料",
        "我交的提醒、材料",
        "我自己要反映",
    ]
    await phone.does("[写廉政提醒]")
    assert "别写人名和没结的案子" in phone.person.last.text
    await phone.does(WORDS)
    assert "还没交给镇里" in phone.person.last.text
    assert not await Submission.exists()
    await phone.does("[写好了]")
    assert "节前三天是9月12日" in phone.person.last.text
    await phone.does("[节前三天]", "[本村干部]")
    assert "已交镇里审。发不发由镇里定" in phone.person.last.text
    one = await Submission.get()
    told = (one.kind, one.words, one.wished_on, one.festival, one.own_village, one.state, one.officer_id)
    day = date(2027, 9, 12)
    assert told == (
        CampaignKind.REMINDER,
        WORDS,
        day,
        Festival.MID_AUTUMN_NATIONAL,
        True,
        SubmissionState.WAITING,
        officer.id,
    )
    assert one.unit_id == phone.world.units["石桥镇"].id
    assert (await Draft.get()).unlock().proposing is None


async def test_what_cannot_be_used_is_said_clearly_and_costs_nothing_written(phone: Phone, officer: Officer) -> None:
    assert officer
    await phone.does("[写廉政提醒]", "长" * 901)
    assert any("多了1个" in message.text for message in phone.person.screen)
    await phone.does(WORDS)
    await phone.served(phone.person.sends_voice(OGG))
    assert any("这里不收语音" in message.text for message in phone.person.screen)
    await phone.does("[写好了]", "[选日期]", "下个月吧")
    assert "没看懂是哪天" in phone.person.last.text
    await phone.does("2020年1月1日")
    assert "请选明天起一年以内的一天" in phone.person.last.text
    tomorrow = at(phone.world).date() + timedelta(days=1)
    await phone.does(f"{tomorrow.month}月{tomorrow.day}号", "[镇里定]")
    one = await Submission.get()
    assert (one.words, one.wished_on, one.own_village) == (WORDS, tomorrow, False)


async def test_what_was_begun_survives_and_is_gone_on_with(phone: Phone, officer: Officer) -> None:
    assert officer
    await phone.does("[写廉政提醒]", WORDS, "/start", "[投宣教材料]")
    assert any("您有一份没交完" in message.text for message in phone.person.screen)
    assert "1段文字" in phone.person.last.text
    await phone.does("/start", "[有人来反映]", "[用我手机填]")
    assert "都删掉吗" in phone.person.last.text  # nobody else is shown what he has begun
    assert (await Draft.get()).unlock().proposing
    phone.world.clock.forward(days=2, minutes=1)
    await phone.does("/cancel", "[接着说]")
    assert "1段文字" in phone.person.last.text
    await phone.does("/cancel", "[全部删掉]")
    assert (await Draft.get()).unlock().proposing is None


async def test_material_comes_with_its_files_sealed_and_becomes_a_lesson_for_all(
    phone: Phone, officer: Officer
) -> None:
    assert officer
    await phone.does("[投宣教材料]")
    await phone.served(phone.person.sends_photo(photo()))
    await phone.does("[写好了]")
    assert any("还缺文字" in message.text for message in phone.person.screen)
    await phone.does("村里的家风墙", "[写好了]", "[交给镇里]")
    await fetched(phone)
    row = await Attachment.get()
    assert (row.draft_id, row.tip_id, row.state) == (None, None, FileState.FETCHED)
    phone.world.clock.forward(days=2)
    await sweep()
    one = await Submission.get()
    actor = await phone.world.actor("shouli")
    draft = await take(actor, one)
    assert (draft.kind, draft.texts) == (CampaignKind.EDUCATION, {"zh_CN": "村里的家风墙"})
    material = await Material.get(id=draft.material_id)
    assert material.mime == "image/jpeg"
    assert not await Attachment.exists()


async def test_returned_mended_taken_approved_and_sent_he_hears_of_each(phone: Phone, officer: Officer) -> None:
    world = phone.world
    one = await hands_in(phone)
    clerk = await world.actor("shouli")
    await send_back(clerk, one, ReturnReason.NAMES, "第二句那位")
    await phone.person.hears("镇里退回：请去掉人名。第二句那位")
    await phone.does("[修改]")
    assert any(WORDS in message.text and "原来写的是" in message.text for message in phone.person.screen)
    await phone.does("长" * 901)
    assert "1段文字" in phone.person.last.text  # what was there stays until something better comes
    await phone.does("不收月饼。", "[写好了]", "[镇里定]", "[镇里定]")
    one = (await queue(clerk)).items[0]
    assert (one.words, one.state) == ("不收月饼。", SubmissionState.WAITING)
    draft = await take(clerk, one)
    await phone.person.hears("镇里采用了")
    await phone.does("[我交的提醒、材料]")
    assert said(phone, "正在改稿送批")
    await official(world, 7001)
    await draft.revise(
        clerk,
        kind=draft.kind,
        texts={Language.ZH_CN: "不收月饼。"},
        audience=Audience.from_json(draft.audience),
        send_at=at(world),
    )
    await propose(clerk, draft)
    await decide(await world.actor("shuji"), draft, approve=True)
    await phone.does("/start", "[我交的提醒、材料]")
    assert said(phone, "已批准（")
    world.clock.at = at(world)
    await rounds.move_on()
    await phone.person.hears("今天发出了")
    await phone.does("/start", "[我交的提醒、材料]")
    assert said(phone, "已发出（")


async def test_he_takes_one_back_until_the_desk_has_decided(phone: Phone, officer: Officer) -> None:
    assert officer
    one = await hands_in(phone)
    await phone.does("[我交的提醒、材料]")
    button = next(m for m in reversed(phone.person.screen) if "不提了" in m.labels)
    number = phone.person.presses("不提了", button)
    await phone.served(number)
    await phone.does("[不提了]")
    await one.refresh_from_db()
    assert one.state is SubmissionState.WITHDRAWN
    two = await hands_in(phone, "第二份")
    clerk = await phone.world.actor("shouli")
    await merge(clerk, two, await composed(phone.world, by="shouli", unit="石桥镇"))
    await phone.person.hears("和另一份并在一起办")
    three = await hands_in(phone, "第三份")
    await refuse(clerk, three, "已有同样的提醒。")
    await phone.person.hears("没采用：已有同样的提醒。")
    for number in range(3):
        await hands_in(phone, f"新的第{number}份")
    await phone.does("/start", "[我交的提醒、材料]", "[更早的]")
    assert "您撤回了" in phone.person.screen[-2].text  # the sixth, alone on its page
    for forged in ("9" * 30, "-5"):
        await phone.served(phone.person.presses_data(phone.person.last.id, f"!o:mine-{forged}"))
        assert "没存上" not in phone.person.last.text
    page = phone.person.last
    await officer.end(await phone.world.actor("shuji"))
    await phone.served(phone.person.presses_data(page.id, "!o:mine"))
    assert "这个按钮过时了" in phone.person.last.text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9月22日", date(2026, 9, 22)),
        ("９．２２", date(2026, 9, 22)),
        ("3/1", date(2027, 3, 1)),
        ("2027-01-05", date(2027, 1, 5)),
        ("2月30日", None),
        ("明天", None),
        ("1 2 3 4", None),
    ],
)
def test_a_day_is_read_as_people_type_it(typed: str, meant: date | None, backend: str) -> None:
    assert backend
    assert day_in(typed, date(2026, 5, 4)) == meant
