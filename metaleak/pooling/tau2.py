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

from metaleak.numerics.distributions import chi2_quantile
from metaleak.numerics.linear import Batch, Fit, at, dot, trace, trace_of_product, trace_of_squares, weighted
from metaleak.numerics.q_roots import q_root
from metaleak.numerics.quadratic_forms import residual_form_cdf
from metaleak.numerics.roots import falling_root
from metaleak.numerics.tau2_likelihood import maximise

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tau2:
    """Estimates and standard errors (b,), steps (0 for closed forms), and what else was found on the way.

    ``second`` (b,) is the tau2 of a second, lower maximum of the likelihood, NaN where there is none;
    ``fit`` the weighted fit at the estimate, where it was made.
    """

    value: Floats
    se: Floats
    iterations: int = 0
    second: Floats | None = None
    fit: Fit | None = None


Estimator = Callable[[Batch], Tau2]


def dersimonian_laird(batch: Batch) -> Tau2:
    """Return ``(Q - (k - p)) / tr P`` with inverse-variance weights (doi:10.1016/0197-2456(86)90046-2)."""
    fit = weighted(batch, 1 / batch.vi)
    tr_p = trace(batch, fit)
    value = np.maximum((fit.q - batch.df) / tr_p, 0)
    return Tau2(value, np.sqrt(_variance_of_q(batch, fit, value)) / tr_p)


def hedges(batch: Batch) -> Tau2:
    """Return the unweighted moment estimator of Hedges and Olkin (1985, ISBN 0-12-336380-2)."""
    fit = weighted(batch, batch.used)
    variances = _finite_variances(batch)
    tr_pv = trace(batch, fit, variances)
    value = np.maximum((fit.q - tr_pv) / batch.df, 0)
    spread = trace_of_product(batch, fit, variances, variances)
    return Tau2(value, np.sqrt(2 * spread + 4 * value * tr_pv + 2 * value**2 * batch.df) / batch.df)


def hunter_schmidt(batch: Batch, *, corrected: bool = False) -> Tau2:
    """Return ``(Q - k) / sum w``; corrected, Q is first multiplied by ``k / (k - p)``.

    Viechtbauer W (2005) for the first; Brannick MT et al. (2019), doi:10.1037/met0000182, for the other.
    """
    fit = weighted(batch, 1 / batch.vi)
    total = dot(fit.weights, batch.used)
    factor = batch.rows / batch.df if corrected else np.ones_like(batch.rows)
    value = np.maximum((factor * fit.q - batch.rows) / total, 0)
    return Tau2(value, factor * np.sqrt(_variance_of_q(batch, fit, value)) / total)


def sidik_jonkman(batch: Batch) -> Tau2:
    """Return the model error variance estimator with the variance of the effects as a start.

    Sidik K, Jonkman JN (2005), doi:10.1111/j.1467-9876.2005.00489.x
    """
    start = batch.spread
    fit = at(batch, start)
    value = start * fit.q / batch.df
    return Tau2(value, start * np.sqrt(_variance_of_form(batch, fit, value)) / batch.df)


def maximum_likelihood(batch: Batch) -> Tau2:
    """Return the global maximum of the likelihood; the standard error is from expected information."""
    top = maximise(batch, restricted=False)
    fit = at(batch, top.tau2)
    se = np.sqrt(2 / dot(fit.weights, fit.weights))
    return Tau2(top.tau2, se, top.iterations, top.second, fit)


def restricted_maximum_likelihood(batch: Batch) -> Tau2:
    """Return the global maximum of the restricted likelihood; its error is from expected information."""
    top = maximise(batch, restricted=True)
    fit = at(batch, top.tau2)
    return Tau2(top.tau2, np.sqrt(2 / information(batch, fit)), top.iterations, top.second, fit)


def paule_mandel(batch: Batch) -> Tau2:
    """Return the root of ``Q(tau2) = k - p``; Morris's empirical Bayes estimator solves the same equation.

    Paule RC, Mandel J (1982), doi:10.6028/jres.087.022; Morris CN (1983), doi:10.2307/2287098
    """
    return _root_of_q(batch, batch.df)


def paule_mandel_median(batch: Batch) -> Tau2:
    """Return the tau2 at which Q is the median of chi-squared with k - p degrees of freedom.

    Median-unbiased. Viechtbauer W (2021), Median-unbiased estimators for the amount of heterogeneity in
    meta-analysis; the interval is Q-profile's, doi:10.1002/sim.2514
    """
    return _root_of_q(batch, chi2_quantile(0.5, batch.df))


def generalised_q_median(batch: Batch, weights: Floats | None = None) -> Tau2:
    """Return the tau2 at which Q with fixed weights, ``1 / sqrt(vi)``, is the median of its distribution.

    Median-unbiased. Jackson D (2013), doi:10.1002/jrsm.1081, for the statistic and its distribution.
    """
    fit = weighted(batch, jackson_weights(batch) if weights is None else weights)

    def below(tau2: Floats, rows: npt.NDArray[np.intp]) -> Floats:
        return residual_form_cdf(batch.part(rows), fit.weights[rows], tau2, q[rows])

    q = fit.q
    value, steps = falling_root(below, np.full(len(q), 0.5), batch.spread + batch.vi.min(axis=1))
    return Tau2(value, np.sqrt(_variance_of_form(batch, fit, value)) / trace(batch, fit), steps)


def nothing(batch: Batch) -> Tau2:
    """Return 0: the equal-effects model."""
    zero = np.zeros(len(batch.yi))
    return Tau2(zero, np.full(len(batch.yi), np.nan))


def information(batch: Batch, fit: Fit) -> Floats:
    """Return tr PP, twice the expected information of the restricted likelihood; NaN where rounding ate it.

    That happens where one row outweighs all others a millionfold.
    """
    found = trace_of_product(batch, fit)
    found[found < 1e-10 * dot(fit.weights, fit.weights)] = np.nan
    return found


def jackson_weights(batch: Batch) -> Floats:
    """Return ``1 / sqrt(vi)``, 0 in rows that do not count."""
    weights: Floats = 1 / np.sqrt(batch.vi)
    return weights


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
    "PMM": paule_mandel_median,
    "GENQM": generalised_q_median,
}


def _root_of_q(batch: Batch, target: Floats) -> Tau2:
    value, iterations = q_root(batch, target)
    total = dot(at(batch, value).weights, batch.used)
    return Tau2(value, batch.rows / batch.df * np.sqrt(2 * batch.df) / total, iterations)


def _finite_variances(batch: Batch) -> Floats:
    return np.where(batch.used > 0, batch.vi, 0.0)


def _variance_of_q(batch: Batch, fit: Fit, tau2: Floats) -> Floats:
    """Return the variance of Q with inverse-variance weights."""
    linear = 4 * tau2 * trace(batch, fit)
    variance: Floats = 2 * batch.df + linear + 2 * tau2 * tau2 * trace_of_squares(batch, fit)
    return variance


def _variance_of_form(batch: Batch, fit: Fit, tau2: Floats) -> Floats:
    """Return the variance of Q with any weights."""
    v = _finite_variances(batch)
    square, linear = trace_of_squares(batch, fit, v, v), trace_of_squares(batch, fit, v)
    variance: Floats = 2 * square + 4 * tau2 * linear + 2 * tau2 * tau2 * trace_of_squares(batch, fit)
    return variance
