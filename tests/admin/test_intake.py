"""登记来访来电来信: a clerk writes down what somebody says; it goes the way of every tip, and what must not stay here
leaves nothing.
"""

import json
from typing import Any
from uuid import UUID

import pytest
from aiohttp import FormData
from tortoise import Tortoise

from models.access import Access, Counter
from models.attachment import Attachment
from models.audit import Act, Audit
from models.county import County
from models.db import transaction
from models.draft import Draft
from models.event import Event
from models.house import house
from models.matter import Matter
from models.receipt import Identity
from models.session import Session
from models.staff import Staff
from models.terms import Channel, Concerns, RingPurpose, UnitKind
from models.thread import Thread
from models.tip import Tip
from models.unit import Unit
from tests.admin.client import Desk, Page, Reader
from tests.world import PASSWORD

WORDS = "周三来人说低保名单里有村干部的亲戚。"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


async def fill(desk: Desk, **typed: str) -> Page:
    """A blank form, filled in as most visits are, and sent on to the review."""
    form = (await desk.get("/intake")).form("/intake")
    usual = {"channel": "visit", "search": "清水", "concerns": "village", "words": WORDS, "do": "review"}
    return await desk.send(form, **{**usual, **typed})


async def attach(desk: Desk, page: Page, *files: tuple[str, bytes], **typed: str) -> Page:
    """Sent as a browser sends a form with files."""
    form, data = page.form("/intake"), FormData(quote_fields=False, default_to_multipart=True)
    for name, value in {**form.fields, **typed}.items():
        data.add_field(name, value)
    for name, body in files:
        data.add_field("files", body, filename=name, content_type="application/octet-stream")
    async with desk.client.request("POST", "/intake", data=data) as answer:
        html = await answer.text()
        return Page(answer.status, answer.url.path_qs, html, dict(answer.headers), Reader(html).forms)


def code_on(page: Page) -> str:
    return page.html.split('id="code">')[1].split("<")[0]


async def test_a_visit_is_taken_in_with_two_forms_and_prints_its_code(desk: Desk) -> None:
    await desk.log_in("shouli")
    review = await fill(desk)
    for word in ("石桥镇纪委", "云岭县纪委监委（可监督）", "清水村", "归本办公室办", WORDS):
        assert word in review.html
    slip = await desk.send(review.form("/intake"), do="submit")
    assert "打印" in slip.html
    tip = await Tip.get()
    assert f'href="/tips/{tip.id.hex}"' in slip.html
    assert (tip.channel, tip.unit_id, tip.named) == (Channel.VISIT, desk.world.units["石桥镇"].id, False)
    thread = await Thread.open(code_on(slip), who="x")
    assert (await thread.story())[0]["text"] == WORDS
    assert not await Draft.all().exists()
    [entry] = await Audit.filter(act=Act.TAKEN_IN)
    assert (entry.unit_id, entry.object_id) == (desk.world.units["石桥镇"].id, tip.id)
    assert "来访" in (await desk.get("/tips")).html


@pytest.mark.parametrize("channel", ["call", "letter", "transfer"])
async def test_how_it_came_and_who_is_to_hear_the_answer_are_kept(desk: Desk, channel: str) -> None:
    await desk.log_in("shouli")
    review = await fill(desk, channel=channel, answer="sender", sender="县信访局")
    await desk.send(review.form("/intake"), do="submit")
    tip = await Tip.get()
    assert tip.channel == channel
    page = await desk.get(f"/tips/{tip.id.hex}")
    assert "答复转来的单位" in page.html
    assert "县信访局" in page.html


async def test_old_names_pinyin_and_several_that_are_close_are_found_without_scripts(desk: Desk) -> None:
    await desk.log_in("shouli")
    form = (await desk.get("/intake")).form("/intake")
    looked = await desk.send(form, search="qingshui", do="look")
    assert looked.status == 200
    assert "石桥镇 清水村" in looked.html
    several = await fill(desk, channel="call", search="村")
    assert several.status == 422
    assert "有几个相近的" in several.html
    chosen = desk.world.units["白杨村"].id.hex
    review = await desk.send(several.form("/intake"), channel="call", search="白杨", place=chosen, concerns="village")
    assert "石桥镇 白杨村" in review.html


async def test_the_page_that_searches_while_one_types_finds_the_same(desk: Desk) -> None:
    await desk.log_in("shouli")
    token = (await desk.get("/intake")).form("/intake").fields["token"]
    found = await desk.post("/intake/places", {"token": token, "search": "qsc"})
    assert [place["name"] for place in json.loads(found.html)] == ["石桥镇 清水村"]
    assert (await desk.post("/intake/places", {"token": "x", "search": "qsc"})).status == 403


async def test_what_must_be_mended_is_named_and_nothing_typed_is_lost(desk: Desk) -> None:
    await desk.log_in("shouli")
    page = await fill(desk, channel="", search="没有这个村", concerns="", words=WORDS, naming="named", name="王五")
    assert page.status == 422
    for word in ("请选怎么来的", "没找到“没有这个村”", "请选主要涉及谁", "留名要写姓名和联系方式"):
        assert word in page.html
    fields = page.form("/intake").fields
    assert (fields["words"], fields["name"], fields["search"]) == (WORDS, "王五", "没有这个村")
    assert not await Tip.all().exists()
    mended = await desk.send(
        page.form("/intake"), channel="visit", search="清水", concerns="village", reach="13900000000", do="review"
    )
    assert "实名。姓名、联系方式单独密封" in mended.html
    assert "王五" not in mended.html


async def test_files_stream_into_encryption_stay_through_mistakes_and_can_be_taken_off(desk: Desk) -> None:
    await desk.log_in("shouli")
    blank = await desk.get("/intake")
    kept = await attach(desk, blank, ("来信.pdf", PDF), ("坏.svg", b"<svg onload=x>"), channel="letter", do="keep")
    assert "来信.pdf" in kept.html
    assert "坏.svg" in kept.html
    [file] = await Attachment.all()
    stored = [path for path in house().files._root.glob("??/??/*") if path.is_file()]  # type: ignore[attr-defined]
    assert stored
    assert not any(b"%PDF" in path.read_bytes() for path in stored)
    wrong = await attach(desk, kept, ("又一份.pdf", PDF + b"2"), search="哪里", do="review")
    assert wrong.status == 422
    assert "来信.pdf" in wrong.html
    second = await Attachment.exclude(id=file.id).get()
    fewer = await desk.send(wrong.form("/intake"), do=f"drop.{second.id.hex}")
    assert "又一份.pdf" not in fewer.html
    review = await desk.send(fewer.form("/intake"), search="清水", concerns="village", words="", do="review")
    await desk.send(review.form("/intake"), do="submit")
    matter = await Matter.open(await desk.world.actor("shouli"), (await Tip.get()).id)
    assert [told["name"] for told in (await matter.files()).values()] == ["来信.pdf"]


async def test_no_file_is_taken_without_the_forms_token_or_without_a_session(desk: Desk) -> None:
    await desk.log_in("shouli")
    page = await desk.get("/intake")
    forged = page.form("/intake").fields["token"]
    page.form("/intake").fields["token"] = forged[::-1]
    assert (await attach(desk, page, ("a.pdf", PDF))).status == 403
    page.form("/intake").fields["token"] = forged
    desk.world.clock.forward(minutes=30)
    assert (await attach(desk, page, ("a.pdf", PDF))).status == 401
    assert not await Attachment.all().exists()


async def test_a_form_sent_twice_is_one_tip_and_shows_its_slip_only_for_a_while(desk: Desk) -> None:
    await desk.log_in("shouli")
    review = (await fill(desk)).form("/intake")
    first = await desk.send(review, do="submit")
    assert code_on(await desk.send(review, do="submit")) == code_on(first)
    assert await Tip.all().count() == 1
    assert await Audit.filter(act=Act.TAKEN_IN).count() == 1
    for _ in range(3):
        desk.world.clock.forward(minutes=11)
        await desk.get("/intake")
    late = await desk.send(review, do="submit")
    assert "码单只显示一次" in late.html
    assert 'id="code"' not in late.html
    forged = await desk.send(review, do="submit", until="99999999999." + "0" * 64)
    assert 'id="code"' not in forged.html


async def test_a_colleague_who_finds_the_form_finds_neither_draft_nor_slip(desk: Desk) -> None:
    await desk.log_in("shouli")
    review = (await fill(desk, naming="named", name="王五", reach="13900000000")).form("/intake")
    await desk.send(review, do="submit")
    async with Desk.at(desk.world) as colleague:
        await colleague.log_in("shuji")
        token = (await colleague.get("/intake")).form("/intake").fields["token"]
        for do in ("submit", "edit"):
            seen = await colleague.post("/intake", {**review.fields, "token": token, "do": do})
            assert 'id="code"' not in seen.html
            assert "王五" not in seen.html
            assert WORDS not in seen.html


async def test_a_name_is_sealed_to_custody_as_from_any_door(desk: Desk) -> None:
    await desk.log_in("shouli")
    review = await fill(desk, naming="named", name="王五", reach="13900000000", answer="reach")
    await desk.send(review.form("/intake"), do="submit")
    tip = await Tip.get()
    assert tip.named
    assert await Identity.filter(tip_id=tip.id).exists()
    page = await desk.get(f"/tips/{tip.id.hex}")
    assert "王五" not in page.html
    assert "13900000000" not in page.html


async def everything(besides: frozenset[str] = frozenset()) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    models = {model._meta.db_table: model for model in Tortoise.apps["models"].values()}
    return {name: await model.all().values() for name, model in models.items() if name not in besides}


def names_any(row: dict[str, Any], ids: set[UUID]) -> bool:
    told = repr(row)
    return any(value in ids for value in row.values()) or any(one.hex in told or str(one) in told for one in ids)


@pytest.mark.parametrize("concerns", [Concerns.TOWNSHIP, Concerns.TOWNSHIP_HEADS, Concerns.NOT_TOWNSHIP])
async def test_what_touches_the_own_office_goes_upward_and_leaves_nothing_here(desk: Desk, concerns: Concerns) -> None:
    world = desk.world
    await desk.log_in("shouli")
    own, clerk = world.units["石桥镇"], world.staff["shouli"]
    below = {own.id, clerk.id, world.units["清水村"].id, world.units["白杨村"].id}
    before = await everything()
    form = await desk.get("/intake")
    page = await attach(desk, form, ("信.pdf", PDF), channel="letter", search="清水", concerns=concerns, words=WORDS)
    assert "不归本办公室：直接密封交给云岭县纪委监委" in page.html
    assert "本办公室（石桥镇纪委）" in page.html
    slip = await desk.send(page.form("/intake"), do="submit")
    assert "这里什么都没留下" in slip.html
    tip = await Tip.get()
    assert tip.id.hex not in slip.html

    # Rows: nothing new names the unit, the clerk, or anything below, but for the place it is about, in the tip and
    # in its readers' rows, and the entry about the intake in the county's own audit trail.
    fresh = {name: [row for row in rows if row not in before[name]] for name, rows in (await everything()).items()}
    naming = [(name, row) for name, rows in fresh.items() for row in rows if names_any(row, below)]
    county = world.units["云岭县"].id
    assert {name for name, _ in naming} <= {"tip", "access", "audit", "session"}
    for name, row in naming:
        if name == "access":
            assert row["unit_id"] == county
        if name == "audit":
            assert row["unit_id"] == row["seen_by_id"] == county
        if name == "tip":
            assert row["unit_id"] == county
    assert not await Access.filter(unit_id=own.id).exists()
    assert not await Event.filter(unit_id=own.id).exists()
    assert not await Audit.filter(unit_id=own.id, act=Act.TAKEN_IN).exists()
    assert not await Audit.filter(seen_by_id=own.id, object_id=tip.id).exists()
    assert not await Draft.all().exists()
    assert not await Attachment.filter(tip_id=None).exists()
    assert not await Counter.filter(unit_id=own.id).exists()

    # The clerk's own session, afterwards: lists, counts, search, the matter's address, a blank form.
    for path in ("/tips", "/", "/search?q=清水", "/search?since=2026-01-01"):
        seen = await desk.get(path)
        assert tip.id.hex not in seen.html
        assert "<tr class=" not in seen.html
    assert "<b>1</b>" not in (await desk.get("/")).html
    assert (await desk.get(f"/tips/{tip.id.hex}")).status == 404
    blank = (await desk.get("/intake")).form("/intake")
    assert (blank.fields["words"], blank.fields["search"]) == ("", "")
    assert tip.id.hex not in repr(await Session.filter(staff_id=clerk.id).values())

    # No gap in the numbers: the next matter of the office is its first.
    await world.file_tip()
    assert (await Access.get(unit_id=own.id, purpose=RingPurpose.CASE)).arrived_no == 1
    await desk.log_out()
    await desk.log_in("xianban")
    read = await desk.get(f"/tips/{tip.id.hex}")
    assert WORDS in read.html
    assert "来信" in read.html


async def test_what_nobody_here_may_take_is_not_kept_and_the_superior_is_named(desk: Desk) -> None:
    reach = {"landline": "0871-6000000", "address": "州府路9号"}
    top = await Unit.found(parent=None, kind=UnitKind.SUPERIOR, name="云岭州", office="云岭州纪委监委", reach=reach)
    await desk.log_in("shouli")
    page = await attach(
        desk, await desk.get("/intake"), ("信.pdf", PDF), channel="visit", search="清水", concerns="county", words=WORDS
    )
    assert top.office in page.html
    assert "0871-6000000" in page.html
    assert not await Draft.all().exists()
    assert not await Attachment.all().exists()
    assert not await Tip.all().exists()


async def test_administrators_and_custodians_take_nothing_in(desk: Desk) -> None:
    for login in ("xitong", "baoguan"):
        await desk.log_in(login)
        assert (await desk.get("/intake")).status == 403
        assert (await desk.get("/search")).status == 403
        await desk.log_out()


async def test_deleting_everything_leaves_nothing(desk: Desk) -> None:
    await desk.log_in("shouli")
    kept = await attach(desk, await desk.get("/intake"), ("信.pdf", PDF), words=WORDS, do="keep")
    assert await Draft.all().exists()
    review = await attach(desk, kept, channel="visit", search="清水", concerns="village", do="review")
    gone = await desk.send(review.form("/intake"), do="wipe")
    assert "已全部删掉" in gone.html
    assert not await Draft.all().exists()
    assert not await Attachment.all().exists()


async def test_an_expired_session_gives_the_form_back_to_the_same_member_only(desk: Desk) -> None:
    await desk.log_in("shouli")
    form = (await desk.get("/intake")).form("/intake")
    desk.world.clock.forward(minutes=30)
    typed = {"channel": "visit", "search": "清水", "concerns": "village", "words": WORDS, "naming": "named"}
    expired = await desk.send(form, **typed, name="王五", reach="13900000000", do="review")
    assert expired.status == 401
    assert WORDS not in expired.html
    assert "王五" not in expired.html
    login = expired.form("/login")
    other = await desk.send(login, login="shuji", password=PASSWORD, code=desk.world.fresh_code("shuji"))
    assert other.path == "/"
    assert WORDS not in other.html
    await desk.log_out()
    again = (await desk.get("/login")).form("/login")
    again.fields["kept"], again.fields["next"] = login.fields["kept"], login.fields["next"]
    back = await desk.send(again, login="shouli", password=PASSWORD, code=desk.world.fresh_code("shouli"))
    assert WORDS in back.html
    review = await desk.send(back.form("/intake"))
    assert "归本办公室办" in review.html


async def test_a_form_of_the_one_before_shows_the_next_one_nothing(desk: Desk) -> None:
    filed = await desk.world.file_tip()
    await desk.log_in("shouli")
    form = (await desk.get(f"/tips/{filed.tip_id.hex}")).form("/notes")
    await desk.log_out()
    await desk.log_in("shuji")
    late = await desk.send(form, words="前一个人写的")
    assert late.status == 403
    assert "前一个人写的" not in late.html


async def test_an_office_with_a_tie_to_the_village_is_passed_by(desk: Desk) -> None:
    world = desk.world
    async with transaction():
        await Staff.filter(id=world.staff["chengban"].id).update(belongs_to=[world.units["清水村"].id.hex])
        await County.tree_changed()
    await desk.log_in("shouli")
    assert "不归本办公室" in (await fill(desk)).html


async def test_the_next_visitors_words_on_the_former_form_get_a_form_of_their_own(desk: Desk) -> None:
    await desk.log_in("shouli")
    first = await fill(desk, do="look")  # the form he will find when he goes back
    review = await desk.send(first.form("/intake"), channel="visit", search="清水", concerns="village", do="review")
    await desk.send(review.form("/intake"), do="submit")
    typed = {"channel": "visit", "search": "清水", "concerns": "village", "words": "第二位说的", "do": "review"}
    second = await attach(desk, first, ("照片.pdf", PDF), **typed)
    assert second.status == 200
    for word in ("前一件已经交上去了", "照片.pdf", "第二位说的"):
        assert word in second.html
    assert second.form("/intake").fields["form"] != first.form("/intake").fields["form"]
    assert not await Attachment.all().exists()
    review = await desk.send(second.form("/intake"), channel="visit", concerns="village", do="review")
    slip = await desk.send(review.form("/intake"), do="submit")
    assert (await (await Thread.open(code_on(slip), who="x")).story())[0]["text"] == "第二位说的"
    assert await Tip.all().count() == 2
