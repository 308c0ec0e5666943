"""What further studies would change: how many for a wanted precision, and what the next one could do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError
from metaleak.guards import within
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureStudies:
    """How many further studies a wanted precision takes.

    Attributes
    ----------
    studies : int or None
        The fewest with which the interval was narrow enough in ``assurance`` of the replicates; None where
        ``most`` were too few.
    reached : mapping
        Number of studies -> share of replicates whose interval was narrow enough, for every number tried.
    width_now : float
        The width of today's interval of the rate, 0..1.
    width, assurance, units, replicates, seed
        What was asked.
    """

    studies: int | None
    reached: dict[int, float]
    width_now: float
    width: float
    assurance: float
    units: int
    replicates: int
    seed: int


def future_studies(
    model: BinomialNormal,
    table: StudyTable,
    *,
    units: int,
    width: float = 0.1,
    assurance: float = 0.8,
    most: int = 128,
    replicates: int = 200,
    seed: int = 1,
) -> FutureStudies:
    """Say how many further studies would make the interval of the median rate as narrow as is wanted.

    Parameters
    ----------
    model : BinomialNormal
        Its level and interval method are used.
    table : StudyTable
        The counts of today.
    units : int
        Units of every further study, 1 or more.
    width : float
        The wanted width of the interval of the rate, between 0 and 1.
    assurance : float
        The share of replicates that have to be narrow enough, between 0 and 1.
    most : int
        The most studies that are tried.
    replicates, seed : int
        Of the simulation.

    Raises
    ------
    SettingError
        For a setting outside its range.
    ConvergenceError, SeparationError
        As the model raises them.

    Notes
    -----
    True logits of further studies are drawn from the fitted normal distribution, with its tau2 as it is
    estimated, and counts from them; today's rows and the new ones are pooled again. The number is found by
    doubling and halving; the same draws serve all numbers, so that it does not jump. With few rows tau2 is
    hardly known, and with it this number.

    References
    ----------
    Sutton AJ, Cooper NJ, Jones DR, et al. (2007). Evidence-based sample size calculations based upon updated
    meta-analysis. doi:10.1002/sim.2704

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> found = future_studies(BinomialNormal(ci_method="wald"), table, units=100, width=0.2, replicates=40)
    >>> round(found.width_now, 2), found.studies
    (0.28, 4)
    """
    within("width", width, 0, 1)
    within("assurance", assurance, 0, 1)
    for name, value in (("units", units), ("most", most), ("replicates", replicates)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise SettingError(f"{name} is no count", required="a whole number >= 1", got=value)
    now = model.fit(table)
    tau = math.sqrt(now.tau2 or 0.0)
    rng = np.random.default_rng(seed)
    true = special.expit(now.estimate + tau * rng.standard_normal((replicates, most)))
    drawn = rng.binomial(units, true).astype(np.float64)
    reached: dict[int, float] = {}

    def enough(m: int) -> bool:
        if m not in reached:
            tables = [_with(table, row[:m], units) for row in drawn]
            widths = np.array([_width(result) for result in model.fit_tables(tables)])
            reached[m] = float((widths <= width).mean())
        return reached[m] >= assurance

    width_now = _width(now)
    found: int | None = 0 if width_now <= width else _fewest(enough, most)
    return FutureStudies(
        studies=found,
        reached=dict(sorted(reached.items())),
        width_now=width_now,
        width=width,
        assurance=assurance,
        units=units,
        replicates=replicates,
        seed=seed,
    )


def _fewest(enough: Callable[[int], bool], most: int) -> int | None:
    """Return the smallest number that is enough, found by doubling and halving."""
    high = 1
    while not enough(high):
        if high == most:
            return None
        high = min(2 * high, most)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def next_study(
    model: BinomialNormal, table: StudyTable, *, rates: Sequence[float], units: Sequence[int]
) -> pd.DataFrame:
    """Pool today's rows with one further study of every rate and size.

    Parameters
    ----------
    model : BinomialNormal
        What pools.
    table : StudyTable
        The counts of today.
    rates : sequence of float
        Observed rates of the further study, 0..1; events are rounded.
    units : sequence of int
        Its sizes.

    Returns
    -------
    DataFrame
        One row per rate and size: ``rate units events estimate ci_low ci_high tau2``, the pooled median rate
        and its limits 0..1.

    Raises
    ------
    SettingError
        For a rate or size outside its range.

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

    for rate in rates:
        within("rates", rate, 0, 1, ends="[]")
    for size in units:
        within("units", size, 1, 10**9, ends="[]")
    cells = [(float(rate), int(size), round(rate * size)) for size in units for rate in rates]
    tables = [_with(table, np.array([events], dtype=np.float64), size) for _, size, events in cells]
    rows = [
        (rate, size, events, natural.estimate, natural.ci.low, natural.ci.high, fit.tau2)
        for (rate, size, events), fit in zip(cells, model.fit_tables(tables), strict=True)
        for natural in [fit.natural()]
    ]
    return pd.DataFrame(rows, columns=["rate", "units", "events", "estimate", "ci_low", "ci_high", "tau2"])


def _with(table: StudyTable, events: Floats, units: int) -> StudyTable:
    """Return the counts of a table with further rows, each a study of its own."""
    return StudyTable.from_counts(
        [*table.xi.tolist(), *events.tolist()],
        [*table.ni.tolist(), *[float(units)] * len(events)],
        study=[*table.study, *(f"further study {i + 1}" for i in range(len(events)))],
        label=[*table.label, *(f"further study {i + 1}" for i in range(len(events)))],
    )


def _width(result: MetaResult) -> float:
    natural = result.natural()
    return float(natural.ci.high - natural.ci.low)
