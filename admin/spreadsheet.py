"""From a spreadsheet's bytes to lines of an import: which row holds the headings, what each column means.

The bytes are opened in a child process only (spreadsheet_worker.py). Headings are words, so they live in the catalogs:
each key `import.heading.<column>` lists what people write there, in every language.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from locales import LANGUAGES, t
from models import child
from models.errors import Invalid
from models.import_plan import Column, Line, LineKind
from models.text import clean, folded

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of a file: ten thousand rows take half a megabyte."""
HEADINGS_WITHIN: Final = 15
_WORKER: Final = Path(__file__).with_name("spreadsheet_worker.py")
_SECONDS: Final = 20
_LARGEST_ANSWER: Final = 64 * 1024 * 1024
_REFUSED: Final = {
    3: "import.file.too_large",
    4: "import.file.active",
    5: "import.file.locked",
}
_ODD: Final = {"formula": "import.wrong.formula", "error": "import.wrong.cell"}
_PUNCTUATION: Final = re.compile(r"[\W_]+")
_MOST_SHOWN: Final = 5

NAMES: Final = {LineKind.VILLAGE: Column.VILLAGE, LineKind.STATION: Column.STATION, LineKind.OFFICER: Column.OFFICER}
COLUMNS: Final[Mapping[LineKind, tuple[Column, ...]]] = {
    LineKind.VILLAGE: (Column.TOWNSHIP, Column.VILLAGE, Column.OLD_NAMES),
    LineKind.STATION: (
        Column.TOWNSHIP,
        Column.VILLAGE,
        Column.STATION,
        Column.LANDLINE,
        Column.ADDRESS,
        Column.HOURS,
    ),
    LineKind.OFFICER: (Column.TOWNSHIP, Column.VILLAGE, Column.STATION, Column.OFFICER),
}
"""What each kind of line is made of; the template has these, in this order."""
_REACH: Final = {Column.LANDLINE, Column.ADDRESS, Column.HOURS}

Cell = str | dict[str, str]


@dataclass(slots=True)
class Found:
    """What a file said: its lines, and what was left unread."""

    lines: list[Line] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)

    def note(self, key: str, **params: str) -> None:
        """Something the person should know of the file as a whole."""
        self.notes.append({"key": key, "params": params})


async def read_lines(data: bytes) -> Found:
    """The lines of a workbook. Invalid when it is none, or one that is never opened."""
    if len(data) > LARGEST:
        raise Invalid("import.file.too_large")
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_one_thread(), _read, data)


@cache
def _one_thread() -> ThreadPoolExecutor:
    # One workbook at once: each may take a gigabyte.
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="spreadsheet")


def _read(data: bytes) -> Found:
    status, answer = child.run(_WORKER, [], data, seconds=_SECONDS, largest_answer=_LARGEST_ANSWER)
    if status < 0:  # it had to be ended: out of time, or of memory
        raise Invalid("import.file.too_large")
    if status != 0:
        raise Invalid(_REFUSED.get(status, "import.file.broken"))
    found = Found()
    for sheet in json.loads(answer)["sheets"]:
        _take(sheet, found)
    return found


def _take(sheet: dict[str, Any], found: Found) -> None:
    rows: list[tuple[int, list[Cell]]] = sheet["rows"]
    name = clean(sheet["name"])
    if not rows:
        return
    if sheet["hidden"]:
        found.note("import.note.hidden", sheet=name)
        return
    headed = _heading(rows)
    if headed is None:
        found.note("import.note.sheet", sheet=name)
        return
    at, columns = headed
    if strange := [text for n, text in enumerate(_texts(rows[at][1])) if text and n not in columns][:_MOST_SHOWN]:
        found.note("import.note.columns", sheet=name, columns=" · ".join(text[:20] for text in strange))
    kinds = _kinds(set(columns.values()))
    merged = _Merged(sheet["merged"], rows, columns)
    said: set[tuple[Any, ...]] = set()
    for number, cells in rows[at + 1 :]:
        for line in _lines(name, number, merged.filled(number, cells), columns, kinds, merged):
            what = (line.kind, *sorted(line.cells.items()), line.problem)
            if len(kinds) == 1 or what not in said:  # in a sheet of several kinds a village stands in many rows
                said.add(what)
                found.lines.append(line)


def _heading(rows: list[tuple[int, list[Cell]]]) -> tuple[int, dict[int, Column]] | None:
    """Which row holds the headings, and what its columns mean. Titles may stand above it."""
    for at, (_, cells) in enumerate(rows[:HEADINGS_WITHIN]):
        columns: dict[int, Column] = {}
        for n, text in enumerate(_texts(cells)):
            column = _meanings().get(_bare(text))
            if column and column not in columns.values():
                columns[n] = column
        if Column.TOWNSHIP in columns.values() and set(NAMES.values()) & set(columns.values()):
            return at, columns
    return None


def _kinds(columns: set[Column]) -> list[LineKind]:
    """What the rows of a sheet are about: a column that only one kind has says that the sheet tells of this kind."""
    kinds = []
    if Column.OLD_NAMES in columns or not {Column.STATION, Column.OFFICER} & columns:
        kinds.append(LineKind.VILLAGE)
    if Column.STATION in columns and (_REACH & columns or Column.OFFICER not in columns):
        kinds.append(LineKind.STATION)
    if Column.OFFICER in columns:
        kinds.append(LineKind.OFFICER)
    return kinds


def _lines(
    sheet: str, number: int, cells: list[Cell], columns: dict[int, Column], kinds: list[LineKind], merged: "_Merged"
) -> Iterator[Line]:
    known = {column: cells[n] for n, column in columns.items() if n < len(cells) and cells[n]}
    if not known:
        return
    for kind in kinds:
        told = {column: text for column, text in known.items() if column in COLUMNS[kind]}
        if len(kinds) > 1 and NAMES[kind] not in told:
            continue
        odd = next((_ODD[cell["odd"]] for cell in told.values() if isinstance(cell, dict)), "")
        words = {column: text for column, text in told.items() if isinstance(text, str)}
        yield Line(kind, sheet, number, words, odd or merged.problem(number, kind))


class _Merged:
    """Merged cells: one that names the place of the rows beside it counts for them all; any other is a riddle."""

    def __init__(self, ranges: list[list[int]], rows: list[tuple[int, list[Cell]]], columns: dict[int, Column]) -> None:
        self._rows, self._columns = dict(rows), columns
        self._down: list[tuple[int, int, int]] = []
        self._riddles: list[tuple[int, int, set[Column]]] = []
        for top, left, bottom, right in ranges:
            touched = {column for n, column in columns.items() if left <= n + 1 <= right}
            if left == right and top != bottom and touched:
                self._down.append((top, bottom, left - 1))
            if touched:
                self._riddles.append((top, bottom, touched if left == right else set(Column)))

    def filled(self, number: int, cells: list[Cell]) -> list[Cell]:
        """The row with what its merged places say."""
        told = [*cells, *[""] * (max(self._columns) + 1 - len(cells))]
        for top, bottom, n in self._down:
            if top < number <= bottom and n < len(self._rows.get(top, [])):
                told[n] = self._rows[top][n]
        return told

    def problem(self, number: int, kind: LineKind) -> str:
        """What is the matter with this row, as a line of this kind."""
        places = {Column.TOWNSHIP, Column.VILLAGE, Column.STATION} - {NAMES[kind]}
        own = set(COLUMNS[kind]) - places
        for top, bottom, touched in self._riddles:
            if top <= number <= bottom and touched & own:
                return "import.wrong.merged"
        return ""


def _texts(cells: list[Cell]) -> list[str]:
    return [clean(cell) if isinstance(cell, str) else "" for cell in cells]


def _bare(text: str) -> str:
    return _PUNCTUATION.sub("", folded(text))


@cache
def _meanings() -> dict[str, Column]:
    """Every heading people write, in every language, without blanks and punctuation."""
    return {
        _bare(heading): column for language in LANGUAGES for column in Column for heading in headings(language, column)
    }


def headings(language: str, column: Column) -> list[str]:
    """What may stand above a column; the template takes the first."""
    return t(language, f"import.heading.{column.value}").split("|")
