"""Fits of the complementary log-log normal model as arrays, many tables at once; no tables, no results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from metaleak.numerics.binomial import log_choose, log_saturated
from metaleak.numerics.cloglog import CloglogLikelihood, averaged_rate, corrected, log_marginals
from metaleak.numerics.newton import maximise
from metaleak.numerics.scan import Peaks, highest, least_squares, peaks
from metaleak.pooling.binomial_normal_kernel import LADDER, SCAN, Fits, on_boundary, with_enough_points

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def fit(x: Floats, n: Floats, offset: Floats, design: Floats | None) -> Fits:
    """Maximise the likelihood of tables x, n with offsets (b, k), globally in tau; design (b, k, p) or None."""
    first = CloglogLikelihood(x, n, LADDER[0], design, offset)
    free = (n > 0).sum(axis=1) > 1
    found, start = _starts(first, free)
    frozen = np.zeros(start.shape, dtype=bool)
    frozen[:, -1] = ~free[found.rows]
    climbs = maximise(first, start, rows=found.rows, frozen=frozen)
    chosen, other = highest(climbs, found)
    state = Fits(
        likelihood=first,
        theta=climbs.theta[chosen],
        value=climbs.value[chosen],
        gradient=climbs.gradient[chosen],
        hessian=climbs.hessian[chosen],
        converged=climbs.converged[chosen],
        iterations=climbs.iterations,
        points=np.full(len(x), first.points, dtype=np.intp),
        quadrature_error=np.zeros(len(x)),
        other=other,
        free=free,
        at_zero=_at_zero(first, climbs.theta[chosen]),
        saturated=log_saturated(x, n),
        coefficients=log_choose(x, n).sum(axis=1),
    )
    return on_boundary(with_enough_points(state))


def averaged(fits: Fits, quantile: Floats) -> Floats:
    """Return the mean rate over studies with its limits (b, 3), by the delta method on its complementary log-log."""
    value, d_mu, d_tau = averaged_rate(fits.theta[:, 0], fits.tau)
    hazard = -np.log1p(-value)
    slope = np.stack([d_mu, d_tau], axis=1) / (hazard * (1 - value))[:, None]
    spread = np.sqrt(np.einsum("bi,bij,bj->b", slope, fits.covariance(), slope))
    found: Floats = np.log(hazard)[:, None] + np.array([0.0, -1.0, 1.0]) * (quantile * spread)[:, None]
    return found


def _starts(likelihood: CloglogLikelihood, free: Bools) -> tuple[Peaks, Floats]:
    """Scan tau with Laplace's approximation; start at each peak of the scan."""
    x, n, design = likelihood.x, likelihood.n, likelihood.design
    offset = np.zeros_like(x) if likelihood.offset is None else likelihood.offset
    y, v = corrected(x, n)
    y = y - offset
    beta = least_squares(y[:, None], 1 / (v[:, None] + (SCAN * SCAN)[:, None]), design)
    m = beta if design is None else np.einsum("bkp,btp->btk", design, beta)
    value = log_marginals(m + offset[:, None], SCAN[:, None], x[:, None], n[:, None], points=(1,))[0].sum(
        axis=2
    )
    # A table whose tau is not estimated starts once.
    value[~free] = -SCAN
    found = peaks(value, SCAN)
    tau = np.where(free[found.rows], found.place, 0.0)
    own = design if design is None or len(design) == 1 else design[found.rows]
    beta = least_squares(y[found.rows, None], 1 / (v[found.rows] + tau[:, None] ** 2)[:, None], own)[:, 0]
    return found, np.column_stack([beta, tau])


def _at_zero(likelihood: CloglogLikelihood, theta: Floats) -> Floats:
    """Return the maximum of the log-likelihood with tau = 0."""
    start = theta.copy()
    start[:, -1] = 0.0
    frozen = np.zeros(start.shape, dtype=bool)
    frozen[:, -1] = True
    return maximise(replace(likelihood, points=1), start, frozen=frozen).value
