"""Sealing upward may come between the look at a matter and the act upon it: the touched unit gains nothing by that."""

from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import pytest

from models import protection
from models.appointing import open_below
from models.audit import Act, Audit
from models.event import Event, Happening
from models.handover import propose_hand_over
from models.later_name import give_name
from models.matter import Matter
from models.proposal import Proposal
from models.receipt import Identity
from models.reveal import Reveal, ask_reveal
from models.ring import Ring
from models.shred import shred
from models.terms import ProposalState, Role
from models.thread import Thread
from models.tip import Tip
from tests.models.overtaking import overtaken_anywhere
from tests.models.staging import approved
from tests.world import World

Race = tuple[Coroutine[Any, Any, Any], Coroutine[Any, Any, Any]]


async def upward(world: World, tip_id: UUID) -> Coroutine[Any, Any, Any]:
    return (await Matter.open(await world.actor("shouli"), tip_id)).seal_upward()


async def nothing_is_proposed_there(world: World) -> None:
    assert not await Proposal.filter(unit_id=world.units["石桥镇"].id).exists()
    assert not await Proposal.filter(from_unit_id=world.units["石桥镇"].id).exists()


async def test_a_hand_over_proposed_while_it_is_sealed_upward_shows_the_touched_unit_no_card(world: World) -> None:
    to = world.units["柳河镇"].id

    async def scene() -> Race:
        filed = await world.file_tip()
        actor = await world.actor("chengban")
        work = propose_hand_over(actor, filed.tip_id, to=to, keep=True, reason="涉及两个镇")
        return work, await upward(world, filed.tip_id)

    await overtaken_anywhere(scene, lambda: nothing_is_proposed_there(world))


async def test_an_identity_asked_for_while_it_is_sealed_upward_leaves_no_proposal_of_the_touched_unit(
    world: World,
) -> None:
    async def scene() -> Race:
        filed = await world.file_tip(named=True)
        return ask_reveal(await world.actor("chengban"), filed.tip_id, "核对"), await upward(world, filed.tip_id)

    await overtaken_anywhere(scene, lambda: nothing_is_proposed_there(world))


async def test_an_identity_shown_while_it_is_sealed_upward_is_not_left_with_the_touched_unit(world: World) -> None:
    async def scene() -> Race:
        filed = await world.file_tip(named=True)
        proposal = await ask_reveal(await world.actor("chengban"), filed.tip_id, "核对")
        return approved(await world.actor("baoguan"), proposal.id), await upward(world, filed.tip_id)

    async def check() -> None:
        assert not await Reveal.filter(unit_id=world.units["石桥镇"].id).exists()

    await overtaken_anywhere(scene, check)


@pytest.mark.parametrize("backend", ["postgres"])  # SQLite has one writer, so nobody waits for anybody in a circle
async def test_a_hand_over_approved_while_it_is_sealed_upward_waits_and_never_deadlocks(world: World) -> None:
    to = world.units["柳河镇"].id

    async def scene() -> Race:
        filed, actor = await world.file_tip(), await world.actor("chengban")
        proposal = await propose_hand_over(actor, filed.tip_id, to=to, keep=True, reason="涉及两个镇")
        return approved(await world.actor("shuji"), proposal.id), await upward(world, filed.tip_id)

    async def check() -> None:
        assert not await Proposal.filter(state=ProposalState.OPEN).exists()

    await overtaken_anywhere(scene, check)


@pytest.mark.parametrize("backend", ["postgres"])
async def test_a_matter_shredded_while_it_is_sealed_upward_is_gone_and_nobody_deadlocks(world: World) -> None:
    async def scene() -> Race:
        filed, actor = await world.file_tip(), await world.actor("chengban")
        await propose_hand_over(actor, filed.tip_id, to=world.units["柳河镇"].id, keep=True, reason="涉及两个镇")
        return shred([filed.tip_id]), await upward(world, filed.tip_id)

    async def check() -> None:
        assert not await Tip.exists()
        assert not await Proposal.exists()

    await overtaken_anywhere(scene, check)


async def test_a_name_given_while_it_is_sealed_upward_goes_to_no_custodian_of_the_touched_unit(world: World) -> None:
    custodian = await world.enrol("zhenguan", unit="石桥镇", role=Role.CUSTODIAN)
    await open_below(await world.actor("xianshuji"), custodian, custodian.fingerprint())
    below = set(await Ring.filter(unit_id=world.units["石桥镇"].id).values_list("id", flat=True))

    async def scene() -> Race:
        filed = await world.file_tip()
        thread = await Thread.open(str(filed.code), who=filed.tip_id.hex)
        work = give_name(thread, name="欧阳㛃", reach="13000000000", safe="晚上")
        return work, await upward(world, filed.tip_id)

    async def check() -> None:
        assert not await Identity.filter(custody_ring_id__in=list(below)).exists()

    await overtaken_anywhere(scene, check)


async def test_protection_answered_while_it_is_sealed_upward_is_not_answered_by_the_touched_unit(world: World) -> None:
    unit = world.units["石桥镇"].id

    async def scene() -> Race:
        filed = await world.file_tip()
        await protection.ask(await Thread.open(str(filed.code), who=filed.tip_id.hex), "怕")
        [request] = await protection.Protection.filter(tip_id=filed.tip_id)
        work = protection.answer(await world.actor("shuji"), request.id, "已安排。")
        return work, await upward(world, filed.tip_id)

    async def check() -> None:
        assert not await Event.filter(happening=Happening.PROTECTED, unit_id=unit).exists()
        assert not await Audit.filter(act=Act.PROTECTION_ANSWERED, seen_by_id=unit).exists()

    await overtaken_anywhere(scene, check)
