"""Intervals and tests of pooled coefficients, in batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.numerics.distributions import quantile, two_sided_p
from metaleak.numerics.linear import Batch, Fit, crossed
from metaleak.pooling.mean_profile import profile_limits, signed_root
from metaleak.pooling.tau2 import information

Floats = npt.NDArray[np.float64]

#: What a reader is told about the interval of each ``ci_method``.
CI_METHODS = {
    "wald": "Wald, normal quantile",
    "t": "Wald, t quantile with k − p degrees of freedom",
    "hksj": "Hartung-Knapp-Sidik-Jonkman",
    "hksj-adhoc": "Hartung-Knapp-Sidik-Jonkman, factor never below one",
    "profile": "profile likelihood",
    "kenward-roger": "Kenward-Roger",
}

#: Rounding leaves a Hartung-Knapp factor near 1e-16 where the studies are identical.
NO_FACTOR = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """Inference about the coefficients of a batch.

    ``cov`` (b, p, p) after the small-sample adjustment; ``se``, ``statistic``, ``p_value``, ``low``, ``high``
    and ``df`` (b, p), with df infinite for the normal distribution; ``factor`` (b,) of Hartung-Knapp, NaN
    without a degree of freedom; ``floored`` (b,) where ``"hksj"`` had to take its floor.
    """

    cov: Floats
    se: Floats
    statistic: Floats
    p_value: Floats
    low: Floats
    high: Floats
    df: Floats
    factor: Floats
    floored: npt.NDArray[np.bool_]


def coefficients(batch: Batch, fit: Fit, tau2: Floats, *, method: str, level: float) -> Coefficients:
    """Return inference by one of :data:`CI_METHODS`; tables without a degree of freedom get Wald's.

    Notes
    -----
    Hartung-Knapp multiplies the covariance by ``q = y'Py / (k - p)`` and takes the t quantile with k - p
    degrees of freedom. Kenward-Roger adds ``2 Var(tau2) (X'WX)^-1 (X'W^3X - X'W^2X (X'WX)^-1 X'W^2X)
    (X'WX)^-1`` to it and takes Satterthwaite's degrees of freedom, never fewer than one. The profile's
    statistic is the signed root of the likelihood ratio.

    References
    ----------
    Knapp G, Hartung J (2003). Improved tests for a random effects meta-regression with a single covariate.
    doi:10.1002/sim.1482 (the floor: Jackson D et al. 2017, doi:10.1002/sim.7411)

    Kenward MG, Roger JH (1997). Small sample inference for fixed effects from restricted maximum likelihood.
    doi:10.2307/2533558 (in meta-analysis: Partlett C, Riley RD 2017, doi:10.1002/sim.7140)

    Hardy RJ, Thompson SG (1996), cited at the profile of tau2, for the profile likelihood of the mean.
    """
    df, spare = batch.df, batch.df > 0
    factor = fit.q / np.maximum(df, 1.0)
    factor[~spare] = np.nan
    floored = np.zeros(len(df), dtype=np.bool_)
    cov, reach_df = fit.cov, np.full(fit.beta.shape, np.inf)
    if method in ("t", "hksj", "hksj-adhoc"):
        reach_df = np.where(spare, df, np.inf)[:, None] + np.zeros(fit.beta.shape)
    if method in ("hksj", "hksj-adhoc"):
        floored = factor < NO_FACTOR if method == "hksj" else floored
        lowest = 1.0 if method == "hksj-adhoc" else 0.0
        scale = np.where(spare & ~floored, np.maximum(factor, lowest), 1.0)
        cov = cov * scale[:, None, None]
    if method == "kenward-roger":
        cov, reach_df = _kenward_roger(batch, fit)
        cov, reach_df = (
            np.where(spare[:, None, None], cov, fit.cov),
            np.where(spare[:, None], reach_df, np.inf),
        )
    se = np.sqrt(cov.diagonal(axis1=1, axis2=2))
    statistic = fit.beta / se
    half = _quantile((1 + level) / 2, reach_df) * se
    low, high = fit.beta - half, fit.beta + half
    if method == "profile":
        rows = np.flatnonzero(spare)
        part = batch.part(rows)
        limits = profile_limits(part, fit.beta[rows], se[rows], tau2[rows], level)
        low[rows], high[rows] = limits[..., 0], limits[..., 1]
        statistic[rows] = signed_root(part, fit.beta[rows], tau2[rows])
    return Coefficients(
        cov, se, statistic, _p_value(statistic, reach_df), low, high, reach_df, factor, floored
    )


def _quantile(share: float, df: Floats) -> Floats:
    """Return quantiles (b, p); one is computed where all tables have the same degrees of freedom."""
    first = float(df.flat[0]) if df.size else np.inf
    if (df == first).all():
        return np.full(df.shape, float(quantile(share, None if first == np.inf else first)))
    normal = df == np.inf
    reach: Floats = np.where(normal, quantile(share), quantile(share, np.where(normal, 1.0, df)))
    return reach


def _p_value(statistic: Floats, df: Floats) -> Floats:
    normal = df == np.inf
    p_value: Floats = two_sided_p(statistic, None if normal.all() else df)
    return np.where(normal, two_sided_p(statistic), p_value) if normal.any() else p_value


def _kenward_roger(batch: Batch, fit: Fit) -> tuple[Floats, Floats]:
    """Return the adjusted covariance and Satterthwaite's degrees of freedom of each coefficient."""
    w = fit.weights
    x = batch.used[..., None] if batch.design is None else batch.design
    first, second = crossed(x, w * w), crossed(x, w * w * w)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = 2 / information(batch, fit)
        excess = second - np.einsum("bpq,bqr,brs->bps", first, fit.cov, first)
        added = np.einsum("bpq,bqr,brs->bps", fit.cov, excess, fit.cov) * variance[:, None, None]
        inside = np.einsum("bpq,bqr,brp->bp", fit.cov, first, fit.cov)
        df = 2 * np.einsum("bpp->bp", fit.cov) ** 2 / (variance[:, None] * inside**2)
    # Where one row outweighs all others nothing is left to adjust by, and the fewest degrees of freedom.
    known = np.isfinite(variance)
    cov = fit.cov + np.where(known[:, None, None], 2 * added, 0.0)
    return cov, np.where(known[:, None], np.maximum(df, 1.0), 1.0)
