"""Two sheets of three open a ring again, through the command line, for whoever reads out the fingerprint."""

from pathlib import Path

import pytest

from models.audit import Act, Audit
from models.errors import Corrupt, Invalid
from models.house import house
from models.keyfile import make_sheets
from models.matter import Matter
from models.proposal import approve
from models.removal import remove
from models.reveal import ask_reveal, read_reveal
from models.ring import Grant
from models.rotation import rotate_marked
from models.sealing import new_secret, public_of
from models.staff import Staff
from models.stepup import step_up
from models.succession import recover
from models.terms import Concerns, Role
from tests.commands import Done, command
from tests.models.burglar import overwrite, take
from tests.models.staging import NAME, STORY, full_tip
from tests.world import PASSWORD, World


async def use(world: World, url: str, folder: Path, login: str, *pairs: int, fingerprint: str = "") -> Done:
    """Run the drill as an operator would."""
    keys = folder / "keys.json"
    if not keys.exists():
        house().keys.save(keys)
    sheets = make_sheets(world.recovery)
    typed = "\n".join(line for number in pairs for line in sheets[number].lines())
    env = {"DATABASE_URL": url, "KEY_FILE": str(keys), "DATA_DIR": str(folder)}
    read_out = fingerprint or world.staff[login].fingerprint()
    return await command("recovery", "use", login, "--fingerprint", read_out, env=env, said=typed)


@pytest.mark.parametrize("pair", [(0, 1), (2, 1), (0, 2)])
async def test_any_two_sheets_give_the_roots_rings_to_its_new_head(
    world: World, database_url: str, tmp_path: Path, pair: tuple[int, int]
) -> None:
    scene = await full_tip(world, desk="xianban", village="白杨村", concerns=Concerns.TOWNSHIP_HEADS)
    await remove(await world.actor("anquan"), world.staff["xianban"])
    await rotate_marked(await world.actor("xianshuji"))
    await remove(await world.actor("anquan"), world.staff["xianshuji"])
    await world.enrol("xinxian", unit="云岭县", role=Role.SECRETARY)
    done = await use(world, database_url, tmp_path, "xinxian", *pair)
    assert done.code == 0, done.err
    assert "3 rings" in done.out  # case in two versions, and oversight
    matter = await Matter.open(await world.actor("xinxian"), scene.tip_id)
    assert matter.narrative()["parts"][0]["text"] == STORY
    assert await Audit.exists(act=Act.RECOVERED, object_id=world.staff["xinxian"].id)
    assert world.recovery.hex() not in done.out + done.err


async def test_two_sheets_give_custody_to_a_new_custodian(world: World, database_url: str, tmp_path: Path) -> None:
    scene = await full_tip(world)
    await remove(await world.actor("anquan"), world.staff["baoguan"])
    await world.enrol("xinguan", unit="云岭县", role=Role.CUSTODIAN)
    assert (await use(world, database_url, tmp_path, "xinguan", 0, 1)).code == 0
    proposal = await ask_reveal(await world.actor("chengban"), scene.tip_id, "要核实")
    keeper = await world.actor("xinguan")
    proof = await step_up(keeper, password=PASSWORD, code=world.fresh_code("xinguan"))
    await approve(keeper, proposal.id, proof=proof)
    assert (await read_reveal(await world.actor("chengban"), proposal.id)).name == NAME


async def test_what_is_not_two_sheets_of_this_county_is_refused_and_nothing_changes(
    world: World, database_url: str, tmp_path: Path
) -> None:
    await world.enrol("xinxian", unit="云岭县", role=Role.SECRETARY)
    before = await take("key_grant", "audit")
    for pair in ((0,), (0, 0), ()):
        assert (await use(world, database_url, tmp_path, "xinxian", *pair)).code == 1
    wrong = await use(world, database_url, tmp_path, "xinxian", 0, 1, fingerprint="3333-4444-6666")
    assert wrong.code == 1
    assert (await use(world, database_url, tmp_path, "anquan", 0, 1)).code == 1
    world.recovery, real = new_secret(), world.recovery
    assert (await use(world, database_url, tmp_path, "xinxian", 0, 1)).code == 1
    world.recovery = real
    assert [row.columns for row in await take("key_grant", "audit")] == [row.columns for row in before]


async def test_recovery_refuses_a_ring_that_was_exchanged(world: World) -> None:
    head = await world.enrol("xinxian", unit="云岭县", role=Role.SECRETARY)
    [grant, *_] = await Grant.filter(staff_id=world.staff["xianshuji"].id).select_related("ring")
    await overwrite("ring", "public", grant.ring.id, public_of(new_secret()))
    with pytest.raises(Corrupt):
        await recover(world.units["云岭县"], head, world.recovery, head.fingerprint())
    with pytest.raises(Invalid):
        await recover(world.units["云岭县"], head, new_secret(), head.fingerprint())
    assert not await Grant.exists(staff_id=head.id)
    assert (await Staff.get(id=head.id)).active
