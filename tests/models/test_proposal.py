"""Four eyes: who proposes does not approve, who approves does it with his own keys, once, in time."""

import asyncio
from datetime import timedelta

import pytest

from models.access import Access
from models.audit import Act, Audit
from models.db import transaction
from models.deputy import deputise
from models.deputy import end as end_deputy
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.handover import propose_hand_over, reason_of
from models.kinds import KINDS
from models.matter import Matter
from models.pending import waiting_for
from models.policy import ROLES, Action, may
from models.proposal import Proposal, approve, decline, expire
from models.removal import remove
from models.ring import Grant
from models.roles import propose_role
from models.session import log_in, opened
from models.staff import Staff
from models.terms import ProposalKind, ProposalState, RingPurpose, Role
from tests.models.burglar import Burglar, take
from tests.models.staging import STORY, approved
from tests.world import PASSWORD, World


async def asked(world: World, *, by: str = "chengban", keep: bool = True) -> Proposal:
    filed = await world.file_tip(STORY)
    county = world.units["云岭县"].id
    return await propose_hand_over(await world.actor(by), filed.tip_id, to=county, keep=keep, reason="涉及两个镇")


async def test_another_approves_and_nobody_twice(world: World) -> None:
    proposal = await asked(world)
    assert [one.id for one in await waiting_for(await world.actor("shuji"))] == [proposal.id]
    await approved(await world.actor("shuji"), proposal.id)
    done = await Proposal.get(id=proposal.id)
    assert (done.state, done.decided_by_id) == (ProposalState.APPROVED, world.staff["shuji"].id)
    for act in (approve, decline):
        with pytest.raises(Conflict):
            await act(await world.actor("fushuji"), proposal.id)
    acts = [entry.act for entry in await Audit.filter(object_id=proposal.object_id).order_by("id")]
    assert acts[-4:] == [Act.PROPOSED, Act.APPROVED, Act.HANDED_OVER, Act.TAKEN_OVER]


async def test_two_approvers_at_once_have_one_effect(world: World) -> None:
    proposal = await asked(world)
    actors = [await world.actor(login) for login in ("shuji", "fushuji")]
    done = await asyncio.gather(*(approved(one, proposal.id) for one in actors), return_exceptions=True)
    assert sum(isinstance(one, Access) for one in done) == 1
    assert sum(isinstance(one, Conflict) for one in done) == 1
    assert await Access.filter(tip_id=proposal.object_id, purpose=RingPurpose.CASE).count() == 2


async def test_the_proposer_does_not_approve_nor_does_a_stranger_or_an_unfit_role(world: World) -> None:
    proposal = await asked(world, by="shuji")
    with pytest.raises(Forbidden):
        await approved(await world.actor("shuji"), proposal.id)
    assert await waiting_for(await world.actor("shuji")) == []
    for login in ("chengban", "liushuji", "xianshuji", "anquan", "baoguan"):
        with pytest.raises(NotFound):
            await approved(await world.actor(login), proposal.id)
    await approved(await world.actor("fushuji"), proposal.id)


async def test_whom_it_concerns_does_not_decide(world: World) -> None:
    await world.enrol("erguan", unit="云岭县", role=Role.SECURITY_ADMIN)
    proposal = await propose_role(await world.actor("shuji"), world.staff["chengban"], Role.REGISTRAR)
    await approved(await world.actor("anquan"), proposal.id)
    assert (await Staff.get(login="chengban")).role is Role.REGISTRAR
    async with transaction():
        await Proposal.filter(id=proposal.id).update(state=ProposalState.OPEN, about_id=world.staff["anquan"].id)
    with pytest.raises(Forbidden):
        await approved(await world.actor("anquan"), proposal.id)


async def test_declined_and_expired_proposals_have_no_effect_and_can_be_made_again(world: World) -> None:
    proposal = await asked(world)
    with pytest.raises(Conflict):
        await propose_hand_over(
            await world.actor("shouli"), proposal.object_id, to=world.units["云岭县"].id, keep=True, reason="同上"
        )
    await decline(await world.actor("shuji"), proposal.id)
    again = await propose_hand_over(
        await world.actor("shouli"), proposal.object_id, to=world.units["云岭县"].id, keep=True, reason="同上"
    )
    world.clock.forward(days=7)
    with pytest.raises(Conflict):
        await approved(await world.actor("shuji"), again.id)
    assert await waiting_for(await world.actor("shuji")) == []
    assert await expire() == 1
    assert (await Proposal.get(id=again.id)).state is ProposalState.EXPIRED
    assert await Access.filter(tip_id=proposal.object_id, purpose=RingPurpose.CASE).count() == 1


async def test_an_approval_nobody_unconcerned_can_give_goes_to_the_superior_at_once(world: World) -> None:
    filed = await world.file_tip(village="上湾村")
    proposal = await propose_hand_over(
        await world.actor("liushuji"), filed.tip_id, to=world.units["石桥镇"].id, keep=True, reason="涉及两个镇"
    )
    assert proposal.unit_id == world.units["云岭县"].id  # 柳河镇 has one head, who proposed it himself
    with pytest.raises(NotFound):
        await approved(await world.actor("liushuji"), proposal.id)
    row = await approved(await world.actor("xianshuji"), proposal.id)  # through the oversight row
    assert await row.open_tip(await world.actor("shouli"))


async def test_where_nobody_at_all_can_decide_nothing_is_proposed(world: World) -> None:
    filed = await world.file_tip(village="上湾村")
    async with transaction():
        await Staff.filter(login="xianshuji").update(active=False)
    with pytest.raises(Conflict):
        await propose_hand_over(
            await world.actor("liushuji"), filed.tip_id, to=world.units["石桥镇"].id, keep=True, reason="涉及两个镇"
        )
    assert not await Proposal.exists()


async def test_a_proposal_holds_no_secret_and_its_reason_only_deciders_read(world: World) -> None:
    proposal = await asked(world)
    stored = repr([row.columns for row in await take("proposal", "audit")])
    assert "涉及两个镇" not in stored
    assert not Burglar(await take(), {(await world.actor("liuban"))._secret}).work().read("涉及两个镇")
    assert await reason_of(await world.actor("shuji"), proposal) == "涉及两个镇"


async def test_what_is_sealed_upward_leaves_no_proposal_behind(world: World) -> None:
    proposal = await asked(world)
    await (await Matter.open(await world.actor("shuji"), proposal.object_id)).seal_upward()
    assert not await Proposal.exists()
    assert not await Audit.exists(object_id=proposal.object_id, seen_by_id=world.units["石桥镇"].id)


async def test_a_changed_role_loses_the_keys_it_may_not_hold(world: World) -> None:
    await world.enrol("fuxian", unit="云岭县", role=Role.DEPUTY)
    await world.appoint("fuxian", by="xianshuji")
    assert await Grant.filter(staff_id=world.staff["fuxian"].id).count() == 2
    proposal = await propose_role(await world.actor("xianshuji"), world.staff["fuxian"], Role.HANDLER)
    await approved(await world.actor("anquan"), proposal.id)
    [grant] = await Grant.filter(staff_id=world.staff["fuxian"].id).select_related("ring")
    assert grant.ring.purpose is RingPurpose.CASE
    for role in (Role.SYSTEM_ADMIN, Role.ZONE_HEAD, Role.HANDLER):
        with pytest.raises(Invalid):
            await propose_role(await world.actor("xianshuji"), await Staff.get(login="fuxian"), role)


async def test_a_deputy_decides_on_his_days_only(world: World) -> None:
    today = world.clock.at.date()
    row = await deputise(
        await world.actor("shuji"),
        world.staff["chengban"],
        stands_in_for=world.staff["shuji"],
        first_on=today + timedelta(days=1),
        last_on=today + timedelta(days=2),
    )
    proposal = await asked(world, by="shouli")

    async def standing() -> bool:
        cookie = (await log_in(login="chengban", password=PASSWORD, code=world.fresh_code("chengban"))).cookie
        session = await opened(cookie)
        assert session is not None
        assert may(session.actor, Action.APPROVE_HAND_OVER) is bool(
            session.actor.roles & ROLES[Action.APPROVE_HAND_OVER]
        )
        return [one.id for one in await waiting_for(session.actor)] == [proposal.id]

    assert not await standing()
    world.clock.forward(days=1)
    assert await standing()
    world.clock.forward(days=1)
    assert await standing()
    world.clock.forward(days=1)
    assert not await standing()
    await end_deputy(await world.actor("shuji"), row.id)
    day = world.clock.at.date()
    shuji, member = world.staff["shuji"], world.staff["chengban"]
    row = await deputise(await world.actor("shuji"), member, stands_in_for=shuji, first_on=day, last_on=day)
    assert await standing()
    await end_deputy(await world.actor("shuji"), row.id)
    assert not await standing()


async def test_who_may_stand_in_for_whom(world: World) -> None:
    today, shuji = world.clock.at.date(), await world.actor("shuji")
    days = {"first_on": today, "last_on": today}
    await world.enrol("zhenguan", unit="石桥镇", role=Role.CUSTODIAN)
    for member, other in (("chengban", "zhenguan"), ("zhenguan", "chengban")):
        with pytest.raises(Forbidden):
            await deputise(shuji, world.staff[member], stands_in_for=world.staff[other], **days)
    with pytest.raises(Forbidden):
        await deputise(shuji, world.staff["liuban"], stands_in_for=world.staff["shuji"], **days)
    with pytest.raises(Invalid):
        await deputise(shuji, world.staff["shouli"], stands_in_for=world.staff["shouli"], **days)
    with pytest.raises(Invalid):
        yesterday = today - timedelta(days=1)
        await deputise(
            shuji, world.staff["shouli"], stands_in_for=world.staff["shuji"], first_on=yesterday, last_on=yesterday
        )
    await deputise(shuji, world.staff["shouli"], stands_in_for=world.staff["shuji"], **days)
    await remove(await world.actor("anquan"), world.staff["shuji"])
    cookie = (await log_in(login="shouli", password=PASSWORD, code=world.fresh_code("shouli"))).cookie
    session = await opened(cookie)
    assert session is not None
    assert session.actor.roles == {Role.REGISTRAR}  # nobody stands in for who is gone


def test_every_kind_is_in_the_table() -> None:
    assert set(KINDS) == set(ProposalKind)
