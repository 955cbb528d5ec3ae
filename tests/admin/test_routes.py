"""What holds for every address of the panel, found by walking the router."""

import re
from collections.abc import Iterator

import pytest
from aiohttp.web import AbstractRoute

from admin.app import panel
from admin.config import PanelConfig
from admin.gate import SAFE
from admin.routes import ROUTES
from admin.routing import policy_of
from models.policy import Action
from tests.admin.client import Desk
from tests.world import PEOPLE

UNSAFE = [path for method, path, _, _ in ROUTES if method not in SAFE]


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", "00" * 16, path)


def routes() -> Iterator[AbstractRoute]:
    yield from panel(PanelConfig()).router.routes()


def test_each_route_declares_who_may_come() -> None:
    undeclared = [route.name for route in routes() if policy_of(route.handler) is None]
    assert undeclared == []


def test_each_route_has_a_name_and_a_known_method() -> None:
    assert all(route.name for route in routes())
    assert {route.method for route in routes()} == {"GET", "POST"}


def test_the_walk_itself_would_notice_a_route_without_policy() -> None:
    async def nobody_said() -> None: ...

    assert policy_of(nobody_said) is None


async def test_a_form_without_its_token_is_refused(desk: Desk) -> None:
    await desk.log_in("shuji")
    for path in UNSAFE:
        for token in ("", "00" * 32):
            answer = await desk.post(concrete(path), {"token": token})
            assert answer.status == 403, path
            assert "这个页面放得太久了" in answer.html, path


async def test_a_form_from_elsewhere_is_refused_even_with_a_good_token(desk: Desk) -> None:
    await desk.log_in("shuji")
    token = (await desk.get("/account")).form("/logout").fields["token"]
    elsewhere = ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"})
    for path in UNSAFE:
        for headers in elsewhere:
            answer = await desk.post(concrete(path), {"token": token}, headers)
            assert answer.status == 403, path
            assert "不是从本站发出" in answer.html, path
            assert (await desk.get("/account")).path == "/account", path


async def test_over_https_a_form_that_does_not_say_where_it_comes_from_is_refused(desk: Desk) -> None:
    async with Desk.at(desk.world, PanelConfig(https=True)) as strict:
        assert (await strict.post("/login", {"token": "x"})).status == 403
        here = str(strict.client.make_url("/")).rstrip("/")
        answer = await strict.post("/login", {"token": "x"}, {"Origin": here})
        assert "这个页面放得太久了" in answer.html


async def test_without_a_session_everything_but_the_doors_leads_to_the_login(desk: Desk) -> None:
    doors = {"/login", "/enrol", "/rescue"}
    for path in (path for method, path, _, _ in ROUTES if method == "GET" and not path.startswith("/static/")):
        answer = await desk.get(concrete(path))
        assert answer.path.partition("?")[0] in doors, path


@pytest.mark.parametrize("login", [login for login, (_, role, _) in PEOPLE.items() if role.value.endswith("_admin")])
async def test_administrators_never_reach_a_matter(desk: Desk, login: str) -> None:
    filed = await desk.world.file_tip()
    await desk.log_in(login)
    matter = f"/tips/{filed.tip_id.hex}"
    token = (await desk.get("/account")).form("/logout").fields["token"]
    for method, path, handler, _ in ROUTES:
        policy = policy_of(handler)
        if policy and path.startswith("/tips"):
            address = path.replace("/tips/{tip}", matter).replace("{file}", "00" * 16).replace("{message}", "00" * 16)
            ask = desk.get(address) if method == "GET" else desk.post(address, {"token": token})
            assert (await ask).status == 403, path
    assert "补贴" not in (await desk.get("/")).html


async def test_each_answer_carries_the_hardening(desk: Desk) -> None:
    await desk.log_in("shuji")
    for path in ("/", "/tips", "/nowhere", "/login", "/staff"):
        headers = (await desk.get(path)).headers
        assert "Server" not in headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "data:" not in policy


async def test_no_page_carries_a_script_or_a_style_of_its_own(desk: Desk) -> None:
    filed = await desk.world.file_tip()
    await desk.log_in("shuji")
    for path in ("/", "/tips", f"/tips/{filed.tip_id.hex}", "/staff", "/account"):
        html = (await desk.get(path)).html
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", html), path


async def test_files_of_the_site_are_known_ones_only(desk: Desk) -> None:
    page = await desk.get("/login")
    sheet = re.search(r'href="(/static/\w+/panel\.css)"', page.html)
    assert sheet
    assert (await desk.get(sheet[1])).headers["Cache-Control"].endswith("immutable")
    for path in ("/static/x/app.py", "/static/x/..%2fapp.py", "/static/x/%2e%2e"):
        assert (await desk.get(path)).status == 404


async def test_a_body_too_large_or_of_a_foreign_kind_is_refused(desk: Desk) -> None:
    large = await desk.post("/login", {"login": "x" * 300_000})
    assert large.status == 413
    async with desk.client.post("/login", json={"login": "x"}) as answer:
        assert answer.status == 422
    async with desk.client.post(
        "/login", data=b"login=%ff", headers={"Content-Type": "application/x-www-form-urlencoded; charset=klingon"}
    ) as answer:
        assert answer.status == 422


def test_policies_name_known_actions() -> None:
    found = {policy.action for route in routes() if (policy := policy_of(route.handler)) and policy.action}
    assert found <= set(Action)
