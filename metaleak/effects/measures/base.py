"""What a measure is, and how empty cells are filled before an effect is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from metaleak.errors import TableError, UndefinedError
from metaleak.guards import one_of, within

if TYPE_CHECKING:
    from metaleak.effects.table import StudyTable

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: When the correction is added: to rows with an empty cell, to all rows, to all rows as soon as one has
#: an empty cell, or never.
_TO = ("only0", "all", "if0all", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Zero:
    """What is added to the cells of rows with an empty cell, as metafor's ``add`` and ``to``.

    Parameters
    ----------
    add : float
        The amount, 0 or more.
    to : {"only0", "all", "if0all", "none"}
        Which rows take it.
    double : {"drop", "keep"}
        Whether rows of two arms without an event in either, or with nothing else, stay: they say nothing
        about a ratio (metafor's ``drop00``).

    Examples
    --------
    >>> Zero(to="none").amount(np.array([True, False])).tolist()
    [0.0, 0.0]
    """

    add: float = 0.5
    to: str = "only0"
    double: str = "drop"

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        within("zero.add", self.add, 0, float("inf"), ends="[)")
        one_of("zero.to", self.to, _TO)
        one_of("zero.double", self.double, ("drop", "keep"))

    def amount(self, empty: Bools) -> Floats:
        """Return what each row's cells get; ``empty`` (..., k) marks rows with an empty cell."""
        if self.to == "only0":
            rows = empty
        elif self.to == "if0all":
            rows = np.broadcast_to(empty.any(axis=-1, keepdims=True), empty.shape)
        else:
            rows = np.full(empty.shape, self.to == "all")
        return np.where(rows, self.add, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Effects ``yi`` with sampling variances ``vi``, the rows that were left out, and what to say."""

    yi: Floats
    vi: Floats
    kept: npt.NDArray[np.intp]
    notes: tuple[str, ...] = ()


class MeasureBase:
    """A scale: its formula, its inverse and what a reader calls the value behind it.

    A new measure is one file with a subclass that gives ``code``, ``kind``, ``scale``, :meth:`effect`,
    :meth:`inverse` and :meth:`forward`.
    """

    #: The code, as in metafor's escalc.
    code: ClassVar[str]
    #: The kind of table that it reads.
    kind: ClassVar[str] = "counts"
    #: What a reader calls the value.
    scale: ClassVar[str] = "proportion"
    #: Limits of the reader's scale.
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    #: Whether a reader's scale belongs to this one.
    has_natural: ClassVar[bool] = True
    #: Whether the inverse needs a sample size.
    needs_size: ClassVar[bool] = False
    #: Rows without an event in either arm, or where two readings never differ, say nothing about a ratio.
    drops_double_zero: ClassVar[bool] = False
    #: What is said of the rows that are dropped, and what one has that is not.
    silent_note: ClassVar[str] = "rows with no event, or only events, in both arms are left out"
    speaking: ClassVar[str] = "a row with an event in one arm and a unit without in one arm"

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return effects and sampling variances of cells (..., k), in the order of the table's columns."""
        raise NotImplementedError

    def inverse(self, value: Any, *, n: float | None = None) -> Any:
        """Return a value of this scale on the reader's scale; ``n`` serves scales that need a size."""
        raise NotImplementedError

    def forward(self, value: Any, *, n: float | None = None) -> Any:
        """Return a value of the reader's scale on this one."""
        raise NotImplementedError

    def effects(self, table: StudyTable, zero: Zero) -> Effects:
        """Return the effects of a table.

        Raises
        ------
        TableError
            For a table of another kind, one in which no row says anything on this scale, or a row whose
            empty cells leave it without a finite effect or without a sampling variance.
        """
        if table.kind != self.kind:
            raise TableError(
                f"{self.code} cannot be computed", required=f"a table of {self.kind}", got=table.kind
            )
        cells = list(table.columns.values())
        kept, notes = self._kept(table, cells, zero)
        if kept.size < table.k:
            cells = [cell[kept] for cell in cells]
        with np.errstate(divide="ignore", invalid="ignore"):
            yi, vi = self.effect(*cells, zero=zero)
            wrong = ~(np.isfinite(yi) & (vi > 0) & (vi < np.inf))
        if wrong.any():
            raise TableError(
                f"a row has no effect or no sampling variance on the scale {self.code}",
                required="a correction for empty cells, or another measure",
                got=table.label[kept[np.flatnonzero(wrong)[0]]],
            )
        return Effects(yi, vi, kept, notes)

    def ends(self, *, n: float | None = None) -> tuple[float, float]:
        """Return the values of this scale beyond which the inverse is clipped."""
        return float("-inf"), float("inf")

    def size_note(self, n: float, name: str) -> str:
        """Return what a reader has to know about the sample size behind the inverse; empty without one."""
        return ""

    def _kept(
        self, table: StudyTable, cells: Sequence[Floats], zero: Zero
    ) -> tuple[npt.NDArray[np.intp], tuple[str, ...]]:
        if not self.drops_double_zero or zero.double == "keep":
            return np.arange(table.k), ()
        silent = self.silent(*cells)
        if not silent.any():
            return np.arange(table.k), ()
        if silent.all():
            raise TableError(
                f"no row says anything about {self.scale}",
                required=self.speaking,
                got=f"{table.k} rows without",
            )
        names = ", ".join(table.label[i] for i in np.flatnonzero(silent))
        return np.flatnonzero(~silent), (f"{self.silent_note}: {names}",)

    def silent(self, *cells: Floats) -> Bools:
        """Return which rows say nothing on this scale, for measures that drop them."""
        return silent_rows(*cells)


def silent_rows(ai: Floats, n1i: Floats, ci: Floats, n2i: Floats) -> Bools:
    """Return which rows have no event in either arm, or nothing else."""
    silent: Bools = ((ai == 0) & (ci == 0)) | ((ai == n1i) & (ci == n2i))
    return silent


class LogScale(MeasureBase):
    """A logarithm of what a reader knows: ratios, and proportions on a log scale."""

    def inverse(self, value: Any, *, n: float | None = None) -> Any:
        """Return the exponential, infinite where no number is as large."""
        with np.errstate(over="ignore"):
            return np.exp(value)

    def forward(self, value: Any, *, n: float | None = None) -> Any:
        """Return the logarithm."""
        return np.log(value)


def undefined(code: str) -> UndefinedError:
    """Return the error for a scale that no reader's scale belongs to."""
    return UndefinedError(
        f"{code} has no scale that a reader knows", todo="read estimate and ci on the model's scale"
    )


def with_correction(xi: Floats, ni: Floats, zero: Zero) -> tuple[Floats, Floats]:
    """Return events and units of proportions after the correction for empty and full counts."""
    add = zero.amount((xi == 0) | (xi == ni))
    return xi + add, ni + 2 * add


def arms_with_correction(cells: Sequence[Floats], zero: Zero) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the four cells of the arms (ai, n1i, ci, n2i) after the correction for empty cells."""
    ai, n1i, ci, n2i = cells
    bi, di = n1i - ai, n2i - ci
    add = zero.amount((ai == 0) | (bi == 0) | (ci == 0) | (di == 0))
    return ai + add, bi + add, ci + add, di + add


def pairs_with_correction(cells: Sequence[Floats], zero: Zero) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the four cells of two readings of the same units after the correction for empty cells."""
    both, only_reference, only_index, neither = cells
    add = zero.amount((both == 0) | (only_reference == 0) | (only_index == 0) | (neither == 0))
    return both + add, only_reference + add, only_index + add, neither + add
