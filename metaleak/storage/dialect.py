"""How a CSV file is written: delimiter, line ends, quoting; and its records with their row numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

DELIMITERS = (",", ";", "\t")

#: How far a header is looked for, and how many broken records are read past.
HEADER_WITHIN = 20
MAX_BROKEN = 50

#: Spaces that hide at the ends of cells; str.strip knows the first kinds, not the zero-width ones.
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
_SPACES = " \t\r\n\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
SPACES = _SPACES + ZERO_WIDTH

_SWALLOWED = "two quotes that do not belong together hold whole rows between them"

_CONFLICT = ("<<<<<<< ", ">>>>>>> ", "||||||| ", "=======")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a person or a program saved a sheet."""

    delimiter: str = ","
    newline: str = "\n"
    has_bom: bool = False
    quotes_all: bool = False
    ends_with_newline: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """One row as the csv module reads it; ``broken`` says why its cells cannot be trusted."""

    number: int
    cells: tuple[str, ...]
    broken: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether no cell holds anything but spaces."""
        return not any(cell.strip(SPACES) for cell in self.cells)


def split_lines(text: str) -> list[str]:
    """Return the physical lines with their ends, at LF, CRLF or CR and nowhere else."""
    return list(io.StringIO(text, newline=""))


def sniff(text: str, lines: Sequence[str], *, has_bom: bool, names: Sequence[str]) -> Dialect:
    """Tell the dialect from the header (the line that holds most of ``names``) and the line ends."""
    start = lines[:HEADER_WITHIN]
    delimiter = max(
        DELIMITERS, key=lambda mark: max((_known(line, mark, names) for line in start), default=0)
    )
    crlf = text.count("\r\n")
    ends = {"\n": text.count("\n") - crlf, "\r\n": crlf, "\r": text.count("\r") - crlf}
    first = lines[0].rstrip("\r\n") if lines else ""
    return Dialect(
        delimiter=delimiter,
        newline=max(ends, key=lambda end: ends[end]) if lines else "\n",
        has_bom=has_bom,
        quotes_all=first.startswith('"') and first.endswith('"') and f'"{delimiter}"' in first,
        ends_with_newline=not text or text[-1] in "\r\n",
    )


def records(lines: Sequence[str], delimiter: str) -> Iterator[Record]:
    """Yield the records with their spreadsheet rows; a broken one costs one line and is yielded too."""
    start, number, broken = 0, 1, 0
    while start < len(lines):
        whole = 0
        reader = csv.reader(islice(lines, start, None), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if _holds_rows(cells, delimiter):
                    raise csv.Error(_SWALLOWED)
                yield Record(number, tuple(cells))
                number, whole = number + 1, reader.line_num
            return
        except csv.Error as error:
            broken += 1
            line = lines[start + whole].rstrip("\r\n")
            if broken > MAX_BROKEN:
                left = len(lines) - start - whole
                yield Record(number, (), f"too many broken quotes: the last {left} lines were not read")
                return
            yield Record(number, tuple(line.split(delimiter)), _told(error))
            number, start = number + 1, start + whole + 1


@contextmanager
def cells_of_any_length() -> Iterator[None]:
    """Let the csv module read long cells (an abstract, 5,000 authors) here, and nowhere else: its limit is global."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def is_conflict(record: Record) -> bool:
    """Whether the record is a mark that an unfinished merge leaves behind."""
    first = record.cells[0] if record.cells else ""
    return first.startswith(_CONFLICT) and not any(cell.strip(SPACES) for cell in record.cells[1:])


def column_letter(index: int) -> str:
    """Return a column's name in spreadsheet programs.

    Examples
    --------
    >>> column_letter(0), column_letter(25), column_letter(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _known(line: str, delimiter: str, names: Sequence[str]) -> int:
    cells = {cell.strip(SPACES + '"') for cell in line.split(delimiter)}
    return len(cells.intersection(names))


def _holds_rows(cells: Sequence[str], delimiter: str) -> bool:
    """Whether a cell of several lines has as many delimiters as a row; in a sentence a space follows them."""
    return len(cells) > 2 and any(
        len(re.findall(f"{delimiter}(?! )", cell)) >= len(cells) - 1
        for cell in cells
        if "\n" in cell or "\r" in cell
    )


def _told(error: csv.Error) -> str:
    message = str(error)
    if message == _SWALLOWED:
        return message
    if "field larger" in message:
        return "a cell is longer than 131,072 characters, most likely behind an open quote"
    if "unexpected end" in message:
        return "a quote opens and never closes"
    return "a quote stands inside a quoted cell, or a quoted cell does not end at its quote"
