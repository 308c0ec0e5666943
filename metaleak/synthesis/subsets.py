"""Many choices of rows of one table, each pooled by itself, all in one batch."""

from __future__ import annotations

from collections.abc import Sequence

from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError, TableError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import MetaResult
from metaleak.synthesis.subgroups import NotPooled, as_counts, why_not_pooled

#: What is said of a choice of rows whose fit ends without an optimum.
NO_OPTIMUM = "the fit ends without an optimum: shown as joined counts"


def pool_subsets(
    model: BinomialNormal | RandomEffects, table: StudyTable, subsets: Sequence[Sequence[int]]
) -> list[MetaResult | NotPooled]:
    """Pool every one of several choices of rows; what cannot be pooled is shown as its counts.

    Parameters
    ----------
    model : BinomialNormal or RandomEffects
        What pools a choice of rows.
    table : StudyTable
        All rows, as counts.
    subsets : sequence of sequences of int
        The rows of each choice, by number; none may be empty.

    Returns
    -------
    list of MetaResult or NotPooled
        In the order of ``subsets``; equal to ``model.fit(table.take(rows))`` where that pools. One study,
        counts that are all 0 or all n, and fits without an optimum are :class:`NotPooled`.

    Raises
    ------
    TableError
        For a choice of no row.

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12], [56, 59, 48])
    >>> whole, single = pool_subsets(BinomialNormal(), table, [(0, 1, 2), (1,)])
    >>> round(float(whole.natural().estimate), 3), single.reason
    (0.453, 'one row: shown as it is')
    """
    empty = [i for i, rows in enumerate(subsets) if not len(rows)]
    if empty:
        raise TableError("a choice holds no row", required="one row at least", got=f"choice {empty[0]}")
    parts = [table.take(list(rows)) for rows in subsets]
    reasons = [why_not_pooled(part) for part in parts]
    fits = iter(_fits(model, [part for part, why in zip(parts, reasons, strict=True) if why is None]))
    return [
        next(fits) if why is None else as_counts(part, why, model.level)
        for part, why in zip(parts, reasons, strict=True)
    ]


def _fits(
    model: BinomialNormal | RandomEffects, parts: Sequence[StudyTable]
) -> Sequence[MetaResult | NotPooled]:
    """Fit all parts as one batch; where one of them fails, each by itself, so that it costs only itself."""
    try:
        return model.fit_tables(parts)
    except ConvergenceError:
        return [_fit(model, part) for part in parts]


def _fit(model: BinomialNormal | RandomEffects, part: StudyTable) -> MetaResult | NotPooled:
    try:
        return model.fit(part)
    except ConvergenceError:
        return as_counts(part, NO_OPTIMUM, model.level)
