"""Estimators of the between-study variance, in batches, each with its standard error as in metafor.

References
----------
Veroniki AA et al. (2016). Methods to estimate the between-study variance and its uncertainty in
meta-analysis. doi:10.1002/jrsm.1164 (all of the estimators below); Viechtbauer W (2005). Bias and
efficiency of meta-analytic variance estimators in the random-effects model.
doi:10.3102/10769986030003261 (their standard errors)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.errors import ConvergenceError
from metaleak.numerics.inverse_variance import (
    Batch,
    Fit,
    at,
    log_likelihood,
    quadratic_form,
    traces_with_variance,
    weighted,
)

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_STEPS = 200
#: Relative to the scale of the data; Newton's last step leaves far less.
_TOLERANCE = 1e-11
#: tau2 in units of the variance of the effects, where likelihoods are compared before one is climbed.
_SCAN = (0.0, 0.02, 0.1, 0.3, 0.7, 1.4)


@dataclass(frozen=True, slots=True, eq=False)
class Tau2:
    """Estimates and standard errors, arrays (b,), and the number of iterations (0 for closed forms)."""

    value: Floats
    se: Floats
    iterations: int = 0


Estimator = Callable[[Batch], Tau2]


def dersimonian_laird(batch: Batch) -> Tau2:
    """Return ``(Q - (k - p)) / tr P`` with inverse-variance weights (doi:10.1016/0197-2456(86)90046-2)."""
    fit = weighted(batch, 1 / batch.vi)
    value = np.maximum((fit.q - batch.df) / fit.tr_p, 0)
    return Tau2(value, np.sqrt(_moment_variance(batch, fit, value)) / fit.tr_p)


def hedges(batch: Batch) -> Tau2:
    """Return the unweighted moment estimator of Hedges and Olkin (1985, ISBN 0-12-336380-2)."""
    used = np.isfinite(batch.vi)
    fit = weighted(batch, used.astype(np.float64))
    variances = np.where(used, batch.vi, 0.0)
    tr_pv = _trace_with(batch, fit, variances)
    value = np.maximum((fit.q - tr_pv) / batch.df, 0)
    pvpv, _ = traces_with_variance(batch, fit)
    variance = 2 * pvpv + 4 * value * tr_pv + 2 * value * value * batch.df
    return Tau2(value, np.sqrt(variance) / batch.df)


def hunter_schmidt(batch: Batch, *, corrected: bool = False) -> Tau2:
    """Return ``(Q - k) / sum w``; corrected, Q is first multiplied by ``k / (k - p)``.

    Viechtbauer W (2005) for the first; Brannick MT et al. (2019), doi:10.1037/met0000182, for the other.
    """
    fit = weighted(batch, 1 / batch.vi)
    factor = batch.rows / batch.df if corrected else np.ones_like(batch.rows)
    value = np.maximum((factor * fit.q - batch.rows) / fit.sum_w, 0)
    return Tau2(value, factor * np.sqrt(_moment_variance(batch, fit, value)) / fit.sum_w)


def sidik_jonkman(batch: Batch) -> Tau2:
    """Return the model error variance estimator with the variance of the effects as a start.

    Sidik K, Jonkman JN (2005), doi:10.1111/j.1467-9876.2005.00489.x
    """
    start = _spread(batch)
    fit = at(batch, start)
    value = start * fit.q / batch.df
    pvpv, pvp = traces_with_variance(batch, fit)
    variance = 2 * pvpv + 4 * value * pvp + 2 * value * value * fit.tr_pp
    return Tau2(value, start * np.sqrt(variance) / batch.df)


def maximum_likelihood(batch: Batch) -> Tau2:
    """Return the global maximum of the likelihood; the standard error is from expected information."""
    value, iterations = _climb(batch, restricted=False)
    return Tau2(value, np.sqrt(2 / at(batch, value).sum_w2), iterations)


def restricted_maximum_likelihood(batch: Batch) -> Tau2:
    """Return the global maximum of the restricted likelihood; its error is from expected information."""
    value, iterations = _climb(batch, restricted=True)
    return Tau2(value, np.sqrt(2 / at(batch, value).tr_pp), iterations)


def paule_mandel(batch: Batch) -> Tau2:
    """Return the root of ``Q(tau2) = k - p``; Morris's empirical Bayes estimator solves the same equation.

    Paule RC, Mandel J (1982), doi:10.6028/jres.087.022; Morris CN (1983), doi:10.2307/2287098
    """
    value, iterations = solve_q(batch, batch.df)
    fit = at(batch, value)
    return Tau2(value, batch.rows / batch.df * np.sqrt(2 * batch.df) / fit.sum_w, iterations)


def nothing(batch: Batch) -> Tau2:
    """Return 0: the equal-effects model."""
    zero = np.zeros(len(batch.yi))
    return Tau2(zero, np.full(len(batch.yi), np.nan))


#: Every estimator by its code, as in metafor.
ESTIMATORS: dict[str, Estimator] = {
    "EE": nothing,
    "DL": dersimonian_laird,
    "HE": hedges,
    "HS": hunter_schmidt,
    "HSk": lambda batch: hunter_schmidt(batch, corrected=True),
    "SJ": sidik_jonkman,
    "ML": maximum_likelihood,
    "REML": restricted_maximum_likelihood,
    "EB": paule_mandel,
    "PM": paule_mandel,
}


def solve_q(batch: Batch, target: Floats) -> tuple[Floats, int]:
    """Return the tau2 >= 0 at which the generalised Q statistic falls to ``target`` (b,), and the steps.

    Q is convex and falls in tau2, so Newton's method from the left never overshoots; 0 where Q starts
    below the target.
    """
    value = np.zeros(len(batch.yi))
    scale = _spread(batch)
    active = np.arange(len(value))
    for step in range(_STEPS):
        part = batch.part(active)
        fit = at(part, value[active])
        with np.errstate(divide="ignore", invalid="ignore"):
            move = (fit.q - target[active]) / fit.ypp
            # From the far left Newton's steps only double tau2; 1 / Q is nearly straight there.
            longer = (fit.q / target[active] - 1) * fit.q / fit.ypp
        forward = np.where(fit.q > 2 * target[active], longer, move)
        new = np.maximum(value[active] + np.where(np.isfinite(forward), forward, 0.0), 0.0)
        done = np.abs(new - value[active]) <= _TOLERANCE * (new + 1e-3 * scale[active])
        value[active] = new
        active = active[~done]
        if not active.size:
            return value, step + 1
    raise ConvergenceError("tau2 was not found", got=f"{active.size} tables after {_STEPS} steps")


def _moment_variance(batch: Batch, fit: Fit, tau2: Floats) -> Floats:
    """Return the variance of Q with inverse-variance weights."""
    variance: Floats = 2 * batch.df + 4 * tau2 * fit.tr_p + 2 * tau2 * tau2 * fit.tr_pp
    return variance


def _trace_with(batch: Batch, fit: Fit, factor: Floats) -> Floats:
    """Return tr(P diag(factor)), array (b,)."""
    w = fit.weights
    if batch.design is None:
        small: Floats = (w * factor).sum(axis=1) - (w * w * factor).sum(axis=1) * fit.cov[:, 0, 0]
        return small
    wx = w[..., None] * batch.design
    trace: Floats = (w * factor).sum(axis=1) - np.einsum("bpq,bkq,bk,bkp->b", fit.cov, wx, factor, wx)
    return trace


def _spread(batch: Batch) -> Floats:
    """Return the variance of the effects with divisor k, array (b,)."""
    used = np.isfinite(batch.vi)
    mean = (batch.yi * used).sum(axis=1) / batch.rows
    spread: Floats = (used * (batch.yi - mean[:, None]) ** 2).sum(axis=1) / batch.rows
    return spread


def _climb(batch: Batch, *, restricted: bool) -> tuple[Floats, int]:
    """Scan tau2, then climb from the best cell of the scan, kept inside its neighbours."""
    scale = _spread(batch)
    scale = np.where(scale > 0, scale, np.where(np.isfinite(batch.vi), batch.vi, np.inf).min(axis=1))
    values = np.stack(
        [log_likelihood(batch, at(batch, share * scale), restricted=restricted) for share in _SCAN]
    )
    best = values.argmax(axis=0)
    grid = np.array([*_SCAN, 50.0])
    low, high = scale * grid[np.maximum(best - 1, 0)], scale * grid[best + 1]
    value = scale * grid[best]
    active = np.arange(len(value))
    for step in range(_STEPS):
        part = batch.part(active)
        fit = at(part, value[active])
        slope = 0.5 * (fit.ypp - (fit.tr_p if restricted else fit.sum_w))
        bend = 0.5 * (fit.tr_pp if restricted else fit.sum_w2)
        observed = quadratic_form(part, fit) - bend
        curvature = np.where(observed > 0.1 * bend, observed, bend)
        here = value[active]
        low[active] = np.where(slope > 0, here, low[active])
        high[active] = np.where(slope < 0, here, high[active])
        new = here + slope / curvature
        outside = (new < low[active]) | (new > high[active])
        new = np.where(outside, (low[active] + high[active]) / 2, new)
        # At 0 with a falling likelihood the bracket has closed: the boundary is the maximum.
        new = np.where((here == 0) & (slope <= 0), 0.0, new)
        done = np.abs(new - here) <= _TOLERANCE * (new + 1e-3 * scale[active])
        value[active] = np.where(new < 1e-9 * scale[active], 0.0, new) if step else new
        active = active[~done]
        if not active.size:
            return value, step + 1
    raise ConvergenceError("the likelihood of tau2 was not maximised", got=f"{active.size} tables left")
