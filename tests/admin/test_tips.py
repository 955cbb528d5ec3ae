"""The desk's daily work: list, page, acts, replies that can be taken back, and words that survive mistakes."""

import re
from uuid import UUID

from models.message import Message
from models.terms import Concerns, Side, TipStatus
from models.thread import Thread
from models.tip import Tip
from tests.admin.client import Desk, Page
from tests.world import World


async def status_of(tip_id: UUID) -> TipStatus:
    return (await Tip.get(id=tip_id)).status


async def filed(world: World, words: str = "补贴没到手，少了四百。") -> tuple[UUID, str]:
    tip = await world.file_tip(words)
    return tip.tip_id, f"/tips/{tip.tip_id.hex}"


async def test_the_list_tells_the_row_and_never_the_story(desk: Desk) -> None:
    await desk.world.file_tip("原话里有秘密", named=True)
    await desk.log_in("shouli")
    page = await desk.get("/tips")
    for word in ("清水村", "补贴没到手", "村干部", "实名", "聊天", "已收到", "剩 15 个工作日", "未读"):
        assert word in page.html
    assert "原话里有秘密" not in page.html
    assert "张三" not in page.html


async def test_days_left_change_their_words_and_colour(desk: Desk) -> None:
    await desk.world.file_tip()
    for days, words, colour in (
        (16, "剩 3 个工作日", "amber"),
        (5, "今天到期", "amber"),
        (2, "超期 2 个工作日", "red"),
    ):
        desk.world.clock.forward(days=days)
        await desk.log_in("shouli")
        page = await desk.get("/tips")
        assert f'<span class="days {colour}">{words}</span>' in page.html
        await desk.log_out()


async def test_pages_of_the_list_go_on_where_the_last_one_ended(desk: Desk) -> None:
    for _ in range(52):
        await desk.world.file_tip()
    await desk.log_in("shouli")
    first = await desk.get("/tips")
    assert first.html.count("<tr class=") == 50
    older = re.search(r'href="(/tips\?before=\d+)"', first.html)
    assert older
    assert (await desk.get(older[1])).html.count("<tr class=") == 2
    assert (await desk.get("/tips?before=x")).status == 404
    assert (await desk.get("/tips?status=x")).status == 404


async def test_filters_and_the_counts_of_today_agree(desk: Desk) -> None:
    first, path = await filed(desk.world)
    await filed(desk.world)
    await desk.log_in("shouli")
    await desk.send((await desk.get(path)).form("/registration"))
    assert await status_of(first) is TipStatus.SCREENING
    today = await desk.get("/")
    for pick, expected in (("new", 1), ("overdue", 0), ("mine", 0)):
        assert f'<a href="/tips?pick={pick}"><b>{expected}</b>' in today.html
        assert (await desk.get(f"/tips?pick={pick}")).html.count("<tr class=") == expected
    assert (await desk.get("/tips?status=screening")).html.count("<tr class=") == 1


async def test_registering_accepting_and_assigning_takes_three_clicks_and_offers_the_next(desk: Desk) -> None:
    tip_id, path = await filed(desk.world)
    other, _ = await filed(desk.world)
    await desk.log_in("shouli")
    opened = await desk.get(path)  # 1
    registered = await desk.send(opened.form("/registration"))  # 2
    assert re.search(r"石桥镇〔2026〕\d{4}号", registered.html)
    handler = desk.world.staff["chengban"].id.hex
    done = await desk.send(registered.form("/acceptance"), summary="反映补贴少发", assignee=handler)  # 3
    assert await status_of(tip_id) is TipStatus.ACCEPTED
    assert f'href="/tips/{other.hex}"' in done.html
    row = await desk.get("/tips?status=accepted")
    assert "反映补贴少发" in row.html
    assert "王承办" in row.html


async def test_out_of_scope_comes_with_guidance_and_the_reporter_reads_it(desk: Desk) -> None:
    tip = await desk.world.file_tip()
    await desk.log_in("shouli")
    page = await desk.get(f"/tips/{tip.tip_id.hex}?guidance=court")
    assert "12368" in page.form("/out-of-scope").fields["guidance"]
    await desk.send(page.form("/out-of-scope"))
    assert await status_of(tip.tip_id) is TipStatus.OUT_OF_SCOPE
    desk.world.clock.forward(seconds=31)
    heard = await (await Thread.open(str(tip.code), who="x")).heard()
    assert "12368" in heard[-1].text


async def test_a_reply_can_be_recalled_for_thirty_seconds_and_its_words_come_back(desk: Desk) -> None:
    tip = await desk.world.file_tip()
    path = f"/tips/{tip.tip_id.hex}"
    await desk.log_in("shouli")
    sent = await desk.send((await desk.get(path)).form("/replies"), words="请问是哪一年？", asks="yes")
    assert "还有 30 秒" in sent.html
    assert "等他回答" in sent.html
    recalled = await desk.send(sent.form("/recall"))
    assert recalled.form("/replies").fields["words"] == "请问是哪一年？"
    assert not await Message.exists(side=Side.DESK)
    again = await desk.send(recalled.form("/replies"))
    desk.world.clock.forward(seconds=31)
    late = await desk.send(again.form("/recall"))
    assert late.status == 409
    assert "撤不回来" in late.html
    assert not (await desk.get(path)).has_form("/recall")


async def test_a_note_never_reaches_the_reporter(desk: Desk) -> None:
    tip = await desk.world.file_tip()
    await desk.log_in("shouli")
    page = await desk.get(f"/tips/{tip.tip_id.hex}")
    noted = await desk.send(page.form("/notes"), words="先查账，别提来源")
    assert "先查账，别提来源" in noted.html
    desk.world.clock.forward(minutes=5)
    heard = await (await Thread.open(str(tip.code), who="x")).heard()
    assert heard == []


async def test_two_at_one_desk_the_slower_one_is_told_and_keeps_his_words(desk: Desk) -> None:
    tip_id, path = await filed(desk.world)
    async with Desk.at(desk.world) as colleague:
        await desk.log_in("shouli")
        await colleague.log_in("chengban")
        await desk.send((await desk.get(path)).form("/registration"))
        slow: Page = await colleague.get(path)
        await desk.send((await desk.get(path)).form("/acceptance"), summary="先到的摘要")
        late = await colleague.send(slow.form("/acceptance"), summary="后到的摘要")
        assert late.status == 409
        assert "刚才有同事办过了" in late.html
        assert "后到的摘要" in late.html
        assert (await status_of(tip_id)) is TipStatus.ACCEPTED


async def test_what_cannot_be_used_stays_in_its_box(desk: Desk) -> None:
    _, path = await filed(desk.world)
    await desk.log_in("shouli")
    page = await desk.get(path)
    too_long = await desk.send(page.form("/replies"), words="长" * 4001)
    assert too_long.status == 422
    assert "最多 4000 个字" in too_long.html
    assert too_long.form("/replies").fields["words"] == "长" * 4001
    empty = await desk.send(page.form("/notes"), words="  ")
    assert "还没写字" in empty.html
    assert 'id="tab-note" class="visually-hidden" checked' in empty.html
    registered = await desk.send((await desk.get(path)).form("/registration"))
    unknown = await desk.send(registered.form("/acceptance"), summary="留住我", assignee="00" * 16)
    assert unknown.status == 422
    assert unknown.form("/acceptance").fields["summary"] == "留住我"


async def test_markup_in_a_story_is_only_words(desk: Desk) -> None:
    _, path = await filed(desk.world, "<script>alert(1)</script>{{ 7*7 }}")
    await desk.log_in("shouli")
    html = (await desk.get(path)).html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in html
    assert "<script>alert" not in html


async def test_the_page_says_who_can_see_it_from_the_rows(desk: Desk) -> None:
    _, path = await filed(desk.world)
    await desk.log_in("shouli")
    html = (await desk.get(path)).html
    readers = html[html.index("谁能看到") : html.index("别人看不到")]
    assert "石桥镇纪委" in readers
    assert "云岭县纪委监委" in readers
    assert "柳河镇" not in readers


async def test_another_unit_a_keyless_member_and_a_touched_unit_find_nothing(desk: Desk) -> None:
    _, path = await filed(desk.world)
    kept_away = await desk.world.file_tip("镇里的人", concerns=Concerns.TOWNSHIP)
    for login in ("liushuji", "xianban"):
        await desk.log_in(login)
        assert (await desk.get(path)).status == 404
        await desk.log_out()
    await desk.log_in("shuji")
    assert (await desk.get(f"/tips/{kept_away.tip_id.hex}")).status == 404
    assert (await desk.get("/tips/" + "00" * 16)).status == 404
    assert (await desk.get("/tips/nonsense")).status == 404
    await desk.log_out()
    await desk.log_in("xianban")
    assert (await desk.get(f"/tips/{kept_away.tip_id.hex}")).status == 200


async def test_sealed_upward_leaves_nothing_and_asks_to_be_sure_first(desk: Desk) -> None:
    _, path = await filed(desk.world)
    await desk.log_in("shouli")
    form = (await desk.get(path)).form("/upward")
    assert "请先勾选" in (await desk.send(form)).html
    gone = await desk.send(form, sure="yes")
    assert "已密封上报" in gone.html
    assert (await desk.get(path)).status == 404
    assert "清水村" not in (await desk.get("/tips")).html
    after = await desk.post(f"{path}/notes", {"token": form.fields["token"], "words": "写到一半的话"})
    assert after.status == 404
    assert "写到一半的话" in after.html


async def test_a_finished_matter_offers_no_act_that_is_closed(desk: Desk) -> None:
    _, path = await filed(desk.world)
    await desk.log_in("shouli")
    registered = await desk.send((await desk.get(path)).form("/registration"))
    accepted = await desk.send(registered.form("/acceptance"), summary="一句话")
    done = await desk.send(accepted.form("/conclusion"), answer="已经补发，请查收。")
    assert "已办结" in done.html
    for closed in ("/registration", "/acceptance", "/conclusion", "/out-of-scope", "/upward"):
        assert not done.has_form(closed)
