"""What may never happen: a secret in an address, a title, a log, a cookie; somebody's address in a row."""

import logging
import re

import pytest
from aiohttp import web

from admin.public import app as site
from admin.public.app import PublicConfig, public_site
from admin.public.assets import OWN, assets
from models.db import Database
from models.draft import Draft
from models.tip import Tip
from tests.bot.test_pieces import photo
from tests.public.visitor import Visitor
from tests.world import World

PUBLIC = ("station", "version", "lesson")
"""What an address of the site may name: things that everybody may know of."""


async def test_no_address_and_no_title_tells_a_secret(visitor: Visitor) -> None:
    await visitor.reaches_review("字", ("photo", "a.jpg", photo()))
    secret = visitor.secret
    await visitor.press(do="submit")
    code = visitor.code
    for told in (secret, code, code.replace("-", "")):
        assert not re.search(
            rf'(href|src|action|value="https?:)[^>]*{told}', visitor.page.html.replace('value="' + told, "")
        )
    assert re.findall(r"<title>(.*?)</title>", visitor.page.html) == ["清风站"]
    assert visitor.page.path == "/report"


async def test_every_page_is_hardened_and_sets_no_cookie(visitor: Visitor) -> None:
    for path in ("/", "/track", "/nowhere", f"/poster/{visitor.world.units['清水村'].id.hex}"):
        page = await visitor.get(path)
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; script-src")
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in page.headers
        assert "Server" not in page.headers
        assert not re.search(r'\son\w+="|\sstyle="|<style|javascript:', page.html)


async def test_the_first_view_is_light(visitor: Visitor) -> None:
    page = await visitor.get("/")
    whole = len(page.html.encode()) + sum(len(one.body) for one in assets().values())
    assert whole < 50_000
    assert (OWN / "public.css").stat().st_size < 20_000


async def test_forms_from_elsewhere_are_refused(visitor: Visitor) -> None:
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        page = await visitor.post("/report", {}, headers)
        assert page.status == 403
        visitor.says("不是从本站发出的")
    for headers in ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {}):
        assert (await visitor.post("/report", {}, headers)).status == 200


async def test_logs_and_rows_know_nothing_of_who_came(
    world: World, database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Visitor.at(world, PublicConfig(forwarded_header="X-Real-IP")) as visitor:
        visitor.headers = {"X-Real-IP": "203.0.113.77", "User-Agent": "Canary/1.0"}
        await visitor.reaches_review("金丝雀说的话")
        secret = visitor.secret

        async def broken(*_: object, **__: object) -> None:
            raise RuntimeError("金丝雀说的话")

        with monkeypatch.context() as patch:
            patch.setattr(Tip, "file", broken)
            await visitor.press(do="submit")
            visitor.says("出了意外")
            assert "金丝雀" not in visitor.page.html
        await visitor.post("/report", {"form": secret, "question": "review", "do": "submit"})
        code = visitor.code
    for told in ("203.0.113.77", "Canary/1.0", "金丝雀", secret, code):
        assert told not in caplog.text
    if database.path:
        stored = b"".join(path.read_bytes() for path in database.path.parent.glob("*.sqlite*"))
        assert stored
        for told in ("203.0.113.77", "Canary/1.0", "金丝雀", secret, code):
            assert told.encode() not in stored


async def test_mounted_routes_keep_their_own_rules(world: World) -> None:
    assert world

    async def ping(_: web.Request) -> web.Response:
        return web.Response(text="pong")

    made = public_site(PublicConfig(), mount=[web.post("/hook", ping)])
    assert [route for route in made.router.routes() if route.resource and route.resource.canonical == "/hook"]
    assert all("{" not in path or any(one in path for one in PUBLIC) for _, path, _, _ in site.ROUTES)


async def test_every_language_walks_the_whole_way(visitor: Visitor) -> None:
    for language, words in {"zh_Hant": "請核對", "en": "Please check"}.items():
        await visitor.get(f"/?lang={language}")
        await visitor.press()
        await visitor.press(answer=visitor.world.units["清水村"].id.hex)
        await visitor.press(answer="V01")
        await visitor.press(answer="village")
        await visitor.press(text="abc", do="next")
        await visitor.press(answer="anonymous")
        visitor.says(words, f'lang="{language.replace("_", "-")}"')
        await visitor.press(speak="zh_CN")
        visitor.says("请核对")


async def test_a_language_chosen_in_the_middle_keeps_what_was_typed(visitor: Visitor) -> None:
    await visitor.reaches_story()
    await visitor.press("/report", ("photo", "a.jpg", photo()), text="半句话", speak="en")
    visitor.says("半句话", "a.jpg", 'lang="en"')
    assert await Draft.all().count() == 1


async def test_posters_and_cards_tell_public_things_only(visitor: Visitor) -> None:
    village = visitor.world.units["清水村"].id.hex
    await visitor.get(f"/poster/{village}")
    visitor.says("云岭县纪委监委", "0870-5550123", "12388", "工作日", "清水村", "<svg")
    await visitor.get(f"/cards/{village}?lang=en")
    assert visitor.page.html.count("<li>") >= 10
    for wrong in ("00" * 16, "nonsense", visitor.world.units["石桥镇"].id.hex):
        assert (await visitor.get(f"/poster/{wrong}")).status == 404
