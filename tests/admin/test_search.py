"""搜索: what one's own office holds is found by number, village, status, day and words; nobody else's, and no trace
of what was looked for.
"""

import pytest

from models import message, search
from models.audit import Act, Audit
from models.draft import Telling
from models.search import find_words
from models.terms import Concerns
from models.thread import Thread
from models.tip import Tip
from tests.admin.client import Desk, Page


def rows(page: Page) -> int:
    return page.html.count("<tr class=")


async def test_number_official_number_village_status_and_day_find_the_row(desk: Desk) -> None:
    world = desk.world
    first = await world.file_tip()
    world.clock.forward(days=1)
    await world.file_tip(village="白杨村")
    await desk.log_in("shouli")
    await desk.send((await desk.get(f"/tips/{first.tip_id.hex}")).form("/registration"))
    official, reference = (await Tip.get(id=first.tip_id)).official_no, first.tip_id.hex[:6]
    number = official.partition("〕")[2].removesuffix("号")
    for query, found in (
        (f"q={number}", 1), ("q=3", 0), (f"q={official}", 1), (f"q={reference}", 1),
        (f"q={reference[:3].upper()}-{reference[3:].upper()}", 1), ("q=清水村", 1), ("q=qsc", 1), ("q=baiyang", 1),
        ("q=石桥镇", 2), ("q=没有这里", 0), ("status=screening", 1), ("status=received", 1),
        ("since=2026-11-24", 1), ("until=2026-11-23", 1), ("q=清水&since=2026-11-24", 0), ("", 0),
    ):  # fmt: skip
        page = await desk.get(f"/search?{query}")
        assert (page.status, rows(page)) == (200, found), query


@pytest.mark.parametrize("query", ["since=gestern", "status=x", "until=2026-13-45"])
async def test_what_cannot_be_looked_for_is_said(desk: Desk, query: str) -> None:
    await desk.log_in("shouli")
    page = await desk.get(f"/search?{query}")
    assert page.status == 422
    assert "请再选一次" in page.html
    assert (await desk.get("/search?q=1&before=x")).status == 404
    assert (await desk.get(f"/search?q={'9' * 39}")).status == 200


async def test_words_are_found_in_story_thread_notes_and_summary_of_open_matters(desk: Desk) -> None:
    world = desk.world
    told = await world.file_tip("修路的钱进了会计老周的口袋")
    await world.file_tip("别的事情")
    await desk.log_in("shouli")
    page = await desk.get(f"/tips/{told.tip_id.hex}")
    await desk.send(page.form("/notes"), words="先查 Ｘ光 发票")
    await desk.send((await desk.get(f"/tips/{told.tip_id.hex}")).form("/replies"), words="请问是哪条路？")
    await desk.send((await desk.get(f"/tips/{told.tip_id.hex}")).form("/summary"), summary="反映修路款")
    for words, found in (("会计老周", 1), ("x光", 1), ("哪条路", 1), ("反映修路款", 1), ("无此字样", 0)):
        answer = await desk.send((await desk.get("/search")).form("/search/words"), sought=words)
        assert rows(answer) == found, words
        assert "看了2件" in answer.html
        assert "会计老周的口袋" not in answer.html
        assert words not in answer.path


async def test_a_search_for_words_is_one_entry_with_a_count_and_without_the_words(desk: Desk) -> None:
    await desk.world.file_tip("修路的钱进了会计老周的口袋")
    await desk.log_in("shouli")
    await desk.send((await desk.get("/search")).form("/search/words"), sought="会计老周")
    [entry] = await Audit.filter(act=Act.SEARCHED)
    assert entry.detail == {"looked": 1, "found": 1}
    assert entry.object_id is None
    assert "会计" not in repr(await Audit.all().values())


async def test_other_offices_and_sealed_matters_are_never_found(desk: Desk) -> None:
    world = desk.world
    kept_away = await world.file_tip("镇里分管的人拿回扣", concerns=Concerns.TOWNSHIP)
    await world.file_tip("上湾的回扣", village="上湾村")
    await desk.log_in("shuji")
    for query in ("q=1", "q=上湾村", "q=清水村", "since=2026-01-01", "status=received"):
        page = await desk.get(f"/search?{query}")
        assert rows(page) == 0, query
        assert kept_away.tip_id.hex not in page.html
    found = await desk.send((await desk.get("/search")).form("/search/words"), sought="回扣")
    assert rows(found) == 0
    await desk.log_out()
    await desk.log_in("xianban")
    found = await desk.send((await desk.get("/search")).form("/search/words"), sought="回扣")
    assert rows(found) == 1


async def test_ended_matters_keep_their_words_to_themselves(desk: Desk) -> None:
    tip = await desk.world.file_tip("老周的口袋")
    await desk.log_in("shouli")
    await desk.send((await desk.get(f"/tips/{tip.tip_id.hex}")).form("/out-of-scope"))
    assert rows(await desk.send((await desk.get("/search")).form("/search/words"), sought="口袋")) == 0
    assert rows(await desk.get("/search?status=out_of_scope")) == 1


async def test_a_search_stops_after_so_many_and_goes_on_where_it_stopped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BATCH", 2)
    monkeypatch.setattr(search, "MOST_LOOKED", 4)
    for n in range(7):
        await desk.world.file_tip("第一件说的是水渠" if n == 0 else "别的事")
    await desk.log_in("shouli")
    page = await desk.send((await desk.get("/search")).form("/search/words"), sought="水渠")
    assert rows(page) == 0
    assert "看了4件" in page.html
    onward = next(form for form in page.forms if "before" in form.fields)
    assert rows(await desk.send(onward)) == 1


@pytest.mark.parametrize("sought", ["", "字", "长" * 41])
async def test_too_few_and_too_many_words_are_refused_and_stay_in_the_box(desk: Desk, sought: str) -> None:
    await desk.log_in("shouli")
    page = await desk.send((await desk.get("/search")).form("/search/words"), sought=sought)
    assert page.status == 422
    assert page.form("/search/words").fields["sought"] == sought
    assert not await Audit.filter(act=Act.SEARCHED).exists()


async def test_more_than_one_batch_is_looked_through(desk: Desk) -> None:
    for _ in range(30):
        await desk.world.file_tip()
    found = await find_words(await desk.world.actor("shouli"), "种粮补贴")
    assert (found.looked, len(found.items), found.after) == (30, 30, None)


async def test_a_thread_without_end_is_told_apart_and_keeps_no_other_matter_from_being_searched(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = await desk.world.file_tip("第一件说的是水渠")
    endless = await desk.world.file_tip()
    thread, more = await Thread.open(str(endless.code), who="a"), Telling()
    more.add_text("又想起一些")
    for _ in range(3):
        await thread.add(more)
    monkeypatch.setattr(message, "SLICE", 2)
    monkeypatch.setattr(search, "MOST_SECONDS", 0.0001)
    await desk.log_in("shouli")
    page = await desk.send((await desk.get("/search")).form("/search/words"), sought="水渠")
    assert "没有全部找过" in page.html
    assert f"/tips/{endless.tip_id.hex}" in page.html
    assert "没有找到" not in page.html
    monkeypatch.setattr(search, "MOST_SECONDS", 1.5)
    onward = await desk.send(next(form for form in page.forms if "before" in form.fields))
    assert rows(onward) == 1
    assert early.tip_id.hex in onward.html


async def test_words_at_the_end_of_a_long_thread_are_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message, "SLICE", 2)
    filed = await desk.world.file_tip()
    thread = await Thread.open(str(filed.code), who="a")
    for n in range(5):
        more = Telling()
        more.add_text("最后说的水渠" if n == 4 else "又想起一些")
        await thread.add(more)
    assert len((await find_words(await desk.world.actor("shouli"), "水渠")).items) == 1
