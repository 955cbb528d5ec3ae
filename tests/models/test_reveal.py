"""Who the reporter is: desk and custodian together, for a reason, on record before it is seen, for minutes."""

import pytest

from models.access import Access
from models.audit import Act, Audit
from models.db import transaction
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.event import Happening
from models.handover import propose_hand_over
from models.matter import Matter
from models.pending import waiting_for
from models.proposal import Proposal, approve, decline, expire
from models.receipt import Identity
from models.removal import remove
from models.reveal import Reveal, ask_reveal, ask_to_move, forget_reveals, read_reveal, reason_of, revealed_to
from models.ring import open_custody
from models.rotation import rotate_marked
from models.sealing import Purpose, Refused, new_secret, public_of
from models.stepup import Proof, step_up
from models.terms import ProposalState, Role
from tests.models.burglar import Burglar, overwrite, take
from tests.models.staging import NAME, STORY, Scene, approved, full_tip
from tests.world import PASSWORD, World

REASON = "要核实合同原件，需当面取。"


async def prove(world: World, login: str) -> Proof:
    return await step_up(await world.actor(login), password=PASSWORD, code=world.fresh_code(login))


async def asked(world: World, *, by: str = "chengban") -> tuple[Scene, Proposal]:
    scene = await full_tip(world)
    return scene, await ask_reveal(await world.actor(by), scene.tip_id, REASON)


async def test_the_one_who_asked_reads_it_once_the_custodian_has_approved(world: World) -> None:
    scene, proposal = await asked(world)
    keeper = await world.actor("baoguan")
    assert [one.id for one in await waiting_for(keeper)] == [proposal.id]
    assert await reason_of(keeper, proposal) == REASON
    await approve(keeper, proposal.id, proof=await prove(world, "baoguan"))
    reader = await world.actor("chengban")
    [waiting] = await revealed_to(reader)
    who = await read_reveal(reader, waiting.id)
    assert (who.name, who.reach, who.safe) == (NAME, "傍晚打电话", "")
    assert next(iter(type(who).__dataclass_fields__)) == "safe"  # how to reach him without harm stands first
    assert "chengban" in who.watermark
    assert "2026-11-23" in who.watermark
    assert NAME not in repr(who)
    timeline = await (await Matter.open(reader, scene.tip_id)).timeline()
    assert Happening.IDENTITY_READ in [event.happening for event in timeline]


async def test_invariant_6_neither_handler_nor_custodian_alone_opens_it_before_during_or_after(world: World) -> None:
    scene, proposal = await asked(world)
    keeper, desk = (await world.actor("baoguan"))._secret, (await world.actor("chengban"))._secret

    async def thief(*secrets: bytes) -> Burglar:
        return Burglar(await take(), set(secrets)).work()

    assert not (await thief(desk, scene.tip_secret)).read(NAME)
    assert not (await thief(keeper)).read(STORY)
    await approve(await world.actor("baoguan"), proposal.id, proof=await prove(world, "baoguan"))
    assert (await Proposal.get(id=proposal.id)).filed is None
    assert not (await thief(keeper)).purposes() & {Purpose.IDENTITY_INNER, Purpose.REVEAL}
    assert (await thief(desk)).read(NAME)  # for whom it is, while it lasts
    world.clock.forward(minutes=15)
    assert await forget_reveals() == 1
    assert not (await thief(desk, scene.tip_secret)).read(NAME)
    assert not (await thief(keeper)).read(NAME)
    assert (await thief(keeper, desk)).read(NAME)  # the thief does not fail for want of skill


async def test_it_is_on_record_before_a_byte_is_opened(world: World) -> None:
    scene, proposal = await asked(world)
    identity = await Identity.get(tip_id=scene.tip_id)
    broken = (proposal.filed or b"")[:-1] + bytes([(proposal.filed or b"")[-1] ^ 1])
    await overwrite("proposal", "filed", proposal.id, broken)
    with pytest.raises(Refused):
        await approve(await world.actor("baoguan"), proposal.id, proof=await prove(world, "baoguan"))
    assert await Audit.exists(act=Act.APPROVED, object_id=scene.tip_id)
    assert not await Reveal.exists()
    assert (await Identity.get(id=identity.id)).envelope == identity.envelope
    await ask_reveal(await world.actor("chengban"), scene.tip_id, REASON)  # and it can be asked anew


async def test_the_custodian_proves_himself_anew(world: World) -> None:
    _, proposal = await asked(world)
    keeper = await world.actor("baoguan")
    stale, foreign = await prove(world, "baoguan"), await prove(world, "shuji")
    world.clock.forward(minutes=6)
    for proof in (None, stale, foreign):
        with pytest.raises(Invalid):
            await approve(keeper, proposal.id, proof=proof)
    with pytest.raises(Invalid):
        await step_up(keeper, password=PASSWORD, code="000000")
    with pytest.raises(Invalid):
        await step_up(keeper, password="not it", code=world.fresh_code("baoguan"))
    code = world.fresh_code("baoguan")
    proof = await step_up(keeper, password=PASSWORD, code=code)
    with pytest.raises(Invalid):  # a code is good once
        await step_up(keeper, password=PASSWORD, code=code)
    assert (await Proposal.get(id=proposal.id)).state is ProposalState.OPEN
    await approve(keeper, proposal.id, proof=proof)


async def test_only_the_one_who_asked_reads_it_and_only_for_a_quarter_of_an_hour(world: World) -> None:
    _, proposal = await asked(world)
    await approve(await world.actor("baoguan"), proposal.id, proof=await prove(world, "baoguan"))
    for login in ("shuji", "shouli", "baoguan", "liuban", "xianshuji"):
        assert await revealed_to(await world.actor(login)) == []
        with pytest.raises(NotFound):
            await read_reveal(await world.actor(login), proposal.id)
    world.clock.forward(minutes=14)
    reader = await world.actor("chengban")
    assert await read_reveal(reader, proposal.id)
    assert await forget_reveals() == 0
    world.clock.forward(minutes=1)
    with pytest.raises(NotFound):
        await read_reveal(reader, proposal.id)
    assert await Audit.filter(act=Act.IDENTITY_READ).count() == 1


async def test_who_may_ask_and_when(world: World) -> None:
    scene, anonymous = await full_tip(world), await world.file_tip(village="白杨村")
    for login in ("shouli", "fushuji"):  # registrars and deputies read the tip, not the name
        with pytest.raises(Forbidden):
            await ask_reveal(await world.actor(login), scene.tip_id, REASON)
    for login in ("liuban", "xianban", "baoguan", "anquan"):
        with pytest.raises(NotFound):
            await ask_reveal(await world.actor(login), scene.tip_id, REASON)
    for bad in ("", "  ", "字" * 501):
        with pytest.raises(Invalid):
            await ask_reveal(await world.actor("shuji"), scene.tip_id, bad)
    with pytest.raises(Invalid):
        await ask_reveal(await world.actor("shuji"), anonymous.tip_id, REASON)
    await ask_reveal(await world.actor("shuji"), scene.tip_id, REASON)
    with pytest.raises(Conflict):
        await ask_reveal(await world.actor("chengban"), scene.tip_id, REASON)


async def test_declined_or_expired_the_filed_envelope_is_gone(world: World) -> None:
    scene, proposal = await asked(world)
    await decline(await world.actor("baoguan"), proposal.id)
    assert (await Proposal.get(id=proposal.id)).filed is None
    again = await ask_reveal(await world.actor("shuji"), scene.tip_id, REASON)
    world.clock.forward(days=1)
    assert await expire() == 1
    assert (await Proposal.get(id=again.id)).filed is None


async def test_who_leaves_while_it_is_shown_reads_it_no_more(world: World) -> None:
    _, proposal = await asked(world)
    await approve(await world.actor("baoguan"), proposal.id, proof=await prove(world, "baoguan"))
    reader = await world.actor("chengban")
    await remove(await world.actor("shuji"), world.staff["chengban"])
    with pytest.raises(NotFound):
        await read_reveal(reader, proposal.id)
    assert not await Reveal.exists()


async def test_after_rotation_of_custody_former_identities_still_open(world: World) -> None:
    scene = await full_tip(world)
    await world.enrol("erguan", unit="云岭县", role=Role.CUSTODIAN)
    await world.appoint("erguan", by="baoguan")
    await remove(await world.actor("anquan"), world.staff["erguan"])
    assert await rotate_marked(await world.actor("baoguan")) == 1
    proposal = await ask_reveal(await world.actor("chengban"), scene.tip_id, REASON)
    await approve(await world.actor("baoguan"), proposal.id, proof=await prove(world, "baoguan"))
    assert (await read_reveal(await world.actor("chengban"), proposal.id)).name == NAME


async def county_has_it(world: World) -> Scene:
    """石桥镇 keeps its identities itself and has handed the matter to the county."""
    keeper = await world.enrol("zhenguan", unit="石桥镇", role=Role.CUSTODIAN)
    await open_custody(world.units["石桥镇"], custodian=keeper, fingerprint=keeper.fingerprint(), by_id=None)
    scene = await full_tip(world)
    county = world.units["云岭县"].id
    proposal = await propose_hand_over(
        await world.actor("chengban"), scene.tip_id, to=county, keep=True, reason="涉及两个镇"
    )
    await approved(await world.actor("shuji"), proposal.id)
    return scene


async def test_a_hand_over_leaves_the_identity_behind_until_its_custodian_passes_it_on(world: World) -> None:
    scene = await county_has_it(world)
    county = world.units["云岭县"].id
    proposal = await ask_reveal(await world.actor("xianban"), scene.tip_id, REASON)
    assert proposal.unit_id == world.units["石桥镇"].id  # its custodian is asked, wherever the matter is
    await decline(await world.actor("zhenguan"), proposal.id)
    move = await ask_to_move(await world.actor("chengban"), scene.tip_id, "县里要约见", to_unit=county)
    await approve(await world.actor("zhenguan"), move.id, proof=await prove(world, "zhenguan"))
    assert not Burglar(await take(), {(await world.actor("baoguan"))._secret}).work().read(NAME)
    proposal = await ask_reveal(await world.actor("xianban"), scene.tip_id, REASON)
    assert proposal.unit_id == county
    await approve(await world.actor("baoguan"), proposal.id, proof=await prove(world, "baoguan"))
    assert (await read_reveal(await world.actor("xianban"), proposal.id)).name == NAME


async def test_an_identity_moves_only_to_a_unit_that_has_the_matter_and_to_a_checked_key(world: World) -> None:
    scene = await county_has_it(world)
    with pytest.raises(Invalid):
        await ask_to_move(await world.actor("chengban"), scene.tip_id, "理由", to_unit=world.units["柳河镇"].id)
    move = await ask_to_move(
        await world.actor("chengban"), scene.tip_id, "县里要约见", to_unit=world.units["云岭县"].id
    )
    before = await Identity.get(tip_id=scene.tip_id)
    from models.errors import Corrupt
    from models.ring import Ring
    from models.terms import RingPurpose

    ring = await Ring.get(unit_id=world.units["云岭县"].id, purpose=RingPurpose.CUSTODY)
    await overwrite("ring", "public", ring.id, public_of(new_secret()))
    with pytest.raises(Corrupt):
        await approve(await world.actor("zhenguan"), move.id, proof=await prove(world, "zhenguan"))
    assert (await Identity.get(tip_id=scene.tip_id)).envelope == before.envelope
    assert (await Proposal.get(id=move.id)).state is ProposalState.OPEN
    await overwrite("ring", "public", ring.id, ring.public)
    async with transaction():
        await Access.filter(tip_id=scene.tip_id, unit_id=world.units["云岭县"].id).delete()
    with pytest.raises(Conflict):  # it was taken back meanwhile
        await approve(await world.actor("zhenguan"), move.id, proof=await prove(world, "zhenguan"))
    assert (await Identity.get(tip_id=scene.tip_id)).envelope == before.envelope
