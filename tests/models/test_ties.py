"""Ties drive recusal: what is told from now on passes the office by, and nothing that is there is taken silently."""

import asyncio

import pytest

from models.access import Access
from models.audit import Act, Audit
from models.county import County
from models.db import transaction
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.offices import find_route
from models.policy import Action, may
from models.recusal import tied
from models.ring import Grant
from models.staff import Invite, Staff
from models.structure import invite
from models.terms import Concerns, RingPurpose, Role
from models.ties import MOST, named_unit, tie, untie
from models.unit import tree
from tests.world import PASSWORD, World


async def handler_of(world: World, village: str) -> str:
    way = await find_route(world.units[village].id, Concerns.VILLAGE)
    assert way is not None
    return way.handler.name


async def test_routing_knows_a_declared_tie_at_once_and_only_the_security_administrator_takes_it_back(
    world: World,
) -> None:
    village = world.units["清水村"].id
    assert await handler_of(world, "清水村") == "石桥镇"
    me = await world.actor("chengban")
    await tie(me, me.staff, village)
    assert await handler_of(world, "清水村") == "云岭县"
    assert await handler_of(world, "白杨村") == "石桥镇"
    for login in ("chengban", "shuji", "xitong"):
        with pytest.raises(Forbidden):
            await untie(await world.actor(login), await Staff.get(login="chengban"), village)
    await untie(await world.actor("anquan"), await Staff.get(login="chengban"), village)
    assert await handler_of(world, "清水村") == "石桥镇"
    entries = await Audit.filter(act=Act.TIES_SET).order_by("id")
    assert [(one.object_id, one.detail["units"]) for one in entries] == [(me.id, [village.hex]), (me.id, [])]


async def test_nobody_declares_for_another_but_the_security_administrator(world: World) -> None:
    village = world.units["清水村"].id
    for login in ("shuji", "fushuji", "xitong", "shenji", "liushuji"):
        with pytest.raises(Forbidden):
            await tie(await world.actor(login), world.staff["chengban"], village)
    with pytest.raises(Forbidden):  # an administrator holds no key: his ties turn nothing
        await tie(await world.actor("shenji"), world.staff["shenji"], village)
    for login in world.staff:
        told = may(await world.actor(login), Action.DECLARE_TIES, world.staff["chengban"])
        assert told is (login == "chengban"), login
    await tie(await world.actor("anquan"), world.staff["chengban"], village)
    assert (await Staff.get(login="chengban")).belongs_to == [village.hex]


async def test_what_cannot_be_a_tie_is_refused_and_two_at_once_are_both_kept(world: World) -> None:
    me = await world.actor("chengban")
    for wrong in (me.unit_id, me.id):
        with pytest.raises(Invalid):
            await tie(me, me.staff, wrong)
    units = [world.units[name].id for name in ("清水村", "白杨村", "上湾村", "柳河镇")]
    await asyncio.gather(*(tie(me, me.staff, unit) for unit in units))
    assert set((await Staff.get(login="chengban")).belongs_to) == {unit.hex for unit in units}
    with pytest.raises(Conflict):
        await tie(me, me.staff, units[0])
    with pytest.raises(NotFound):
        await untie(await world.actor("anquan"), me.staff, world.units["云岭县"].id)
    assert len(units) < MOST


async def test_a_unit_is_meant_by_its_name_alone_or_after_its_township(world: World) -> None:
    units = await tree()
    for typed in ("清水村", "石桥镇清水村", "石桥镇 清水村", "石桥镇纪委"):
        assert named_unit(units, typed).name in {"清水村", "石桥镇"}
    with pytest.raises(Invalid) as unknown:
        named_unit(units, "天上人间")
    assert unknown.value.key == "ties.unknown"


async def test_an_invitation_brings_its_ties_along(world: World) -> None:
    village = world.units["清水村"].id
    admin, unit = await world.actor("anquan"), world.units["石桥镇"].id
    code = await invite(admin, unit_id=unit, role=Role.HANDLER, ties=frozenset({village}))
    with pytest.raises(Invalid):
        await invite(admin, unit_id=unit, role=Role.HANDLER, ties=frozenset({unit}))
    world.seeds["sun"] = world.seeds["shouli"]
    newcomer = await (await Invite.find(code)).enrol(
        login="sun", name="小孙", password=PASSWORD, totp_seed=world.seeds["sun"], totp_code=world.code("sun")
    )
    world.staff["sun"] = newcomer
    assert newcomer.belongs_to == [village.hex]
    assert await handler_of(world, "清水村") == "石桥镇"  # who holds no key yet turns nothing
    await world.appoint("sun", by="shuji")
    assert await handler_of(world, "清水村") == "云岭县"


async def test_a_later_tie_strips_no_row_and_the_matters_are_listed_for_people_to_decide(world: World) -> None:
    here = await world.file_tip(village="清水村")
    await world.file_tip(village="白杨村")
    rows = await Access.all().values_list("id", flat=True)
    assert await tied(await world.actor("shuji")) == []
    await tie(await world.actor("anquan"), world.staff["chengban"], world.units["清水村"].id)
    assert set(await Access.all().values_list("id", flat=True)) == set(rows)
    [concern] = await tied(await world.actor("shuji"))
    assert (concern.tip_id, [one.login for one in concern.members]) == (here.tip_id, ["chengban"])
    assert await tied(await world.actor("liushuji")) == []
    assert await tied(await world.actor("baoguan")) == []
    assert await Access.filter(purpose=RingPurpose.CASE).count() == 2


async def routes(world: World) -> dict[tuple[str, Concerns], str]:
    """Who would receive what, wherever a matter may lie."""
    found = {(name, told): await find_route(unit.id, told) for name, unit in world.units.items() for told in Concerns}
    return {which: way.handler.name for which, way in found.items() if way}


@pytest.mark.parametrize("by", ["xianban", "anquan"])
@pytest.mark.parametrize("place", ["石桥镇", "清水村"])
async def test_no_tie_closes_the_channel_of_a_place_whoever_notes_it(world: World, by: str, place: str) -> None:
    before = await routes(world)
    assert ("清水村", Concerns.TOWNSHIP) in before
    with pytest.raises(Conflict) as refused:
        await tie(await world.actor(by), world.staff["xianban"], world.units[place].id)
    assert refused.value.key == "ties.closes"
    assert refused.value.params["place"] in world.units
    assert (await Staff.get(login="xianban")).belongs_to == []
    assert await routes(world) == before
    assert not await Audit.exists(act=Act.TIES_SET)


async def test_ties_that_an_appointment_brings_close_no_channel_either(world: World) -> None:
    for login, role in (("sun", Role.HANDLER), ("qian", Role.HANDLER)):
        await world.enrol(login, unit="云岭县", role=role)
    before = await routes(world)
    await tie(await world.actor("anquan"), world.staff["sun"], world.units["石桥镇"].id)  # who holds no key may
    assert await routes(world) == before
    with pytest.raises(Conflict) as refused:
        await world.appoint("sun", by="xianshuji")
    assert refused.value.key == "ties.closes"
    assert not await Grant.exists(staff_id=world.staff["sun"].id)
    await world.appoint("qian", by="xianshuji")
    assert await routes(world) == before


async def test_two_ties_that_only_together_close_a_channel_are_not_both_noted(world: World) -> None:
    village, head = world.units["清水村"].id, await world.actor("shuji")
    async with transaction():  # as it may have come from an earlier release: the county is out for what is told there
        await Staff.filter(login="xianban").update(belongs_to=[village.hex])
        await County.tree_changed()
    assert await handler_of(world, "清水村") == "石桥镇"
    with pytest.raises(Conflict):
        await tie(head, head.staff, village)
    assert await handler_of(world, "清水村") == "石桥镇"
