"""Intervals of the between-study variance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.distributions import chi2_quantile
from metaleak.numerics.linear import Batch, at, weighted
from metaleak.numerics.q_roots import q_root
from metaleak.numerics.quadratic_forms import residual_form_cdf
from metaleak.numerics.roots import Rows, bracketed_root, falling_root
from metaleak.numerics.tau2_likelihood import log_likelihood
from metaleak.pooling.tau2 import jackson_weights

Floats = npt.NDArray[np.float64]


def q_profile(batch: Batch, level: float) -> Floats:
    """Return the tau2 at which Q takes the quantiles of chi-squared, array (b, 2).

    (0, 0) where Q is smaller at tau2 = 0 than chance lets it be. Viechtbauer W (2007). Confidence intervals
    for the amount of heterogeneity in meta-analysis. doi:10.1002/sim.2514
    """
    b = len(batch.yi)
    both = batch.part(np.tile(np.arange(b), 2))
    tails = np.repeat([(1 - level) / 2, (1 + level) / 2], b)
    limits, _ = q_root(both, special.chdtri(both.df, tails))
    return limits.reshape(2, b).T


def biggerstaff_jackson(batch: Batch, level: float) -> Floats:
    """Return the tau2 at which DerSimonian and Laird's Q is at the ends of its distribution, array (b, 2).

    Biggerstaff BJ, Jackson D (2008). The exact distribution of Cochran's heterogeneity statistic in one-way
    random effects meta-analysis. doi:10.1002/sim.3490
    """
    return _generalised_q(batch, 1 / batch.vi, level)


def jackson(batch: Batch, level: float) -> Floats:
    """Return the same with the weights ``1 / sqrt(vi)``, a compromise where tau2 is not small.

    Jackson D (2013). Confidence intervals for the between-study variance in random effects meta-analysis
    using generalised Cochran heterogeneity statistics. doi:10.1002/jrsm.1081
    """
    return _generalised_q(batch, jackson_weights(batch), level)


def profile_likelihood(batch: Batch, tau2: Floats, level: float, *, restricted: bool) -> Floats:
    """Return the limits at which the (restricted) likelihood falls to its cut-off, array (b, 2).

    ``tau2`` (b,) is the maximum. Hardy RJ, Thompson SG (1996). A likelihood approach to meta-analysis with
    random effects. doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A
    """
    cut = float(chi2_quantile(level, 1)) / 2
    everything = np.arange(len(tau2))

    def height(value: Floats, rows: Rows) -> Floats:
        part = batch.part(rows)
        return log_likelihood(part, at(part, value), restricted=restricted)

    floor = height(tau2, everything) - cut

    def beyond(distance: Floats, rows: Rows) -> Floats:
        return height(tau2[rows] + distance, rows)

    up, _ = falling_root(beyond, floor, tau2 + batch.vi.min(axis=1))
    low = np.zeros_like(tau2)
    inner = np.flatnonzero(height(low, everything) < floor)
    low[inner], _ = bracketed_root(
        lambda x, rows: floor[inner[rows]] - height(x, inner[rows]), low[inner], tau2[inner]
    )
    return np.stack([low, tau2 + up], axis=1)


#: What a reader is told about the interval of each ``tau2_ci``.
INTERVALS = {
    "q-profile": "Q-profile",
    "profile": "profile likelihood",
    "biggerstaff-jackson": "Biggerstaff-Jackson",
    "jackson": "Jackson, weights 1 / sqrt(v)",
}


def tau2_interval(batch: Batch, tau2: Floats, *, method: str, level: float, restricted: bool) -> Floats:
    """Return the limits by one of :data:`INTERVALS`, array (b, 2).

    ``tau2`` (b,) and ``restricted`` are for the profile likelihood: its maximum, and which one it is.
    """
    if method == "profile":
        return profile_likelihood(batch, tau2, level, restricted=restricted)
    limits = {"q-profile": q_profile, "biggerstaff-jackson": biggerstaff_jackson, "jackson": jackson}
    return limits[method](batch, level)


def _generalised_q(batch: Batch, weights: Floats, level: float) -> Floats:
    b = len(batch.yi)
    both = batch.part(np.tile(np.arange(b), 2))
    weights = np.tile(weights, (2, 1))
    q = weighted(both, weights).q

    def below(tau2: Floats, rows: Rows) -> Floats:
        return residual_form_cdf(both.part(rows), weights[rows], tau2, q[rows])

    tails = np.repeat([(1 + level) / 2, (1 - level) / 2], b)
    limits, _ = falling_root(below, tails, both.spread + both.vi.min(axis=1))
    return limits.reshape(2, b).T
