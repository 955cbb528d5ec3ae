"""联络员 at the desk: appointed with a slip shown once, listed, invited again, ended; by those above only."""

import re

import pytest

from models.contact import Contact
from models.db import transaction
from models.officer import Officer, OfficerChat
from models.terms import UnitKind
from models.unit import Unit
from tests.admin.client import Desk, Page
from tests.models.staging import resident

CODE = re.compile(r'<p class="code">([0-9A-Z-]{20})</p>')


async def appoint(desk: Desk, name: str = "陈联络", village: str = "清水村") -> tuple[Page, str]:
    page = await desk.get("/officers")
    page = await desk.send(page.form("/appointments"), station=desk.world.units[village].id.hex, name=name)
    found = CODE.search(page.html)
    return page, found[1] if found else ""


async def enrol(code: str, number: int = 1) -> Contact:
    contact, _ = await resident(number)
    await Officer.enrol(code, contact.id)
    return contact


async def test_an_officer_is_appointed_and_the_slip_is_shown_once(desk: Desk) -> None:
    await desk.log_in("shouli")
    page, code = await appoint(desk)
    assert page.status == 200
    assert code
    assert "<svg" in page.html
    assert "石桥镇 清水村" in page.html
    assert (await Officer.invited(code)).name == "陈联络"
    listed = await desk.get("/officers")
    assert "已聘，待登记" in listed.html
    assert code not in listed.html
    await enrol(code)
    assert "在任" in (await desk.get("/officers")).html


async def test_a_lost_phone_gets_a_new_code_and_the_old_one_is_void(desk: Desk) -> None:
    await desk.log_in("shuji")
    _, code = await appoint(desk)
    contact = await enrol(code)
    [officer] = await Officer.all()
    page = await desk.send((await desk.get("/officers")).form(f"/officers/{officer.id.hex}/invitation"))
    again = CODE.search(page.html)
    assert again
    newer, _ = await resident(2)
    await Officer.enrol(again[1], newer.id)
    assert await Officer.of_contact(contact.id) is None


async def test_the_end_is_at_once_and_stays_on_record(desk: Desk) -> None:
    await desk.log_in("shouli")
    _, code = await appoint(desk)
    await enrol(code)
    [officer] = await Officer.all()
    form = (await desk.get("/officers")).form(f"/officers/{officer.id.hex}/end")
    page = await desk.send(form)
    assert "已卸任" in page.html
    assert not page.has_form(f"/officers/{officer.id.hex}/end")
    assert not await OfficerChat.exists()
    again = await desk.send(form)
    assert again.status == 409
    assert "这位联络员已经卸任" in again.html


@pytest.mark.parametrize(("typed", "words"), [({"name": " "}, "1到32个字"), ({"name": "陈联络"}, "已经是这里的联络员")])
async def test_what_cannot_be_used_is_said_and_stays_typed(desk: Desk, typed: dict[str, str], words: str) -> None:
    await desk.log_in("shuji")
    await appoint(desk)
    page = await desk.get("/officers")
    village = desk.world.units["清水村"].id.hex
    page = await desk.send(page.form("/appointments"), **{"station": village, **typed})
    assert page.status == 422
    assert words in page.html
    assert f'value="{typed["name"]}"' in page.html
    assert await Officer.all().count() == 1


async def test_nobody_reaches_over_into_another_township(desk: Desk) -> None:
    """Neither the list, nor a guessed address, nor a forged choice tells that an officer is there."""
    officer, _ = await Officer.appoint(
        await desk.world.actor("shuji"), station_id=desk.world.units["清水村"].id, name="陈联络"
    )
    await desk.log_in("liushuji")
    page = await desk.get("/officers")
    assert "陈联络" not in page.html
    assert "清水村" not in page.html
    assert (await desk.get(f"/officers?station={desk.world.units['清水村'].id.hex}")).status == 404
    token = page.form("/logout").fields["token"]
    for act in ("end", "invitation"):
        assert (await desk.post(f"/officers/{officer.id.hex}/{act}", {"token": token})).status == 404
    forged = {"token": token, "station": desk.world.units["清水村"].id.hex, "name": "外人"}
    assert (await desk.post("/officers/appointments", forged)).status == 422
    assert "清水村" not in (await desk.get("/officers?q=清水村")).html.replace("“清水村”", "").replace(
        'value="清水村"', ""
    )
    assert (await Officer.get()).ended_on is None


@pytest.mark.parametrize("login", ["chengban", "baoguan", "anquan", "shenji"])
async def test_other_roles_have_no_such_page(desk: Desk, login: str) -> None:
    await desk.log_in(login)
    assert "/officers" not in (await desk.get("/")).html
    assert (await desk.get("/officers")).status == 403


async def test_a_village_is_found_by_any_of_its_names_and_pages_go_on(desk: Desk) -> None:
    world = desk.world
    async with transaction():
        await Unit.found(parent=world.units["白杨村"], kind=UnitKind.STATION, name="白杨村联络站")
    actor = await world.actor("xitong")
    await Officer.appoint_many(actor, [(world.units["清水村"].id, f"联络{number:03}") for number in range(60)])
    await Officer.appoint_many(actor, [(world.units["上湾村"].id, "湾联络")])
    await desk.log_in("xitong")
    page = await desk.get("/officers?q=qingshui")
    assert "联络000" in page.html
    assert "湾联络" not in page.html
    onward = re.search(r'href="(/officers\?[^"]*after=[0-9a-f]{32})"', page.html)
    assert onward
    rest = await desk.get(onward[1].replace("&amp;", "&"))
    assert "联络059" in rest.html
    assert "联络000" not in rest.html
    assert "没找到" in (await desk.get("/officers?q=火星")).html
    options = (await desk.get("/officers")).html.split("<select")[1].split("</select>")[0]
    assert "白杨村联络站" in options
    assert ">白杨村<" not in options
    for odd in ("after=x", "station=1", f"after={'0' * 32}"):
        assert (await desk.get(f"/officers?{odd}")).status == 404
