"""From an invitation to the first look at a matter, as three people do it at three browsers."""

import re

import pyotp
import pytest

from models.errors import Invalid
from models.staff import Invite, Staff
from models.terms import Role
from models.unit import Unit
from tests.admin.client import Desk, Page
from tests.world import PASSWORD, World

NEW = "xianglu caodi huoche"


async def invite(desk: Desk, unit: str, role: Role) -> str:
    await desk.log_in("anquan")
    form = (await desk.get("/staff")).form("/invites")
    page = await desk.send(form, unit=desk.world.units[unit].id.hex, role=role.value)
    await desk.log_out()
    found = re.search(r'id="invite-code"[^>]*>(\w+)<', page.html)
    assert found, page.html
    return found[1]


async def person_form(desk: Desk, code: str) -> Page:
    return await desk.send((await desk.get("/enrol")).form("/enrol"), invite=code)


async def enrol(desk: Desk, invitation: str, /, **typed: str) -> Page:
    page = await person_form(desk, invitation)
    seed = desk.world.seeds["sun"] = page.form("/enrol/person").fields["seed"]
    told = {"name": "小孙", "login": "sun", "password": NEW, "again": NEW}
    told["code"] = pyotp.TOTP(seed).at(desk.world.clock.at)
    return await desk.send(page.form("/enrol/person"), **{**told, **typed})


async def test_the_whole_way_in(desk: Desk) -> None:
    filed = await desk.world.file_tip()
    code = await invite(desk, "石桥镇", Role.HANDLER)
    done = await enrol(desk, code)
    fingerprint = re.search(r'class="fingerprint">([\w-]+)<', done.html)
    assert fingerprint, done.html
    assert fingerprint[1] == (await Staff.get(login="sun")).fingerprint()
    home = await desk.log_in("sun", password=NEW)
    assert "您还没有钥匙" in home.html
    assert fingerprint[1] in home.html
    assert (await desk.get(f"/tips/{filed.tip_id.hex}")).status == 404
    await desk.log_out()

    home = await desk.log_in("shuji")
    assert "小孙（承办人）等钥匙" in home.html
    form = (await desk.get("/staff")).form("/appointment")
    wrong = await desk.send(form, fingerprint="AAAA-AAAA-AAAA")
    assert wrong.status == 422
    assert "和他的对不上" in wrong.html
    given = await desk.send(form, fingerprint=fingerprint[1].lower().replace("-", " "))
    assert "钥匙已给" in given.html
    assert not given.has_form("/appointment")
    await desk.log_out()

    await desk.log_in("sun", password=NEW)
    assert (await desk.get(f"/tips/{filed.tip_id.hex}")).status == 200


async def test_an_invitation_works_once_and_a_wrong_one_never(desk: Desk) -> None:
    code = await invite(desk, "石桥镇", Role.HANDLER)
    assert "入站完成" in (await enrol(desk, code)).html
    used = await person_form(desk, code)
    assert used.status == 422
    assert "邀请码不对" in used.html
    assert "邀请码不对" in (await person_form(desk, "00" * 10)).html


async def test_whatever_must_be_mended_the_rest_stays_typed(desk: Desk) -> None:
    code = await invite(desk, "石桥镇", Role.HANDLER)
    for typed, sentence in (
        ({"again": "other words here"}, "两遍密码不一样"),
        ({"password": "short", "again": "short"}, "密码太短"),
        ({"login": "shuji"}, "这个登录名有人用了"),
        ({"code": "000000"}, "动态码不对"),
        ({"name": " "}, "请填姓名"),
        ({"seed": "not base32!"}, "动态码不对"),
    ):
        page = await enrol(desk, code, **typed)
        assert page.status == 422
        assert sentence in page.html
        assert page.form("/enrol/person").fields["login"] == typed.get("login", "sun")
        assert NEW not in page.html
    assert await Invite.find(code)


async def test_the_qr_code_is_a_picture_inside_the_page(desk: Desk) -> None:
    page = await person_form(desk, await invite(desk, "石桥镇", Role.HANDLER))
    picture = page.html[page.html.index("<svg") : page.html.index("</svg>")]
    assert "style" not in picture
    assert "href" not in picture


async def test_administrators_are_told_that_they_get_no_key(desk: Desk) -> None:
    done = await enrol(desk, await invite(desk, "云岭县", Role.AUDIT_ADMIN))
    assert "管理员不持钥匙" in done.html
    assert 'class="fingerprint"' not in done.html


async def test_nobody_is_invited_where_there_is_no_desk(desk: Desk) -> None:
    await desk.log_in("anquan")
    form = (await desk.get("/staff")).form("/invites")
    for unit, role in (("清水村", Role.HANDLER), ("石桥镇", Role.SYSTEM_ADMIN)):
        answer = await desk.send(form, unit=desk.world.units[unit].id.hex, role=role.value)
        assert answer.status == 422
        assert "没有这种角色" in answer.html
    assert (await desk.send(form, role="king")).status == 422
    assert (await desk.send(form, unit="x")).status == 422


async def test_the_code_of_an_invitation_is_shown_once(desk: Desk) -> None:
    code = await invite(desk, "石桥镇", Role.HANDLER)
    await desk.log_in("anquan")
    assert code not in (await desk.get("/staff")).html


async def test_a_new_unit_is_founded_its_head_enrols_and_the_county_opens_it(desk: Desk) -> None:
    world: World = desk.world
    await desk.log_in("xitong")
    form = (await desk.get("/units")).form("/units")
    county = world.units["云岭县"].id.hex
    bad = await desk.send(form, parent=county, kind="village", name="飞来村", office="留住我")
    assert bad.status == 422
    assert bad.form("/units").fields["office"] == "留住我"
    made = await desk.send(form, parent=county, kind="township", name="白马镇", office="白马镇纪委", old_names="白马乡")
    assert "白马镇已建好" in made.html
    assert "未开通" in made.html
    assert "已经有同名" in (await desk.send(form, parent=county, kind="township", name="白马镇")).html
    await desk.log_out()
    world.units["白马镇"] = await Unit.get(name="白马镇")
    assert world.units["白马镇"].old_names == ["白马乡"]
    head = await world.enrol("maji", unit="白马镇", role=Role.SECRETARY, name="马书记")

    await desk.log_in("liushuji")
    assert not (await desk.get("/staff")).has_form("/opening")
    await desk.log_out()
    await desk.log_in("xianshuji")
    form = (await desk.get("/staff")).form(f"/staff/{head.id.hex}/opening")
    assert "和他的对不上" in (await desk.send(form, fingerprint="nothing")).html
    assert "已开通" in (await desk.send(form, fingerprint=head.fingerprint())).html
    await desk.log_out()
    assert "您还没有钥匙" not in (await desk.log_in("maji")).html


async def test_who_may_not_invite_or_build_sees_no_form_for_it(desk: Desk) -> None:
    await desk.log_in("shuji")
    page = await desk.get("/staff")
    assert not page.has_form("/invites")
    units = await desk.get("/units")
    assert units.status == 200
    assert not units.has_form("/units")
    token = page.form("/logout").fields["token"]
    assert (await desk.post("/invites", {"token": token})).status == 403
    assert "柳书记" not in page.html


async def test_an_expired_invitation_is_refused(world: World) -> None:
    code = await Invite.issue(unit_id=world.units["石桥镇"].id, role=Role.HANDLER, by=None)
    world.clock.forward(days=8)
    with pytest.raises(Invalid, match="invite_unknown"):
        await Invite.find(code)


async def test_everybody_has_a_page_to_land_on(desk: Desk) -> None:
    for login in ("baoguan", "xitong", "anquan", "shenji", "xianban"):
        home = await desk.log_in(login, password=PASSWORD)
        assert home.status == 200
        for path in re.findall(r'<li><a href="(/\w*)"', home.html):
            assert (await desk.get(path)).status == 200, (login, path)
        await desk.log_out()
