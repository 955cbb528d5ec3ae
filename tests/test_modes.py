"""MODE and TIP_ENTRY, each through the front door: what is offered, what is refused, what is kept."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.simulator import Simulator
from models import oversight, protection
from models.access import Access
from models.attachment import Attachment
from models.audit import Act, Audit
from models.deadline import Deadline
from models.draft import Draft
from models.errors import Conflict
from models.front_door import forget_content
from models.handover import propose_hand_over
from models.house import enter, house
from models.later_name import can_give_name, give_name
from models.message import Message
from models.proposal import Proposal
from models.protection import Protection
from models.reading import Reading
from models.receipt import Identity
from models.terms import Mode, TipEntry, TipStatus
from models.thread import Thread
from models.tip import Tip
from tests.admin.client import Desk, Page
from tests.bot.conftest import Phone, phone
from tests.fixtures import world
from tests.public.visitor import Visitor
from tests.world import World

__all__ = ["phone", "world"]

CASEWORK = ("/acceptance", "/conclusion", "/claim", "/renewal")


@pytest.fixture
def sim() -> Simulator:
    return Simulator()


@pytest.fixture
async def front(world: World) -> AsyncIterator[Desk]:
    """The desk of a front door."""
    enter(replace(house(), mode=Mode.FRONT_DOOR))
    async with Desk.at(world) as desk:
        yield desk


def seen(phone: Phone) -> str:
    """Every word and button on the screen."""
    return "\n".join(f"{message.text} {message.markup}" for message in phone.person.screen)


async def registered(desk: Desk, path: str) -> Page:
    await desk.log_in("shouli")
    return await desk.send((await desk.get(path)).form("/registration"), official_no="滇云〔2026〕000123")


async def test_front_door_registers_with_the_platforms_number_and_offers_no_casework(front: Desk) -> None:
    tip = await front.world.file_tip()
    path = f"/tips/{tip.tip_id.hex}"
    await front.log_in("shouli")
    page = await front.get(path)
    without = await front.send(page.form("/registration"), official_no=" ")
    assert without.status == 422
    assert "请填官方平台的编号" in without.html
    done = await front.send(page.form("/registration"), official_no="滇云〔2026〕000123")
    assert "滇云〔2026〕000123" in done.html
    assert (await Tip.get()).status is TipStatus.SCREENING
    for closed in CASEWORK:
        assert not done.has_form(closed)
        refused = await front.post(path + closed, {"token": page.form("/registration").fields["token"]})
        assert refused.status == 403
    assert (await Tip.get()).status is TipStatus.SCREENING


async def test_front_door_moves_the_public_words_by_hand_with_their_day(front: Desk) -> None:
    tip = await front.world.file_tip(named=True)
    path = f"/tips/{tip.tip_id.hex}"
    await registered(front, path)
    front.world.clock.forward(days=6)
    await front.log_in("shouli")
    form = (await front.get(path)).form("/platform-status")
    for day in ("2026-11-22", "2026-12-01", "x"):
        assert (await front.send(form, platform="accepted", platform_day=day)).status == 422
    accepted = await front.send(form, platform="accepted", platform_day="2026-11-26")
    assert "状态改好了" in accepted.html
    thread = await Thread.open(str(tip.code), who="x")
    assert await thread.status() is TipStatus.ACCEPTED
    assert (await Deadline.get(tip_id=tip.tip_id)).met_on.isoformat() == "2026-11-26"  # type: ignore[union-attr]
    silent = await front.send(accepted.form("/platform-status"), platform="concluded", platform_day="2026-11-27")
    assert silent.status == 422  # a real-name reporter is owed words
    told = await front.send(
        silent.form("/platform-status"), platform="concluded", platform_day="2026-11-27", answer="已经退还。"
    )
    assert told.status == 200
    front.world.clock.forward(seconds=31)
    assert await thread.status() is TipStatus.CONCLUDED
    assert (await thread.heard())[-1].text == "已经退还。"
    assert [entry.detail["status"] for entry in await Audit.filter(act=Act.FOLLOWED).order_by("id")] == [
        "accepted",
        "concluded",
    ]


async def test_out_of_scope_on_the_platform_needs_words_and_a_slip_can_be_mended(front: Desk) -> None:
    tip = await front.world.file_tip()
    path = f"/tips/{tip.tip_id.hex}"
    page = await registered(front, path)
    day = {"platform_day": "2026-11-23"}
    assert (await front.send(page.form("/platform-status"), platform="out_of_scope", **day)).status == 422
    done = await front.send(page.form("/platform-status"), platform="out_of_scope", answer="请找法院。", **day)
    mended = await front.send(done.form("/platform-status"), platform="accepted", **day)
    assert mended.status == 200
    assert (await Tip.get()).status is TipStatus.ACCEPTED


async def test_front_door_lets_the_words_go_after_thirty_days_and_keeps_number_status_and_deadlines(
    front: Desk,
) -> None:
    world = front.world
    tip = await world.file_tip("只该在平台上的原话", named=True)
    waits = await world.file_tip("还没登记的原话")
    path = f"/tips/{tip.tip_id.hex}"
    page = await registered(front, path)
    await front.send(page.form("/notes"), words="内部的话")
    world.clock.forward(days=30)
    assert await forget_content() == 0
    world.clock.forward(days=1)
    assert await forget_content() == 1
    assert await forget_content() == 0
    row = await Tip.get(id=tip.tip_id)
    assert (row.official_no, row.status) == ("滇云〔2026〕000123", TipStatus.SCREENING)
    assert await Deadline.filter(tip_id=tip.tip_id).exists()
    assert not await Identity.filter(tip_id=tip.tip_id).exists()
    assert not await Message.filter(tip_id=tip.tip_id).exists()
    assert not await Attachment.filter(tip_id=tip.tip_id).exists()
    thread = await Thread.open(str(tip.code), who="x")
    assert await thread.status() is TipStatus.SCREENING
    assert await thread.story() == []
    await front.log_in("shouli")
    page = await front.get(path)
    assert "这里不再保存" in page.html
    assert "只该在平台上的原话" not in page.html
    assert "还没登记的原话" in (await front.get(f"/tips/{waits.tip_id.hex}")).html


async def test_front_door_forgets_what_was_said_beside_the_thread_and_takes_no_name_afterwards(front: Desk) -> None:
    world = front.world
    tip = await world.file_tip(named=False)
    path = f"/tips/{tip.tip_id.hex}"
    thread = await Thread.open(str(tip.code), who="x")
    await protection.ask(thread, "他就住我隔壁")
    await oversight.give_reason(await world.actor("xianshuji"), tip.tip_id, "看看进度")
    county = world.units["云岭县"].id
    await propose_hand_over(await world.actor("chengban"), tip.tip_id, to=county, keep=True, reason="涉及两个镇")
    await registered(front, path)
    world.clock.forward(days=31)
    await forget_content()
    assert not await Protection.exists()
    assert not await Access.filter(afraid=True).exists()
    assert not await Reading.exists()
    assert (await Proposal.get()).reason is None
    assert not await can_give_name(thread)
    with pytest.raises(Conflict) as refused:
        await give_name(thread, name="欧阳㛃", reach="13000000000", safe="晚上")
    assert refused.value.key == "naming.not_any_more"
    await protection.ask(thread, "又来了")  # what is said later is kept for as long
    world.clock.forward(days=30)
    await forget_content()
    assert await Protection.exists()
    world.clock.forward(days=1)
    await forget_content()
    assert not await Protection.exists()


async def test_full_mode_offers_casework_and_no_platform(world: World) -> None:
    tip = await world.file_tip()
    async with Desk.at(world) as desk:
        await desk.log_in("shouli")
        page = await desk.send((await desk.get(f"/tips/{tip.tip_id.hex}")).form("/registration"), official_no="x")
        assert page.has_form("/acceptance")
        assert not page.has_form("/platform-status")
        assert re.search(r"石桥镇〔2026〕\d{4}号", page.html)
        forged = await desk.post(
            f"/tips/{tip.tip_id.hex}/platform-status",
            {"token": page.form("/acceptance").fields["token"], "platform": "accepted", "platform_day": "2026-11-23"},
        )
        assert forged.status == 403


async def test_chat_only_the_site_takes_no_tip_and_still_shows_how_things_stand(world: World) -> None:
    tip = await world.file_tip()
    async with Visitor.at(world) as visitor:
        open_form = await visitor.get("/")
        secret = open_form.form("/report").fields
        enter(replace(house(), tip_entry=TipEntry.CHAT))
        page = await visitor.get("/")
        assert not page.has_form("/report")
        assert "请在 Telegram 里反映" not in page.html
        visitor.says("反映请在 Telegram 里说")
        refused = await visitor.post("/report", secret)
        assert refused.status == 403
        await visitor.get("/track")
        await visitor.press("/track", code=str(tip.code))
        visitor.says("已收到")


async def test_chat_only_the_bot_shows_no_way_to_a_form(phone: Phone) -> None:
    enter(replace(house(), tip_entry=TipEntry.CHAT, form_url="https://qingfeng.example"))
    phone.person.starts("")
    await phone.person.hears("不留名")
    assert "开始反映" in seen(phone)
    assert "qingfeng.example" not in seen(phone)
    assert "用网页" not in seen(phone)


async def test_form_only_the_bot_takes_no_words_at_all(phone: Phone) -> None:
    code = await phone.files()
    enter(replace(house(), tip_entry=TipEntry.FORM, form_url="https://qingfeng.example"))
    before = await Message.all().count()
    await phone.does("补贴的事我还没说完", f"/track {code}", "这句也不该收下")
    await phone.does("[补充材料]", "这句还是不该收下")
    assert await Message.all().count() == before
    assert await Tip.all().count() == 1
    assert seen(phone).count("补充请到网页上写") == 3  # one answer for each try
    [draft] = await Draft.all()
    assert not draft.unlock().adding.parts
    assert not draft.telling.parts


async def test_both_doors_are_open_by_default(phone: Phone, world: World) -> None:
    await phone.files()
    async with Visitor.at(world) as visitor:
        await visitor.files_tip()
    assert await Tip.all().count() == 2
