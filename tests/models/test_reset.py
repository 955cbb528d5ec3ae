"""A lost password, a lost telephone, the last member gone: each drilled."""

from contextlib import ExitStack
from uuid import UUID

import pyotp
import pytest

from models import flood, passwords
from models.access import Access
from models.actor import Actor
from models.appointing import waiting
from models.audit import Act, Audit
from models.db import transaction
from models.erasure import Erased, Gone
from models.errors import Conflict, Forbidden, Invalid, NotFound, Throttled
from models.matter import Matter
from models.proposal import Proposal, approve
from models.removal import remove
from models.rescue import RescueCode, codes_left, make_codes, renew_totp
from models.reset import propose_reset, renew, sweep
from models.ring import Grant, Ring
from models.rotation import marked
from models.session import Session, log_in
from models.staff import Staff
from models.stepup import step_up
from models.succession import reopen_unit, reseal_matters
from models.terms import Concerns, RingPurpose, Role
from tests.models.burglar import Burglar, take
from tests.models.staging import STORY, full_tip
from tests.world import PASSWORD, World

NEW = "seven green parrots dance"


def phone(world: World, login: str) -> dict[str, str]:
    """A new telephone: its seed and what it shows."""
    seed = world.seeds[login] = passwords.new_totp_seed()
    world.clock.forward(seconds=30)
    return {"totp_seed": seed, "totp_code": pyotp.TOTP(seed).at(world.clock.at)}


async def reset(world: World, login: str, *, head: str = "shuji") -> str:
    proposal = await propose_reset(await world.actor(head), world.staff[login])
    admin = await world.actor("anquan")
    proof = await step_up(admin, password=PASSWORD, code=world.fresh_code("anquan"))
    code: str = await approve(admin, proposal.id, proof=proof)
    return code


async def test_a_lost_password_is_answered_by_a_new_key_and_a_new_appointment(world: World) -> None:
    scene = await full_tip(world)
    old = world.staff["chengban"]
    old_key = (await world.actor("chengban"))._secret
    code = await reset(world, "chengban")
    assert not await Grant.exists(staff_id=old.id)
    assert not await Session.exists(staff_id=old.id)
    assert code not in repr([row.columns for row in await take()])
    fresh = await renew(code, password=NEW, **phone(world, "chengban"))
    assert fresh.fingerprint() != old.fingerprint()
    with pytest.raises(Invalid):
        await log_in(login="chengban", password=PASSWORD, code=world.fresh_code("chengban"))
    await log_in(login="chengban", password=NEW, code=world.fresh_code("chengban"))
    assert [one.id for one in await waiting(await world.actor("shuji"))] == [old.id]
    with pytest.raises(Conflict):  # nothing is sealed to the key that was lost
        await world.appoint("chengban", by="shuji")
    world.staff["chengban"] = fresh
    await world.appoint("chengban", by="shuji")
    again = Actor(fresh, await fresh.open_secret(NEW))
    assert (await Matter.open(again, scene.tip_id)).narrative()["parts"][0]["text"] == STORY
    assert not Burglar(await take(), {old_key}).work().read(STORY)
    assert await Erased.filter(what=Gone.LOST_KEY).count() == 1
    assert await marked(await world.actor("shuji")) == []  # a lost password is no removal


async def test_a_reset_takes_two_and_never_the_one_it_is_about(world: World) -> None:
    for login, member in (("shouli", "chengban"), ("shuji", "liuban"), ("shuji", "shuji"), ("anquan", "chengban")):
        with pytest.raises(Forbidden):
            await propose_reset(await world.actor(login), world.staff[member])
    proposal = await propose_reset(await world.actor("shuji"), world.staff["chengban"])
    assert proposal.unit_id == world.units["云岭县"].id
    with pytest.raises(NotFound):
        await approve(await world.actor("fushuji"), proposal.id)
    with pytest.raises(Invalid):  # he proves himself anew
        await approve(await world.actor("anquan"), proposal.id)
    assert await Grant.exists(staff_id=world.staff["chengban"].id)
    with pytest.raises(Conflict):  # the only security administrator cannot reset himself
        await propose_reset(await world.actor("xianshuji"), world.staff["anquan"])


async def test_a_reset_code_is_good_once_for_a_day_and_for_who_is_still_there(world: World) -> None:
    code = await reset(world, "chengban")
    for bad, key in (("nonsense", "enrol.invite_unknown"), (code, "error.password_short")):
        with pytest.raises(Invalid) as refused:
            await renew(bad, password="short", **phone(world, "chengban"))
        assert refused.value.key == key
    await renew(f" {code.upper()} ", password=NEW, **phone(world, "chengban"))
    with pytest.raises(Invalid):
        await renew(code, password=NEW, **phone(world, "chengban"))
    late = await reset(world, "shouli")
    world.clock.forward(days=1)
    with pytest.raises(Invalid):
        await renew(late, password=NEW, **phone(world, "shouli"))
    assert await sweep() == 1
    gone = await reset(world, "fushuji")
    await remove(await world.actor("anquan"), world.staff["fushuji"])
    with pytest.raises(Invalid):
        await renew(gone, password=NEW, **phone(world, "fushuji"))


async def test_a_lost_telephone_is_answered_by_a_rescue_code_and_the_password(world: World) -> None:
    staff = world.staff["chengban"]
    codes = await make_codes(staff)
    assert len(set(codes)) == 8
    stored = repr([row.columns for row in await take()])
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    await renew_totp(login="chengban", password=PASSWORD, rescue_code=codes[0].upper(), **phone(world, "chengban"))
    assert await codes_left(staff) == 7
    await log_in(login="chengban", password=PASSWORD, code=world.fresh_code("chengban"))
    assert await Grant.exists(staff_id=staff.id)  # his keys are the same
    assert await Audit.exists(act=Act.TOTP_RENEWED, actor_id=staff.id)
    for password, code, login in (
        (PASSWORD, codes[0], "chengban"),  # used
        ("not it at all", codes[1], "chengban"),
        (PASSWORD, codes[1], "shouli"),
        (PASSWORD, codes[1], "nobody"),
        (PASSWORD, "", "chengban"),
    ):
        with pytest.raises(Invalid) as refused:
            await renew_totp(login=login, password=password, rescue_code=code, **phone(world, login))
        assert refused.value.key == "login.refused"
    assert await codes_left(staff) == 7
    await make_codes(staff)
    with pytest.raises(Invalid):
        await renew_totp(login="chengban", password=PASSWORD, rescue_code=codes[2], **phone(world, "chengban"))
    assert await RescueCode.all().count() == 8


async def test_guessing_rescue_codes_is_slowed(world: World) -> None:
    await make_codes(world.staff["chengban"])
    with pytest.raises(Throttled):
        for number in range(11):
            with pytest.raises(Invalid):
                await renew_totp(
                    login="chengban", password=PASSWORD, rescue_code=f"{number}", **phone(world, "chengban")
                )


async def orphaned(world: World) -> tuple[list[UUID], Staff]:
    """柳河镇 with three matters, all its members gone, and a new head enrolled."""
    tips: list[UUID] = [(await world.file_tip(f"第{n}件", village="上湾村")).tip_id for n in range(3)]
    for login in ("liuban", "liushuji"):
        await remove(await world.actor("anquan"), await Staff.get(login=login))
    return tips, await world.enrol("xinshuji", unit="柳河镇", role=Role.SECRETARY, invited_by="anquan")


async def test_the_last_member_gone_a_new_head_reads_everything_the_office_above_oversees(world: World) -> None:
    tips, head = await orphaned(world)
    assert await reopen_unit(await world.actor("xianshuji"), head, head.fingerprint()) == 3
    ring = await Ring.filter(unit_id=head.unit_id, purpose=RingPurpose.CASE).order_by("-version").first()
    assert ring is not None
    assert ring.version == 2
    for tip_id in tips:
        assert (await Matter.open(await world.actor("xinshuji"), tip_id)).narrative()
    new = await world.file_tip("新的一件", village="上湾村")
    assert new.handler.id == head.unit_id
    assert (await Matter.open(await world.actor("xinshuji"), new.tip_id)).narrative()
    assert await reseal_matters(await world.actor("xianshuji"), head) == 0
    assert await Audit.exists(act=Act.UNIT_REOPENED, object_id=head.id)


async def test_what_the_office_above_does_not_oversee_waits_for_the_sheets(world: World) -> None:
    tips, head = await orphaned(world)
    async with transaction():
        await Access.filter(tip_id=tips[0], purpose=RingPurpose.OVERSIGHT).delete()
    assert await reopen_unit(await world.actor("xianshuji"), head, head.fingerprint()) == 2
    with pytest.raises(NotFound):
        await Matter.open(await world.actor("xinshuji"), tips[0])


async def test_reopening_needs_the_fingerprint_the_place_and_that_nobody_holds_the_keys(world: World) -> None:
    early = await world.enrol("zaolai", unit="柳河镇", role=Role.SECRETARY)
    with pytest.raises(Conflict):
        await reopen_unit(await world.actor("xianshuji"), early, early.fingerprint())
    _, head = await orphaned(world)
    with pytest.raises(Invalid):
        await reopen_unit(await world.actor("xianshuji"), head, world.staff["shuji"].fingerprint())
    handler = await world.enrol("xinban", unit="柳河镇", role=Role.HANDLER)
    with pytest.raises(Invalid):
        await reopen_unit(await world.actor("xianshuji"), handler, handler.fingerprint())
    with pytest.raises(NotFound):
        await reopen_unit(await world.actor("shuji"), head, head.fingerprint())
    with pytest.raises(Forbidden):
        await reopen_unit(await world.actor("anquan"), head, head.fingerprint())
    assert not await Proposal.exists()
    assert (await world.file_tip(village="上湾村", concerns=Concerns.VILLAGE)).handler.id == world.units["云岭县"].id


async def test_strangers_do_not_shut_the_rescue_door_for_a_browser_that_is_known(world: World) -> None:
    [code, *_] = await make_codes(world.staff["chengban"])
    mark = (await log_in(login="chengban", password=PASSWORD, code=world.fresh_code("chengban"))).browser_mark
    for _ in range(10):
        with pytest.raises(Invalid):
            await renew_totp(login="chengban", password="x", rescue_code="x", **phone(world, "chengban"))
    right = {"login": "chengban", "password": PASSWORD, "rescue_code": code}
    with pytest.raises(Throttled):
        await renew_totp(**right, **phone(world, "chengban"), browser_mark="0" * len(mark))
    with ExitStack() as crowd:
        for _ in range(24):
            crowd.enter_context(flood.STRANGERS.place())
        await renew_totp(**right, **phone(world, "chengban"), browser_mark=mark)
    assert await codes_left(world.staff["chengban"]) == 7
