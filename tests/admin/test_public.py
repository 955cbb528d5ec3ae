"""The residents' front page: where to call and come; and the place where other doors are mounted."""

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from admin.public.app import HERE, PublicConfig, public_site
from tests.world import World


async def ping(_: web.Request) -> web.Response:
    return web.Response(text="pong")


async def test_the_page_names_the_office_its_line_and_the_hotline(world: World) -> None:
    assert world
    site = public_site(PublicConfig(demo=True), mount=[web.post("/hook", ping)])
    async with TestClient(TestServer(site)) as browser:
        async with browser.get("/") as answer:
            html = await answer.text()
            assert answer.status == 200
            assert "Server" not in answer.headers
            assert not answer.cookies
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        for word in ("云岭县纪委监委", "0870-5550123", "12388", "团结路1号", "9:00—17:00"):
            assert word in html
        assert "石桥镇纪委" not in html  # it gave no line of its own
        async with browser.get("/public.css") as answer:
            assert answer.content_type == "text/css"
        async with browser.post("/hook") as answer:
            assert await answer.text() == "pong"
        async with browser.get("/tips") as answer:
            assert answer.status == 404


def test_the_style_sheet_is_light() -> None:
    assert (HERE / "static" / "public.css").stat().st_size < 20_000
