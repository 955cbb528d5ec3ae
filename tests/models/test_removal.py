"""Ending an appointment: at once, without anybody's key, and for good."""

import pytest

from models.access import Access
from models.audit import Act, Audit
from models.db import transaction
from models.deputy import Deputy
from models.erasure import Erased, Gone
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.event import Happening
from models.handover import propose_hand_over
from models.matter import Matter
from models.offices import offices
from models.proposal import Proposal
from models.removal import remove
from models.ring import Grant, Ring
from models.rotation import marked
from models.session import Session, log_in, opened
from models.staff import Invite, Staff
from models.terms import ProposalState, RingPurpose, Role, TipStatus
from tests.models.staging import full_tip
from tests.world import PASSWORD, World


async def test_a_removed_member_has_no_key_no_session_and_no_way_in_on_the_next_request(world: World) -> None:
    filed = await world.file_tip()
    cookie = (await log_in(login="chengban", password=PASSWORD, code=world.fresh_code("chengban"))).cookie
    before = await opened(cookie)
    assert before is not None
    await remove(await world.actor("shuji"), world.staff["chengban"])
    assert await opened(cookie) is None
    assert not await Grant.exists(staff_id=world.staff["chengban"].id)
    assert not await Session.exists(staff_id=world.staff["chengban"].id)
    with pytest.raises(NotFound):  # not even with what his running request still has in hand
        await Matter.open(before.actor, filed.tip_id)
    with pytest.raises(Invalid):
        await log_in(login="chengban", password=PASSWORD, code=world.fresh_code("chengban"))


async def test_his_open_matters_are_in_nobodys_hands_and_the_others_stay(world: World) -> None:
    scene = await full_tip(world)
    await (await Matter.open(await world.actor("shuji"), scene.tip_id)).claim(world.staff["chengban"].id)
    finished = await world.file_tip("另一件", village="白杨村")
    async with transaction():
        await Access.filter(tip_id=finished.tip_id).update(
            assignee_id=world.staff["chengban"].id, status=TipStatus.CONCLUDED
        )
    await remove(await world.actor("shuji"), world.staff["chengban"])
    rows = {row.tip_id: row for row in await Access.filter(purpose=RingPurpose.CASE)}
    assert rows[scene.tip_id].assignee_id is None
    assert rows[finished.tip_id].assignee_id == world.staff["chengban"].id  # who finished it stays on record
    matter = await Matter.open(await world.actor("shuji"), scene.tip_id)
    assert Happening.UNASSIGNED in [event.happening for event in await matter.timeline()]


async def test_it_marks_his_rings_and_tells_the_journal_and_the_audit(world: World) -> None:
    held = set(await Grant.filter(staff_id=world.staff["chengban"].id).values_list("id", flat=True))
    assert await marked(await world.actor("shuji")) == []
    await remove(await world.actor("shuji"), world.staff["chengban"])
    ring = await Ring.get(unit_id=world.units["石桥镇"].id, purpose=RingPurpose.CASE)
    assert [one.id for one in await marked(await world.actor("shuji"))] == [ring.id]
    assert await marked(await world.actor("liushuji")) == []
    journal = {(row.what, row.object_id) for row in await Erased.all()}
    assert journal == {*((Gone.GRANT, grant_id) for grant_id in held), (Gone.PERSON, world.staff["chengban"].id)}
    entry = await Audit.get(act=Act.REMOVED)
    assert (entry.object_id, entry.actor_id) == (world.staff["chengban"].id, world.staff["shuji"].id)


async def test_the_offices_cache_knows_at_once(world: World) -> None:
    assert world.units["柳河镇"].id in (await offices()).case
    for login in ("liuban", "liushuji"):
        await remove(await world.actor("anquan"), await Staff.get(login=login))
    assert world.units["柳河镇"].id not in (await offices()).case
    filed = await world.file_tip(village="上湾村")
    assert filed.handler.id == world.units["云岭县"].id


async def test_what_he_proposed_who_he_stood_in_for_and_whom_he_invited_goes_with_him(world: World) -> None:
    filed = await world.file_tip()
    proposal = await propose_hand_over(
        await world.actor("chengban"), filed.tip_id, to=world.units["云岭县"].id, keep=True, reason="涉及两个镇"
    )
    member = world.staff["chengban"]
    async with transaction():
        today = world.clock.at.date()
        await Deputy.create(staff_id=member.id, for_staff_id=world.staff["fushuji"].id, first_on=today, last_on=today)
    await Invite.issue(unit_id=world.units["石桥镇"].id, role=Role.HANDLER, by=member.id)
    await remove(await world.actor("shuji"), member)
    assert (await Proposal.get(id=proposal.id)).state is ProposalState.EXPIRED
    assert not await Deputy.exists()
    assert not await Invite.exists()


async def test_who_may_remove_whom(world: World) -> None:
    for login, other in (("chengban", "shouli"), ("shuji", "liuban"), ("shenji", "chengban"), ("xianshuji", "liuban")):
        with pytest.raises(Forbidden):
            await remove(await world.actor(login), world.staff[other])
    for login in ("shuji", "anquan"):
        with pytest.raises(Forbidden):
            await remove(await world.actor(login), world.staff[login])
    await remove(await world.actor("anquan"), world.staff["shuji"])
    with pytest.raises(Conflict):
        await remove(await world.actor("anquan"), world.staff["shuji"])


async def test_somebody_who_has_left_is_given_no_key(world: World) -> None:
    newcomer = await world.enrol("xinlai", unit="石桥镇", role=Role.HANDLER)
    await remove(await world.actor("shuji"), newcomer)
    with pytest.raises(Forbidden):
        await world.appoint("xinlai", by="shuji")
    assert not await Grant.exists(staff_id=newcomer.id)
