"""From a file to rows of text: every cell a string, every row with its spreadsheet number.

Nothing is dropped in silence: a row that cannot be read stands in ``rows`` as broken and in
``problems`` with its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from metaleak.sheets.columns import Sheet
from metaleak.sheets.layout import Layout, header_layout, row_problems
from metaleak.sheets.problems import ReadProblem
from metaleak.storage.dialect import HEADER_WITHIN, SPACES, Dialect, Record, records, sniff, split_lines
from metaleak.storage.digest import of_bytes
from metaleak.storage.encodings import decode, foreign_format, likely_encoding, mended, wide_encoding

#: A sheet that people edit by hand is far below this.
MAX_BYTES = 100_000_000

_SAVE = "in a spreadsheet program: save as, CSV UTF-8; in an editor: save with encoding UTF-8"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its spreadsheet number and its cells as they stand in the file, by column.

    A ``broken`` row has cells under names that cannot be trusted; it is in the problems.
    """

    number: int
    cells: Mapping[str, str]
    broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSheet:
    """A sheet as text: rows, dialect, what is wrong with the file, the digest of its bytes."""

    sheet: Sheet
    rows: tuple[Row, ...] = ()
    header: tuple[str, ...] = ()
    dialect: Dialect = Dialect()
    problems: tuple[ReadProblem, ...] = ()
    digest: str | None = None


def read_sheet(path: Path, sheet: Sheet) -> RawSheet:
    """Read one CSV file; whatever is wrong with it is in ``problems``, never an exception."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return _unread(
                sheet, "R02", f"the file has more than {MAX_BYTES:,} bytes", "keep one sheet per file"
            )
        data = path.read_bytes()
    except FileNotFoundError:
        header = ",".join(sheet.names)
        return _unread(sheet, "R01", "the file does not exist", f"write a file with the header {header}")
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or str(error)
        return _unread(sheet, "R02", f"the file cannot be read: {told}", "give permission to read it")
    return read_bytes(data, sheet)


def read_bytes(data: bytes, sheet: Sheet) -> RawSheet:
    """Read the bytes of a CSV file; see :func:`read_sheet`."""
    digest = of_bytes(data)
    if name := foreign_format(data):
        raw = _unread(sheet, "R03", f"the file is {name}, not a CSV text", f"export it: {_SAVE}")
    elif name := wide_encoding(data):
        raw = _unread(sheet, "R04", f"the bytes look like {name}, not UTF-8; no row was read", _SAVE)
    elif not data.strip(b"\xef\xbb\xbf \t\r\n,;\x00"):
        raw = _unread(sheet, "R05", "the file is empty", f"begin with the header {','.join(sheet.names)}")
    else:
        raw = _parsed(data, sheet)
    return replace(raw, digest=digest)


def _unread(sheet: Sheet, rule: str, text: str, todo: str) -> RawSheet:
    return RawSheet(sheet=sheet, problems=(ReadProblem(rule=rule, row=None, text=text, todo=todo),))


def _parsed(data: bytes, sheet: Sheet) -> RawSheet:
    decoded = decode(data)
    lines = split_lines(decoded.text)
    dialect = sniff(decoded.text, lines, has_bom=decoded.has_bom, names=sheet.names)
    found = list(records(lines, dialect.delimiter))
    problems: list[ReadProblem] = []
    if not decoded.is_utf8:
        found, problem = _mended(found)
        problems.append(problem)
    at = _header_at(found, sheet)
    if at is None:
        problems.append(_no_header(found, sheet))
        return RawSheet(sheet=sheet, dialect=dialect, problems=tuple(problems))
    if at:
        problems.append(_late_header(found, at))
    layout = header_layout(found[at], found[at + 1 :], sheet)
    rows, wrong = row_problems(found[at + 1 :], layout, sheet)
    problems += [*layout.problems, *wrong]
    return RawSheet(
        sheet=sheet,
        rows=tuple(_row(record, layout, broken=broken) for record, broken in rows),
        header=found[at].cells,
        dialect=dialect,
        problems=tuple(problems),
    )


def _row(record: Record, layout: Layout, *, broken: bool) -> Row:
    cells = record.cells
    return Row(
        record.number,
        {name: cells[at] if at < len(cells) else "" for name, at in layout.places.items()},
        broken,
    )


def _mended(found: Sequence[Record]) -> tuple[list[Record], ReadProblem]:
    """Give the cells their letters back, with the first cell that is not UTF-8 as the place."""
    foreign = [
        (record.number, at, cell)
        for record in found
        for at, cell in enumerate(record.cells)
        if not cell.isascii() and not mended(cell, "cp1252")[1]
    ]
    encoding = likely_encoding([cell for _, _, cell in foreign])
    name = {"gb18030": "GB18030 (Chinese)", "cp1252": "cp1252 (Windows, Western European)"}[encoding]
    # A line that ends inside a letter leaves bytes that only the whole file shows.
    row, at, cell = foreign[0] if foreign else (1, 0, "")
    names = found[0].cells if found else ()
    problem = ReadProblem(
        rule="R04",
        row=row,
        column=names[at].strip(SPACES) if at < len(names) and names[at].isascii() else "",
        value=mended(cell, encoding)[0],
        text=f"{_counted(len(foreign), 'cell')} not in UTF-8; the bytes look like {name}",
        todo=f"open the file as {name}, look at the letters, then save it as UTF-8; {_SAVE}",
    )
    whole = [replace(r, cells=tuple(mended(cell, encoding)[0] for cell in r.cells)) for r in found]
    return whole, problem


def _header_at(found: Sequence[Record], sheet: Sheet) -> int | None:
    names = set(sheet.names)
    enough = min(3, len(names))
    for at, record in enumerate(found[:HEADER_WITHIN]):
        if len(names.intersection(cell.strip(SPACES) for cell in record.cells)) >= enough:
            return at
    return None


def _no_header(found: Sequence[Record], sheet: Sheet) -> ReadProblem:
    first = next((record for record in found if not record.is_blank), None)
    return ReadProblem(
        rule="R06",
        row=first.number if first else 1,
        value=",".join(first.cells)[:80] if first else "",
        text=f"no row holds the column names; {_counted(len(found), 'row')} not read",
        todo=f"put the header in the first row: {','.join(sheet.names)}",
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun} is" if number == 1 else f"{number} {noun}s are"


def _late_header(found: Sequence[Record], at: int) -> ReadProblem:
    return ReadProblem(
        rule="R06",
        row=found[0].number,
        value=",".join(found[0].cells)[:80],
        text=f"the header stands in row {found[at].number}, not in the first",
        todo="delete the rows above the header",
    )
