"""A spreadsheet comes in by the panel's door: looked at, carried out once, taken back; hostile ones never opened."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import FormData
from openpyxl import Workbook, load_workbook
from PIL import Image

from admin import spreadsheet
from admin.spreadsheet import LARGEST, read_lines
from locales import LANGUAGES
from models.errors import Invalid
from models.import_plan import Column
from models.importing import Import, ImportState, work
from models.officer import Officer
from models.unit import Unit, tree
from tests.admin.client import Desk, Page

Rows = list[list[Any]]
VILLAGES: Rows = [["乡镇", "村（社区）", "曾用名"], ["石桥镇", "新民村", "三队"], ["柳河镇", "下湾村", None]]


def book(*sheets: Rows, merge: str = "", change: Callable[[Workbook], None] | None = None) -> bytes:
    """A real .xlsx."""
    made = Workbook()
    for place, rows in enumerate(sheets):
        sheet = made.create_sheet(f"表{place + 1}", place)
        for row in rows:
            sheet.append(row)
    del made[made.sheetnames[-1]]
    if merge:
        made.worksheets[0].merge_cells(merge)
    if change:
        change(made)
    told = io.BytesIO()
    made.save(told)
    return told.getvalue()


async def upload(desk: Desk, data: bytes, name: str = "名单.xlsx", *, token: str | None = None) -> Page:
    form = (await desk.get("/imports")).form("/imports")
    fields = FormData()
    fields.add_field("token", form.fields["token"] if token is None else token)
    fields.add_field("file", io.BytesIO(data), filename=name, content_type="application/octet-stream")
    async with desk.client.post("/imports", data=fields) as answer:
        if answer.status != 200:
            html = await answer.text()
            return Page(answer.status, answer.url.path_qs, html, dict(answer.headers), [])
        return await desk.get(answer.url.path_qs)


def told(page: Page) -> list[str]:
    """The rows of the table, as text."""
    found = re.findall(r"<tr class=\"\w+\">(.*?)</tr>", page.html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


async def test_a_file_is_looked_at_imported_and_taken_back(desk: Desk) -> None:
    await desk.log_in("xitong")
    officers: Rows = [["姓名", "村", "乡镇"], ["郝联络", "新民村", "石桥镇"], ["范联络", "上湾村", "柳河镇"]]
    seen = await upload(desk, book(VILLAGES, officers))
    assert seen.status == 200
    assert "现在还什么都没有改" in seen.html
    assert told(seen)[0] == "表1 第2行 村、社区 石桥镇 新民村 新增 曾用名：三队"
    assert not await Unit.exists(name="新民村")
    await work()
    assert not await Unit.exists(name="新民村")

    run = seen.form("/run")
    assert "导入4行" in seen.html
    running = await desk.send(run)
    assert "4行里已完成0行" in running.html
    assert '<noscript><meta http-equiv="refresh"' in running.html
    assert "<progress" in running.html
    await desk.send(run)  # a second press
    await work()
    done = await desk.get(running.path)
    assert "导入完成，共4行" in done.html
    assert [node.name for node in (await tree()).search("三队")] == ["新民村"]
    assert await Officer.all().count() == 2
    await desk.send(run)  # the back button, pressed again
    await work()
    assert await Officer.all().count() == 2

    undo = done.form("/undoing")
    undo.fields.pop("sure", None)
    assert "请先勾选" in (await desk.send(undo)).html
    undone = await desk.send(undo, sure="yes")
    assert "已撤销" in undone.html
    assert not (await tree()).search("三队")
    assert await Officer.all().count() == 0
    assert (await desk.send(undo, sure="yes")).status == 409


async def test_officers_get_slips_whose_codes_are_shown_once(desk: Desk) -> None:
    await desk.log_in("xitong")
    seen = await upload(
        desk, book([["乡镇", "村", "联络员"], ["石桥镇", "清水村", "郝联络"], ["柳河镇", "上湾村", "范联络"]])
    )
    done = await desk.send(seen.form("/run"))
    await work()
    done = await desk.get(done.path)
    assert "石桥镇 · 1人还没登记" in done.html
    form = done.form("/invitations")
    printed = await desk.send(form, township=desk.world.units["石桥镇"].id.hex)
    assert "郝联络" in printed.html
    assert "范联络" not in printed.html
    code = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}", printed.html)
    assert (await Officer.invited(code[0])).name == "郝联络"
    assert code[0] not in (await desk.get(done.path)).html
    again = await desk.send(form, township=desk.world.units["石桥镇"].id.hex)
    assert code[0] not in again.html
    with pytest.raises(Invalid):
        await Officer.invited(code[0])
    nobody = await desk.send(form, township=desk.world.units["清水村"].id.hex[::-1])
    assert nobody.status == 409


async def test_each_row_that_cannot_be_used_says_why_and_the_others_come_in(desk: Desk) -> None:
    await desk.log_in("xitong")
    rows: Rows = [
        ["全县村名单", None, None],
        ["（2026年）"],
        ["村 名*", "备注", "所属 乡镇：", "曾用名"],
        ["新民村", "x", "石桥镇", 12.0],
        ["新民村", None, "石桥镇"],
        ["飞来村", None, "北山镇"],
        [None, "只有备注"],
        [None, None, "石桥镇"],
        ["字" * 65, None, "石桥镇"],
        ["=A4&B4", None, "石桥镇"],
        ["白 杨\n村", None, " 石桥镇 "],
        ["清水", None, "石桥镇"],
        ["铃\u202e村", None, "石桥镇"],
    ]
    seen = await upload(desk, book(rows))
    lines = told(seen)
    expected = {
        "第4行": "新增 曾用名：12",
        "第5行": "和前面重复了：表1 第4行。",
        "第6行": "没有叫“北山镇”的乡镇",
        "第8行": "没有填村（社区）。",
        "第9行": "最多64个字",
        "第10行": "有公式",
        "第11行": "没变化",
        "第12行": "看着像已有的“清水村”",
        "第13行": "看不见的特殊字符",
    }
    assert len(lines) == len(expected)
    for place, words in expected.items():
        [row] = [line for line in lines if f" {place} " in line]
        assert words in row
    assert "这些列没有读：备注" in seen.html
    assert "导入1行" in seen.html
    only = await desk.get(f"{seen.path}?pick=wrong")
    assert len(told(only)) == 7
    await desk.send(seen.form("/run"))
    await work()
    assert (await Unit.get(name="新民村")).old_names == ["12"]


async def test_a_merged_township_counts_for_all_its_rows_and_other_merged_cells_are_a_riddle(desk: Desk) -> None:
    await desk.log_in("xitong")
    rows: Rows = [["乡镇", "村"], ["石桥镇", "新民村"], [None, "新华村"], [None, "新丰村"], ["柳河镇", "下湾村"]]
    seen = await upload(desk, book(rows, merge="A2:A4"))
    assert [line.split(" ")[3:5] for line in told(seen)] == [
        ["石桥镇", "新民村"],
        ["石桥镇", "新华村"],
        ["石桥镇", "新丰村"],
        ["柳河镇", "下湾村"],
    ]
    twins: Rows = [["乡镇", "村"], ["石桥镇", "新民村"], ["石桥镇", None], ["柳河镇", "下湾村"]]
    riddle = await upload(desk, book(twins, merge="B2:B3"))
    assert ["合并的单元格" in line for line in told(riddle)] == [True, True, False]
    across = await upload(desk, book([["乡镇", "村"], ["石桥镇", "新民村"], ["石桥镇", "新华村"]], merge="A3:B3"))
    assert ["合并的单元格" in line for line in told(across)] == [False, True]
    title = await upload(desk, book([["名单"], *rows], merge="A1:D1"))
    assert not any("合并" in line for line in told(title))


async def test_hidden_sheets_and_sheets_without_headings_are_named_and_not_read(desk: Desk) -> None:
    await desk.log_in("xitong")

    def hide(made: Workbook) -> None:
        made.worksheets[1].sheet_state = "veryHidden"

    hidden: Rows = [["乡镇", "村"], ["石桥镇", "藏着村"]]
    seen = await upload(desk, book(VILLAGES, hidden, [["随便", "写写"], [1, 2]], change=hide))
    assert "“表2”是隐藏的" in seen.html
    assert "“表3”里没找到表头" in seen.html
    assert "藏着村" not in seen.html
    nothing = await upload(desk, book([["随便"]]))
    assert (nothing.status, "没有可以导入的行" in nothing.html) == (422, True)


async def test_one_wide_sheet_may_hold_villages_stations_and_officers(desk: Desk) -> None:
    await desk.log_in("xitong")
    wide: Rows = [
        ["乡镇", "村", "曾用名", "联络站", "座机", "联络员"],
        ["石桥镇", "新民村", "三队", "新民站", "0000-1", "郝联络"],
        ["石桥镇", "新民村", "三队", "新民站", "0000-1", "温联络"],
        ["石桥镇", "清水村", None, None, None, None],
    ]
    seen = await upload(desk, book(wide))
    assert sorted(line.split(" ")[2] for line in told(seen)) == sorted(["村、社区"] * 2 + ["联络站"] + ["联络员"] * 2)
    await desk.send(seen.form("/run"))
    await work()
    station = await Unit.get(name="新民站")
    assert station.reach == {"landline": "0000-1"}
    assert set(await Officer.all().values_list("name", "station_id")) == {
        ("郝联络", station.id),
        ("温联络", station.id),
    }


def zipped(**parts: bytes) -> bytes:
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return told.getvalue()


def beside(data: bytes, name: str, content: bytes) -> bytes:
    """The same workbook with one more part, or another content of one."""
    told = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return told.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + f']><worksheet {SPACE}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&i;</t></is></c></row>'
    "</sheetData></worksheet>"
)
OUTSIDE = LAUGHS.replace('<!ENTITY a "ha">', '<!ENTITY a SYSTEM "file:///etc/hostname">')
TALL = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 12_000))


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "import.file.broken"),
        (b"<html><script>alert(1)</script>", "import.file.broken"),
        (b"PK\x03\x04 and no more", "import.file.broken"),
        (zipped(a=b"b"), "import.file.broken"),
        (book(VILLAGES)[:-400], "import.file.broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "import.file.locked"),
        (beside(book(VILLAGES), "xl/vbaProject.bin", b"x"), "import.file.active"),
        (beside(book(VILLAGES), "xl/externalLinks/externalLink1.xml", b"x"), "import.file.active"),
        (beside(book(VILLAGES), "xl/embeddings/oleObject1.bin", b"x"), "import.file.active"),
        (beside(book(VILLAGES), "xl/media/bomb.png", bytes(70 * 2**20)), "import.file.too_large"),
        (beside(book(VILLAGES), SHEET, b" " * (65 * 2**20)), "import.file.too_large"),
        (zipped(**{f"p{n}": b"" for n in range(501)}), "import.file.too_large"),
        (beside(book(VILLAGES), SHEET, LAUGHS.encode()), "import.file.broken"),
        (beside(book(VILLAGES), SHEET, OUTSIDE.encode()), "import.file.broken"),
        (
            beside(book(VILLAGES), SHEET, f"<worksheet {SPACE}><sheetData>{TALL}</sheetData></worksheet>".encode()),
            "import.file.too_large",
        ),
        (bytes(LARGEST + 1), "import.file.too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_no_plain_workbook_is_never_opened(data: bytes, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        await read_lines(data)
    assert refused.value.key == key


async def test_a_picture_within_is_not_opened_and_a_claimed_size_not_believed() -> None:
    picture = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(picture, "PNG")
    found = await read_lines(beside(book(VILLAGES), "xl/media/image1.png", picture.getvalue()))
    assert len(found.lines) == 2
    with zipfile.ZipFile(io.BytesIO(book(VILLAGES))) as archive:
        sheet = archive.read(SHEET)
    for claimed in (b'ref="A1:A1"', b'ref="A1:XFD1048576"'):
        told = beside(book(VILLAGES), SHEET, sheet.replace(b'ref="A1:C3"', claimed))
        assert len((await read_lines(told)).lines) == 2


async def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr(spreadsheet, "_WORKER", worker)
    monkeypatch.setattr(spreadsheet, "_SECONDS", 0.3)
    with pytest.raises(Invalid):
        await read_lines(book(VILLAGES))


async def test_a_formula_is_told_and_not_worked_out_and_a_hostile_name_stays_text(desk: Desk) -> None:
    await desk.log_in("xitong")
    rows: Rows = [["乡镇", "村"], ["石桥镇", "<script>alert(1)</script>"], ["石桥镇", '=HYPERLINK("http://x","y")']]
    seen = await upload(desk, book(rows), name="<img src=x onerror=alert(1)>.xlsx")
    assert "<script>alert" not in seen.html
    assert "<img src=x" not in seen.html
    assert "有公式" in told(seen)[1]


async def test_the_door_refuses_large_bodies_missing_files_and_foreign_forms(desk: Desk) -> None:
    await desk.log_in("xitong")
    assert (await upload(desk, bytes(LARGEST + 200_000))).status == 413
    assert (await upload(desk, b"")).status == 422
    assert (await upload(desk, book(VILLAGES), token="00" * 16)).status == 403
    form = (await desk.get("/imports")).form("/imports")
    assert "请先选一张表格" in (await desk.post("/imports", form.fields)).html
    async with desk.client.post(
        "/imports", data=b"--x\r\nnothing", headers={"Content-Type": "multipart/form-data; boundary=x"}
    ) as answer:
        assert answer.status in {403, 422}
    assert not await Import.exists()


async def test_an_import_nobody_else_may_see(desk: Desk) -> None:
    await desk.log_in("xitong")
    seen = await upload(desk, book(VILLAGES))
    token = seen.form("/logout").fields["token"]
    await desk.log_out()
    await desk.log_in("xianshuji")
    assert (await desk.get(seen.path)).status == 403
    token = (await desk.get("/account")).form("/logout").fields["token"]
    assert (await desk.post(f"{seen.path}/run", {"token": token})).status == 403
    assert (await Import.all().first()).state is ImportState.PREVIEW  # type: ignore[union-attr]
    assert (await desk.get("/imports/template")).status == 403


@pytest.mark.parametrize("language", ["zh_CN", "zh_Hant", "en"])
async def test_the_template_has_headings_that_are_understood_and_examples_that_are_not_taken(
    desk: Desk, language: str
) -> None:
    await desk.log_in("xitong")
    await desk.send((await desk.get("/imports")).form("/language"), language=language)
    async with desk.client.get("/imports/template") as answer:
        data = await answer.read()
        assert answer.headers["Content-Disposition"].startswith("attachment")
    found = await read_lines(data)
    assert {column for line in found.lines for column in line.cells} == set(Column)
    assert found.notes == []
    assert len(load_workbook(io.BytesIO(data)).sheetnames) == 3
    seen = await upload(desk, data)
    assert len(told(seen)) == 6
    assert not seen.has_form("/run")


async def test_headings_mean_one_column_each_in_every_language() -> None:
    meanings = spreadsheet._meanings()
    for language in LANGUAGES:
        for column in Column:
            for heading in spreadsheet.headings(language, column):
                assert meanings[spreadsheet._bare(heading)] is column, (language, heading)
