"""In and out of the panel; and that the end of a session loses nobody's words."""

import logging
import re

import pytest

from admin.config import PanelConfig
from models.session import Session
from tests.admin.client import Desk
from tests.world import PASSWORD

OURS = ("admin", "models", "aiohttp")


async def test_password_and_code_open_the_door_and_logging_out_shuts_it(desk: Desk) -> None:
    home = await desk.log_in("shuji")
    assert (home.status, home.path) == (200, "/")
    assert "周书记" in home.html
    await desk.log_out()
    assert (await desk.get("/tips")).path.startswith("/login")
    assert not await Session.exists()


@pytest.mark.parametrize(
    ("login", "password", "good_code"),
    [("shuji", "wrong horse battery", True), ("shuji", PASSWORD, False), ("nobody", PASSWORD, False)],
)
async def test_every_refusal_says_the_same(desk: Desk, login: str, password: str, good_code: bool) -> None:
    form = (await desk.get("/login")).form("/login")
    code = desk.world.fresh_code("shuji") if good_code else "000000"
    answer = await desk.send(form, login=login, password=password, code=code)
    assert answer.status == 422
    assert "有一样不对" in answer.html
    assert answer.form("/login").fields["login"] == login
    assert password not in answer.html


async def test_too_many_tries_are_told_to_wait(desk: Desk) -> None:
    form = (await desk.get("/login")).form("/login")
    for _ in range(10):
        await desk.send(form, login="shuji", password="wrong horse battery", code="000000")
    answer = await desk.send(form, login="shuji", password=PASSWORD, code=desk.world.fresh_code("shuji"))
    assert answer.status == 429
    assert "分钟后再来" in answer.html


async def test_one_code_opens_one_session(desk: Desk) -> None:
    await desk.log_in("shuji")
    await desk.log_out()
    form = (await desk.get("/login")).form("/login")
    answer = await desk.send(form, login="shuji", password=PASSWORD, code=desk.world.code("shuji"))
    assert answer.status == 422


@pytest.mark.parametrize(
    ("asked", "reached"),
    [("/staff", "/staff"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/")],
)
async def test_after_the_login_only_our_own_pages_follow(desk: Desk, asked: str, reached: str) -> None:
    form = (await desk.get("/login")).form("/login")
    code = desk.world.fresh_code("shuji")
    answer = await desk.send(form, login="shuji", password=PASSWORD, code=code, next=asked)
    assert answer.path == reached


@pytest.mark.parametrize("field", ["words", "summary"])
async def test_words_typed_in_an_expired_session_come_back_after_the_login(desk: Desk, field: str) -> None:
    filed = await desk.world.file_tip()
    await desk.log_in("shuji")
    path = f"/tips/{filed.tip_id.hex}"
    form = (await desk.get(path)).form("/replies" if field == "words" else "/summary")
    desk.world.clock.forward(minutes=25)
    typed = '写了很久的"话"\n第二行 <b>'
    expired = await desk.send(form, **{field: typed})
    assert expired.status == 401
    assert "您写的都在" in expired.html
    wrong = await desk.send(expired.form("/login"), login="shuji", password=PASSWORD, code="000000")
    code = desk.world.fresh_code("shuji")
    resumed = await desk.send(wrong.form("/login"), login="shuji", password=PASSWORD, code=code)
    assert resumed.form(form.action).fields[field] == typed
    done = await desk.send(resumed.form(form.action))
    assert done.status == 200
    assert "第二行 &lt;b&gt;" in done.html


async def test_over_https_the_cookies_are_locked_to_this_host(desk: Desk) -> None:
    async with Desk.at(desk.world, PanelConfig(https=True)) as strict, strict.client.get("/login") as answer:
        [cookie] = answer.headers.getall("Set-Cookie")
    assert cookie.startswith("__Host-form=")
    for flag in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/"):
        assert flag in cookie


async def test_browsers_are_held_to_https_behind_a_proxy_and_never_where_there_is_none(desk: Desk) -> None:
    assert "Strict-Transport-Security" not in (await desk.get("/login")).headers
    async with Desk.at(desk.world, PanelConfig(https=True)) as behind_a_proxy:  # which itself comes by plain http
        assert "max-age" in (await behind_a_proxy.get("/login")).headers["Strict-Transport-Security"]


async def test_a_changed_password_ends_the_other_sessions(desk: Desk) -> None:
    async with Desk.at(desk.world) as elsewhere:
        await elsewhere.log_in("shuji")
        await desk.log_in("shuji")
        form = (await desk.get("/account")).form("/account/password")
        new = "xianglu caodi huoche"
        wrong = await desk.send(form, old="not this one", password=new, again=new)
        assert "现在的密码不对" in wrong.html
        differ = await desk.send(form, old=PASSWORD, password=new, again=new + "x")
        assert "两遍密码不一样" in differ.html
        done = await desk.send(form, old=PASSWORD, password=new, again=new)
        assert "密码改好了" in done.html
        assert (await elsewhere.get("/account")).path.startswith("/login")


async def test_nothing_that_was_typed_reaches_a_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    filed = await desk.world.file_tip("绝密的原话")
    await desk.log_in("shuji")
    page = await desk.get(f"/tips/{filed.tip_id.hex}")
    await desk.send(page.form("/replies"), words="不许进日志")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(OURS)]
    assert not re.search(r"绝密|不许进日志|shuji|" + re.escape(PASSWORD) + f"|{filed.tip_id.hex}", "\n".join(ours))


async def test_an_unknown_error_shows_a_reference_and_logs_only_its_type(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def burst(*_: object) -> None:
        raise ValueError("绝密")

    await desk.log_in("shuji")
    monkeypatch.setattr("models.desk.counts", burst)
    answer = await desk.get("/")
    assert answer.status == 500
    reference = re.search(r"参考号 (\w{8})", answer.html)
    assert reference
    assert f"panel {reference[1]} ValueError" in caplog.text
    assert "绝密" not in caplog.text + answer.html
