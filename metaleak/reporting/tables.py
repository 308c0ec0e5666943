"""Tables as plain data: columns, rows, cells, and where each cell leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.reporting.links import Link
from metaleak.storage.strict_json import number

#: From how many rows on a table gets a box to filter it.
LONG = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A small picture of a rate: where its point and interval stand between 0 and 100."""

    low: str
    high: str
    at: str
    pooled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a cell.

    Attributes
    ----------
    text, small : str
        The value and a quieter second part, such as its interval.
    links : tuple of Link
        Ways from here; a cell with links and no text shows only them.
    order : float, str or None
        What the cell is sorted by; None sorts by the text.
    bar : Bar or None
        A picture in the place of text.
    code : bool
        Whether the text is something to type.
    """

    text: str = ""
    small: str = ""
    links: tuple[Link, ...] = ()
    order: float | str | None = None
    bar: Bar | None = None
    code: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; ``kind`` is ``"text"``, ``"number"``, ``"long"`` or ``"bar"``.

    ``view`` is the view of the section that the column belongs to; without one every view shows it.
    """

    name: str
    kind: str = "text"
    view: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, the first of them its heading, and the id that links lead to."""

    cells: tuple[Cell, ...]
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that can be read aloud: every one has a caption and an id."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def is_long(self) -> bool:
        """Whether the table gets a box to filter it."""
        return len(self.rows) >= LONG


def of_count(value: int) -> Cell:
    """Return a count that sorts as a number."""
    return Cell(text=numbers.count(value), order=value)


def of_digits(value: str) -> Cell:
    """Return a count as it stands in a sheet; what is no number sorts as text."""
    return Cell(text=value, order=float(value) if value.isascii() and value.isdigit() else None)


def of_text(value: str) -> Cell:
    """Return text as it stands in a sheet."""
    return Cell(text=value)


def of_share(
    values: Mapping[str, Any], *, key: str = "estimate", low: str = "ci_low", high: str = "ci_high"
) -> Cell:
    """Return a share as percent with its interval behind it."""
    share = number(values[key])
    limits = numbers.percent_interval(number(values[low]), number(values[high]))
    if share is None:
        return Cell(text=numbers.NONE, small="" if limits == numbers.NONE else limits, order=-1.0)
    return Cell(text=numbers.percent(share), small="" if limits == numbers.NONE else limits, order=share)


def of_number(value: Any, *, limits: Any = None, digits: int = 2) -> Cell:
    """Return a number with fixed decimals, with its interval behind it."""
    amount = number(value)
    small = "" if limits is None else numbers.interval(number(limits[0]), number(limits[1]), digits)
    return Cell(text=numbers.fixed(amount, digits), small=small, order=-1.0 if amount is None else amount)


def of_rate_bar(values: Mapping[str, Any], *, key: str = "rate", pooled: bool = False) -> Cell:
    """Return the picture of a rate and its interval on the axis from 0 to 100 %."""
    low, high, at = (number(values[k]) for k in ("ci_low", "ci_high", key))
    if low is None or high is None or at is None:
        return Cell(order=-1.0)
    bar = Bar(
        low=numbers.fixed(100 * low, 1),
        high=numbers.fixed(100 * high, 1),
        at=numbers.fixed(100 * at, 1),
        pooled=pooled,
    )
    return Cell(bar=bar, order=at)
