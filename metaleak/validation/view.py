"""The sheets as the rules see them: typed values where a cell has one, nothing where it is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from metaleak.sheets.cells import CellProblem, clean, typed
from metaleak.sheets.codebook import Codebook, Declared
from metaleak.sheets.reader import RawSheet


class _Wrong:
    """Marks a cell whose own problem is reported already: no further rule looks at it."""

    def __repr__(self) -> str:
        return "WRONG"


WRONG = _Wrong()


@dataclass(frozen=True, slots=True)
class TypedRow:
    """One row: its spreadsheet number, its typed values and its texts as they stand in the file."""

    number: int
    values: Mapping[str, Any]
    raw: Mapping[str, str]

    def get(self, column: str) -> Any:
        """Return a value; None where it is empty, missing or wrong."""
        value = self.values.get(column)
        return None if value is WRONG or value == "" else value

    def key(self, *columns: str) -> tuple[Any, ...] | None:
        """Return the values of several columns, None when one of them is wrong or missing."""
        values = tuple(self.values.get(column, WRONG) for column in columns)
        return None if any(value is WRONG for value in values) else values


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongCell:
    """A cell without a value of its kind, and why."""

    sheet: str
    row: int
    column: str
    value: str
    problem: CellProblem


@dataclass(frozen=True, slots=True)
class View:
    """All sheets of a review, typed, with what the codebook declares (None without a codebook)."""

    rows: Mapping[str, tuple[TypedRow, ...]]
    raw: Mapping[str, RawSheet]
    codebook: Codebook | None
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def declared(self) -> Declared | None:
        """What the codebook says about single words."""
        return None if self.codebook is None else self.codebook.declared

    @property
    def by_hand(self) -> dict[str, tuple[TypedRow, ...]]:
        """The rows of the sheets that people type."""
        return {name: rows for name, rows in self.rows.items() if not self.raw[name].sheet.is_fetched}

    def grouped(self, sheet: str, *columns: str) -> dict[tuple[Any, ...], list[TypedRow]]:
        """Return the rows of a sheet by the values of some columns, without rows where one is wrong."""
        groups: dict[tuple[Any, ...], list[TypedRow]] = defaultdict(list)
        for row in self.rows[sheet]:
            key = row.key(*columns)
            if key is not None:
                groups[key].append(row)
        return groups

    def study_ids(self, sheet: str) -> set[str]:
        """Return the studies that a sheet names, those of rows that cannot be trusted too.

        A row that is reported as broken already is no reason to report every row that belongs to it.
        """
        return {clean(row.cells.get("study_id", "")) for row in self.raw[sheet].rows} - {""}


def make_view(raw: Mapping[str, RawSheet], codebook: Codebook | None) -> tuple[View, list[WrongCell]]:
    """Type every cell; return the view, and every cell without a value."""
    problems: list[WrongCell] = []
    rows: dict[str, tuple[TypedRow, ...]] = {}
    for name, sheet in raw.items():
        words = None if sheet.sheet.is_fetched else codebook
        rows[name] = tuple(_typed_rows(name, sheet, words, problems))
    return View(rows, raw, codebook), problems


def _typed_rows(
    name: str, raw: RawSheet, codebook: Codebook | None, problems: list[WrongCell]
) -> Iterator[TypedRow]:
    for row in raw.rows:
        if row.broken:
            continue
        values: dict[str, Any] = {}
        for column in raw.sheet.columns:
            if column.name not in row.cells:
                values[column.name] = WRONG
                continue
            value = typed(column, clean(row.cells[column.name]), codebook)
            if isinstance(value, CellProblem):
                cell = row.cells[column.name]
                problems.append(
                    WrongCell(sheet=name, row=row.number, column=column.name, value=cell, problem=value)
                )
                value = WRONG
            values[column.name] = value
        yield TypedRow(row.number, values, row.cells)
