"""How many further studies a wanted precision takes, simulated from today's fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError
from metaleak.guards import within
from metaleak.numerics.likelihood_surface import Surface
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.result import MetaResult
from metaleak.synthesis.added_rows import (
    Refits,
    points_of,
    polynomials,
    refitted,
    region_of,
    require_mean,
    with_rows,
)

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.intp]

#: Replicates that are refitted together: their coefficients take 10 MB.
_TOGETHER = 500


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


class Simulation:
    """Further studies that were drawn once from today's fit, and the intervals that any number of them would give.

    Parameters
    ----------
    model : BinomialNormal
        Without moderators; its level and interval method are used.
    table : StudyTable
        The counts of today.
    units : int
        Units of every further study, 1 or more.
    replicates, seed : int
        How many times further studies are drawn.
    tau2 : float, optional
        The variance between studies that they are drawn with; today's estimate where it is left out.

    Notes
    -----
    True logits come from the fitted normal distribution, counts from them. The n-th further study of a replicate
    is the same whatever number is asked for. The log-likelihood of today's rows, and that of every count which a
    further study can have, are Chebyshev polynomials in mean and spread, so that a refit with a hundred further
    studies costs as much as one with a single study: limits agree with those of ``model`` within 1e-8. Refits
    that leave the polynomials' region are done by ``model`` itself, and all of them where it is nested.

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> drawn = Simulation(BinomialNormal(), table, units=100, replicates=5, seed=1)
    >>> drawn.widths(0).round(3).tolist()
    [0.358, 0.358, 0.358, 0.358, 0.358]
    """

    def __init__(
        self,
        model: BinomialNormal,
        table: StudyTable,
        *,
        units: int,
        replicates: int,
        seed: int,
        tau2: float | None = None,
    ) -> None:
        require_mean(model)
        for name, value in (("units", units), ("replicates", replicates)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise SettingError(f"{name} is no count", required="a whole number >= 1", got=value)
        if tau2 is not None:
            within("tau2", tau2, 0, math.inf, ends="[)")
        self._model, self._table = model, table
        self.units, self.replicates, self.seed = units, replicates, seed
        self.now = model.fit(table)
        self._tau = math.sqrt((self.now.tau2 or 0.0) if tau2 is None else tau2)
        self._rows = None if model.nested else _Rows.of(model, self.now, table, units)
        self._drawn = np.empty((0, replicates), dtype=np.intp)
        self._widths: dict[int, Floats] = {}

    def with_tau2(self, tau2: float) -> Simulation:
        """Return a simulation that draws further studies with another variance between them."""
        other = object.__new__(Simulation)
        other.__dict__.update(self.__dict__)
        other._tau, other._drawn = math.sqrt(tau2), np.empty((0, self.replicates), dtype=np.intp)
        other._widths = {}
        return other

    @property
    def width_now(self) -> float:
        """The width of today's interval of the median rate, 0..1."""
        return _width(self.now)

    def widths(self, studies: int) -> Floats:
        """Return the width of the interval of the median rate with so many further studies, array (replicates,).

        Raises
        ------
        SettingError
            When ``studies`` is no number of studies.
        ConvergenceError, SeparationError
            As the model raises them.
        """
        if isinstance(studies, bool) or not isinstance(studies, int) or studies < 0:
            raise SettingError("studies is no count", required="a whole number >= 0", got=studies)
        if not studies:
            return np.full(self.replicates, self.width_now)
        if studies not in self._widths:
            self._widths[studies] = self._refitted(studies)
        return self._widths[studies]

    def guess(self, width: float) -> int:
        """Return about how many further studies give that width, as if only their number and spread counted."""
        today = self.now.tau2 or 0.0
        spread = self._tau**2 / today if today > 0 else 1.0
        return round(self._table.k * ((self.width_now / width) ** 2 - 1) * spread)

    def _refitted(self, studies: int) -> Floats:
        drawn = self._draw(studies)
        widths = np.empty(self.replicates)
        sure = np.zeros(self.replicates, dtype=bool)
        if self._rows is not None:
            found = self._rows.refitted(self._model, drawn, self.now, self._table.k + studies - 1.0)
            widths[:], sure = special.expit(found.high) - special.expit(found.low), found.sure
        left = np.flatnonzero(~sure)
        tables = [with_rows(self._table, drawn[:, i].astype(np.float64), self.units) for i in left]
        widths[left] = [_width(result) for result in self._model.fit_tables(tables)] if tables else []
        return widths

    def _draw(self, studies: int) -> Counts:
        """Return counts (studies, replicates); the first rows are the same for any number of studies."""
        if len(self._drawn) < studies:
            size = (studies, self.replicates)
            logits, counts = (np.random.default_rng([self.seed, stream]) for stream in (0, 1))
            true = special.expit(self.now.estimate + self._tau * logits.standard_normal(size))
            self._drawn = counts.binomial(self.units, true).astype(np.intp)
        return self._drawn[:studies]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The polynomials of today's rows together, and of a further row with 0, 1, ... events."""

    today: Floats
    further: Floats
    surface: Surface

    @classmethod
    def of(cls, model: BinomialNormal, now: MetaResult, table: StudyTable, units: int) -> _Rows | None:
        """Return the polynomials, or None where none are close enough."""
        region = region_of(now, largest=max(float(table.ni.max()), float(units)))
        events = np.arange(units + 1, dtype=np.float64)
        found = polynomials(
            np.concatenate([table.xi, events]),
            np.concatenate([table.ni, np.full(units + 1, float(units))]),
            region,
            points_of(model),
        )
        if found is None:
            return None
        today = found[: table.k].sum(axis=0)
        return cls(today, found[table.k :], Surface(today[None], region))

    def refitted(self, model: BinomialNormal, drawn: Counts, now: MetaResult, df: float) -> Refits:
        parts = [drawn[:, start : start + _TOGETHER] for start in range(0, drawn.shape[1], _TOGETHER)]
        found = [self._some(model, part, now, df) for part in parts]
        return Refits(*(np.concatenate([getattr(part, f.name) for part in found]) for f in fields(Refits)))

    def _some(self, model: BinomialNormal, drawn: Counts, now: MetaResult, df: float) -> Refits:
        coefficients = np.repeat(self.today[None], drawn.shape[1], axis=0)
        for events in drawn:
            coefficients += self.further[events]
        surface = Surface(coefficients, self.surface.region)
        return refitted(surface, drawn.shape[1], surface.region, model, start=now.estimate, df=df)


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
    tau2: float | None = None,
) -> FutureStudies:
    """Say how many further studies would make the interval of the median rate as narrow as is wanted.

    Parameters
    ----------
    model : BinomialNormal
        Without moderators; its level and interval method are used.
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
    tau2 : float, optional
        The variance between studies that further ones are drawn with; today's estimate where it is left out.

    Raises
    ------
    SettingError
        For a setting outside its range.
    UndefinedError
        With moderators.
    ConvergenceError, SeparationError
        As the model raises them.

    Notes
    -----
    True logits of further studies are drawn from the fitted normal distribution, with its tau2 as it is
    estimated, and counts from them; today's rows and the new ones are pooled again (:class:`Simulation`). The
    number is found by steps from a guess; the same draws serve all numbers, so that it does not jump. With few
    rows tau2 is hardly known, and with it this number: ask again with the limits of its interval.

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
    drawn = Simulation(model, table, units=units, replicates=replicates, seed=seed, tau2=tau2)
    return fewest(drawn, width=width, assurance=assurance, most=most)


def fewest(drawn: Simulation, *, width: float, assurance: float, most: int) -> FutureStudies:
    """Find the fewest studies of a simulation with which the interval is narrow enough; see `future_studies`.

    Raises
    ------
    SettingError
        For a setting outside its range.
    ConvergenceError, SeparationError
        As the model raises them.

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> drawn = Simulation(BinomialNormal(ci_method="wald"), table, units=100, replicates=40, seed=1)
    >>> fewest(drawn, width=0.2, assurance=0.8, most=64).studies
    4
    """
    within("width", width, 0, 1)
    within("assurance", assurance, 0, 1)
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise SettingError("most is no count", required="a whole number >= 1", got=most)
    reached: dict[int, float] = {}

    def enough(m: int) -> bool:
        if m not in reached:
            reached[m] = float((drawn.widths(m) <= width).mean())
        return reached[m] >= assurance

    found: int | None = 0 if drawn.width_now <= width else _fewest(enough, most, drawn.guess(width))
    return FutureStudies(
        studies=found,
        reached=dict(sorted(reached.items())),
        width_now=drawn.width_now,
        width=width,
        assurance=assurance,
        units=drawn.units,
        replicates=drawn.replicates,
        seed=drawn.seed,
    )


def precision_curve(
    model: BinomialNormal,
    table: StudyTable,
    *,
    units: int,
    studies: Sequence[int],
    replicates: int = 200,
    seed: int = 1,
    tau2: float | None = None,
) -> pd.DataFrame:
    """Return how wide the interval of the median rate is expected to be with more and more further studies.

    Parameters
    ----------
    model, table, units, replicates, seed, tau2
        As for :func:`future_studies`.
    studies : sequence of int
        Numbers of further studies, 0 or more.

    Returns
    -------
    DataFrame
        One row per number: ``studies width width_se low high``, the mean width of the interval (0..1) over the
        replicates with its Monte Carlo error, and between what the middle 80 of 100 widths lie.

    Raises
    ------
    SettingError
        For a setting outside its range.
    UndefinedError
        With moderators.
    ConvergenceError, SeparationError
        As the model raises them.

    References
    ----------
    Sutton AJ, Cooper NJ, Jones DR, et al. (2007). Evidence-based sample size calculations based upon updated
    meta-analysis. doi:10.1002/sim.2704

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> found = precision_curve(BinomialNormal(), table, units=100, studies=[0, 4, 16], replicates=40)
    >>> found["width"].round(2).tolist()
    [0.36, 0.19, 0.12]
    """
    drawn = Simulation(model, table, units=units, replicates=replicates, seed=seed, tau2=tau2)
    return widths_of(drawn, studies)


def widths_of(drawn: Simulation, studies: Sequence[int]) -> pd.DataFrame:
    """Return the table of :func:`precision_curve` from a simulation.

    Raises
    ------
    SettingError
        When a number of studies is none.
    ConvergenceError, SeparationError
        As the model raises them.

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> drawn = Simulation(BinomialNormal(), table, units=100, replicates=40, seed=1)
    >>> widths_of(drawn, [0])["width_se"].tolist()
    [0.0]
    """
    import pandas as pd

    rows = []
    for m in studies:
        widths = drawn.widths(m)
        error = float(widths.std(ddof=1)) / math.sqrt(len(widths)) if len(widths) > 1 else math.nan
        low, high = (float(q) for q in np.quantile(widths, (0.1, 0.9)))
        rows.append((m, float(widths.mean()), error, low, high))
    return pd.DataFrame(rows, columns=["studies", "width", "width_se", "low", "high"])


def _fewest(enough: Callable[[int], bool], most: int, guess: int) -> int | None:
    """Return the smallest number that is enough, found by steps that double away from a guess, and halving."""
    low, high, step = 0, max(1, min(guess, most)), 1
    while not enough(high):
        if high == most:
            return None
        low, high, step = high, min(high + step, most), 2 * step
    step = 1
    while high - low > step and low < high - step and enough(high - step):
        high, step = high - step, 2 * step
    low = max(low, high - step)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _width(result: MetaResult) -> float:
    natural = result.natural()
    return float(natural.ci.high - natural.ci.low)
