"""机构: everybody who leads sees the tree; only the system administrator changes it; old tips keep their place."""

from uuid import UUID

import pytest

from models.audit import Act, Audit
from models.db import transaction
from models.house import house
from models.officer import Officer
from models.terms import Role, UnitKind, UnitState
from models.tip import Tip
from models.unit import Unit, tree
from tests.admin.client import Desk, Page
from tests.world import World


async def unit_page(desk: Desk, name: str) -> Page:
    return await desk.get(f"/units/{desk.world.units[name].id.hex}")


@pytest.mark.parametrize("login", ["shuji", "fushuji", "shouli", "xianshuji", "anquan", "xitong"])
async def test_who_leads_sees_the_tree_and_no_form_but_the_system_administrators(desk: Desk, login: str) -> None:
    await desk.log_in(login)
    listed = await desk.get("/units")
    assert listed.status == 200
    assert "石桥镇" in listed.html
    assert "2个村" in listed.html
    shown = await unit_page(desk, "石桥镇")
    assert "清水村" in shown.html
    mine = login == "xitong"
    assert listed.has_form("/units") is mine
    assert shown.has_form(f"/units/{desk.world.units['石桥镇'].id.hex}") is mine
    assert ("/imports" in listed.html) is mine
    if not mine:
        token = listed.form("/logout").fields["token"]
        here = f"/units/{desk.world.units['清水村'].id.hex}"
        for path in (here, f"{here}/place", f"{here}/retirement", f"{here}/restoration"):
            assert (await desk.post(path, {"token": token, "name": "x", "sure": "yes"})).status == 403
        assert (await desk.get("/imports")).status == 403


@pytest.mark.parametrize("login", ["chengban", "baoguan", "shenji"])
async def test_who_needs_no_tree_gets_none(desk: Desk, login: str) -> None:
    await desk.log_in(login)
    assert (await desk.get("/units")).status == 403
    assert (await unit_page(desk, "清水村")).status == 403


async def test_a_unit_is_edited_and_what_cannot_be_saved_stays_typed(desk: Desk) -> None:
    await desk.log_in("xitong")
    village = desk.world.units["清水村"].id
    form = (await unit_page(desk, "清水村")).form(f"/units/{village.hex}")
    bad = await desk.send(form, name="白杨村", address="留住我")
    assert bad.status == 422
    assert "已经有同名" in bad.html
    assert bad.form(f"/units/{village.hex}").fields["address"] == "留住我"
    long = await desk.send(form, landline="0" * 33)
    assert "最多32个字" in long.html
    done = await desk.send(
        form, name="青龙村", old_names="清水沟、水沟", landline="0870-5550001", address="村委会一楼", hours="周一上午"
    )
    assert "已保存" in done.html
    for told in ("青龙村", "清水沟 · 水沟 · 清水村", "0870-5550001", "村委会一楼", "周一上午"):
        assert told in done.html
    units = await tree()
    assert [node.name for node in units.search("qingshuicun")] == ["青龙村"]
    assert units[village].reach["hours"] == "周一上午"
    assert await Audit.exists(act=Act.UNIT_RENAMED, object_id=village)
    # What was left as it is leaves nothing behind in the reach of others.
    assert (await Unit.get(name="云岭县")).reach["landline"] == "0870-5550123"


async def test_a_township_moves_to_another_zone_and_the_page_says_what_that_does(desk: Desk) -> None:
    world = desk.world
    zone = await Unit.found(parent=world.units["云岭县"], kind=UnitKind.ZONE, name="北片")
    await desk.log_in("xitong")
    shown = await unit_page(desk, "石桥镇")
    assert "已经收到的反映还在原来的单位手里" in shown.html
    form = shown.form("/place")
    assert form.fields["under"] == zone.id.hex
    moved = await desk.send(form, under=zone.id.hex)
    assert "已调整" in moved.html
    assert (await tree()).under(world.units["清水村"].id, zone.id)
    assert (await desk.send(form, under=world.units["柳河镇"].id.hex)).status == 422
    assert (await desk.send(form, under="x")).status == 422


async def test_a_retired_village_is_not_offered_and_its_tips_go_on(desk: Desk) -> None:
    world, village = desk.world, desk.world.units["清水村"]
    filed = await world.file_tip()
    station = await Unit.found(parent=village, kind=UnitKind.STATION, name="清水站")
    await desk.log_in("xitong")
    form = (await unit_page(desk, "清水村")).form("/retirement")
    form.fields.pop("sure", None)
    assert "我知道了" in (await desk.send(form)).html
    assert (await tree()).search("清水")
    retired = await desk.send(form, sure="yes")
    assert "已停用" in retired.html
    units = await tree()
    assert units.search("清水") == []
    assert not units.children(village.id)
    assert units.village_of(station.id) is None
    assert "已停用的（1）" in (await unit_page(desk, "石桥镇")).html
    assert (await desk.send(form, sure="yes")).status == 409
    await desk.log_out()

    await desk.log_in("shouli")
    assert "清水村" in (await desk.get(f"/tips/{filed.tip_id.hex}")).html
    assert (await Tip.get(id=filed.tip_id)).place_id == village.id
    await desk.log_out()

    await desk.log_in("xitong")
    closed = await desk.get(f"/units/{station.id.hex}")
    assert "上一级还停用着" in closed.html
    back = await desk.send((await unit_page(desk, "清水村")).form("/restoration"))
    assert "已恢复使用" in back.html
    assert [node.name for node in (await tree()).search("清水")] == ["清水村"]
    assert await Audit.filter(object_id=village.id, act__in=[Act.UNIT_RETIRED, Act.UNIT_RESTORED]).count() == 2


async def test_no_place_is_retired_under_its_officers_and_no_office_at_all(desk: Desk) -> None:
    world = desk.world
    await Officer.appoint(await world.actor("xitong"), station_id=world.units["清水村"].id, name="郝联络")
    await desk.log_in("xitong")
    held = await desk.send((await unit_page(desk, "清水村")).form("/retirement"), sure="yes")
    assert held.status == 422
    assert "还有联络员在任" in held.html
    office = await unit_page(desk, "石桥镇")
    assert not office.has_form("/retirement")
    token = office.form("/logout").fields["token"]
    path = f"/units/{world.units['石桥镇'].id.hex}/retirement"
    assert (await desk.post(path, {"token": token, "sure": "yes"})).status == 422
    assert all(unit.state is UnitState.SERVING for unit in await Unit.all())


async def test_a_village_is_found_by_any_of_its_names_and_links_to_its_paper(desk: Desk) -> None:
    await desk.log_in("shuji")
    found = await desk.get("/units?q=QINGSHUI")
    village = desk.world.units["清水村"].id.hex
    assert f"/units/{village}" in found.html
    assert f"/units/{desk.world.units['白杨村'].id.hex}" not in found.html
    assert "没找到" in (await desk.get("/units?q=%E5%8C%97%E4%BA%AC")).html
    assert "暂时不能打印" in (await unit_page(desk, "清水村")).html
    object.__setattr__(house(), "form_url", "https://qf.example")
    shown = await unit_page(desk, "清水村")
    for paper in ("poster", "cards"):
        assert f"https://qf.example/{paper}/{village}" in shown.html


async def test_a_long_list_of_villages_comes_in_pages(desk: Desk) -> None:
    town = desk.world.units["柳河镇"]
    async with transaction():
        for n in range(120):
            await Unit.found(parent=town, kind=UnitKind.VILLAGE, name=f"第{n:03}村")
    await desk.log_in("xitong")
    first = await unit_page(desk, "柳河镇")
    assert ("第098村" in first.html, "第099村" in first.html) == (True, False)
    last = await desk.get(f"/units/{town.id.hex}?after={(await Unit.get(name='第098村')).id.hex}")
    assert ("第098村" in last.html, "第119村" in last.html) == (False, True)
    assert (await desk.get(f"/units/{town.id.hex}?after=x")).status == 404


async def test_what_is_no_unit_does_not_exist(desk: Desk) -> None:
    world: World = desk.world
    gone = await Unit.found(parent=world.units["石桥镇"], kind=UnitKind.VILLAGE, name="撤回村")
    async with transaction():
        await Unit.filter(id=gone.id).update(state=UnitState.WITHDRAWN)
    await desk.log_in("xitong")
    for path in (UUID(int=3).hex, "x", gone.id.hex):
        assert (await desk.get(f"/units/{path}")).status == 404
    assert "撤回村" not in (await unit_page(desk, "石桥镇")).html
    form = (await desk.get("/units")).form("/units")
    made = await desk.send(form, parent=world.units["石桥镇"].id.hex, kind="village", name="撤回村")
    assert "撤回村已建好" in made.html


async def test_the_roles_of_the_tree_are_those_of_the_table(desk: Desk) -> None:
    await desk.world.enrol("quzhang", unit="云岭县", role=Role.ZONE_HEAD)
    await desk.log_in("quzhang")
    assert (await desk.get("/units")).status == 200
