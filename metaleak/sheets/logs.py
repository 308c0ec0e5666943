"""Sheets to which rows are only added: read as text when they can be trusted, begun when there is none yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from metaleak.errors import SheetError
from metaleak.sheets.cells import clean
from metaleak.sheets.columns import Sheet
from metaleak.sheets.problems import READING
from metaleak.sheets.reader import read_sheet
from metaleak.sheets.writer import add_columns, append_rows, sheet_text
from metaleak.storage import atomic


def sheet_path(sheet: Sheet) -> str:
    """Return where a sheet lies inside a review.

    Examples
    --------
    >>> from metaleak.sheets.bibliography import DUPLICATES
    >>> sheet_path(DUPLICATES)
    'extraction/duplicates.csv'
    """
    return f"extraction/{sheet.name}.csv"


def read_rows(root: Path, sheet: Sheet) -> list[dict[str, str]]:
    """Return the cleaned cells of every row, none when there is no sheet yet.

    Raises
    ------
    SheetError
        When the sheet cannot be trusted, with the first reason.
    """
    path = root / sheet_path(sheet)
    if not path.exists():
        return []
    raw = read_sheet(path, sheet)
    errors = [problem for problem in raw.problems if READING[problem.rule].severity == "error"]
    if errors:
        row = f", row {errors[0].row}" if errors[0].row else ""
        raise SheetError(errors[0].text, where=sheet_path(sheet) + row, todo=errors[0].todo)
    return [{name: clean(cell) for name, cell in row.cells.items()} for row in raw.rows]


def add_rows(root: Path, sheet: Sheet, rows: Sequence[Mapping[str, str]]) -> None:
    """Add rows behind the others, in the dialect of the file; a sheet that is not there begins with its header.

    A sheet that an earlier version began gets the columns that it may lack, at its end.

    The caller holds the lock of the review, and has guarded cells that come from outside against formulas.

    Raises
    ------
    SheetError
        When the sheet has no header, is not UTF-8, or lacks a column.
    StorageError
        When it cannot be read or written.
    """
    path = root / sheet_path(sheet)
    if not path.exists():
        atomic.write_text(path, sheet_text(sheet.names, []))
    add_columns(path, sheet)
    append_rows(path, sheet, rows)
