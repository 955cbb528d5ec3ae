"""廉洁课堂 on the residents' site: only what is published for everybody, light, and nobody is noted."""

import re
from datetime import timedelta

import pytest
from aiohttp import ClientPayloadError

from admin.public.assets import assets
from models.db import connection, transaction
from models.material import Material
from models.sealed_files import once
from models.terms import LessonKind
from tests.models.lessons import published, titled, written
from tests.public.visitor import Visitor

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def test_everybody_reads_the_public_part_in_three_languages_and_nothing_else(visitor: Visitor) -> None:
    world = visitor.world
    case = await published(world, kind=LessonKind.CASE)
    lesson = await published(world)
    hidden = [await published(world, texts=titled("干部必读"), officials_only=True), await written(world)]
    gone = await published(world, texts=titled("撤下的课"))
    await gone.withdraw(await world.actor("xianban"))
    front = await visitor.get("/")
    assert 'href="/lessons"' in front.html
    page = await visitor.get("/lessons")
    assert "公款不是私款" in page.html
    assert "干部必读" not in page.html
    assert "撤下的课" not in page.html
    assert len(page.html.encode()) + sum(len(one.body) for one in assets().values()) < 50_000
    assert not re.search(r'\son\w+="|\sstyle="|<style|javascript:', page.html)
    page = await visitor.get(f"/lessons/{lesson.id.hex}?lang=en")
    visitor.says("Public money is not private", "Every yuan of the village is booked.")
    page = await visitor.get(f"/lessons/{case.id.hex}?lang=zh_Hant")
    visitor.says("本來可以怎樣避免", "名单张榜", "2026-10-09由云岭县清风网公開通報", "只有簡體中文", 'lang="zh-CN"')
    for one in (*hidden, gone):
        assert (await visitor.get(f"/lessons/{one.id.hex}")).status == 404
        assert (await visitor.get(f"/lessons/{one.id.hex}/file")).status == 404
    for odd in ("x", "00" * 16, f"{lesson.id.hex}/file"):
        assert (await visitor.get(f"/lessons/{odd}")).status == 404
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_the_list_turns_its_pages_and_chooses_a_kind(visitor: Visitor) -> None:
    world = visitor.world
    await published(world, kind=LessonKind.CASE)
    for number in range(20):
        world.clock.at += timedelta(minutes=1)
        await published(world, texts=titled(f"第{number}课"))
    assert "第19课" in (await visitor.get("/lessons")).html
    assert "低保名单里的亲戚" not in visitor.page.html
    assert "低保名单里的亲戚" in (await visitor.get("/lessons?page=2")).html
    assert "第19课" not in (await visitor.get("/lessons?kind=case&page=99")).html
    visitor.says("低保名单里的亲戚")
    for odd in ("kind=zz", "page=-1", "page=99999999999999999999", "lang=xx"):
        assert (await visitor.get(f"/lessons?{odd}")).status == 200
    assert "廉洁课堂" in (await visitor.get(f"/poster/{world.units['清水村'].id.hex}")).html


async def test_a_file_is_streamed_so_that_nothing_of_it_runs_and_reading_writes_nothing(visitor: Visitor) -> None:
    world = visitor.world
    unit = world.units["云岭县"].id
    material = await Material.keep(unit, once(PDF), "手册.pdf", by_id=world.staff["xianban"].id)
    lesson = await published(world, kind=LessonKind.FILE, material_id=material.id)
    before = await _rows()
    assert "下载文件" in (await visitor.get(f"/lessons/{lesson.id.hex}")).html
    async with visitor.client.get(f"/lessons/{lesson.id.hex}/file") as answer:
        assert await answer.read() == PDF
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert await _rows() == before
    for stored in visitor.stored_files():
        stored.write_bytes(stored.read_bytes()[:-1] + b"x")
    async with visitor.client.get(f"/lessons/{lesson.id.hex}/file") as answer:
        with pytest.raises(ClientPayloadError):  # cut short of its promised length
            await answer.read()


async def _rows() -> dict[str, int]:
    """How many rows each table holds: who reads leaves none."""
    async with transaction():
        _, tables = await connection().execute_query("SELECT name FROM sqlite_master WHERE type = 'table'")
        counts = {}
        for table in (row["name"] for row in tables):
            _, found = await connection().execute_query(f'SELECT COUNT(*) AS n FROM "{table}"')  # noqa: S608
            counts[table] = found[0]["n"]
        return counts
