"""Liaison officers at the phone: enrolled by a pledge, three ways for whoever comes, and a chat that keeps nothing.

The journey is one person's: 陈联络员 of 清水村 in front of the running bot.
"""

import re
from dataclasses import replace

import pytest

from bot.simulator import Message
from models.access import Access
from models.attachment import Attachment
from models.contact import Contact, Trace
from models.db import transaction
from models.desk import inbox
from models.draft import Draft, forget_threads
from models.house import enter, house
from models.inbox import Inbox
from models.matter import Matter
from models.media import read_qr
from models.message import Ping
from models.officer import Officer, OfficerChat
from models.outbox import Outbox
from models.terms import Channel, Concerns, TipEntry
from models.ticket import Ticket
from models.tip import Tip
from tests.bot.conftest import Phone
from tests.bot.test_pieces import fetched, photo
from tests.models.burglar import Burglar, of_key_file, take

STORY = "村主任把扶贫羊卖了，钱没有入账，金丝猴乐队作证。"
HOME = ["有人来反映", "写廉政提醒", "投宣教材料", "我交的提醒、材料", "我自己要反映"]
CODE = re.compile(r"查询码：([0-9A-Z-]{20})")


@pytest.fixture
async def officer(phone: Phone) -> Officer:
    """Enrolled and at his own page."""
    made, code = await Officer.appoint(
        await phone.world.actor("shuji"), station_id=phone.world.units["清水村"].id, name="陈联络"
    )
    phone.person.starts(f"o{code.replace('-', '')}")
    await phone.person.hears("请读一读，再登记")
    await phone.does("[我承诺，登记]")
    return made


def said(phone: Phone, words: str) -> bool:
    return any(words in message.text for message in phone.person.screen)


def code_shown(phone: Phone) -> str:
    return next(found[1] for m in reversed(phone.person.screen) if (found := CODE.search(m.text)))


async def picture(message: Message) -> str:
    assert message.media
    return await read_qr(message.media) or ""


async def tells_for_the_village(phone: Phone, concerns: str = "村干部") -> None:
    await phone.does("[是]", "[补贴没到手]", f"[{concerns}]", STORY)


async def nothing_stayed(phone: Phone, *secrets: str) -> None:
    """Whoever has the database and the key file finds neither the words nor the code, nor a way from chat to tip."""
    assert not await Outbox.exists()
    assert not await Inbox.exists(body__not_isnull=True)
    assert not await Ping.exists()
    assert not await Attachment.exists(tip_id=None)
    draft = (await Draft.get()).unlock()
    assert (draft.hosted, draft.thread, draft.close_at, draft.pause_at) == (None, None, None, None)
    assert not draft.telling.begun
    assert not draft.adding.parts
    rows = await take()
    burglar = Burglar(rows, of_key_file(house().keys), house().keys).work()
    stored = [repr(row.columns).encode() for row in rows] + [opened.plain for opened in burglar.opened]
    words = [STORY, *secrets, *(secret.replace("-", "") for secret in secrets)]
    assert not [word for word in words for value in stored if word.encode() in value]
    known = {(await Contact.get()).id, *[row.id for row in await Officer.all()], (await OfficerChat.get()).id}
    for table in ("tip", "access", "receipt", "event", "message", "attachment", "ticket", "audit"):
        for row in rows:
            if row.table == table and table != "audit":
                assert not known & set(row.columns.values())


async def test_an_invitation_by_link_enrols_after_the_pledge(phone: Phone) -> None:
    made, code = await Officer.appoint(
        await phone.world.actor("shouli"), station_id=phone.world.units["清水村"].id, name="陈联络"
    )
    phone.person.starts(f"o{code}")
    await phone.person.hears("请读一读，再登记")
    assert "不调查" in phone.person.last.text
    assert "清水村联络员 陈联络" in phone.person.last.text
    contact = await Contact.get()
    assert await Officer.of_contact(contact.id) is None
    await phone.does("这里打字不算登记")
    assert await Officer.of_contact(contact.id) is None
    await phone.does("[先不登记]", code.lower(), "[我承诺，登记]")
    assert phone.person.last.text == "清水村联络员您好。"
    assert phone.person.last.labels == HOME
    found = await Officer.of_contact(contact.id)
    assert found
    assert found.id == made.id
    await phone.does(f"/start o{code}")
    assert "邀请码不对、用过了，或者过期了" in phone.person.last.text


async def test_a_wrong_invitation_is_refused_and_nobody_is_enrolled(phone: Phone) -> None:
    _, code = await Officer.appoint(
        await phone.world.actor("shuji"), station_id=phone.world.units["清水村"].id, name="陈联络"
    )
    await phone.does("/start onothing")
    assert "邀请码不对" in phone.person.last.text
    phone.world.clock.forward(days=15)
    await phone.does(code)
    assert "过期" in phone.person.last.text
    assert not await Draft.filter(contact_id=(await Contact.get()).id).exists() or not (
        (await Draft.get()).unlock().telling.begun
    )


async def test_way_one_he_scans_and_tells_on_his_own_phone(phone: Phone, officer: Officer) -> None:
    await phone.does("[有人来反映]", "[让他扫码（最好）]")
    assert "30分钟有效" in phone.person.last.text
    link = await picture(phone.person.last)
    assert link.startswith("https://t.me/")
    ticket = await Ticket.get()
    assert ticket.station_id == officer.station_id
    [row] = await take("ticket")
    assert not {(await Contact.get()).id, officer.id} & set(row.columns.values())
    resident = replace(phone, person=phone.sim.person("王大爷", key="wang"))
    payload = link.partition("?start=")[2]
    resident.person.starts(payload)
    await resident.person.hears("不留名")
    assert not await Ticket.exists()
    await resident.does("[开始反映]", "[是]", "[补贴没到手]", "[村干部]", STORY, "[说完了]", "[不留名]", "[提交]")
    tip = await Tip.get()
    assert (tip.channel, tip.station_id) == (Channel.CHAT, officer.station_id)
    await resident.does(f"/start {payload}")
    assert said(resident, "照样可以反映")
    assert not said(phone, STORY)


async def test_way_one_leads_to_the_page_where_there_is_one(phone: Phone, officer: Officer) -> None:
    enter(replace(house(), form_url="https://qingfeng.example"))
    await phone.does("[有人来反映]", "[让他扫码（最好）]")
    link = await picture(phone.person.last)
    assert link.startswith("https://qingfeng.example/?v=")
    assert await Ticket.look(link.partition("=")[2]) == officer.station_id


async def test_way_two_on_the_officers_phone_and_nothing_of_a_sealed_drop_stays(phone: Phone, officer: Officer) -> None:
    """What touches the officer's own township goes past it; he sees what he always sees, and afterwards nothing."""
    await phone.does("[有人来反映]", "[用我手机填]")
    assert "请把手机交给他" in phone.person.last.text
    await phone.does("[开始反映]")
    assert said(phone, "先说实话")
    await tells_for_the_village(phone, "镇领导、镇纪委")
    await phone.served(phone.person.sends_photo(photo(), caption="照片在此"))
    await fetched(phone)
    await phone.does("[说完了]", "[留名]", "金丝猴", "13000000000", "[怎么都行]", "[提交]")
    code = code_shown(phone)
    assert phone.person.last.labels == ["已交给他，清掉"]
    labels = {label for message in phone.person.screen for label in message.labels}
    assert not [label for label in labels - set(HOME) if "提醒" in label]
    [row] = await Access.all()
    assert row.unit_id == phone.world.units["云岭县"].id
    tip = await Tip.get()
    assert (tip.channel, tip.station_id) == (Channel.OFFICER, officer.station_id)
    await phone.does("[已交给他，清掉]")
    await phone.bot.idle()
    assert [message.text for message in phone.person.screen] == ["能删的已删，这里不留。"]
    assert await Trace.all().count() == 1
    await nothing_stayed(phone, code, "金丝猴")
    assert phone.person.last.labels == HOME
    matter = await Matter.open(await phone.world.actor("xianshuji"), tip.id)
    assert matter.narrative()["parts"][0] == {"text": STORY}
    assert (await inbox(await phone.world.actor("shouli"))).items == []


async def test_way_three_he_speaks_and_the_officer_writes(phone: Phone, officer: Officer) -> None:
    await phone.does("[有人来反映]", "[他说我写]")
    assert said(phone, "只写事，不写来人姓名住处")
    await tells_for_the_village(phone, "镇里干部")
    await phone.does("[说完了]")
    assert "他同意交吗" in phone.person.last.text
    assert said(phone, STORY)
    assert phone.person.last.labels == ["同意，提交", "修改", "不交，删掉"]
    await phone.does("[修改]")
    assert "留不留名" not in phone.person.last.labels
    assert len(phone.person.last.labels) == 5
    await phone.does(f"[{phone.person.last.labels[-1]}]")
    await phone.does("[同意，提交]")
    assert any(re.search(r"已交，凭证S-\d{4}。", message.text) for message in phone.person.screen)
    code = code_shown(phone)
    tip = await Tip.get()
    assert (tip.channel, tip.named, tip.station_id) == (Channel.OFFICER, False, officer.station_id)
    await phone.does("[已交给他，清掉]")
    await phone.bot.idle()
    assert len(phone.person.screen) == 1
    await nothing_stayed(phone, code)
    assert (await inbox(await phone.world.actor("shouli"))).items == []


async def test_a_dictated_tip_he_does_not_agree_to_is_gone(phone: Phone, officer: Officer) -> None:
    assert officer
    await phone.does("[有人来反映]", "[他说我写]")
    await tells_for_the_village(phone)
    await phone.does("[说完了]", "[不交，删掉]")
    await phone.bot.idle()
    assert [message.text for message in phone.person.screen] == ["能删的已删，这里不留。"]
    assert not await Tip.exists()
    await nothing_stayed(phone)


@pytest.mark.parametrize("handed_in", [False, True])
async def test_a_session_left_alone_is_cleared_after_thirty_minutes(
    phone: Phone, officer: Officer, handed_in: bool
) -> None:
    assert officer
    await phone.does("[有人来反映]", "[用我手机填]", "[开始反映]")
    await tells_for_the_village(phone)
    await phone.served(phone.person.sends_photo(photo()))
    await fetched(phone)
    code = ""
    if handed_in:
        await phone.does("[说完了]", "[不留名]", "[提交]")
        code = code_shown(phone)
    phone.world.clock.forward(minutes=29)
    assert await forget_threads() == 0
    phone.world.clock.forward(minutes=2)
    assert await forget_threads() == 1
    await phone.person.hears("三十分钟没有动静")
    await phone.bot.idle()
    assert len(phone.person.screen) == 1
    assert phone.person.last.labels == ["返回"]
    assert await Tip.all().count() == int(handed_in)
    await nothing_stayed(phone, *([code] if code else []))
    assert await forget_threads() == 0
    await phone.does("[返回]")
    assert phone.person.last.labels == HOME


async def test_a_guest_never_sees_what_was_told_before_him(phone: Phone, officer: Officer) -> None:
    assert officer
    await phone.does("/report", "[留名反映]", "清水村", "[其他]", "[村干部]", "联络员自己的话。")
    await phone.does("/start", "[有人来反映]", "[用我手机填]")
    assert said(phone, "您自己还有没交上去的内容")
    await phone.does("[全部删掉]", "/start", "[有人来反映]", "[用我手机填]", "[开始反映]")
    await tells_for_the_village(phone)
    await phone.does("/start")
    assert "还没交完" in phone.person.last.text
    await phone.does("/start", "[清掉]", "[有人来反映]", "[用我手机填]", "[开始反映]")
    draft = (await Draft.get()).unlock()
    assert not draft.telling.begun
    await phone.does("/cancel")
    assert not said(phone, STORY)


async def test_own_page_progress_and_pings_do_not_lead_into_somebodys_matter(phone: Phone, officer: Officer) -> None:
    filed = await phone.world.file_tip()
    await phone.does("/track")
    assert "办理情况只告诉反映人" in phone.person.last.text
    await phone.does(f"/track {filed.code}")
    assert "办理情况只告诉反映人" in phone.person.last.text
    assert (await Draft.get()).unlock().thread is None
    assert officer


async def test_no_old_button_leads_from_an_officers_chat_into_a_matter_but_his_own_receipts(phone: Phone) -> None:
    """Outside a session the receipt of his own tip still opens it; pings are never switched on, only off."""
    code = await phone.files()
    receipt = phone.person.last
    await phone.does("[有回复提醒我]")
    offer = phone.person.last
    _, invite = await Officer.appoint(
        await phone.world.actor("shuji"), station_id=phone.world.units["清水村"].id, name="陈联络"
    )
    await Officer.enrol(invite, (await Contact.get()).id)
    for press, message in (("有回复提醒我", receipt), ("开", offer)):
        await phone.served(phone.person.presses(press, message))
        assert "办理情况只告诉反映人" in phone.person.last.text
    assert not await Ping.exists()
    await phone.served(phone.person.presses("查进度", receipt))
    assert "进度：已收到" in phone.person.last.text
    assert "有回复提醒我" not in phone.person.last.labels
    await phone.does(code)
    assert "办理情况只告诉反映人" in phone.person.last.text
    await phone.does("/start", "[有人来反映]", "[用我手机填]")
    for press, message in (("查进度", receipt), ("有回复提醒我", receipt), ("开", offer)):
        await phone.served(phone.person.presses(press, message))
        assert "办理情况只告诉反映人" in phone.person.last.text
        assert (await Draft.get()).unlock().thread is None
    await phone.served(phone.person.presses("不开", offer))
    assert not await Ping.exists()


async def test_an_old_button_of_a_session_does_not_drop_his_own_telling(phone: Phone, officer: Officer) -> None:
    assert officer
    await phone.does("[有人来反映]", "[用我手机填]")
    old = phone.person.last
    phone.world.clock.forward(minutes=31)
    async with transaction():  # the session is over, and the old message could not be deleted
        draft = (await Draft.get()).unlock()
        draft.end_hosting()
        draft.lock_changes()
        await draft.save()
    await phone.does("/report", "[留名反映]", "清水村", "[其他]", "[村干部]", "联络员自己的话。")
    await phone.served(phone.person.presses("清掉", old))
    assert [part.text for part in (await Draft.get()).unlock().telling.parts] == ["联络员自己的话。"]


@pytest.mark.parametrize("way", ["[我自己要反映]", "/report", "村里的路修了一半，钱没了。"])
async def test_an_enrolled_chat_is_warned_before_an_anonymous_tip(phone: Phone, officer: Officer, way: str) -> None:
    assert officer
    await phone.does(way)
    assert "这个聊天登记过您的职务" in phone.person.last.text
    assert "不留名" not in phone.person.last.labels
    await phone.does("[留名反映]", "清水村")
    if not way.startswith("村里"):
        await phone.does("[其他]")
    await phone.does("[村干部]")
    if not way.startswith("村里"):
        await phone.does("村里的路修了一半，钱没了。", "[说完了]")
    await phone.does("陈联络", "13000000000", "[怎么都行]", "[提交]")
    tip = await Tip.get()
    assert (tip.named, tip.channel) == (True, Channel.CHAT)


async def test_changing_ones_mind_about_the_name_is_warned_too(phone: Phone, officer: Officer) -> None:
    assert officer
    await phone.does("/report", "[留名反映]", "清水村", "[其他]", "[村干部]", "一句话。", "[说完了]", "[还是不留名]")
    assert "这个聊天登记过您的职务" in phone.person.last.text
    assert not await Tip.exists()


async def test_a_tip_begun_before_the_enrolment_is_warned_at_the_end(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("先前说的话。", "[说完了]", "[不留名]")
    review = phone.person.last
    _, code = await Officer.appoint(
        await phone.world.actor("shuji"), station_id=phone.world.units["清水村"].id, name="陈联络"
    )
    await Officer.enrol(code, (await Contact.get()).id)
    await phone.served(phone.person.presses("提交", review))
    assert "这个聊天登记过您的职务" in phone.person.last.text
    assert not await Tip.exists()


async def test_the_page_is_shown_to_be_opened_on_another_phone(phone: Phone, officer: Officer) -> None:
    assert officer
    enter(replace(house(), form_url="https://qingfeng.example"))
    await phone.does("/report", "[看网址]")
    assert await picture(phone.person.last) == "https://qingfeng.example"


async def test_where_words_go_on_the_page_only_the_officer_offers_only_the_scan(phone: Phone, officer: Officer) -> None:
    assert officer
    await phone.does("[有人来反映]")
    old = phone.person.last
    enter(replace(house(), tip_entry=TipEntry.FORM, form_url="https://qingfeng.example"))
    await phone.served(phone.person.presses("用我手机填", old))
    assert "过时" in phone.person.last.text
    await phone.does("/start", "[有人来反映]")
    assert phone.person.last.labels == ["让他扫码（最好）", "返回"]


async def test_after_the_end_it_is_a_chat_like_any_other(phone: Phone, officer: Officer) -> None:
    await phone.does("[有人来反映]")
    old = phone.person.last
    await officer.end(await phone.world.actor("shuji"))
    await phone.person.hears("这个聊天以后和大家的一样用")
    await phone.served(phone.person.presses("用我手机填", old))
    assert "过时" in phone.person.last.text
    await phone.does("/start")
    assert "不留名" in phone.person.last.text
    await phone.does("/track")
    assert "请发查询码" in phone.person.last.text
    code = await phone.files()
    assert code


async def test_the_end_does_not_cut_off_whoever_is_just_telling(phone: Phone, officer: Officer) -> None:
    await phone.does("[有人来反映]", "[用我手机填]", "[开始反映]")
    await tells_for_the_village(phone)
    await officer.end(await phone.world.actor("shuji"))
    await phone.does("[说完了]", "[不留名]", "[提交]", "[已交给他，清掉]", "[返回]")
    assert "不留名" in phone.person.last.text
    assert (await Tip.get()).concerns is Concerns.VILLAGE


async def test_a_matter_nobody_here_may_take_is_not_stored_and_can_be_read_before_it_is_cleared(
    phone: Phone, officer: Officer
) -> None:
    assert officer
    await phone.does("[有人来反映]", "[用我手机填]", "[开始反映]", "[是]", "[其他]", "[县里的人]")
    assert said(phone, "什么都没有存")
    assert phone.person.last.labels == ["清掉"]
    await phone.does("[清掉]")
    async with transaction():
        assert not await Tip.exists()
