"""What one further study of every rate and size would make of a pooled rate, and of a contrast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.table import StudyTable
from metaleak.errors import UndefinedError
from metaleak.guards import within
from metaleak.numerics.binomial_normal import Likelihood
from metaleak.numerics.distributions import chi2_tail
from metaleak.numerics.likelihood_surface import Summed, Surface
from metaleak.pooling import binomial_normal_kernel as kernel
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.likelihood_parts import require_converged
from metaleak.synthesis.added_rows import points_of, polynomials, refitted, region_of, require_mean, with_rows

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

#: A next study may be further away than any that would be drawn.
_FURTHER = 1.5


def next_study(
    model: BinomialNormal,
    table: StudyTable,
    *,
    rates: Sequence[float],
    units: Sequence[int],
    others: StudyTable | None = None,
) -> pd.DataFrame:
    """Pool today's rows with one further study of every rate and size.

    Parameters
    ----------
    model : BinomialNormal
        What pools, without moderators.
    table : StudyTable
        The counts of today.
    rates : sequence of float
        Observed rates of the further study, 0..1; events are rounded.
    units : sequence of int
        Its sizes.
    others : StudyTable, optional
        Another group, which gets no further study, to be compared.

    Returns
    -------
    DataFrame
        One row per rate and size: ``rate units events estimate ci_low ci_high tau2``, the pooled median rate
        and its limits 0..1; with ``others`` also ``odds_ratio p_value``, of the other group to this one in one
        model with a common tau2, and its likelihood ratio, as in :func:`metaleak.group_difference`.

    Raises
    ------
    SettingError
        For a rate or size outside its range.
    UndefinedError
        With moderators, or a nested model that shall compare groups.
    ConvergenceError, SeparationError
        As the model raises them.

    References
    ----------
    Langan D, Higgins JPT, Gregory W, Sutton AJ (2012). Graphical augmentations to the funnel plot assess the
    impact of additional evidence on a meta-analysis. doi:10.1016/j.jclinepi.2011.10.009

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> found = next_study(BinomialNormal(), table, rates=[0.1, 0.9], units=[500])
    >>> found["estimate"].round(2).tolist()
    [0.37, 0.59]
    """
    import pandas as pd

    require_mean(model)
    for rate in rates:
        within("rates", rate, 0, 1, ends="[]")
    for size in units:
        within("units", size, 1, 10**9, ends="[]")
    cells = [(float(rate), int(size), round(rate * size)) for size in units for rate in rates]
    x, n = (
        np.array([cell[2] for cell in cells], dtype=float),
        np.array([cell[1] for cell in cells], dtype=float),
    )
    values = _with_one(model, table, x, n)
    names = ["rate", "units", "events", "estimate", "ci_low", "ci_high", "tau2"]
    frame = pd.DataFrame([(*cell, *value) for cell, value in zip(cells, values, strict=True)], columns=names)
    if others is None:
        return frame
    ratio, p_value = _compared(model, table, others, x, n)
    return frame.assign(odds_ratio=ratio, p_value=p_value)


def _with_one(model: BinomialNormal, table: StudyTable, x: Floats, n: Floats) -> Floats:
    """Return rate, limits and tau2 with one further row of x of n each, array (b, 4)."""
    now = model.fit(table)
    region = region_of(now, largest=float(table.ni.max()), further=_FURTHER)
    found = np.empty((len(x), 4))
    sure = np.zeros(len(x), dtype=bool)
    rows = None if model.nested else polynomials(table.xi, table.ni, region, points_of(model))
    if rows is not None:
        today = Surface(rows.sum(axis=0)[None], region)
        further = Likelihood(x[:, None], n[:, None], points_of(model))
        fits = refitted(
            Summed((today, further)), len(x), region, model, start=now.estimate, df=float(table.k)
        )
        rate = special.expit(np.stack([fits.estimate, fits.low, fits.high]))
        found[:], sure = np.column_stack([*rate, fits.tau**2]), fits.sure
    left = np.flatnonzero(~sure)
    tables = [with_rows(table, x[i : i + 1], int(n[i])) for i in left]
    for i, fit in zip(left, model.fit_tables(tables) if tables else [], strict=True):
        natural = fit.natural()
        found[i] = natural.estimate, natural.ci.low, natural.ci.high, fit.tau2
    return found


def _compared(
    model: BinomialNormal, table: StudyTable, others: StudyTable, x: Floats, n: Floats
) -> tuple[Floats, Floats]:
    """Return the odds ratio of the others to this group and the p value of its likelihood ratio, arrays (b,)."""
    if model.nested:
        raise UndefinedError("groups are compared by rows", required="a model that is not nested")
    b, k = len(x), table.k + 1 + others.k
    events = np.column_stack([np.tile(table.xi, (b, 1)), x, np.tile(others.xi, (b, 1))])
    total = np.column_stack([np.tile(table.ni, (b, 1)), n, np.tile(others.ni, (b, 1))])
    group = np.column_stack([np.ones(k), np.arange(k) > table.k]).astype(np.float64)
    design = np.broadcast_to(group, (b, k, 2))
    points = None if model.quadrature == "auto" else int(model.quadrature)
    apart, same = (kernel.fit(events, total, given, points) for given in (design, None))
    for fits in (apart, same):
        require_converged(fits.converged, fits)
    ratio = np.maximum(2 * (apart.value - same.value), 0.0)
    return np.exp(apart.theta[:, 1]), np.asarray(chi2_tail(ratio, 1), dtype=np.float64)
