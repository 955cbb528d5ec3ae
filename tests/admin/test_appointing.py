"""Keys reach a newcomer only through a holder who compared his fingerprint."""

import pytest

from models import desk
from models.appointing import appoint, open_below, openings, waiting
from models.audit import Act, Audit
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.session import opened
from models.terms import RingPurpose, Role
from tests.world import World


async def test_a_newcomer_reads_nothing_until_a_holder_has_given_him_the_ring(world: World) -> None:
    await world.file_tip()
    newcomer = await world.enrol("xinlai", unit="石桥镇", role=Role.HANDLER)
    assert (await desk.inbox(await world.actor("xinlai"))).items == []
    head = await world.actor("shuji")
    assert [person.id for person in await waiting(head)] == [newcomer.id]
    assert await appoint(head, newcomer, newcomer.fingerprint().lower()) == {RingPurpose.CASE}
    assert len((await desk.inbox(await world.actor("xinlai"))).items) == 1
    assert await waiting(head) == []
    assert await Audit.exists(act=Act.GRANTED, object_id=newcomer.id, actor_id=head.id)
    with pytest.raises(Conflict):
        await appoint(head, newcomer, newcomer.fingerprint())


async def test_a_wrong_fingerprint_gives_nothing(world: World) -> None:
    newcomer = await world.enrol("xinlai", unit="石桥镇", role=Role.HANDLER)
    with pytest.raises(Invalid):
        await appoint(await world.actor("shuji"), newcomer, world.staff["shuji"].fingerprint())
    assert not (await desk.inbox(await world.actor("xinlai"))).items


async def test_who_invited_cannot_give_the_ring(world: World) -> None:
    newcomer = await world.enrol("xinlai", unit="石桥镇", role=Role.HANDLER, invited_by="shuji")
    with pytest.raises(Forbidden):
        await appoint(await world.actor("shuji"), newcomer, newcomer.fingerprint())


@pytest.mark.parametrize("login", ["xianshuji", "liushuji", "chengban", "anquan"])
async def test_only_the_units_own_heads_appoint(world: World, login: str) -> None:
    newcomer = await world.enrol("xinlai", unit="石桥镇", role=Role.HANDLER)
    with pytest.raises(Forbidden):
        await appoint(await world.actor(login), newcomer, newcomer.fingerprint())


async def test_the_county_opens_a_unit_below_and_nobody_else_does(world: World) -> None:
    custodian = await world.enrol("zhenguan", unit="石桥镇", role=Role.CUSTODIAN)
    assert [(one.person.id, one.custody) for one in await openings(await world.actor("xianshuji"))] == [
        (custodian.id, True)
    ]
    with pytest.raises(NotFound):
        await open_below(await world.actor("liushuji"), custodian, custodian.fingerprint())
    await open_below(await world.actor("xianshuji"), custodian, custodian.fingerprint())
    assert await (await world.actor("zhenguan")).held(RingPurpose.CUSTODY)
    assert await openings(await world.actor("xianshuji")) == []


async def test_a_session_comes_through_the_door(world: World) -> None:
    assert (await world.session("shuji")).actor.role is Role.SECRETARY
    assert await opened("00" * 32) is None
