"""A picture, film or file on the compose page: kept through every mistake, shown as it goes out, by its own office."""

import re
from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData

from models.campaign import Campaign
from models.material import MOST_CAPTION, Material, MaterialKind
from tests.admin.client import Desk, Form, Page
from tests.models.media_samples import film, photo
from tests.models.outreach import officials

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
WORDS = {"text_zh_CN": "不收礼，不送礼。", "text_zh_Hant": "", "text_en": "No gifts."}


async def send(desk: Desk, form: Form, data: bytes = b"", name: str = "", /, **fields: str) -> Page:
    """As a browser does: several boxes of one name, and the file after the words."""
    body = FormData(quote_fields=False)
    for field, value in {**form.fields, **fields}.items():
        body.add_field(field, value, content_type="text/plain; charset=utf-8")
    body.add_field("file", BytesIO(data), filename=name, content_type="application/octet-stream")
    told: Any = body
    return await desk.post(form.action, told)


async def sheet(desk: Desk) -> Form:
    return (await desk.get("/outreach/new")).form("/outreach/new")


async def test_a_picture_is_kept_through_mistakes_shown_exchanged_and_left_out(desk: Desk) -> None:
    await officials(desk.world, 1)
    await desk.log_in("xianban")
    page = await send(desk, await sheet(desk), photo(), "海报.png", **{**WORDS, "text_zh_CN": ""})
    assert page.status == 422
    assert "已带上：海报.jpg" in page.html
    assert "No gifts." in page.html
    picture = await Material.get()
    page = await send(desk, page.form("/outreach/new"), **WORDS)
    campaign = await Campaign.get()
    assert campaign.material_id == picture.id
    assert f'src="/materials/{picture.id.hex}"' in page.html
    async with desk.client.get(f"/materials/{picture.id.hex}") as shown:
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert (await shown.read()).startswith(b"\xff\xd8")
    edit = (await desk.get(f"/outreach/{campaign.id.hex}/edit")).form("/edit")
    await send(desk, edit, film(), "课.mp4")
    campaign = await Campaign.get()
    assert (await Material.get(id=campaign.material_id)).kind is MaterialKind.VIDEO
    edit = (await desk.get(f"/outreach/{campaign.id.hex}/edit")).form("/edit")
    await send(desk, edit, without_material="yes")
    assert (await Campaign.get()).material_id is None
    await desk.log_out()
    await desk.log_in("liuban")
    assert (await desk.get(f"/materials/{picture.id.hex}")).status == 404


async def test_what_cannot_go_along_is_refused_in_a_sentence_and_the_words_stay(desk: Desk) -> None:
    await desk.log_in("xianban")
    for data, name, fields, sentence in (
        (b"<html>", "照片.jpg", {}, "这种文件收不了"),
        (photo()[:90], "照片.jpg", {}, "这张图打不开"),
        (film(50_000_001), "讲课.mp4", {}, "文件太大，最多50兆"),
        (photo(), "a.jpg", {"text_en": "x" * (MOST_CAPTION + 1)}, f"最多{MOST_CAPTION}字"),
        (b"", "", {"material": "00" * 16}, "已经不在了"),
        (b"", "", {"reader": "residents"}, "选"),
        (b"", "", {"reader": "subscribers"}, "订阅的居民只收学习材料"),
    ):
        page = await send(desk, await sheet(desk), data, name, **{**WORDS, **fields})
        assert page.status == 422, sentence
        assert sentence in page.html
        assert "不收礼，不送礼。" in page.html
    assert not await Campaign.exists()


async def test_no_file_is_taken_before_the_token_nor_without_a_session(desk: Desk) -> None:
    await desk.log_in("xianban")
    form = await sheet(desk)
    assert (await send(desk, form, photo(), "a.jpg", **{**WORDS, "token": "forged"})).status == 403
    await desk.log_out()
    page = await send(desk, form, photo(), "a.jpg", **WORDS)
    assert page.status == 401
    assert not await Material.exists()


async def test_without_javascript_a_button_counts_and_keeps_everything(desk: Desk) -> None:
    await officials(desk.world, 3)
    await desk.log_in("xianban")
    page = await send(desk, await sheet(desk), photo(), "a.jpg", **{**WORDS, "posts": "村主任", "act": "count"})
    assert page.status == 200
    assert re.search(r'id="reach"[^>]*>能收到 0 人', page.html)
    assert 'value="村主任"' in page.html
    assert "已带上：a.jpg" in page.html
    assert not await Campaign.exists()
