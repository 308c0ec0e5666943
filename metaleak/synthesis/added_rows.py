"""Pool today's rows with drawn or imagined ones, thousands of times: the likelihood of today is a polynomial."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.effects.table import StudyTable
from metaleak.errors import UndefinedError
from metaleak.numerics.distributions import chi2_quantile, two_sided_quantile
from metaleak.numerics.likelihood_surface import LADDER, Region, left_out, tabulated
from metaleak.numerics.newton import Objective, maximise
from metaleak.numerics.profile import profile_limits
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.result import MetaResult

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: No coefficient that is left out of a row's polynomial is larger.
_LEFT_OUT = 1e-8

#: So many rows are tried before all are done.
_PROBED = 7

#: The surface reaches so many standard errors from today's estimate, and one logit at least.
_REACH, _LEAST = 6.0, 1.0

#: Standard deviations at which the likelihood is looked at before it is climbed, as shares of the region's.
_SCAN = np.array([0.02, 0.06, 0.13, 0.22, 0.33, 0.45, 0.6, 0.8])

#: tau below this share of its own standard error is 0.
_BOUNDARY = 1e-4

#: Points of the integral over a row's logit, where the model leaves them open.
_QUADRATURE = 31


@dataclass(frozen=True, slots=True, eq=False)
class Refits:
    """Estimates and limits of the mean logit and the spread, arrays (b,); ``sure`` where they can be trusted."""

    estimate: Floats
    low: Floats
    high: Floats
    tau: Floats
    sure: Bools


def region_of(found: MetaResult, *, largest: float, further: float = 1.0) -> Region:
    """Return where refits of a fit with further rows will lie.

    Parameters
    ----------
    found : MetaResult
        The binomial-normal fit of today.
    largest : float
        Units of the largest row that becomes a polynomial.
    further : float
        By how much the region is larger than what sampling asks for.
    """
    tau, tau_se = math.sqrt(found.tau2 or 0.0), found.detail.tau_se or 0.0
    half = further * max(_LEAST, _REACH * found.coefficients[0].se)
    return Region(
        mu_low=found.estimate - half,
        mu_high=found.estimate + half,
        tau_high=further * max(_LEAST, 2 * tau, tau + _REACH * tau_se),
        soft=4 / max(largest, 1.0),
    )


def polynomials(x: Floats, n: Floats, region: Region, quadrature: int) -> Floats | None:
    """Return each row's coefficients (r, points, points), or None where no polynomial is close enough."""
    probe = np.linspace(0, len(x) - 1, _PROBED).astype(np.intp)
    for points in LADDER:
        some = tabulated(x[probe], n[probe], region, points=points, quadrature=quadrature)
        if left_out(some) > _LEFT_OUT:
            continue
        found = tabulated(x, n, region, points=points, quadrature=quadrature)
        if left_out(found) <= _LEFT_OUT:
            return found
    return None


def refitted(
    objective: Objective, count: int, region: Region, model: BinomialNormal, *, start: float, df: float
) -> Refits:
    """Maximise ``count`` likelihoods in (mu, tau) and return the interval of mu that the model asks for.

    Parameters
    ----------
    objective : callable
        Of (mu, tau), for data sets 0 .. count - 1.
    count : int
        How many data sets there are.
    region : Region
        Where the objective can be trusted.
    model : BinomialNormal
        Its level and kind of interval.
    start : float
        The mean logit from which is climbed.
    df : float
        Degrees of freedom of the quantile, for ``ci_method="t"``.
    """
    rows = np.arange(count)
    looks = [objective(np.tile([start, share * region.tau_high], (count, 1)), rows)[0] for share in _SCAN]
    tau = _SCAN[np.argmax(looks, axis=0)] * region.tau_high
    best = maximise(objective, np.column_stack([np.full(count, start), tau]))
    theta = best.theta
    turned = theta[:, 1] < 0
    theta[turned, 1] *= -1
    best.hessian[turned, 0, 1] *= -1
    best.hessian[turned, 1, 0] *= -1
    se = np.sqrt(_variance(theta[:, 1], best.hessian))
    sure = best.converged & region.inside(theta)
    if model.ci_method != "profile":
        half = two_sided_quantile(model.level, df if model.ci_method == "t" else None) * se
        return Refits(theta[:, 0], theta[:, 0] - half, theta[:, 0] + half, theta[:, 1], sure)
    ends = np.full((count, 2), np.nan)
    kept = np.flatnonzero(sure)
    both = np.repeat(kept, 2)
    direction = np.tile([-1.0, 1.0], len(kept))
    limits = profile_limits(
        objective,
        theta=theta[both],
        value=best.value[both],
        rows=both,
        coordinate=np.zeros(len(both), dtype=np.intp),
        direction=direction,
        first=two_sided_quantile(model.level) * se[both],
        reach=np.where(direction > 0, region.mu_high - theta[both, 0], theta[both, 0] - region.mu_low),
        drop=float(chi2_quantile(model.level, 1)) / 2,
    )
    closed = limits.converged & ~limits.reached & region.inside(limits.theta)
    ends[kept] = limits.value.reshape(-1, 2)
    sure[kept] = closed.reshape(-1, 2).all(axis=1)
    return Refits(theta[:, 0], ends[:, 0], ends[:, 1], theta[:, 1], sure)


def _variance(tau: Floats, hessian: Floats) -> Floats:
    """Return the variance of mu from the curvature; where tau is 0 that of mu alone."""
    a, b, c = -hessian[:, 0, 0], -hessian[:, 0, 1], -hessian[:, 1, 1]
    at_zero = (c > 0) & (tau * np.sqrt(np.abs(c)) < _BOUNDARY)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(at_zero, 1 / a, c / (a * c - b * b))
    return np.where(np.isfinite(found) & (found > 0), found, 1.0)


def require_mean(model: BinomialNormal) -> None:
    """Refuse a model with moderators, which further studies do not have.

    Raises
    ------
    UndefinedError
        With moderators.
    """
    if model.moderators is not None:
        raise UndefinedError("further studies have no moderators", required="a model without moderators")


def points_of(model: BinomialNormal) -> int:
    """Return the points of the integral over a row's logit."""
    return _QUADRATURE if model.quadrature == "auto" else int(model.quadrature)


def with_rows(table: StudyTable, events: Floats, units: int) -> StudyTable:
    """Return the counts of a table with further rows, each a study of its own."""
    return StudyTable.from_counts(
        [*table.xi.tolist(), *events.tolist()],
        [*table.ni.tolist(), *[float(units)] * len(events)],
        study=[*table.study, *(f"further study {i + 1}" for i in range(len(events)))],
        label=[*table.label, *(f"further study {i + 1}" for i in range(len(events)))],
    )
