"""Intervals of the between-study variance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.distributions import chi2_quantile
from metaleak.numerics.inverse_variance import Batch, at, log_likelihood
from metaleak.pooling.tau2 import solve_q

Floats = npt.NDArray[np.float64]

#: Each halving of the bracket gains a digit in base two; the end is below rounding.
_HALVINGS = 200


def q_profile(batch: Batch, level: float) -> Floats:
    """Return the Q-profile limits, array (b, 2); (0, 0) where even tau2 = 0 makes Q smaller than chance.

    Viechtbauer W (2007). Confidence intervals for the amount of heterogeneity in meta-analysis.
    doi:10.1002/sim.2514
    """
    lower, _ = solve_q(batch, special.chdtri(batch.df, (1 - level) / 2))
    upper, _ = solve_q(batch, special.chdtri(batch.df, (1 + level) / 2))
    return np.stack([lower, upper], axis=1)


def profile_likelihood(batch: Batch, tau2: Floats, level: float, *, restricted: bool) -> Floats:
    """Return the limits at which the (restricted) likelihood falls to its cut-off, array (b, 2).

    ``tau2`` (b,) is the maximum. Hardy RJ, Thompson SG (1996). A likelihood approach to meta-analysis with
    random effects. doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A
    """

    def drop(value: Floats) -> Floats:
        return top - log_likelihood(batch, at(batch, value), restricted=restricted) - cut

    cut = float(chi2_quantile(level, 1)) / 2
    top = log_likelihood(batch, at(batch, tau2), restricted=restricted)
    zero = np.zeros_like(tau2)
    low = _root(drop, zero, tau2)
    low = np.where(drop(zero) <= 0, 0.0, low)
    high = np.maximum(2 * tau2, np.where(np.isfinite(batch.vi), batch.vi, 0).max(axis=1))
    for _ in range(_HALVINGS):
        short = drop(high) < 0
        if not short.any():
            break
        high = np.where(short, 4 * high, high)
    return np.stack([low, _root(drop, high, tau2)], axis=1)


def _root(drop, outside: Floats, inside: Floats) -> Floats:  # type: ignore[no-untyped-def]
    """Bisect between a value beyond the cut-off and one within it."""
    outside, inside = outside.copy(), inside.copy()
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2
        beyond = drop(middle) > 0
        outside, inside = np.where(beyond, middle, outside), np.where(beyond, inside, middle)
        if (np.abs(outside - inside) <= 1e-14 * np.abs(outside)).all():
            break
    return (outside + inside) / 2
