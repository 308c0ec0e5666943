"""Fits of the complementary log-log normal model as arrays, many tables at once; no tables, no results."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from metaleak.numerics.cloglog import CloglogLikelihood, averaged_rate, corrected, log_marginals
from metaleak.pooling.binomial_normal_kernel import (
    LADDER,
    SCAN,
    Fits,
    highest_climb,
    maximum_at_zero,
    on_boundary,
    with_enough_points,
)

Floats = npt.NDArray[np.float64]


def fit(x: Floats, n: Floats, offset: Floats, design: Floats | None) -> Fits:
    """Maximise the likelihood of tables x, n with offsets (b, k), globally in tau; design (b, k, p) or None."""

    def laplace(m: Floats) -> Floats:
        return log_marginals(m + offset[:, None], SCAN[:, None], x[:, None], n[:, None], points=(1,))[0]

    y, v = corrected(x, n)
    likelihood = CloglogLikelihood(x, n, LADDER[0], design, offset)
    return on_boundary(
        with_enough_points(highest_climb(likelihood, (y - offset, v), laplace, maximum_at_zero))
    )


def averaged(fits: Fits, quantile: Floats) -> Floats:
    """Return the mean rate over studies with its limits (b, 3), by the delta method on its complementary log-log."""
    value, d_mu, d_tau = averaged_rate(fits.theta[:, 0], fits.tau)
    hazard = -np.log1p(-value)
    scale = hazard * (1 - value)
    return fits.delta_limits(np.log(hazard), d_mu / scale, d_tau / scale, quantile)
