"""待我批: each sees what he may decide, decides it with his own keys, and nobody else learns that it is there."""

import re

import pytest

from models.access import Access
from models.audit import Act, Audit
from models.db import transaction
from models.handover import propose_hand_over
from models.proposal import Proposal
from models.reset import propose_reset
from models.roles import propose_role
from models.staff import Staff
from models.terms import ProposalKind, ProposalState, RingPurpose, Role
from tests.admin.client import Desk, Page
from tests.models.staging import full_tip
from tests.world import PASSWORD, World

WHY = "涉及两个镇，请柳河镇接办。"


async def asked(world: World, *, by: str = "chengban", keep: bool = False) -> Proposal:
    scene = await full_tip(world)
    liu = world.units["柳河镇"].id
    return await propose_hand_over(await world.actor(by), scene.tip_id, to=liu, keep=keep, reason=WHY)


async def approve(desk: Desk, page: Page, login: str, **typed: str) -> Page:
    proof = {"password": PASSWORD, "code": desk.world.fresh_code(login), **typed}
    return await desk.send(page.form("/approval"), **proof)


async def test_the_secretary_approves_in_three_taps_and_a_proof(desk: Desk) -> None:
    proposal = await asked(desk.world)
    await desk.log_in("shuji")
    listed = await desk.get("/approvals")  # 1
    assert re.search(r'href="/approvals"[^>]*>待我批 <b class="waits">1</b>', listed.html)
    assert WHY not in listed.html
    card = await desk.get(f"/approvals/{proposal.id.hex}")  # 2
    for word in ("移交给别的单位", "王承办", "石桥镇纪委", "柳河镇纪委", WHY, "反映粮仓出租未公开。", "不再看到"):
        assert word in card.html
    done = await approve(desk, card, "shuji")  # 3
    assert done.path == "/approvals?done=approved"
    assert (await Proposal.get(id=proposal.id)).decided_by_id == desk.world.staff["shuji"].id
    assert await Access.exists(tip_id=proposal.object_id, unit_id=desk.world.units["柳河镇"].id)
    assert 'class="waits"' not in done.html


@pytest.mark.parametrize("proof", [{"password": "not it"}, {"code": "000000"}, {"password": "", "code": ""}])
async def test_without_the_proof_nothing_happens_and_the_card_says_so(desk: Desk, proof: dict[str, str]) -> None:
    proposal = await asked(desk.world)
    await desk.log_in("shuji")
    refused = await approve(desk, await desk.get(f"/approvals/{proposal.id.hex}"), "shuji", **proof)
    assert refused.status == 422
    assert 'role="alert"' in refused.html
    assert refused.form("/approval").fields["password"] == ""
    assert (await Proposal.get(id=proposal.id)).state is ProposalState.OPEN


async def test_a_code_that_opened_the_session_proves_nothing_again(desk: Desk) -> None:
    proposal = await asked(desk.world)
    await desk.log_in("shuji")
    card = await desk.get(f"/approvals/{proposal.id.hex}")
    again = await desk.send(card.form("/approval"), password=PASSWORD, code=desk.world.code("shuji"))
    assert again.status == 422
    assert (await Proposal.get(id=proposal.id)).state is ProposalState.OPEN


async def test_declined_it_is_over_and_its_author_reads_that(desk: Desk) -> None:
    proposal = await asked(desk.world)
    await desk.log_in("fushuji")
    card = await desk.get(f"/approvals/{proposal.id.hex}")
    assert "不同意" in (await desk.send(card.form("/refusal"))).html
    late = await approve(desk, card, "fushuji")
    assert late.status == 409
    await desk.log_out()
    await desk.log_in("chengban")
    assert "不同意" in (await desk.get("/approvals")).html
    assert not (await desk.get(f"/approvals/{proposal.id.hex}")).has_form("/retraction")


async def test_the_author_takes_it_back_and_cannot_approve_it_himself(desk: Desk) -> None:
    proposal = await asked(desk.world, by="fushuji")
    await desk.log_in("fushuji")
    page = await desk.get(f"/approvals/{proposal.id.hex}")
    assert not page.has_form("/approval")
    assert WHY in page.html
    token = page.form("/retraction").fields["token"]
    forced = await desk.post(f"/approvals/{proposal.id.hex}/approval", {"token": token})
    assert forced.status == 403
    gone = await desk.send(page.form("/retraction"))
    assert "已撤回" in gone.html
    assert (await Proposal.get(id=proposal.id)).state is ProposalState.RECALLED
    assert await Audit.exists(act=Act.TAKEN_BACK, object_id=proposal.object_id)
    assert (await desk.send(page.form("/retraction"))).status == 409
    await desk.log_out()
    await desk.log_in("shuji")
    assert 'class="waits"' not in (await desk.get("/approvals")).html


async def test_who_decides_it_can_decline_it_but_not_take_it_back_for_its_author(desk: Desk) -> None:
    proposal = await asked(desk.world)
    await desk.log_in("shuji")
    page = await desk.get(f"/approvals/{proposal.id.hex}")
    assert not page.has_form("/retraction")
    token = page.form("/approval").fields["token"]
    assert (await desk.post(f"/approvals/{proposal.id.hex}/retraction", {"token": token})).status == 404
    assert (await Proposal.get(id=proposal.id)).state is ProposalState.OPEN


async def test_whoever_neither_decides_nor_proposed_finds_nothing(desk: Desk) -> None:
    proposal = await asked(desk.world)
    for login in ("shouli", "liushuji", "xianshuji", "baoguan", "anquan", "xitong", "shenji"):
        page = await desk.log_in(login)
        assert "待我批 <b" not in page.html
        assert proposal.id.hex not in (await desk.get("/approvals")).html
        path = f"/approvals/{proposal.id.hex}"
        absent = "/approvals/" + "00" * 16
        token = (await desk.get("/account")).form("/logout").fields["token"]
        assert (await desk.get(path)).status == (await desk.get(absent)).status == 404
        for act in ("approval", "refusal", "retraction"):
            answers = [await desk.post(f"{one}/{act}", {"token": token}) for one in (path, absent)]
            assert {answer.status for answer in answers} == {404}, (login, act)
        await desk.log_out()
    assert (await Proposal.get(id=proposal.id)).state is ProposalState.OPEN


async def test_a_head_without_keys_is_not_shown_what_he_could_not_carry_out(desk: Desk) -> None:
    await desk.world.enrol("xinfu", unit="石桥镇", role=Role.DEPUTY)
    proposal = await asked(desk.world)
    await desk.log_in("xinfu")
    assert proposal.id.hex not in (await desk.get("/approvals")).html


async def test_what_nobody_here_can_decide_waits_at_the_superior_with_the_matter_open_to_him(desk: Desk) -> None:
    world = desk.world
    scene = await full_tip(world, village="上湾村", desk="liuban")
    to = world.units["石桥镇"].id
    proposal = await propose_hand_over(await world.actor("liushuji"), scene.tip_id, to=to, keep=True, reason=WHY)
    await desk.log_in("xianshuji")
    card = await desk.get(f"/approvals/{proposal.id.hex}")
    assert WHY in card.html
    assert f"/oversight/{scene.tip_id.hex}" in card.html
    assert "粮仓的租金" in (await desk.get(f"/oversight/{scene.tip_id.hex}")).html  # escalated: no reason is asked for
    assert (await approve(desk, card, "xianshuji")).path == "/approvals?done=approved"
    assert await Access.exists(tip_id=scene.tip_id, unit_id=to, purpose=RingPurpose.CASE)


async def test_a_reset_shows_its_code_once_to_the_security_administrator(desk: Desk) -> None:
    world = desk.world
    proposal = await propose_reset(await world.actor("shuji"), world.staff["chengban"])
    await desk.log_in("anquan")
    card = await desk.get(f"/approvals/{proposal.id.hex}")
    assert "王承办" in card.html
    done = await approve(desk, card, "anquan")
    code = re.search(r'id="reset-code"[^>]*>([0-9a-f]{20})<', done.html)
    assert code
    again = await desk.get(f"/approvals/{proposal.id.hex}")
    assert code[1] not in again.html
    assert not again.has_form("/approval")


async def test_a_new_role_is_approved_without_a_proof_but_never_by_whom_it_concerns(desk: Desk) -> None:
    world = desk.world
    second = await world.enrol("anquan2", unit="云岭县", role=Role.SECURITY_ADMIN)
    proposal = await propose_role(await world.actor("shuji"), world.staff["shouli"], Role.HANDLER)
    async with transaction():
        await Proposal.filter(id=proposal.id).update(about_id=second.id)
    await desk.log_in("anquan2")
    assert (await desk.get(f"/approvals/{proposal.id.hex}")).status == 404
    assert proposal.id.hex not in (await desk.get("/approvals")).html
    await desk.log_out()
    await desk.log_in("anquan")
    card = await desk.get(f"/approvals/{proposal.id.hex}")
    assert "承办人" in card.html
    assert "password" not in card.form("/approval").fields
    await desk.send(card.form("/approval"))
    assert (await Staff.get(login="shouli")).role is Role.HANDLER


async def test_an_expired_one_says_so_and_counts_for_nothing(desk: Desk) -> None:
    proposal = await asked(desk.world)
    desk.world.clock.forward(days=7)
    await desk.log_in("shuji")
    assert 'class="waits"' not in (await desk.get("/approvals")).html
    card = await desk.get(f"/approvals/{proposal.id.hex}")
    assert "已过期" in card.html
    assert not card.has_form("/approval")


def test_every_kind_has_a_card() -> None:
    from admin.proposal_cards import _TELLERS

    assert set(_TELLERS) == set(ProposalKind)
