"""Handing a matter over: the other unit can read it, no touched one ever, and everything counts right."""

import asyncio
import sys
from pathlib import Path

import pytest

from models import desk
from models.access import Access
from models.audit import Act, Audit
from models.db import Database, transaction
from models.deadline import Deadline
from models.errors import Conflict, Corrupt, Forbidden, Invalid, NotFound
from models.event import Happening
from models.handover import propose_hand_over, takers, withdraw
from models.house import house
from models.matter import Matter
from models.proposal import Proposal
from models.ring import Ring
from models.sealing import new_secret, public_of
from models.staff import Staff
from models.terms import Concerns, ProposalState, RingPurpose
from models.tip import Tip
from tests.commands import ROOT
from tests.models.burglar import Burglar, overwrite, take
from tests.models.staging import NAME, NOTE, STORY, SUMMARY, Scene, approved, full_tip
from tests.models.striking import Strike, Struck
from tests.world import World

WHY = "涉及两个镇"


async def asked(world: World, scene: Scene, *, to: str = "柳河镇", keep: bool = False) -> Proposal:
    return await propose_hand_over(
        await world.actor("chengban"), scene.tip_id, to=world.units[to].id, keep=keep, reason=WHY
    )


async def test_the_receiving_desk_has_all_of_it_and_the_sender_nothing(world: World) -> None:
    for number in range(2):
        await world.file_tip(f"柳河镇自己的事{number}", village="上湾村")
    scene = await full_tip(world)
    await approved(await world.actor("shuji"), (await asked(world, scene)).id)
    matter = await Matter.open(await world.actor("liuban"), scene.tip_id)
    assert matter.narrative()["parts"][0]["text"] == STORY
    assert matter.summary() == SUMMARY
    assert NOTE in str([line.parts for line in await matter.thread()])
    assert len(await matter.files()) == 1
    assert matter.access.arrived_no == 3
    assert matter.access.unread
    assert (await desk.inbox(await world.actor("liuban"))).items[0].tip_id == scene.tip_id
    for login in ("chengban", "shuji", "shouli"):
        with pytest.raises(NotFound):
            await Matter.open(await world.actor(login), scene.tip_id)
    thief = Burglar(await take(), {(await world.actor("shuji"))._secret}).work()
    assert not thief.read(STORY)
    assert not Burglar(await take(), {(await world.actor("liuban"))._secret}).work().read(NAME)


async def test_numbers_events_and_deadlines_follow_the_matter(world: World) -> None:
    scene = await full_tip(world)
    before = await Deadline.filter(tip_id=scene.tip_id)
    official = (await Tip.get(id=scene.tip_id)).official_no
    assert official.startswith("石桥镇")
    await approved(await world.actor("shuji"), (await asked(world, scene)).id)
    tip, liu, shi = await Tip.get(id=scene.tip_id), world.units["柳河镇"].id, world.units["石桥镇"].id
    assert tip.unit_id == liu
    assert tip.official_no.startswith("柳河镇")
    after = await Deadline.filter(tip_id=scene.tip_id)
    assert {row.unit_id for row in after} == {liu}
    assert [(row.rule, row.due_on) for row in after] == [(row.rule, row.due_on) for row in before]
    matter = await Matter.open(await world.actor("liuban"), scene.tip_id)
    assert matter.access.due_on == min(row.due_on for row in before)
    assert [event.happening for event in await matter.timeline()] == [Happening.TAKEN_OVER]
    await matter.accept(summary=SUMMARY)
    seen = {(entry.act, entry.seen_by_id) for entry in await Audit.filter(object_id=scene.tip_id)}
    assert {(Act.HANDED_OVER, shi), (Act.TAKEN_OVER, liu)} <= seen


async def test_with_keep_both_read_it_and_it_can_be_withdrawn_by_the_giver_only(world: World) -> None:
    scene = await full_tip(world)
    await approved(await world.actor("shuji"), (await asked(world, scene, keep=True)).id)
    shi, liu = world.units["石桥镇"].id, world.units["柳河镇"].id
    for login in ("chengban", "liuban"):
        assert (await Matter.open(await world.actor(login), scene.tip_id)).narrative()
    assert (await Tip.get(id=scene.tip_id)).official_no.startswith("石桥镇")
    with pytest.raises(Forbidden):
        await withdraw(await world.actor("chengban"), scene.tip_id, liu)
    with pytest.raises(Conflict):
        await withdraw(await world.actor("liushuji"), scene.tip_id, shi)
    with pytest.raises(NotFound):
        await withdraw(await world.actor("shuji"), scene.tip_id, world.units["云岭县"].id)
    await withdraw(await world.actor("shuji"), scene.tip_id, liu)
    with pytest.raises(NotFound):
        await Matter.open(await world.actor("liuban"), scene.tip_id)
    assert not Burglar(await take(), {(await world.actor("liuban"))._secret}).work().read(STORY)
    assert (await Tip.get(id=scene.tip_id)).unit_id == shi
    assert {row.unit_id for row in await Deadline.filter(tip_id=scene.tip_id)} == {shi}
    with pytest.raises(NotFound):
        await withdraw(await world.actor("shuji"), scene.tip_id, liu)


async def test_invariant_3_no_touched_unit_is_ever_offered_or_accepted(world: World) -> None:
    scene = await full_tip(world, desk="xianban", concerns=Concerns.TOWNSHIP_HEADS)
    xianban = await world.actor("xianban")
    shi = world.units["石桥镇"].id
    assert shi not in {node.id for node in await takers(xianban, scene.tip_id)}
    with pytest.raises(Invalid):
        await propose_hand_over(xianban, scene.tip_id, to=shi, keep=True, reason=WHY)
    village = await full_tip(world, village="上湾村", desk="liuban", number=2)
    liu = await world.actor("liuban")
    proposal = await propose_hand_over(liu, village.tip_id, to=shi, keep=True, reason=WHY)
    # Between proposal and approval a member of 石桥镇 turns out to be tied to 上湾村.
    async with transaction():
        from models.county import County

        await Staff.filter(login="shouli").update(belongs_to=[world.units["上湾村"].id.hex])
        await County.tree_changed()
    with pytest.raises(Invalid):
        await approved(await world.actor("liushuji" if proposal.unit_id == liu.unit_id else "xianshuji"), proposal.id)
    assert not await Access.exists(tip_id=village.tip_id, unit_id=shi)


async def test_invariant_5_a_swapped_ring_stops_it(world: World) -> None:
    scene = await full_tip(world)
    proposal = await asked(world, scene)
    ring = await Ring.get(unit_id=world.units["柳河镇"].id, purpose=RingPurpose.CASE)
    await overwrite("ring", "public", ring.id, public_of(new_secret()))
    with pytest.raises(Corrupt):
        await approved(await world.actor("shuji"), proposal.id)
    assert (await Proposal.get(id=proposal.id)).state is ProposalState.OPEN
    assert (await Matter.open(await world.actor("chengban"), scene.tip_id)).narrative()


async def test_what_moved_on_meanwhile_is_not_handed_over(world: World) -> None:
    scene = await full_tip(world)
    proposal = await asked(world, scene)
    await (await Matter.open(await world.actor("shouli"), scene.tip_id)).mark_out_of_scope(guidance="请找民政所。")
    with pytest.raises(Conflict):
        await approved(await world.actor("shuji"), proposal.id)
    for bad in ("", "字" * 501):
        with pytest.raises((Invalid, Forbidden)):
            await propose_hand_over(
                await world.actor("chengban"), scene.tip_id, to=world.units["云岭县"].id, keep=True, reason=bad
            )


async def whole(world: World, scene: Scene) -> bool:
    """Handed over or not; one desk reads all of it, the other nothing, and the numbers agree."""
    tip = await Tip.get(id=scene.tip_id)
    done = tip.unit_id == world.units["柳河镇"].id
    reads, not_any_more = ("liuban", "chengban") if done else ("chengban", "liuban")
    matter = await Matter.open(await world.actor(reads), scene.tip_id)
    assert matter.narrative()
    assert await matter.thread()
    with pytest.raises(NotFound):
        await Matter.open(await world.actor(not_any_more), scene.tip_id)
    assert {row.unit_id for row in await Deadline.filter(tip_id=scene.tip_id)} == {tip.unit_id}
    assert tip.official_no.startswith("柳河镇" if done else "石桥镇")
    return done


async def test_invariant_11_struck_down_at_any_wait_a_hand_over_is_old_or_new(world: World) -> None:
    scene = await full_tip(world)
    proposal = await asked(world, scene)
    undone = 0
    for place in range(1, 400):
        try:
            await Strike(approved(await world.actor("shuji"), proposal.id), at=place)
        except Struck:
            if await whole(world, scene):
                break
            undone += 1
        else:
            break
    assert undone > 10
    assert await whole(world, scene)


@pytest.mark.parametrize("waits", [5, 15, 25])
async def test_invariant_11_a_killed_process_leaves_it_old_or_new(
    world: World, database: Database, tmp_path: Path, waits: int
) -> None:
    scene = await full_tip(world)
    proposal = await asked(world, scene)
    house().keys.save(tmp_path / "keys.json")
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.models.killed", database.url, str(tmp_path / "keys.json"),
        str(tmp_path / "files"), "shuji", "approve", str(waits), proposal.id.hex, cwd=ROOT,
    )  # fmt: skip
    assert await child.wait() == -9
    if not await whole(world, scene):
        await approved(await world.actor("shuji"), proposal.id)
    assert await whole(world, scene)


async def test_after_sealing_upward_no_office_it_was_sealed_from_is_offered_or_accepted_again(world: World) -> None:
    filed = await world.file_tip()
    shi, liu = world.units["石桥镇"].id, world.units["柳河镇"].id
    proposal_for = "涉及两个镇"
    await (await Matter.open(await world.actor("shouli"), filed.tip_id)).seal_upward()
    above = await world.actor("xianban")
    offered = {node.id for node in await takers(above, filed.tip_id)}
    assert shi not in offered
    assert liu in offered
    with pytest.raises(Invalid):
        await propose_hand_over(above, filed.tip_id, to=shi, keep=True, reason=proposal_for)
    proposal = await propose_hand_over(above, filed.tip_id, to=liu, keep=False, reason=proposal_for)
    async with transaction():  # a proposal that was made before
        await Proposal.filter(id=proposal.id).update(params={**proposal.params, "to": shi.hex})
    with pytest.raises(Invalid):
        await approved(await world.actor("xianshuji"), proposal.id)
    assert not await Access.exists(tip_id=filed.tip_id, unit_id=shi)
    assert shi.bytes not in ((await Tip.get(id=filed.tip_id)).lifted or b"")


async def test_what_is_sealed_upward_to_who_handed_it_down_and_reads_on_can_be_handled_there(world: World) -> None:
    filed = await world.file_tip()
    await (await Matter.open(await world.actor("shouli"), filed.tip_id)).seal_upward()
    liu, above = world.units["柳河镇"].id, await world.actor("xianban")
    proposal = await propose_hand_over(above, filed.tip_id, to=liu, keep=True, reason=WHY)
    await approved(await world.actor("xianshuji"), proposal.id)
    await (await Matter.open(await world.actor("liuban"), filed.tip_id)).seal_upward()
    matter = await Matter.open(above, filed.tip_id)
    assert matter.access.unread
    await matter.accept(summary=SUMMARY)
    assert not await Access.exists(tip_id=filed.tip_id, unit_id=liu)
