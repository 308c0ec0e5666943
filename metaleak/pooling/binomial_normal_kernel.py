"""Fits of the binomial-normal model as arrays, many tables at once; no tables, no results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.binomial import log_choose, log_kernel, log_marginal, log_saturated
from metaleak.numerics.binomial_normal import AveragedLikelihood, Likelihood, averaged_logit
from metaleak.numerics.distributions import chi2_quantile, two_sided_quantile
from metaleak.numerics.newton import maximise
from metaleak.numerics.profile import off_centre, profile_limits
from metaleak.numerics.scan import Peaks, corrected_logits, highest, least_squares, peaks

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: ``quadrature="auto"`` climbs this ladder until the next rung moves the log-likelihood by less than
#: QUADRATURE_TOLERANCE; nearly always the first rung holds.
LADDER = (15, 31, 63, 127)
QUADRATURE_TOLERANCE = 1e-9

#: Standard deviations at which the likelihood is scanned for its peaks before anything is climbed.
SCAN = np.array([0.03, 0.1, 0.2, 0.35, 0.55, 0.8, 1.1, 1.6, 2.4, 4.0, 8.0])

#: tau below this share of its own standard error is the boundary: no data tell it from 0.
_BOUNDARY = 1e-4

#: How far profiles are followed: beyond these logits and standard deviations a limit is infinite.
_REACH = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Maxima of b tables: ``theta = (beta, tau)`` (b, p + 1), tau >= 0, and what belongs to them.

    ``hessian`` is that of the log-likelihood (without coefficients ``log_choose``, array (b,)); ``other``
    holds tau at a second, lower maximum, NaN where both starts led to one. ``free`` marks tables whose
    tau is estimated at all (more than one row).
    """

    likelihood: Likelihood
    theta: Floats
    value: Floats
    gradient: Floats
    hessian: Floats
    converged: Bools
    iterations: int
    points: Rows
    quadrature_error: Floats
    other: Floats
    free: Bools
    at_zero: Floats
    saturated: Floats
    coefficients: Floats

    @property
    def tau(self) -> Floats:
        """The between-study standard deviations, array (b,)."""
        return self.theta[:, -1]

    def covariance(self) -> Floats:
        """Return the covariance of (beta, tau); at tau = 0 that of beta alone, with 0 for tau."""
        information = -self.hessian
        held = self.tau == 0
        if held.any():
            information = information.copy()
            information[held, -1, :] = information[held, :, -1] = 0.0
            information[held, -1, -1] = 1.0
        covariance: Floats = np.linalg.inv(information).astype(np.float64, copy=False)
        covariance[held, -1, -1] = 0.0
        return covariance

    def standard_error(self, d_mu: Floats, d_tau: Floats) -> Floats:
        """Return that of a function of (mu, tau) with these slopes (b,), by the delta method."""
        slope = np.stack([d_mu, d_tau], axis=1)
        found: Floats = np.sqrt(np.einsum("bi,bij,bj->b", slope, self.covariance(), slope))
        return found

    def delta_limits(self, value: Floats, d_mu: Floats, d_tau: Floats, quantile: Floats) -> Floats:
        """Return the value of a function of (mu, tau) with its limits (b, 3), by the delta method."""
        half = quantile * self.standard_error(d_mu, d_tau)
        found: Floats = value[:, None] + np.array([0.0, -1.0, 1.0]) * half[:, None]
        return found


def fit(x: Floats, n: Floats, design: Floats | None, points: int | None) -> Fits:
    """Maximise the likelihood of tables x, n (b, k), globally in tau.

    ``design`` is (b, k, p) or None for one mean; ``points`` None climbs :data:`LADDER`.
    """
    likelihood = Likelihood(x, n, LADDER[0] if points is None else points, design)

    def laplace(m: Floats) -> Floats:
        return log_marginal(m, SCAN[:, None], x[:, None], n[:, None], points=1)

    found = highest_climb(likelihood, corrected_logits(x, n), laplace, _at_zero)
    return on_boundary(with_enough_points(found) if points is None else found)


def highest_climb(
    likelihood: Likelihood,
    corrected: tuple[Floats, Floats],
    laplace: Callable[[Floats], Floats],
    at_zero: Callable[[Likelihood, Floats], Floats],
) -> Fits:
    """Climb from each peak of a scan of tau, and keep the highest top.

    Coefficients at each tau of :data:`SCAN` are the weighted least squares of ``corrected`` effects and their
    variances (b, k); ``laplace`` returns log-likelihoods (b, t, k) there, ``at_zero`` maxima with tau = 0.
    """
    x, n, b = likelihood.x, likelihood.n, len(likelihood.x)
    free = (n > 0).sum(axis=1) > 1
    found, start = _starts(likelihood.design, free, corrected, laplace)
    frozen = np.zeros(start.shape, dtype=bool)
    frozen[:, -1] = ~free[found.rows]
    climbs = maximise(likelihood, start, rows=found.rows, frozen=frozen)
    chosen, other = highest(climbs, found)
    return Fits(
        likelihood=likelihood,
        theta=climbs.theta[chosen],
        value=climbs.value[chosen],
        gradient=climbs.gradient[chosen],
        hessian=climbs.hessian[chosen],
        converged=climbs.converged[chosen],
        iterations=climbs.iterations,
        points=np.full(b, likelihood.points, dtype=np.intp),
        quadrature_error=np.zeros(b),
        other=other,
        free=free,
        at_zero=at_zero(likelihood, climbs.theta[chosen]),
        saturated=log_saturated(x, n),
        coefficients=log_choose(x, n).sum(axis=1),
    )


def _starts(
    design: Floats | None,
    free: Bools,
    corrected: tuple[Floats, Floats],
    laplace: Callable[[Floats], Floats],
) -> tuple[Peaks, Floats]:
    y, v = corrected
    beta = least_squares(y[:, None], 1 / (v[:, None] + (SCAN * SCAN)[:, None]), design)
    value = laplace(beta if design is None else np.einsum("bkp,btp->btk", design, beta)).sum(axis=2)
    # A table whose tau is not estimated starts once.
    value[~free] = -SCAN
    found = peaks(value, SCAN)
    tau = np.where(free[found.rows], found.place, 0.0)
    own = design if design is None or len(design) == 1 else design[found.rows]
    beta = least_squares(y[found.rows, None], 1 / (v[found.rows] + tau[:, None] ** 2)[:, None], own)[:, 0]
    return found, np.column_stack([beta, tau])


def _at_zero(likelihood: Likelihood, theta: Floats) -> Floats:
    if likelihood.design is not None:
        return maximum_at_zero(likelihood, theta)
    share = likelihood.x.sum(axis=1) / likelihood.n.sum(axis=1)
    total: Floats = log_kernel(special.logit(share)[:, None], likelihood.x, likelihood.n).sum(axis=1)
    return total


def maximum_at_zero(likelihood: Likelihood, theta: Floats) -> Floats:
    """Return the maximum of the log-likelihood with tau = 0."""
    start = theta.copy()
    start[:, -1] = 0.0
    frozen = np.zeros(start.shape, dtype=bool)
    frozen[:, -1] = True
    return maximise(replace(likelihood, points=1), start, frozen=frozen).value


def with_enough_points(fits: Fits) -> Fits:
    """Climb :data:`LADDER` where the next rung moves the log-likelihood."""
    everything = np.arange(len(fits.theta))
    check = fits.likelihood.value(fits.theta, everything, points=LADDER[1])
    error = np.abs(check - fits.value)
    fits = replace(fits, quadrature_error=error)
    for rung, points in enumerate(LADDER[1:], start=1):
        rows = np.flatnonzero(error > QUADRATURE_TOLERANCE)
        if not rows.size:
            break
        likelihood = replace(fits.likelihood, points=points)
        frozen = np.zeros((rows.size, fits.theta.shape[1]), dtype=bool)
        frozen[:, -1] = ~fits.free[rows]
        finer = maximise(likelihood, fits.theta[rows], rows=rows, frozen=frozen)
        last = LADDER[min(rung + 1, len(LADDER) - 1)]
        reference = likelihood.value(finer.theta, rows, points=last if last > points else 2 * points + 1)
        error[rows] = np.abs(reference - finer.value)
        for name, new in (
            ("theta", finer.theta),
            ("value", finer.value),
            ("gradient", finer.gradient),
            ("hessian", finer.hessian),
            ("converged", finer.converged),
        ):
            getattr(fits, name)[rows] = new
        fits.points[rows] = points
    return replace(fits, quadrature_error=error)


def on_boundary(fits: Fits) -> Fits:
    """Put tau that no data tell from 0 at 0, and every other one above it."""
    theta = fits.theta
    # The likelihood is even in tau, so that the sign of tau turns that of its derivatives.
    turned = theta[:, -1] < 0
    theta[turned, -1] *= -1
    fits.gradient[turned, -1] *= -1
    fits.hessian[turned, -1, :-1] *= -1
    fits.hessian[turned, :-1, -1] *= -1
    curvature = -fits.hessian[:, -1, -1]
    flat = (curvature > 0) & (theta[:, -1] * np.sqrt(np.abs(curvature)) < _BOUNDARY) & (theta[:, -1] > 0)
    rows = np.flatnonzero(flat)
    if rows.size:
        theta[rows, -1] = 0.0
        frozen = np.zeros((rows.size, theta.shape[1]), dtype=bool)
        frozen[:, -1] = True
        ends = maximise(fits.likelihood, theta[rows], rows=rows, frozen=frozen)
        theta[rows], fits.value[rows], fits.gradient[rows] = ends.theta, ends.value, ends.gradient
        fits.hessian[rows], fits.converged[rows] = ends.hessian, ends.converged
    return fits


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Limits on the model's scale: ``beta`` (b, p, 2), ``tau`` (b, 2).

    ``average`` (b, 3) holds the mean rate with its limits on the link's scale, None with several coefficients.
    """

    beta: Floats
    tau: Floats
    average: Floats | None
    converged: Bools


def wald_intervals(fits: Fits, level: float, df: Floats | None) -> Intervals:
    """Return limits from the curvature at the maximum; tau on its logarithm, the mean rate by delta.

    ``df`` (b,) makes t quantiles of the normal ones. Limits of tau are NaN at the boundary.
    """
    found = curvature_limits(fits, level, df)
    if fits.theta.shape[1] > 2:
        return found
    mean = averaged_logit(fits.theta[:, 0], fits.tau)
    quantile = np.asarray(two_sided_quantile(level, df))
    return replace(found, average=fits.delta_limits(mean.value, mean.d_mu, mean.d_tau, quantile))


def curvature_limits(fits: Fits, level: float, df: Floats | None) -> Intervals:
    """Return limits of every coefficient and of tau from the curvature; none of the mean rate."""
    covariance = fits.covariance()
    quantile = np.asarray(two_sided_quantile(level, df))
    wide = quantile[:, None] if quantile.ndim else quantile
    p = fits.theta.shape[1] - 1
    se = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    beta = fits.theta[:, :p, None] + np.array([-1.0, 1.0]) * (wide * se[:, :p])[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.exp(two_sided_quantile(level) * se[:, -1] / fits.tau)
        tau = np.stack([fits.tau / ratio, fits.tau * ratio], axis=1)
    tau[fits.tau == 0] = np.nan
    return Intervals(beta, tau, None, np.ones(len(fits.theta), dtype=bool))


def profile_intervals(fits: Fits, level: float) -> Intervals:
    """Return profile-likelihood limits of every coefficient, of tau and of the mean rate."""
    found = parameter_limits(fits, level)
    if fits.theta.shape[1] > 2:
        return found
    average, converged = _averaged_profile(fits, float(chi2_quantile(level, 1)) / 2)
    return replace(found, average=average, converged=found.converged & converged)


def parameter_limits(fits: Fits, level: float) -> Intervals:
    """Return profile-likelihood limits of every coefficient and of tau; none of the mean rate."""
    b, d = fits.theta.shape
    p = d - 1
    drop = float(chi2_quantile(level, 1)) / 2
    guess = two_sided_quantile(level) * np.sqrt(
        np.maximum(np.diagonal(fits.covariance(), axis1=1, axis2=2), 1e-8)
    )
    spread_of_tau = 1 / np.sqrt(np.maximum(-fits.hessian[:, -1, -1], 1e-4))
    guess[:, -1] = np.where(fits.tau > 0, guess[:, -1], two_sided_quantile(level) * spread_of_tau)
    jobs = [(j, sign) for j in range(d) for sign in (-1.0, 1.0)]
    rows, coordinate, direction = _spread(np.arange(b), jobs)
    reach = (_REACH * np.column_stack([off_centre(fits.likelihood.design, p, b), np.ones(b)]))[
        rows, coordinate
    ]
    downwards = (coordinate == p) & (direction < 0)
    reach[downwards] = fits.tau[rows[downwards]]
    wanted = ~((coordinate == p) & ~fits.free[rows]) & (reach > 0)
    limits = np.where(coordinate == p, 0.0, direction * np.inf)
    converged = np.ones(rows.size, dtype=bool)
    by_points = fits.points[rows]
    for points in np.unique(by_points[wanted]):
        jobs_here = np.flatnonzero(wanted & (by_points == points))
        found = profile_limits(
            replace(fits.likelihood, points=int(points)),
            theta=fits.theta[rows[jobs_here]],
            value=fits.value[rows[jobs_here]],
            rows=rows[jobs_here],
            coordinate=coordinate[jobs_here],
            direction=direction[jobs_here],
            first=guess[rows[jobs_here], coordinate[jobs_here]],
            reach=reach[jobs_here],
            drop=drop,
            held=_held(fits, rows[jobs_here]),
        )
        limits[jobs_here] = np.where(found.reached & downwards[jobs_here], 0.0, found.value)
        converged[jobs_here] = found.converged
    shaped = limits.reshape(b, d, 2)
    ok: Bools = np.logical_and.reduce(converged.reshape(b, 2 * d), axis=1)
    return Intervals(shaped[:, :p], shaped[:, p], None, ok)


def _averaged_profile(fits: Fits, drop: float) -> tuple[Floats, Bools]:
    """Return the logit of the mean rate with its limits, mu solved for; one row has its own rate."""
    b = len(fits.theta)
    mean = averaged_logit(fits.theta[:, 0], fits.tau)
    theta = np.column_stack([mean.value, fits.tau])
    spread = fits.standard_error(mean.d_mu, mean.d_tau)
    rows, coordinate, direction = _spread(np.arange(b), [(0, -1.0), (0, 1.0)])
    limits, converged = np.empty(rows.size), np.empty(rows.size, dtype=bool)
    by_points = fits.points[rows]
    for points in np.unique(by_points):
        here = np.flatnonzero(by_points == points)
        found = profile_limits(
            AveragedLikelihood(replace(fits.likelihood, points=int(points))),
            theta=theta[rows[here]],
            value=fits.value[rows[here]],
            rows=rows[here],
            coordinate=coordinate[here],
            direction=direction[here],
            first=np.maximum(1.96 * spread[rows[here]], 1e-4),
            reach=np.full(here.size, _REACH),
            drop=drop,
            held=_held(fits, rows[here]),
        )
        limits[here], converged[here] = found.value, found.converged
    both: Bools = np.logical_and.reduce(converged.reshape(b, 2), axis=1)
    return np.column_stack([mean.value, limits.reshape(b, 2)]), both


def _held(fits: Fits, rows: Rows) -> Bools:
    """Mark tau where it is not estimated."""
    held = np.zeros((rows.size, fits.theta.shape[1]), dtype=bool)
    held[:, -1] = ~fits.free[rows]
    return held


def _spread(tables: Rows, jobs: list[tuple[int, float]]) -> tuple[Rows, Rows, Floats]:
    """Return one row per table and job, the jobs running fastest."""
    rows = np.repeat(tables, len(jobs))
    coordinate = np.tile(np.array([job[0] for job in jobs], dtype=np.intp), len(tables))
    direction = np.tile(np.array([job[1] for job in jobs]), len(tables))
    return rows, coordinate, direction
