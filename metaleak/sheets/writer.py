"""Write sheets: rows added in the dialect in which a person saved the file, and whole generated sheets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from metaleak.errors import SheetError
from metaleak.sheets.columns import Sheet
from metaleak.sheets.reader import RawSheet, read_bytes
from metaleak.storage import atomic
from metaleak.storage.dialect import SPACES, Dialect, records, split_lines
from metaleak.storage.encodings import decode


def append_rows(path: Path, sheet: Sheet, rows: Sequence[Mapping[str, str]]) -> None:
    """Add rows at the end of a sheet, each cell under the column of its name.

    Delimiter, line ends, quoting and the byte order mark stay as they are; columns that the format does
    not know get empty cells. The file is replaced in one step.

    Raises
    ------
    SheetError
        When the sheet has no header, is not UTF-8, or lacks a column that a row fills.
    StorageError
        When the file cannot be read or written.
    """
    data = atomic.read_bytes(path)
    raw = read_bytes(data, sheet)
    _refuse(raw, sheet, rows, is_utf8=decode(data).is_utf8)
    tail = _lines(raw, rows).encode("utf-8")
    gap = b"" if raw.dialect.ends_with_newline else raw.dialect.newline.encode("ascii")
    atomic.write_bytes(path, data + gap + tail)


def add_columns(path: Path, sheet: Sheet) -> None:
    """Give a sheet the columns that it may lack, empty and behind the others; cells and dialect stay as they are.

    A sheet that has them all, has no header or is not UTF-8 is left alone. The caller has read the sheet and trusts it.

    Raises
    ------
    StorageError
        When the file cannot be read or written.
    """
    data = atomic.read_bytes(path)
    raw = read_bytes(data, sheet)
    names = {cell.strip(SPACES) for cell in raw.header}
    lacking = [column.name for column in sheet.columns if column.may_be_missing and column.name not in names]
    decoded = decode(data)
    if not raw.header or not lacking or not decoded.is_utf8:
        return
    found = [record.cells for record in records(split_lines(decoded.text), raw.dialect.delimiter)]
    at = found.index(raw.header)
    width = len(raw.header)
    empty = [""] * len(lacking)
    widened = [
        *found[:at],
        (*raw.header, *lacking),
        *(
            (*cells[:width], *[""] * (width - len(cells)), *empty) if any(cells) else cells
            for cells in found[at + 1 :]
        ),
    ]
    text = "".join(_line(cells, raw.dialect) for cells in widened)
    mark = b"\xef\xbb\xbf" if decoded.has_bom else b""
    atomic.write_bytes(path, mark + text.encode("utf-8"))


def sheet_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return a generated sheet as CSV text: commas, line feeds, quotes only where they are needed.

    Examples
    --------
    >>> sheet_text(("id", "reason"), [("R1", "one, two")])
    'id,reason\nR1,"one, two"\n'
    """
    return "".join(_line(map(str, cells), Dialect()) for cells in (header, *rows))


def _lines(raw: RawSheet, rows: Sequence[Mapping[str, str]]) -> str:
    names = [cell.strip(SPACES) for cell in raw.header]
    return "".join(_line((row.get(name, "") for name in names), raw.dialect) for row in rows)


def _line(cells: Iterable[str], dialect: Dialect) -> str:
    # The csv module leaves a lone carriage return bare before Python 3.13, which splits the row.
    special = (dialect.delimiter, '"', "\r", "\n")
    quoted = (
        '"' + cell.replace('"', '""') + '"'
        if dialect.quotes_all or any(mark in cell for mark in special)
        else cell
        for cell in cells
    )
    return dialect.delimiter.join(quoted) + dialect.newline


def _refuse(raw: RawSheet, sheet: Sheet, rows: Sequence[Mapping[str, str]], *, is_utf8: bool) -> None:
    place = f"extraction/{sheet.name}.csv"
    if not raw.header:
        raise SheetError(
            "the sheet has no header to add rows below", where=place, todo="metaleak check says more"
        )
    if not is_utf8:
        raise SheetError("the sheet is not UTF-8", where=place, todo="save it as CSV UTF-8, then add the row")
    names = {cell.strip(SPACES) for cell in raw.header}
    missing = sorted({column for row in rows for column, value in row.items() if value} - names)
    if missing:
        raise SheetError(
            f"the sheet lacks the column {missing[0]}",
            where=place,
            todo="add it to the header: metaleak check",
        )
