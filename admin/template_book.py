"""The workbook people fill in: a sheet of each kind, its headings, an example of made-up names."""

import io
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from admin.spreadsheet import COLUMNS, headings
from locales import t
from models.import_plan import LineKind

WIDTH: Final = 22
EXAMPLES: Final = 2


def template_book(language: str) -> bytes:
    """It can be uploaded as it is: the examples name a township nobody has, so that none of them is taken."""
    book = Workbook()
    for place, kind in enumerate(LineKind):
        sheet = book.create_sheet(t(language, f"import.sheet.{kind.value}"), place)
        sheet.append([headings(language, column)[0] for column in COLUMNS[kind]])
        for number in range(1, EXAMPLES + 1):
            sheet.append([t(language, f"import.example.{column.value}", number=number) for column in COLUMNS[kind]])
        for n in range(1, len(COLUMNS[kind]) + 1):
            sheet.column_dimensions[get_column_letter(n)].width = WIDTH
            sheet.cell(1, n).font = Font(bold=True)
        sheet.freeze_panes = "A2"
    del book[book.sheetnames[-1]]
    told = io.BytesIO()
    book.save(told)
    return told.getvalue()
