"""Appointment, removal, rotation, role, reset, deputies, the last member, recovery: drilled through the front door."""

import re
from pathlib import Path
from uuid import UUID

import pyotp
import pytest

from models import flood, succession
from models.access import seal_access
from models.matter import Matter
from models.orphans import unreadable
from models.removal import remove
from models.ring import Grant, Ring
from models.sealing import new_secret, public_of
from models.session import log_in
from models.staff import Staff
from models.terms import RingPurpose, Role
from tests.admin.client import Desk, Page
from tests.models.burglar import Burglar, overwrite, take
from tests.models.test_recovery import use
from tests.world import PASSWORD, World

FIRST, SECOND = "第一件事，旧钥匙封的。", "第二件事，新钥匙封的。"
NEW = "seven green parrots dance"


async def versions(world: World, unit: str = "石桥镇", purpose: RingPurpose = RingPurpose.CASE) -> int:
    return await Ring.filter(unit_id=world.units[unit].id, purpose=purpose).count()


async def as_somebody(desk: Desk, login: str, *, password: str = PASSWORD) -> Page:
    """Whoever sat here leaves, and somebody else logs in."""
    if (await desk.get("/account")).path == "/account":
        await desk.log_out()
    return await desk.log_in(login, password=password)


async def ends(desk: Desk, login: str, *, by: str) -> Page:
    await as_somebody(desk, by)
    form = (await desk.get(f"/staff/{desk.world.staff[login].id.hex}")).form("/removal")
    return await desk.send(form, sure="yes")


async def approve_on_the_page(desk: Desk, kind: str) -> Page:
    """As the security administrator, who proves himself where that is asked."""
    await as_somebody(desk, "anquan")
    found = re.search(r'href="(/approvals/\w{32})"', (await desk.get("/approvals")).html)
    assert found, kind
    card = await desk.get(found[1])
    return await desk.send(card.form("/approval"), password=PASSWORD, code=desk.world.fresh_code("anquan"))


async def new_phone(desk: Desk, login: str, form_page: Page, action: str) -> dict[str, str]:
    """The telephone scans the picture on the page."""
    seed = desk.world.seeds[login] = form_page.form(action).fields["seed"]
    desk.world.clock.forward(seconds=30)
    return {"code": pyotp.TOTP(seed).at(desk.world.clock.at)}


async def test_an_appointment_over_a_matter_about_the_newcomer_asks_first_and_seals_it_upward(desk: Desk) -> None:
    world = desk.world
    filed = await world.file_tip("发补贴的是孙大壮。")
    newcomer = await world.enrol("sun", unit="石桥镇", role=Role.HANDLER, name="孙大壮")
    await desk.log_in("shuji")
    form = (await desk.get("/staff")).form("/appointment")
    asked = await desk.send(form, fingerprint=newcomer.fingerprint())
    assert asked.status == 409
    assert "有 1 件在办的反映提到他" in asked.html
    assert 'name="upward"' in asked.html
    assert not await Grant.exists(staff_id=newcomer.id)
    done = await desk.send(asked.form("/appointment"), upward="yes")
    assert "钥匙已给" in done.html
    await as_somebody(desk, "sun")
    assert (await desk.get(f"/tips/{filed.tip_id.hex}")).status == 404
    await as_somebody(desk, "xianban")
    assert (await desk.get(f"/tips/{filed.tip_id.hex}")).status == 200


async def test_invariant_7_removed_by_page_he_is_out_at_once_and_opens_nothing_filed_after_the_next_request(
    desk: Desk,
) -> None:
    world = desk.world
    await world.file_tip(FIRST)
    his_key, old_copy = (await world.actor("chengban"))._secret, await take()
    async with Desk.at(world) as his:
        await his.log_in("chengban")
        assert (await his.get("/tips")).path == "/tips"
        await ends(desk, "chengban", by="anquan")
        assert (await his.get("/tips")).path.startswith("/login")
        refused = await his.log_in("chengban")
        assert refused.path == "/login"
    assert await versions(world) == 1  # the administrator holds no ring: nobody could rotate it yet
    await as_somebody(desk, "shouli")  # any colleague, any page
    assert await versions(world) == 2
    await desk.get("/tips")
    assert await versions(world) == 2
    await world.file_tip(SECOND, village="白杨村")
    thief = Burglar([*old_copy, *await take()], {his_key}).work()
    assert thief.read(FIRST)
    assert not thief.read(SECOND)
    html = (await desk.get("/tips")).html
    assert html.count("/tips/") >= 2  # who stayed lists both


async def test_no_request_of_another_unit_rotates_and_without_a_mark_nothing_is_asked_of_the_rings(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = desk.world
    await ends(desk, "chengban", by="anquan")
    await as_somebody(desk, "liushuji")
    assert await versions(world) == 1
    asked: list[object] = []

    async def noted(actor: object) -> int:
        asked.append(actor)
        return 0

    monkeypatch.setattr("admin.gate.rotate_marked", noted)
    for path in ("/", "/tips", "/staff", "/account"):
        await desk.get(path)
    assert asked == []


async def test_invariant_5_a_swapped_key_stops_the_rotation_and_keeps_nobody_from_his_work(desk: Desk) -> None:
    world = desk.world
    filed = await world.file_tip(FIRST)
    await ends(desk, "chengban", by="anquan")
    mine, true = new_secret(), world.staff["shouli"].public
    await overwrite("staff", "public", world.staff["shouli"].id, public_of(mine))
    await as_somebody(desk, "shuji")
    assert (await desk.get(f"/tips/{filed.tip_id.hex}")).status == 200
    assert await versions(world) == 1
    assert not Burglar(await take(), {mine}).work().opened
    await overwrite("staff", "public", world.staff["shouli"].id, true)
    await desk.get("/")
    assert await versions(world) == 2


async def test_a_changed_post_takes_the_key_the_session_and_rotates_on_the_next_request(desk: Desk) -> None:
    world = desk.world
    filed = await world.file_tip()
    async with Desk.at(world) as his:
        await his.log_in("chengban")
        await desk.log_in("shuji")
        form = (await desk.get(f"/staff/{world.staff['chengban'].id.hex}")).form("/role-proposal")
        await desk.send(form, role="custodian")
        assert (await his.get("/tips")).path == "/tips"  # proposing alone changes nothing
        await approve_on_the_page(desk, "change_role")
        assert (await his.get("/tips")).path.startswith("/login")
        await his.log_in("chengban")
        assert (await his.get(f"/tips/{filed.tip_id.hex}")).status in {403, 404}
    assert (await Staff.get(login="chengban")).role is Role.CUSTODIAN
    await as_somebody(desk, "shuji")
    assert await versions(world) == 2


async def test_a_lost_password_is_proposed_approved_and_answered_by_a_new_key_and_a_new_appointment(desk: Desk) -> None:
    world = desk.world
    filed = await world.file_tip(FIRST)
    old_key = (await world.actor("chengban"))._secret
    await desk.log_in("shuji")
    await desk.send((await desk.get(f"/staff/{world.staff['chengban'].id.hex}")).form("/reset-proposal"))
    approved = await approve_on_the_page(desk, "reset")
    code = re.search(r'id="reset-code"[^>]*>(\w+)<', approved.html)
    assert code, approved.html
    await desk.log_out()

    form = await desk.send((await desk.get("/enrol")).form("/enrol"), invite=code[1])
    assert "王承办" in form.html
    told = await new_phone(desk, "chengban", form, "/enrol/renewal")
    differ = await desk.send(form.form("/enrol/renewal"), password=NEW, again="x", **told)
    assert (differ.status, "两遍密码不一样" in differ.html) == (422, True)
    done = await desk.send(differ.form("/enrol/renewal"), password=NEW, again=NEW, **told)
    assert len(re.findall(r"<li>\w{5}-\w{5}</li>", done.html)) == 8
    shown = re.search(r'class="fingerprint">([\w-]+)<', done.html)
    assert shown
    again = await desk.send((await desk.get("/enrol")).form("/enrol"), invite=code[1])
    assert (again.status, "邀请码不对" in again.html) == (422, True)

    assert (await desk.log_in("chengban")).path == "/login"  # the old password
    assert "您还没有钥匙" in (await desk.log_in("chengban", password=NEW)).html
    await as_somebody(desk, "shuji")
    form = await desk.get("/staff")
    assert "钥匙已给" in (await desk.send(form.form("/appointment"), fingerprint=shown[1])).html
    await as_somebody(desk, "chengban", password=NEW)
    assert (await desk.get(f"/tips/{filed.tip_id.hex}")).status == 200
    assert not Burglar(await take(), {old_key}).work().read(FIRST)


async def test_a_lost_telephone_is_answered_at_the_door_by_a_rescue_code(desk: Desk) -> None:
    world = desk.world
    await desk.log_in("shuji")
    form = (await desk.get("/account")).form("/account/codes")
    codes = re.findall(
        r"<li>(\w{5}-\w{5})</li>", (await desk.send(form, password=PASSWORD, code=world.fresh_code("shuji"))).html
    )
    async with Desk.at(world) as elsewhere:
        door = await elsewhere.get("/rescue")
        assert 'href="/rescue"' in (await elsewhere.get("/login")).html
        told = {"login": "shuji", "password": PASSWORD, **await new_phone(elsewhere, "shuji", door, "/rescue")}
        wrong = await elsewhere.send(door.form("/rescue"), **{**told, "rescue": "00000-00000"})
        assert (wrong.status, "有一样不对" in wrong.html) == (422, True)
        assert wrong.form("/rescue").fields["login"] == "shuji"
        assert wrong.form("/rescue").fields["password"] == ""
        done = await elsewhere.send(wrong.form("/rescue"), **{**told, "rescue": codes[3].upper()})
        assert "还剩 7 个备用码" in done.html
        assert (await desk.get("/")).path.startswith("/login")  # the thief's session, should there be one, has ended
        assert (await elsewhere.log_in("shuji")).path == "/"


async def test_a_deputy_acts_on_his_days_only(desk: Desk) -> None:
    world = desk.world
    newcomer = await world.enrol("xinlai", unit="石桥镇", role=Role.HANDLER)
    await desk.log_in("shuji")
    form = (await desk.get(f"/staff/{world.staff['shouli'].id.hex}")).form("/deputies")
    await desk.send(form, **{"for": world.staff["shuji"].id.hex}, first="2026-11-24", last="2026-11-25")
    for day, may in ((23, False), (24, True), (25, True), (26, False)):
        world.clock.at = world.clock.at.replace(day=day, hour=2)
        await as_somebody(desk, "shouli")
        page = await desk.get("/staff")
        assert page.has_form("/appointment") is may, day
        token = page.form("/logout").fields["token"]
        path = f"/staff/{newcomer.id.hex}/appointment"
        answer = await desk.post(path, {"token": token, "fingerprint": "AAAA"})
        assert answer.status == (422 if may else 403), day


async def orphaned(desk: Desk, count: int = 3) -> list[str]:
    world = desk.world
    tips = [(await world.file_tip(f"第{n}件", village="上湾村")).tip_id.hex for n in range(count)]
    for login in ("liuban", "liushuji"):
        await ends(desk, login, by="anquan")
    return tips


async def test_when_the_last_member_is_gone_a_new_head_is_let_in_by_the_office_above(desk: Desk) -> None:
    world = desk.world
    tips = await orphaned(desk)
    assert "新负责人还没有入站" in (await desk.get("/staff")).html
    head = await world.enrol("xinshuji", unit="柳河镇", role=Role.SECRETARY, name="辛书记")
    waits = await desk.get("/staff")
    assert "辛书记已入站，等上级书记" in waits.html
    assert not waits.has_form("/reopening")
    await as_somebody(desk, "xianshuji")
    form = (await desk.get("/staff")).form(f"/staff/{head.id.hex}/reopening")
    assert "和他的对不上" in (await desk.send(form, fingerprint="AAAA-AAAA-AAAA")).html
    done = await desk.send(form, fingerprint=head.fingerprint())
    assert "转封了 3 件" in done.html
    assert 'id="orphans"' not in done.html
    await as_somebody(desk, "xinshuji")
    for tip in tips:
        assert (await desk.get(f"/tips/{tip}")).status == 200


async def test_invariant_11_a_reopening_cut_short_is_told_and_taken_up_where_it_stopped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = desk.world
    tips = await orphaned(desk)
    head = await world.enrol("xinshuji", unit="柳河镇", role=Role.SECRETARY)
    sealed: list[object] = []

    def dies_at_the_second(*given: object) -> bytes:
        sealed.append(given)
        if len(sealed) == 2:
            raise RuntimeError
        return seal_access(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(succession, "BATCH", 1)
    monkeypatch.setattr(succession, "seal_access", dies_at_the_second)
    await as_somebody(desk, "xianshuji")
    form = (await desk.get("/staff")).form("/reopening")
    assert (await desk.send(form, fingerprint=head.fingerprint())).status == 500
    assert await unreadable(world.units["柳河镇"].id) == 2
    page = await desk.get("/staff")
    assert "还有 2 件没有转封" in page.html
    done = await desk.send(page.form("/resealing"))
    assert "又转封了 2 件" in done.html
    assert not done.has_form("/resealing")
    for tip in tips:
        assert (await Matter.open(await world.actor("xinshuji"), UUID(hex=tip))).narrative()


async def test_a_lost_custody_points_to_the_sheets_and_two_of_them_bring_it_back(
    desk: Desk, database_url: str, tmp_path: Path
) -> None:
    world = desk.world
    await ends(desk, "baoguan", by="anquan")
    await world.enrol("xinguan", unit="云岭县", role=Role.CUSTODIAN)
    page = await desk.get("/staff")
    assert "qingfeng recovery use xinguan" in page.html
    assert (await use(world, database_url, tmp_path, "xinguan", 0, 1)).code == 0
    assert "qingfeng recovery use" not in (await desk.get("/staff")).html
    assert "身份保管" in (await desk.get(f"/staff/{world.staff['xinguan'].id.hex}")).html
    assert await (await world.actor("xinguan")).held(RingPurpose.CUSTODY)


async def test_removing_the_last_head_of_the_root_points_to_the_sheets(desk: Desk) -> None:
    for login in ("xianban", "xianshuji"):
        await remove(await desk.world.actor("anquan"), desk.world.staff[login])
    await desk.log_in("anquan")
    html = (await desk.get("/staff")).html
    assert html.count("qingfeng recovery use") == 2  # case and oversight


async def test_a_crowd_at_the_door_is_told_to_come_again_and_a_known_browser_enters(desk: Desk) -> None:
    await desk.log_in("shuji")
    await desk.log_out()
    full = [flood.STRANGERS.place() for _ in range(24)]
    for place in full:
        place.__enter__()
    try:
        assert (await desk.log_in("shuji")).path == "/"
        async with Desk.at(desk.world) as stranger:
            told = await stranger.log_in("shouli")
            assert (told.status, "请过几秒再试" in told.html) == (429, True)
    finally:
        for place in full:
            place.__exit__(None, None, None)
    assert (await log_in(login="shouli", password=PASSWORD, code=desk.world.fresh_code("shouli"))).cookie
