"""Who the reporter is: asked with a reason, read for minutes under a watermark, then gone."""

import re
from uuid import UUID

from models.audit import Act, Audit
from models.draft import Telling
from models.handover import propose_hand_over
from models.matter import Matter
from models.proposal import Proposal
from models.receipt import Identity
from models.ring import Ring, open_custody
from models.terms import Channel, Role
from models.tip import Tip
from tests.admin.client import Desk, Page
from tests.models.staging import NAME, STORY, approved, named, telling
from tests.world import PASSWORD, World

WHY = "要当面取合同原件。"
NOTE = "只发消息，别打电话，别找家里"


async def careful_tip(world: World, *, care: bool = False) -> UUID:
    """A named tip with a safe-contact note."""
    told: Telling = named(telling(world, STORY))
    told.safe, told.care = NOTE, care
    return (await Tip.file(told, channel=Channel.WEB)).tip_id


async def asked(desk: Desk, tip_id: UUID, *, by: str = "chengban") -> Proposal:
    """Through the page."""
    await desk.log_in(by)
    page = await desk.send((await desk.get(f"/tips/{tip_id.hex}")).form("/identity"), reason=WHY)
    assert "已交身份保管员" in page.html
    assert "王承办已申请：查看反映人身份" in page.html or by != "chengban"
    await desk.log_out()
    return (await Proposal.filter(object_id=tip_id).order_by("-made_at"))[0]


async def agreed(desk: Desk, proposal: Proposal, *, by: str = "baoguan") -> Page:
    await desk.log_in(by)
    card = await desk.get(f"/approvals/{proposal.id.hex}")
    done = await desk.send(card.form("/approval"), password=PASSWORD, code=desk.world.fresh_code(by))
    assert done.path == "/approvals?done=approved", done.html
    await desk.log_out()
    return card


async def test_the_custodian_reads_the_reason_and_nothing_of_the_matter(desk: Desk) -> None:
    tip_id = await careful_tip(desk.world)
    proposal = await asked(desk, tip_id)
    card = await agreed(desk, proposal)
    assert WHY in card.html
    for hidden in (NAME, NOTE, STORY, tip_id.hex, "清水村"):
        assert hidden not in card.html
    await desk.log_in("baoguan")
    for page in ("tips", f"tips/{tip_id.hex}", "oversight", f"oversight/{tip_id.hex}", f"reveals/{proposal.id.hex}"):
        path = f"/{page}"
        assert (await desk.get(path)).status == 403, path


async def test_the_note_comes_first_then_the_name_under_the_readers_watermark(desk: Desk) -> None:
    proposal = await asked(desk, await careful_tip(desk.world))
    await agreed(desk, proposal)
    today = await desk.log_in("chengban")
    assert f"/reveals/{proposal.id.hex}" in today.html
    note = await desk.get(f"/reveals/{proposal.id.hex}")
    assert NOTE in note.html
    assert NAME not in note.html
    assert not await Audit.exists(act=Act.IDENTITY_READ)
    name = await desk.send(note.form("/reading"))
    for word in (NAME, "傍晚打电话", NOTE):
        assert word in name.html
    assert name.html.index(NOTE) < name.html.index(NAME)
    mark = re.search(r"<span>(王承办 chengban 2026-11-23 [\d:]{8})</span>", name.html)
    assert mark
    assert name.html.count(mark[1]) > 30
    assert await Audit.filter(act=Act.IDENTITY_READ, object_id=proposal.object_id).count() == 1
    for page in (note, name):
        assert page.headers["Cache-Control"] == "no-store"
        seconds, _, where = page.headers["Refresh"].partition("; url=")
        assert 0 < int(seconds) <= 15 * 60 + 1
        assert where == f"/reveals/{proposal.id.hex}"


async def test_after_a_quarter_of_an_hour_it_is_gone_and_the_page_says_so(desk: Desk) -> None:
    proposal = await asked(desk, await careful_tip(desk.world))
    await agreed(desk, proposal)
    await desk.log_in("chengban")
    note = await desk.get(f"/reveals/{proposal.id.hex}")
    desk.world.clock.forward(minutes=15)
    for page in (await desk.get(note.path), await desk.send(note.form("/reading"))):
        assert page.status == 404
        assert "时间到了" in page.html
        assert NAME not in page.html
        assert NOTE not in page.html
    assert not await Audit.exists(act=Act.IDENTITY_READ)


async def test_a_name_is_never_behind_an_address(desk: Desk) -> None:
    """A look back or a shared link finds the note at most, and others find what a guesser finds."""
    tip_id = await careful_tip(desk.world)
    proposal = await asked(desk, tip_id)
    await agreed(desk, proposal)
    path = f"/reveals/{proposal.id.hex}"
    await desk.log_in("chengban")
    assert (await desk.get(f"{path}/reading")).status == 405
    assert NAME not in (await desk.get(f"/tips/{tip_id.hex}")).html
    await desk.log_out()
    for login in ("shuji", "liuban", "xianshuji", "xianban"):
        today = await desk.log_in(login)
        token = (await desk.get("/account")).form("/logout").fields["token"]
        answers = [await desk.get(one) for one in (path, "/reveals/" + "00" * 16)]
        answers += [await desk.post(f"{one}/reading", {"token": token}) for one in (path, "/reveals/" + "00" * 16)]
        assert {answer.status for answer in answers} == {404}
        assert all("这里没有可看的" in answer.html and NAME not in answer.html for answer in answers)
        assert proposal.id.hex not in today.html
        await desk.log_out()
    assert not await Audit.exists(act=Act.IDENTITY_READ)


async def test_who_may_not_ask_is_offered_nothing_and_refused(desk: Desk) -> None:
    tip_id, anonymous = await careful_tip(desk.world), (await desk.world.file_tip(village="白杨村")).tip_id
    path = f"/tips/{tip_id.hex}"
    for login in ("shouli", "fushuji"):
        await desk.log_in(login)
        page = await desk.get(path)
        assert not page.has_form("/identity")
        token = page.form("/logout").fields["token"]
        assert (await desk.post(f"{path}/identity", {"token": token, "reason": WHY})).status == 403
        await desk.log_out()
    await desk.log_in("shuji")
    page = await desk.get(path)
    empty = await desk.send(page.form("/identity"), reason="  ")
    assert empty.status == 422
    long = await desk.send(page.form("/identity"), reason="字" * 501)
    assert long.form("/identity").fields["reason"] == "字" * 501
    assert not (await desk.get(f"/tips/{anonymous.hex}")).has_form("/identity")
    assert not await Proposal.exists()


async def test_declined_nothing_can_be_read_and_it_can_be_asked_anew(desk: Desk) -> None:
    tip_id = await careful_tip(desk.world)
    proposal = await asked(desk, tip_id)
    await desk.log_in("baoguan")
    await desk.send((await desk.get(f"/approvals/{proposal.id.hex}")).form("/refusal"))
    await desk.log_out()
    await desk.log_in("chengban")
    assert (await desk.get(f"/reveals/{proposal.id.hex}")).status == 404
    assert (await desk.get(f"/tips/{tip_id.hex}")).has_form("/identity")


async def test_who_has_the_matter_no_more_is_shown_nothing_even_if_it_was_agreed(desk: Desk) -> None:
    world, tip_id = desk.world, await careful_tip(desk.world)
    first = await asked(desk, tip_id)
    await agreed(desk, first)
    await (await Matter.open(await world.actor("shuji"), tip_id)).seal_upward()
    await desk.log_in("chengban")
    assert (await desk.get(f"/reveals/{first.id.hex}")).status == 404
    assert first.id.hex not in (await desk.get("/")).html


async def county_has_it(world: World, *, care: bool = False) -> UUID:
    """石桥镇 keeps its identities itself and has handed the matter to the county, reading on."""
    keeper = await world.enrol("zhenguan", unit="石桥镇", role=Role.CUSTODIAN)
    await open_custody(world.units["石桥镇"], custodian=keeper, fingerprint=keeper.fingerprint(), by_id=None)
    tip_id = await careful_tip(world, care=care)
    chengban, county = await world.actor("chengban"), world.units["云岭县"].id
    proposal = await propose_hand_over(chengban, tip_id, to=county, keep=True, reason="涉及两个镇", care_seen=care)
    await approved(await world.actor("shuji"), proposal.id)
    return tip_id


async def test_the_identity_moves_to_the_other_custodian_only_when_its_keeper_agrees(desk: Desk) -> None:
    world = desk.world
    tip_id = await county_has_it(world)
    await desk.log_in("xianban")
    page = await desk.get(f"/tips/{tip_id.hex}")
    form = page.form("/identity/move")
    assert form.fields["unit"] == world.units["云岭县"].id.hex
    assert "已交身份保管员" in (await desk.send(form, reason="县里要约见")).html
    await desk.log_out()
    [proposal] = await Proposal.filter(object_id=tip_id, kind="move_identity")
    card = await agreed(desk, proposal, by="zhenguan")
    assert "云岭县纪委监委" in card.html
    assert NAME not in card.html
    ring = await Ring.get(id=(await Identity.get(tip_id=tip_id)).custody_ring_id)
    assert ring.unit_id == world.units["云岭县"].id
    await agreed(desk, await asked(desk, tip_id, by="xianban"))
    await desk.log_in("xianban")
    assert not (await desk.get(f"/tips/{tip_id.hex}")).has_form("/identity/move")
    [reveal] = await Proposal.filter(object_id=tip_id, kind="reveal")
    assert NAME in (await desk.send((await desk.get(f"/reveals/{reveal.id.hex}")).form("/reading"))).html


async def test_only_i_know_this_is_confirmed_before_the_identity_leaves(desk: Desk) -> None:
    tip_id = await county_has_it(desk.world, care=True)
    await desk.log_in("xianban")
    form = (await desk.get(f"/tips/{tip_id.hex}")).form("/identity/move")
    refused = await desk.send(form, reason="县里要约见")
    assert refused.status == 422
    assert "请先勾选" in refused.html
    assert refused.form("/identity/move").fields["reason"] == "县里要约见"
    assert (await desk.send(form, reason="县里要约见", care="yes")).status == 200
