"""What every model can do: fit a table, fit a table with a design, fit many tables at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from metaleak.effects.design import Design
from metaleak.effects.table import StudyTable
from metaleak.pooling.result import MetaResult


class Model(Protocol):
    """Frozen settings with a ``fit`` that keeps no state."""

    @property
    def level(self) -> float:
        """The level of all intervals, 0..1."""
        ...

    def fit(self, table: StudyTable) -> MetaResult:
        """Pool the rows of a table."""
        ...

    def fit_design(self, table: StudyTable, design: Design) -> MetaResult:
        """Fit one coefficient per column of the design, with one between-study variance."""
        ...

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables, in one batch."""
        ...


def fit_many(model: Model, tables: Sequence[StudyTable]) -> list[MetaResult]:
    """Pool every table with one model, as arrays with a leading batch axis.

    Parameters
    ----------
    model : Model
        What pools a table.
    tables : sequence of StudyTable
        They may differ in the number of rows.

    Returns
    -------
    list of MetaResult
        In the order of the tables; each equals ``model.fit`` of its table (to 1e-12 for closed forms,
        1e-9 for iterative fits).

    Raises
    ------
    MetaleakError
        As ``model.fit`` raises it for the first table that cannot be fitted.

    Examples
    --------
    >>> from metaleak.pooling.binomial_normal import BinomialNormal
    >>> tables = [StudyTable.from_counts([3, 4, 9], [10, 12, 20]), StudyTable.from_counts([1, 5], [8, 9])]
    >>> [result.k for result in fit_many(BinomialNormal(), tables)]
    [3, 2]
    """
    return model.fit_tables(tables)
