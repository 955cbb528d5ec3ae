"""One page a member: what it tells to whom, and what may be done there."""

import re

import pytest

from models.deputy import Deputy
from models.offices import find_route
from models.proposal import Proposal
from models.rescue import RescueCode
from models.session import Session
from models.staff import Invite, Staff
from models.terms import Concerns, ProposalKind, Role
from tests.admin.client import Desk, Page
from tests.world import PASSWORD


async def page_of(desk: Desk, login: str) -> Page:
    return await desk.get(f"/staff/{desk.world.staff[login].id.hex}")


def heads(page: Page) -> set[str]:
    """The parts of a member's page, by their id."""
    return set(re.findall(r'<section class="card-like" id="(\w+)"', page.html))


async def test_the_page_tells_who_he_is_and_offers_what_the_viewer_may_do(desk: Desk) -> None:
    offered = {
        "shuji": {"ties", "deputies", "role", "reset", "remove"},
        "fushuji": {"role", "reset"},
        "shouli": set(),
        "anquan": {"ties", "remove"},
        "xitong": set(),
    }
    for viewer, parts in offered.items():
        await desk.log_in(viewer)
        page = await page_of(desk, "chengban")
        assert page.status == 200
        assert "王承办" in page.html
        assert "办件钥匙" in page.html or "case" not in page.html
        assert heads(page) == parts, viewer
        await desk.log_out()
    for stranger in ("liushuji", "xianshuji", "baoguan", "shenji"):
        await desk.log_in(stranger)
        assert (await page_of(desk, "chengban")).status in {403, 404}
        await desk.log_out()


async def test_nobody_is_offered_to_remove_reset_or_change_himself(desk: Desk) -> None:
    await desk.log_in("shuji")
    assert heads(await page_of(desk, "shuji")) == {"ties", "deputies"}


async def test_the_fingerprint_is_not_shown_before_it_was_compared(desk: Desk) -> None:
    newcomer = await desk.world.enrol("xinlai", unit="石桥镇", role=Role.HANDLER)
    await desk.log_in("shuji")
    assert newcomer.fingerprint() not in (await page_of(desk, "xinlai")).html
    await desk.world.appoint("xinlai", by="shuji")
    assert newcomer.fingerprint() in (await page_of(desk, "xinlai")).html


async def test_a_removal_takes_a_tick_and_its_page_says_what_was_done(desk: Desk) -> None:
    await desk.log_in("shuji")
    form = (await page_of(desk, "chengban")).form("/removal")
    refused = await desk.send(form)
    assert (refused.status, "没有打勾" in refused.html) == (422, True)
    done = await desk.send(form, sure="yes")
    assert "已办离任" in done.html
    assert heads(done) == {"ties"}
    again = await desk.send(form, sure="yes")
    assert again.status == 409


async def test_the_last_holder_is_named_before_he_is_removed(desk: Desk) -> None:
    await desk.log_in("anquan")
    assert "最后一个拿着身份保管钥匙" in (await page_of(desk, "baoguan")).html
    assert "最后一个" not in (await page_of(desk, "chengban")).html


async def test_role_and_reset_are_proposed_here_and_shown_as_waiting(desk: Desk) -> None:
    await desk.log_in("shuji")
    page = await page_of(desk, "chengban")
    for odd in ("king", "audit_admin", "handler"):
        assert (await desk.send(page.form("/role-proposal"), role=odd)).status == 422
    assert "已提出调整岗位" in (await desk.send(page.form("/role-proposal"), role="registrar")).html
    twice = await desk.send(page.form("/role-proposal"), role="registrar")
    assert twice.status == 409
    assert "已提出重置" in (await desk.send(page.form("/reset-proposal"))).html
    kinds = {one.kind for one in await Proposal.filter(about_id=desk.world.staff["chengban"].id)}
    assert kinds == {ProposalKind.RESET, ProposalKind.CHANGE_ROLE}
    assert "等安全管理员同意" in (await page_of(desk, "chengban")).html


async def test_a_deputy_is_named_with_days_and_ended(desk: Desk) -> None:
    world = desk.world
    await desk.log_in("shuji")
    form = (await page_of(desk, "shouli")).form("/deputies")
    boss = world.staff["shuji"].id.hex
    for days in ({"first": "", "last": "x"}, {"first": "2026-11-24", "last": "2026-11-23"}, {"last": "2027-11-23"}):
        assert (await desk.send(form, **{"for": boss}, **days)).status == 422
    assert (await desk.send(form, **{"for": world.staff["liuban"].id.hex})).status == 422
    named = await desk.send(form, **{"for": boss}, first="2026-11-24", last="2026-11-25")
    assert "李受理代理周书记" in named.html
    assert "还没开始" in named.html
    row = await Deputy.get()
    both = await page_of(desk, "shuji")
    assert f"/deputies/{row.id.hex}/end" in both.html
    ended = await desk.send(both.form("/end"))
    assert "代理已结束" in ended.html
    assert not await Deputy.exists()


async def test_the_security_administrator_notes_ties_and_takes_them_back(desk: Desk) -> None:
    world = desk.world
    await desk.log_in("anquan")
    form = (await page_of(desk, "chengban")).form("/ties")
    unknown = await desk.send(form, tie="天上人间")
    assert unknown.status == 422
    assert unknown.form("/ties").fields["tie"] == "天上人间"
    noted = await desk.send(form, tie="石桥镇清水村")
    assert "关联已记下" in noted.html
    way = await find_route(world.units["清水村"].id, Concerns.VILLAGE)
    assert way
    assert way.handler.name == "云岭县"
    assert "关联已取消" in (await desk.send(noted.form("/end"))).html
    assert (await Staff.get(login="chengban")).belongs_to == []


async def test_colleagues_do_not_read_a_members_ties(desk: Desk) -> None:
    await desk.log_in("anquan")
    await desk.send((await page_of(desk, "chengban")).form("/ties"), tie="白杨村")
    await desk.log_out()
    await desk.log_in("shouli")
    assert "白杨村" not in (await page_of(desk, "chengban")).html


async def test_a_member_declares_his_own_ties_and_the_desk_sees_what_calls_for_recusal(desk: Desk) -> None:
    filed = await desk.world.file_tip()
    await desk.log_in("chengban")
    page = await desk.get("/account")
    assert "已记下" in (await desk.send(page.form("/account/ties"), tie="清水村")).html
    assert (await desk.send(page.form("/account/ties"), tie="清水村")).status == 409
    await desk.log_out()
    home = await desk.log_in("shuji")
    assert "该回避的件" in home.html
    assert f"/tips/{filed.tip_id.hex}" in home.html
    assert "王承办" in home.html


async def test_invitations_are_listed_and_voided(desk: Desk) -> None:
    await desk.log_in("anquan")
    form = (await desk.get("/staff")).form("/invites")
    unit = desk.world.units["石桥镇"].id.hex
    wrong = await desk.send(form, unit=unit, role="handler", ties="清水村、天上人间")
    assert wrong.status == 422
    assert wrong.form("/invites").fields["ties"] == "清水村、天上人间"
    made = await desk.send(form, unit=unit, role="handler", ties="清水村、白杨村")
    assert len((await Invite.get()).belongs_to or []) == 2
    voided = await desk.send(made.form("/end"))
    assert "邀请已作废" in voided.html
    assert not await Invite.exists()


async def test_rescue_codes_are_shown_once_and_new_ones_take_a_fresh_proof(desk: Desk) -> None:
    await desk.log_in("shuji")
    form = (await desk.get("/account")).form("/account/codes")
    refused = await desk.send(form, password="not it at all", code=desk.world.fresh_code("shuji"))
    assert refused.status == 422
    assert not await RescueCode.exists()
    shown = await desk.send(form, password=PASSWORD, code=desk.world.fresh_code("shuji"))
    assert len(set(re.findall(r"<li>(\w{5}-\w{5})</li>", shown.html))) == 8
    assert not re.search(r"<li>\w{5}-\w{5}</li>", (await desk.get("/account")).html)


async def test_sessions_are_listed_and_the_others_ended(desk: Desk) -> None:
    async with Desk.at(desk.world) as elsewhere:
        await elsewhere.log_in("shuji")
        await desk.log_in("shuji")
        page = await desk.get("/account")
        assert page.html.count("就是这里") == 1
        done = await desk.send(page.form("/account/sessions/end"))
        assert "其他登录都已退出" in done.html
        assert not done.has_form("/account/sessions/end")
        assert (await elsewhere.get("/account")).path.startswith("/login")
    assert await Session.all().count() == 1


@pytest.mark.parametrize(
    ("login", "told"),
    [("xitong", "还没开通的单位"), ("anquan", "没人拿着的钥匙"), ("shenji", "今天被拒的登录")],
)
async def test_each_administrator_lands_on_his_own_duties_and_sees_no_matter(desk: Desk, login: str, told: str) -> None:
    await desk.world.file_tip("绝密的原话")
    home = await desk.log_in(login)
    assert 'id="duties"' in home.html
    assert told in home.html
    for path in re.findall(r'<li class="count[^"]*"><a href="([^"]+)"', home.html):
        page = await desk.get(path)
        assert page.status == 200, path
        assert "绝密的原话" not in page.html
        assert "补贴" not in page.html


async def test_a_desk_has_no_duties_of_administrators(desk: Desk) -> None:
    assert 'id="duties"' not in (await desk.log_in("shuji")).html
