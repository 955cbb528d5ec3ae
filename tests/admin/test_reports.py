"""A broadcast's report: figures from the tallies, as chart with table, on paper and as a workbook."""

import io

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from models.audit import Act, Audit
from models.county import County
from models.db import transaction
from models.ledger import Ledger, acknowledge, count_known, lease
from models.terms import LedgerState
from models.unit import Unit
from tests.admin.client import Desk
from tests.admin.test_quizzes import charts, texts
from tests.models.outreach import official, officials, sending, sent
from tests.world import World


async def broadcast(world: World) -> str:
    """Sixteen in one township, nine in the other: nine and two acknowledged, one blocked, one unknown."""
    contacts = await officials(world, 16)
    others = [(await official(world, 20 + number, unit="上湾村"))[1] for number in range(9)]
    campaign = await sending(world)
    letters = await lease(30)
    await sent(letters[:1], LedgerState.BLOCKED)
    await sent(letters[1:2], LedgerState.UNKNOWN)
    await sent(letters[2:])
    for contact in contacts[:9] + others[:2]:
        await acknowledge(campaign.id, contact.id)
    await count_known()
    return campaign.id.hex


def rows(sheet: Worksheet) -> list[list[object]]:
    return [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]


async def test_the_workbook_tells_rounds_units_and_times_and_takes_no_word_for_a_formula(desk: Desk) -> None:
    world = desk.world
    async with transaction():
        await Unit.filter(name="柳河镇").update(name='=HYPERLINK("x")')
        await County.tree_changed()
    path = f"/outreach/{await broadcast(world)}"
    async with transaction():
        await Ledger.all().delete()  # nothing of the report comes from it
    await desk.log_in("xianban")
    async with desk.client.get(f"{path}/report.xlsx") as told:
        assert told.headers["Content-Disposition"] == 'attachment; filename="qingfeng-broadcast-2026-11-24.xlsx"'
        book = load_workbook(io.BytesIO(await told.read()))
    whole, units = book.worksheets
    assert whole["A1"].value == "廉政提醒：情况报告"
    assert "云岭县纪委监委 · 何承办 · 2026-11-24" in str(whole["A2"].value)
    assert ["第 1 次", 25, 23, 0, 1, 0, 1] in rows(whole)
    assert ["开始群发", "2026-11-24 09:00"] in rows(whole)
    assert ['=HYPERLINK("x")', 9, "<5", "—"] in rows(units)
    assert ["石桥镇", 16, "—", "—"] in rows(units)  # nine would tell the other one's two
    assert ["合计", 25, 11] in rows(units)
    assert {cell.data_type for row in units.iter_rows() for cell in row if cell.value} == {"s", "n"}
    assert [line.detail for line in await Audit.filter(act=Act.REPORT_EXPORTED)] == [{"as": "xlsx"}]


async def test_the_page_and_the_paper_draw_what_the_table_says(desk: Desk) -> None:
    path = f"/outreach/{await broadcast(desk.world)}"
    await desk.log_in("xianban")
    page, paper = await desk.get(path), await desk.get(f"{path}/report")
    [coverage] = charts(page.html)
    rounds, same = charts(paper.html)
    for chart in (coverage, rounds, same):
        assert chart.attrib["role"] == "img"
        title, told = chart.attrib["aria-labelledby"].split()
        named = {one.attrib.get("id"): one.text for one in chart.iter()}
        assert named[title]
        assert named[told]
    assert texts(coverage) == ["柳河镇", "<5 / 9", "石桥镇", "— / 16"]
    assert texts(rounds)[:2] == ["已发出", "23"]
    assert "style=" not in page.html + paper.html
    await desk.log_out()
    await desk.log_in("liuban")
    for end in ("/report", "/report.xlsx"):
        assert (await desk.get(path + end)).status == 404
    await desk.log_out()
    await desk.log_in("xitong")
    assert (await desk.get(f"{path}/report")).status == 403
