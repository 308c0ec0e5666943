"""Tables of the page as plain columns: numbers as numbers, intervals in a column of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from metaleak import numbers
from metaleak.reporting.tables import Cell, Column, Table

Value = str | float | int | None

#: What a number looks like on the page: its decimals say how a spreadsheet shows it.
_NUMBER = re.compile(r"[+\u2212-]?[\d\u2009\u202f\u00a0 ]+(?:\.(\d+))?(\s*%)?")

#: What stands between thousands.
_SPACES = "\u2009\u202f\u00a0 "


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatColumn:
    """A column: its heading, its values, and the spreadsheet's number format, empty for text.

    ``beside`` says that its values are the quieter second part of the column before.
    """

    name: str
    values: tuple[Value, ...]
    format: str = ""
    beside: bool = False

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return bool(self.format)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatTable:
    """A table without links, pictures and folds."""

    id: str
    caption: str
    columns: tuple[FlatColumn, ...]

    @property
    def header(self) -> tuple[str, ...]:
        """The headings."""
        return tuple(column.name for column in self.columns)

    @property
    def rows(self) -> tuple[tuple[Value, ...], ...]:
        """The rows, column by column."""
        return tuple(zip(*(column.values for column in self.columns), strict=True))


def flat(table: Table) -> FlatTable:
    """Return a table of the page with every number as the number that its cell is sorted by.

    A second, quieter part of a cell (its interval) becomes a column of its own; pictures are left out.
    """
    columns = tuple(
        found
        for i, column in enumerate(table.columns)
        for found in _columns(column, [row.cells[i] for row in table.rows])
    )
    return FlatTable(id=table.id, caption=table.caption, columns=columns)


def _columns(column: Column, cells: list[Cell]) -> Iterator[FlatColumn]:
    if column.kind == "bar":
        return
    shape = _shape(cells) if column.kind == "number" else ""
    if shape:
        values: tuple[Value, ...] = tuple(_number(cell, shape) for cell in cells)
    else:
        values = tuple(_text(cell) for cell in cells)
    yield FlatColumn(name=column.name, values=values, format=shape)
    small = tuple(cell.small for cell in cells)
    if any(small):
        kind = "interval" if all(text.startswith("[") for text in small if text) else "more"
        yield FlatColumn(name=f"{column.name}: {kind}", values=small, beside=True)


def _shape(cells: list[Cell]) -> str:
    """Return the number format of a column whose cells are all numbers of a kind or empty, else nothing.

    A column that mixes shares with other numbers stays text: one format would show a ratio of 0.56 as 56 %.
    """
    decimals, spaced = 0, False
    kinds: set[bool] = set()
    for cell in cells:
        if cell.text in ("", numbers.NONE):
            continue
        found = _NUMBER.fullmatch(cell.text.strip())
        if found is None or not isinstance(cell.order, int | float):
            return ""
        decimals = max(decimals, len(found[1] or ""))
        kinds.add(found[2] is not None)
        spaced = spaced or any(space in cell.text.rstrip("% \u00a0") for space in _SPACES)
    if len(kinds) != 1:
        return ""
    whole = "#,##0" if spaced else "0"
    places = f"{whole}." + "0" * decimals if decimals else whole
    return places + "%" if True in kinds else places


def _number(cell: Cell, shape: str) -> Value:
    if cell.text in ("", numbers.NONE) or not isinstance(cell.order, int | float):
        return None
    whole = shape in ("0", "#,##0") and float(cell.order).is_integer()
    return int(cell.order) if whole else float(cell.order)


def _text(cell: Cell) -> str:
    return cell.text or ", ".join(link.text for link in cell.links)
