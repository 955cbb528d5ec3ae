"""移交: another office gets the matter once a second head agrees; it can come back."""

from uuid import UUID

from models.access import Access
from models.draft import Telling
from models.event import Event, Happening
from models.proposal import Proposal
from models.ring import open_unit
from models.terms import Channel, Concerns, RingPurpose, Role, TipStatus, UnitKind
from models.tip import Tip
from models.unit import Unit
from tests.admin.client import Desk, Page
from tests.models.staging import NAME, NOTE, STORY, SUMMARY, full_tip, telling
from tests.world import PASSWORD, World

WHY = "涉及柳河镇的工程队。"


async def proposed(desk: Desk, tip_id: UUID, *, to: str = "柳河镇", by: str = "chengban", **typed: str) -> Page:
    await desk.log_in(by)
    form = (await desk.get(f"/tips/{tip_id.hex}")).form("/hand-over")
    sent = await desk.send(form, to=desk.world.units[to].id.hex, reason=WHY, **typed)
    await desk.log_out()
    return sent


async def agreed(desk: Desk, tip_id: UUID, *, by: str = "shuji") -> None:
    [proposal] = await Proposal.filter(object_id=tip_id, state="open")
    await desk.log_in(by)
    card = await desk.get(f"/approvals/{proposal.id.hex}")
    done = await desk.send(card.form("/approval"), password=PASSWORD, code=desk.world.fresh_code(by))
    assert done.path == "/approvals?done=approved", done.html
    await desk.log_out()


async def page_of(desk: Desk, login: str, tip_id: UUID) -> Page:
    await desk.log_in(login)
    page = await desk.get(f"/tips/{tip_id.hex}")
    await desk.log_out()
    return page


async def with_panel(world: World) -> None:
    """专班: a unit of its own under the county, with its own ring."""
    panel = await Unit.found(parent=world.units["云岭县"], kind=UnitKind.PANEL, name="粮仓专班")
    world.units["粮仓专班"] = panel
    head = await world.enrol("zhuanban", unit="粮仓专班", role=Role.SECRETARY, name="专班长")
    await open_unit(panel, head=head, fingerprint=head.fingerprint(), by_id=world.staff["xianshuji"].id)


async def test_nothing_leaves_before_the_second_head_agrees(desk: Desk) -> None:
    scene = await full_tip(desk.world)
    sent = await proposed(desk, scene.tip_id)
    assert "等另一位负责人同意" in sent.html
    assert "王承办已申请：移交给别的单位" in sent.html
    assert not sent.has_form("/hand-over")
    assert (await page_of(desk, "liuban", scene.tip_id)).status == 404


async def test_without_keeping_the_sender_sees_nothing_and_the_receiver_all_but_the_identity(desk: Desk) -> None:
    scene = await full_tip(desk.world)
    await proposed(desk, scene.tip_id)
    await agreed(desk, scene.tip_id)
    for login in ("chengban", "shuji", "shouli"):
        assert (await page_of(desk, login, scene.tip_id)).status == 404
        await desk.log_in(login)
        assert scene.tip_id.hex not in (await desk.get("/tips")).html
        await desk.log_out()
    theirs = await page_of(desk, "liuban", scene.tip_id)
    for word in (STORY, NOTE, SUMMARY):
        assert word in theirs.html
    assert NAME not in theirs.html
    assert theirs.has_form("/acceptance")


async def test_who_keeps_it_reads_on_and_acts_no_more_and_it_is_not_counted_as_his(desk: Desk) -> None:
    scene = await full_tip(desk.world)
    await proposed(desk, scene.tip_id, keep="yes")
    await agreed(desk, scene.tip_id)
    page = await page_of(desk, "chengban", scene.tip_id)
    assert STORY in page.html
    assert "这件已移交柳河镇纪委，由它办理" in page.html
    closed = ("registration", "acceptance", "out-of-scope", "replies", "notes", "claim", "hand-over", "identity")
    for act in closed:
        assert not page.has_form(f"/{act}"), act
    await desk.log_in("chengban")
    token = (await desk.get("/account")).form("/logout").fields["token"]
    for act in ("acceptance", "replies", "notes", "out-of-scope", "summary"):
        typed = {"token": token, "words": "x", "summary": "x", "guidance": "x"}
        refused = await desk.post(f"/tips/{scene.tip_id.hex}/{act}", typed)
        assert refused.status in {403, 409}, act
    assert (await Tip.get(id=scene.tip_id)).status is TipStatus.SCREENING
    desk.world.clock.forward(days=40)
    await desk.log_in("chengban")
    assert '<a href="/tips?pick=overdue"><b>0</b>' in (await desk.get("/")).html
    await desk.log_out()
    await desk.log_in("liuban")
    assert '<a href="/tips?pick=overdue"><b>1</b>' in (await desk.get("/")).html


async def test_a_touched_unit_is_never_offered_and_a_forged_choice_is_refused(desk: Desk) -> None:
    world = desk.world
    scene = await full_tip(world, desk="xianban", concerns=Concerns.TOWNSHIP_HEADS)
    await desk.log_in("xianban")
    page = await desk.get(f"/tips/{scene.tip_id.hex}")
    town = world.units["石桥镇"].id.hex
    assert f'<option value="{town}"' not in page.html
    forged = await desk.send(page.form("/hand-over"), to=town, reason=WHY)
    assert forged.status == 422
    assert forged.form("/hand-over").fields["reason"] == WHY
    assert not await Proposal.exists()


async def test_only_i_know_this_is_confirmed_before_it_leaves_and_the_approver_is_told(desk: Desk) -> None:
    told: Telling = telling(desk.world, STORY)
    told.care = True
    tip_id = (await Tip.file(told, channel=Channel.WEB)).tip_id
    refused = await proposed(desk, tip_id)
    assert refused.status == 422
    assert "请先勾选" in refused.html
    assert not await Proposal.exists()
    await proposed(desk, tip_id, care="yes")
    [proposal] = await Proposal.filter(object_id=tip_id)
    await desk.log_in("shuji")
    assert "有些事只有他知道" in (await desk.get(f"/approvals/{proposal.id.hex}")).html


async def test_it_is_taken_back_by_the_giver_after_a_sure(desk: Desk) -> None:
    scene = await full_tip(desk.world)
    await proposed(desk, scene.tip_id, keep="yes")
    await agreed(desk, scene.tip_id)
    assert not (await page_of(desk, "chengban", scene.tip_id)).has_form("/withdrawal")  # heads only
    assert not (await page_of(desk, "liushuji", scene.tip_id)).has_form("/withdrawal")
    await desk.log_in("shuji")
    form = (await desk.get(f"/tips/{scene.tip_id.hex}")).form("/withdrawal")
    assert "请先勾选" in (await desk.send(form)).html
    back = await desk.send(form, sure="yes")
    assert "已收回" in back.html
    assert back.has_form("/acceptance")
    await desk.log_out()
    assert (await page_of(desk, "liuban", scene.tip_id)).status == 404


async def test_what_was_handed_over_can_be_handed_back(desk: Desk) -> None:
    scene = await full_tip(desk.world)
    await proposed(desk, scene.tip_id, keep="yes", to="云岭县")
    await agreed(desk, scene.tip_id)
    await proposed(desk, scene.tip_id, to="石桥镇", by="xianban")
    await agreed(desk, scene.tip_id, by="xianshuji")
    assert (await page_of(desk, "chengban", scene.tip_id)).has_form("/acceptance")
    assert (await page_of(desk, "xianban", scene.tip_id)).status == 404


async def test_a_panel_is_where_the_county_head_reads_no_more(desk: Desk) -> None:
    """keys.md 3.12: where recusal must bind a key holder, a panel has its own ring."""
    world = desk.world
    await with_panel(world)
    scene = await full_tip(world)
    await proposed(desk, scene.tip_id, to="云岭县")
    await agreed(desk, scene.tip_id)
    assert await Access.exists(tip_id=scene.tip_id, unit_id=world.units["云岭县"].id, purpose=RingPurpose.OVERSIGHT)
    await world.enrol("fuxian", unit="云岭县", role=Role.DEPUTY)
    await world.appoint("fuxian", by="xianshuji")
    await desk.log_in("xianban")
    assert "粮仓专班 · 专班" in (await desk.get(f"/tips/{scene.tip_id.hex}")).html
    await desk.log_out()
    await proposed(desk, scene.tip_id, to="粮仓专班", by="xianban")
    await agreed(desk, scene.tip_id, by="fuxian")
    assert STORY in (await page_of(desk, "zhuanban", scene.tip_id)).html
    for login in ("xianshuji", "fuxian", "xianban"):
        await desk.log_in(login)
        for path in (f"/tips/{scene.tip_id.hex}", f"/oversight/{scene.tip_id.hex}"):
            assert (await desk.get(path)).status in {403, 404}, (login, path)
        await desk.log_out()
    assert await Access.filter(tip_id=scene.tip_id).values_list("unit_id", flat=True) == [world.units["粮仓专班"].id]


async def test_what_a_unit_asked_for_is_void_once_it_has_the_matter_no_more(desk: Desk) -> None:
    scene = await full_tip(desk.world)
    await proposed(desk, scene.tip_id, keep="yes")
    await agreed(desk, scene.tip_id)
    await desk.log_in("liuban")
    await desk.send((await desk.get(f"/tips/{scene.tip_id.hex}")).form("/identity"), reason="要核实")
    await desk.log_out()
    [asked] = await Proposal.filter(kind="reveal")
    await desk.log_in("shuji")
    await desk.send((await desk.get(f"/tips/{scene.tip_id.hex}")).form("/withdrawal"), sure="yes")
    await desk.log_out()
    await desk.log_in("baoguan")
    assert asked.id.hex not in (await desk.get("/approvals")).html
    assert not (await desk.get(f"/approvals/{asked.id.hex}")).has_form("/approval")
    assert (await Proposal.get(id=asked.id)).filed is None


async def test_a_third_unit_learns_of_none_of_it(desk: Desk) -> None:
    scene = await full_tip(desk.world, desk="liuban", village="上湾村")
    before = [page.html for page in [await overview(desk, "shouli")]]
    await proposed(desk, scene.tip_id, to="云岭县", by="liuban", keep="yes")
    await agreed(desk, scene.tip_id, by="liushuji")
    assert [page.html for page in [await overview(desk, "shouli")]] == before
    assert await Event.exists(happening=Happening.HANDED_OVER)


async def overview(desk: Desk, login: str) -> Page:
    """收件 as this member sees it, without what changes with each request."""
    await desk.log_in(login)
    page = await desk.get("/tips")
    token = page.form("/logout").fields["token"]
    page.html = page.html.replace(token, "")
    await desk.log_out()
    return page
