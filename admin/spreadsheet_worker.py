"""The child process that opens strangers' spreadsheets. Bytes come by stdin, rows go out by stdout as JSON.

Run as ``python -I admin/spreadsheet_worker.py``. Of ours it only takes `confine`: before reading a byte it gives up
files, network and most system calls, and bounds memory and time. What is not a plain workbook is refused unread:
macros, links to other files, archives that would unfold without end. Formulas are told, never worked out; pictures
are never opened. Exit status: 0 done, 2 no workbook, 3 too large, 4 active content, 5 locked with a password.
"""

import io
import json
import runpy
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

import defusedxml.ElementTree
import openpyxl
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.xml import DEFUSEDXML
from openpyxl.xml.constants import SHEET_MAIN_NS

BROKEN: Final = 2
TOO_LARGE: Final = 3
ACTIVE: Final = 4
LOCKED: Final = 5

MOST_PARTS: Final = 500
MOST_BYTES: Final = 64 * 1024 * 1024  # unpacked, all parts together
MOST_SHEETS: Final = 20
MOST_ROWS: Final = 10_000  # a sheet; and of rows with something in them, all sheets together
MOST_COLUMNS: Final = 60
LONGEST_CELL: Final = 400  # longer ones are cut here, and are too long for whatever they name
_OLE: Final = b"\xd0\xcf\x11\xe0"  # an old .xls, or a new one under a password
_FORBIDDEN: Final = ("vbaproject", "externallinks/", "macrosheets/", "activex", "embeddings/", "ctrlprops/", ".bin")
_HARMLESS: Final = ("printersettings",)


class Refusal(Exception):
    """Why this file is not read."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def read(data: bytes) -> dict[str, Any]:
    """`{"sheets": [{"name", "hidden", "rows": [[number, [cell …]] …], "merged": [[top, left, bottom, right] …]}]}`.

    A cell is its text, or `{"odd": "formula" | "error"}`.
    """
    _look(data)
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    if len(book.worksheets) > MOST_SHEETS:
        raise Refusal(TOO_LARGE)
    archive, left, sheets = zipfile.ZipFile(io.BytesIO(data)), MOST_ROWS, []
    for sheet in book.worksheets:
        rows = _rows(sheet, left)
        left -= len(rows)
        merged = _merged(archive, sheet) if isinstance(sheet, ReadOnlyWorksheet) else []
        sheets.append({"name": sheet.title, "hidden": sheet.sheet_state != "visible", "rows": rows, "merged": merged})
    return {"sheets": sheets}


def _look(data: bytes) -> None:
    """Into the archive's table of contents, before anything is unpacked."""
    if data.startswith(_OLE):
        raise Refusal(LOCKED)
    parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
        raise Refusal(TOO_LARGE)
    for part in parts:
        name = part.filename.lower()
        if any(word in name for word in _FORBIDDEN) and not any(word in name for word in _HARMLESS):
            raise Refusal(ACTIVE)
        if part.flag_bits & 1:
            raise Refusal(LOCKED)


def _rows(sheet: Any, most: int) -> list[list[Any]]:
    sheet.reset_dimensions()  # what a sheet claims of its size is not believed
    found: list[list[Any]] = []
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        if number > MOST_ROWS or len(found) > most:
            raise Refusal(TOO_LARGE)
        told = [_told(cell) for cell in cells]
        while told and not told[-1]:
            told.pop()
        if told:
            found.append([number, told])
    return found


def _told(cell: Any) -> str | dict[str, str]:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return {"odd": "formula"}
    if cell.data_type == "e":
        return {"odd": "error"}
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[:LONGEST_CELL]


def _merged(archive: zipfile.ZipFile, sheet: ReadOnlyWorksheet) -> list[list[int]]:
    """Merged cells; openpyxl itself reads them only where it keeps the whole sheet."""
    ranges: list[list[int]] = []
    with archive.open(getattr(sheet, "_worksheet_path")) as part:  # noqa: B009  it has no public name, and no type
        for _, element in defusedxml.ElementTree.iterparse(part):
            if element.tag == f"{{{SHEET_MAIN_NS}}}mergeCell":
                left, top, right, bottom = range_boundaries(element.get("ref", ""))
                if None not in {left, top, right, bottom}:
                    ranges.append([int(top or 0), int(left or 0), int(bottom or 0), int(right or 0)])
            element.clear()
    return ranges


def _warm_up() -> None:
    """Whatever is imported when first met must be met while there are files to import from."""
    book, told = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["x", 1.5, True])  # type: ignore[union-attr]
    book.active.merge_cells("A1:B1")  # type: ignore[union-attr]
    book.save(told)
    read(told.getvalue())


def main() -> int:
    """One workbook, then the end."""
    if not DEFUSEDXML:
        return BROKEN
    _warm_up()
    confine = runpy.run_path(str(Path(__file__).parents[1] / "models" / "media_worker.py"))["confine"]
    confine()
    try:
        answer = json.dumps(read(sys.stdin.buffer.read())).encode()
    except Refusal as refusal:
        return refusal.status
    except MemoryError:
        return TOO_LARGE
    except Exception:  # noqa: BLE001 - readers raise anything at all on bad input
        return BROKEN
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
