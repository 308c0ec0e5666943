"""How much two groups differ: an odds ratio between median studies, a risk difference between mean rates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.design import Design
from metaleak.effects.table import StudyTable
from metaleak.errors import TableError
from metaleak.numerics.binomial_normal import Likelihood, averaged_logit
from metaleak.numerics.distributions import chi2_tail
from metaleak.numerics.newton import maximise
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.result import Estimate, Interval, MetaResult
from metaleak.synthesis.group_tests import joined

Floats = npt.NDArray[np.float64]

#: Replicates of the parametric bootstrap behind the interval of a risk difference, and its seed.
REPLICATES = 1000
SEED = 20261125
#: Enough points for a replicate: its quadrature error is far below the bootstrap's own.
_POINTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The difference between the groups ``of`` and ``against``.

    ``odds_ratio`` compares the conditional (median) rates in one model with a common tau2;
    ``risk_difference`` compares the population-averaged rates of the two separate fits, and
    ``median_difference`` their conditional ones.
    """

    of: str
    against: str
    odds_ratio: Estimate
    p_value: float
    risk_difference: Estimate
    median_difference: float
    k: tuple[int, int]
    k_studies: tuple[int, int]
    tau2: float
    method: str
    rd_method: str
    notes: tuple[str, ...] = ()


def group_difference(
    model: BinomialNormal, table: StudyTable, *, by: str, of: str, against: str
) -> Difference | None:
    """Compare two groups of a table of counts.

    Parameters
    ----------
    model : BinomialNormal
        Its level and interval method are used.
    table : StudyTable
        All rows, ``by`` among its moderators.
    by, of, against : str
        The moderator, and the two of its values that are compared.

    Returns
    -------
    Difference or None
        None when a group has fewer than two rows, no event at all, or nothing but events.

    Raises
    ------
    TableError
        When the table has no such moderator or the moderator no such value.

    Notes
    -----
    The p value is that of the likelihood ratio for the odds ratio. The interval of the risk difference
    is a percentile bootstrap: new studies, and counts in them, are drawn from the two separate fits.

    Examples
    --------
    >>> table = StudyTable.from_counts(
    ...     [10, 14, 12, 3, 6, 5], [20, 25, 30, 22, 31, 24],
    ...     moderators={"modality": ["CT", "CT", "CT", "xray", "xray", "xray"]})
    >>> found = group_difference(BinomialNormal(), table, by="modality", of="xray", against="CT")
    >>> round(found.odds_ratio.value, 3), round(found.risk_difference.value, 3)
    (0.241, -0.298)
    """
    values = _moderator(table, by)
    parts = [_part(table, values, name, by) for name in (of, against)]
    if any(part.k < 2 or part.xi.sum() in (0, part.ni.sum()) for part in parts):
        return None
    ratio, p_value, tau2 = odds_ratio_between(model, parts[0], parts[1], names=(of, against))
    told = "" if ratio.ci is None else ratio.ci.method
    separate = [BinomialNormal(quadrature=model.quadrature, ci_method="wald").fit(part) for part in parts]
    return Difference(
        of=of,
        against=against,
        odds_ratio=ratio,
        p_value=p_value,
        risk_difference=_risk_difference(separate, parts, model.level),
        median_difference=float(np.subtract(*(special.expit(result.estimate) for result in separate))),
        k=(parts[0].k, parts[1].k),
        k_studies=(parts[0].k_studies, parts[1].k_studies),
        tau2=tau2,
        method=f"binomial-normal with a common tau2, {told}, p by likelihood ratio",
        rd_method=f"population-averaged rates, separate fits, parametric bootstrap, {REPLICATES} replicates",
    )


def odds_ratio_between(
    model: BinomialNormal, of: StudyTable, against: StudyTable, *, names: tuple[str, str] = ("of", "against")
) -> tuple[Estimate, float, float]:
    """Return the odds ratio of two tables of counts in one model, the p value of its likelihood ratio, and tau2.

    Parameters
    ----------
    model : BinomialNormal
        Its level and interval method are used.
    of, against : StudyTable
        The groups.
    names : pair of str
        What they are called.

    Raises
    ------
    TableError, SeparationError, ConvergenceError
        As the model raises them.

    Examples
    --------
    >>> of, against = StudyTable.from_counts([3, 6, 5], [22, 31, 24]), StudyTable.from_counts([10, 14], [20, 25])
    >>> round(odds_ratio_between(BinomialNormal(), of, against)[0].value, 3)
    0.194
    """
    both = joined([of, against])
    x = np.column_stack([np.ones(both.k), np.repeat([1.0, 0.0], [of.k, against.k])])
    joint = model.fit_design(both, Design(x, (names[1], f"{names[0]} - {names[1]}")))
    gap = joint.coefficients[1]
    null = BinomialNormal(quadrature=model.quadrature, ci_method="wald").fit(both)
    ratio = 2 * ((joint.convergence.log_likelihood or 0.0) - (null.convergence.log_likelihood or 0.0))
    limits = Interval(math.exp(gap.ci.low), math.exp(gap.ci.high), gap.ci.level, gap.ci.method)
    p_value = float(chi2_tail(max(ratio, 0.0), 1))
    return Estimate(math.exp(gap.value), limits), p_value, float(joint.tau2 or 0.0)


def _moderator(table: StudyTable, by: str) -> tuple[str, ...]:
    if by not in table.moderators:
        known = ", ".join(table.moderators) or "none"
        raise TableError("the table has no such moderator", required=f"one of: {known}", got=by)
    return tuple(str(value) for value in table.moderators[by])


def _part(table: StudyTable, values: tuple[str, ...], name: str, by: str) -> StudyTable:
    rows = [i for i, value in enumerate(values) if value == name]
    if not rows:
        raise TableError(
            f"no row has this {by}", required="one of: " + ", ".join(dict.fromkeys(values)), got=name
        )
    return table.take(rows)


def _risk_difference(separate: list[MetaResult], parts: list[StudyTable], level: float) -> Estimate:
    first, second = (result.detail.population_average.value for result in separate)
    rng = np.random.default_rng(SEED)
    drawn = [_bootstrap_means(result, part, rng) for result, part in zip(separate, parts, strict=True)]
    low, high = np.quantile(drawn[0] - drawn[1], [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        first - second, Interval(float(low), float(high), level, "parametric bootstrap, percentiles")
    )


def _bootstrap_means(result: MetaResult, part: StudyTable, rng: np.random.Generator) -> Floats:
    """Return population-averaged rates of data sets drawn from a fit, array (REPLICATES,)."""
    mu, tau = result.estimate, math.sqrt(result.tau2 or 0.0)
    shape = (REPLICATES, part.k)
    rate = special.expit(mu + tau * rng.standard_normal(shape))
    n = np.broadcast_to(part.ni, shape)
    x = rng.binomial(part.ni.astype(np.int64), rate).astype(np.float64)
    means: Floats = x.sum(axis=1) / n.sum(axis=1)
    # Data sets without an event, or with nothing else, have no finite mu: their mean rate is 0 or 1.
    inside = np.flatnonzero((means > 0) & (means < 1))
    start = np.tile(np.array([mu, max(tau, 0.1)]), (inside.size, 1))
    fits = maximise(Likelihood(x[inside], n[inside], _POINTS), start)
    mean = averaged_logit(fits.theta[:, 0], np.abs(fits.theta[:, 1]))
    means[inside] = special.expit(mean.value)
    return means
