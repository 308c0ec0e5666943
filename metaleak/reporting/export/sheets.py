"""Tables as CSV and as a workbook: numbers keep their type, no cell is run by a spreadsheet program."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from metaleak.reporting.cell_text import one_line
from metaleak.reporting.export.extras import loaded
from metaleak.reporting.export.flat import FlatTable, Value
from metaleak.reporting.visible import visible
from metaleak.storage.formulas import is_formula, neutral
from metaleak.storage.normal_zip import normalised

#: Of a worksheet's name.
_LONGEST_NAME = 31

_WIDEST = 60.0

#: Where a workbook notes when it was made.
_CLOCK = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def as_csv(table: FlatTable) -> bytes:
    """Return a table as CSV (UTF-8): headings, then values; text that a program would run is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(neutral(one_line(name)) for name in table.header)
    for row in table.rows:
        writer.writerow(_csv_cell(value) for value in row)
    return out.getvalue().encode("utf-8")


def _csv_cell(value: Value) -> str:
    if value is None:
        return ""
    return neutral(one_line(value)) if isinstance(value, str) else repr(value)


def workbook(tables: Mapping[str, FlatTable], *, title: str, caveat: str) -> bytes:
    """Return all tables as one XLSX: a worksheet each, and in front of them what each of them shows.

    Parameters
    ----------
    tables : mapping of str to FlatTable
        By the name of their worksheet.
    title, caveat : str
        Of the review; the caveat is empty once it is released.

    Raises
    ------
    MissingExtraError
        When openpyxl is not installed.
    """
    openpyxl = loaded("openpyxl")
    book = openpyxl.Workbook()
    front = book.active
    front.title = "contents"
    names = _worksheet_names(tables)
    lines = [title, *([f"Rehearsal: {caveat}."] if caveat else []), ""]
    for line in lines:
        front.append([None])
        _put(front.cell(front.max_row, 1), line)
    for name, table in tables.items():
        front.append([None])
        place = front.max_row
        _put(front.cell(place, 1), names[name])
        _put(front.cell(place, 2), table.caption)
        front.cell(place, 1).hyperlink = f"#'{names[name]}'!A1"
        _fill(book.create_sheet(names[name]), table)
    front.column_dimensions["A"].width = _LONGEST_NAME
    front.column_dimensions["B"].width = 2 * _WIDEST
    out = io.BytesIO()
    book.save(out)
    return normalised(out.getvalue(), first="[Content_Types].xml", rewrite=without_clock)


def without_clock(name: str, content: bytes) -> bytes:
    """Return a member of an office file with the first of January 2000 in the place of the clock."""
    if name != "docProps/core.xml":
        return content
    return _CLOCK.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", content)


def _fill(sheet: Any, table: FlatTable) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    for at, column in enumerate(table.columns, start=1):
        head = sheet.cell(1, at)
        _put(head, column.name)
        head.font = Font(bold=True)
        for place, value in enumerate(column.values, start=2):
            cell = sheet.cell(place, at)
            _put(cell, value)
            if column.is_number:
                cell.number_format = column.format
        widest = max([len(column.name), *(len(str(v)) for v in column.values if isinstance(v, str))])
        sheet.column_dimensions[get_column_letter(at)].width = min(max(9.0, widest + 2.0), _WIDEST)
    sheet.freeze_panes = "B2"


def _put(cell: Any, value: Value) -> None:
    """Put a value into a cell: a number as a number, a text as a text, whatever it begins with."""
    if not isinstance(value, str):
        cell.value = value
        return
    text = visible(value)
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = is_formula(text)


def _worksheet_names(tables: Mapping[str, FlatTable]) -> dict[str, str]:
    """Return a name for each worksheet: no longer than allowed, no two alike in any case of letters."""
    names: dict[str, str] = {}
    for name in tables:
        short, n = name[:_LONGEST_NAME], 2
        while short.casefold() in {used.casefold() for used in (*names.values(), "contents")}:
            mark = f"~{n}"
            short, n = name[: _LONGEST_NAME - len(mark)] + mark, n + 1
        names[name] = short
    return names
