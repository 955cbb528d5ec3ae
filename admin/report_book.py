"""Reports as workbooks. Words of people are text and nothing else: none of them can become a formula."""

import io
from collections.abc import Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from admin.figures import percent_told, told
from admin.language import Words
from admin.pages import moment
from models.progress import Round
from models.question import spoken
from models.report import Head, QuizReport, Report
from models.veil import Figure

WIDTHS: Final = (30, 16, 16, 16, 16, 16, 16)
HEAD_ROWS: Final = 3
RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula, also after it was saved as text and read again."""

Row = Sequence[str | int | Figure]


def campaign_book(told_of: Report, title: str, language: str, t: Words) -> bytes:
    """One sheet for the whole, one for the units."""
    book = Workbook()
    sheet = _sheet(book, t("report.sheet_whole"), title, told_of.head, t)
    _table(sheet, [t("panel.outreach.words")], [[told_of.campaign.text_in(language)]], t)
    heads = ["report.round", "panel.outreach.addressed"]
    states = [f"term.LedgerState.{state}" for state in ("sent", "queued", "blocked", "failed", "unknown")]
    rounds: list[Row] = [
        [
            t("report.round_no", no=one.number),
            *(
                [t("figure.held")]
                if one.veiled
                else [one.total, one.sent, one.waiting, one.blocked, one.failed, one.unknown]
            ),
        ]
        for one in told_of.rounds
    ]
    _table(sheet, [t(key) for key in (*heads, *states)], rounds, t)
    steps = [[t(f"term.Act.{act.value}"), moment(at)] for act, at in told_of.timeline]
    _table(sheet, [t("report.step"), t("report.when")], steps, t)
    units = _sheet(book, t("report.sheet_units"), title, told_of.head, t)
    found = told_of.coverage
    rows: list[Row] = [[row.name, row.total, row.known, percent_told(row.percent, t)] for row in found.units]
    _table(units, _coverage_heads(t), [*rows, [t("report.together"), found.total, found.known]], t)
    return _bytes(book)


def quiz_book(told_of: QuizReport, language: str, t: Words) -> bytes:
    """One sheet for the questions, one for the units."""
    book, quiz, found = Workbook(), told_of.quiz, told_of.totals
    title = quiz.title_in(language)
    sheet = _sheet(book, t("report.sheet_questions"), title, told_of.head, t)
    _table(sheet, [t("report.people"), t("report.right_share")], [[found.people, percent_told(found.percent, t)]], t)
    for no, spread in enumerate(found.spreads, start=1):
        options = enumerate(zip(spread.question.options, spread.chosen.cells, strict=True))
        rows: list[Row] = [
            [spoken(words, language), figure, t("report.is_right") if spread.question.right >> place & 1 else ""]
            for place, (words, figure) in options
        ]
        _table(sheet, [f"{no}. {spoken(spread.question.text, language)}", t("report.chosen"), ""], rows, t)
    units = _sheet(book, t("report.sheet_units"), title, told_of.head, t)
    heads = [t(key) for key in ("panel.account.unit", "report.people", "report.right_share")]
    _table(units, heads, [[row.name, row.people, percent_told(row.percent, t)] for row in found.units], t)
    return _bytes(book)


def _numbers(one: Round, t: Words) -> Row:
    if one.veiled:
        return [t("figure.held")]
    return [one.total, one.sent, one.waiting, one.blocked, one.failed, one.unknown]


def _coverage_heads(t: Words) -> list[str]:
    keys = ("panel.account.unit", "panel.outreach.addressed", "panel.outreach.known", "panel.outreach.share")
    return [t(key) for key in keys]


def _sheet(book: Workbook, name: str, title: str, head: Head, t: Words) -> Worksheet:
    sheet: Worksheet = book.create_sheet(name)
    _put(sheet.cell(1, 1), title, t)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    _put(sheet.cell(2, 1), t("report.made", office=head.office, by=head.by, at=moment(head.at)), t)
    _put(sheet.cell(3, 1), t("report.rule"), t)
    for place, width in enumerate(WIDTHS):
        sheet.column_dimensions["ABCDEFG"[place]].width = width
    return sheet


def _table(sheet: Worksheet, heads: Sequence[str], rows: Sequence[Row], t: Words) -> None:
    """Beneath what is there already, after an empty row."""
    top = sheet.max_row + 2
    for y, row in enumerate([list(heads), *rows], start=top):
        for x, value in enumerate(row, start=1):
            _put(sheet.cell(y, x), value, t)
            sheet.cell(y, x).font = Font(bold=y == top)


def _put(cell: "Cell | Any", value: str | int | Figure, t: Words) -> None:
    """Numbers as numbers; everything else as text, whatever it begins with."""
    if isinstance(value, Figure):
        value = value.n if value.is_shown else told(value, t)
    cell.value = value
    cell.alignment = Alignment(vertical="top", wrap_text=cell.row > HEAD_ROWS)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(RISKY)


def _bytes(book: Workbook) -> bytes:
    del book[book.sheetnames[0]]
    told_in = io.BytesIO()
    book.save(told_in)
    return told_in.getvalue()
