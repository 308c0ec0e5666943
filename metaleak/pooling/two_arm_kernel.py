"""Fits of one-stage models of 2x2 tables as arrays, many tables at once; no tables, no results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.binomial import log_kernel
from metaleak.numerics.distributions import chi2_quantile, two_sided_quantile
from metaleak.numerics.hypergeometric import Conditional
from metaleak.numerics.newton import Optimum, maximise
from metaleak.numerics.profile import profile_limits
from metaleak.numerics.two_arms import Arms, FixedLevels, NormalLevels

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

Likelihood = FixedLevels | NormalLevels | Conditional

#: More points are taken until the next number moves the log-likelihood by less than QUADRATURE_TOLERANCE.
LADDER = (15, 31, 63)
QUADRATURE_TOLERANCE = 1e-9

#: The numbers of points that the certificate compares.
_SEVEN, _FINE = 7, 25

#: Where tau starts; the highest top counts.
_STARTS = (0.1, 0.5, 1.5)

#: A spread below this share of its own standard error is the boundary: no data tell it from 0.
_BOUNDARY = 1e-4

#: How far profiles are followed: beyond these logits and standard deviations a limit is infinite.
_REACH = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Maxima of b tables: ``theta`` is (mu, tau), or (mu, alpha, sigma, tau) with normal levels; spreads >= 0.

    ``held`` marks spreads that are 0 or, in a table of one study, not estimated; ``at_zero`` is the maximum
    with tau = 0; ``change`` is how far 7 points are from 25.
    """

    likelihood: Likelihood
    theta: Floats
    value: Floats
    gradient: Floats
    hessian: Floats
    held: Bools
    converged: Bools
    iterations: int
    change: Floats
    at_zero: Floats

    def covariance(self) -> Floats:
        """Return the covariance of theta; rows and columns of what is held are 0."""
        information = np.where(self.held[:, :, None] | self.held[:, None, :], 0.0, -self.hessian)
        information = information + self.held[:, :, None] * np.eye(self.held.shape[1])
        covariance: Floats = np.linalg.inv(information)
        return np.where(self.held[:, :, None] | self.held[:, None, :], 0.0, covariance)


def fit(build: Callable[[int], Likelihood], arms: Arms, points: int | None) -> Fits:
    """Maximise the likelihood of tables (b, k); ``build`` makes it with a number of points."""
    b = len(arms.a)
    rungs = LADDER if points is None else (points, 2 * points + 1)
    normal = isinstance(build(rungs[0]), NormalLevels)
    alone = arms.used.sum(axis=1) < 2
    start = _start(arms, normal)
    frozen = np.zeros(start.shape, dtype=bool)
    frozen[alone, -1] = True
    if normal:
        frozen[alone, -2] = True
    rows = np.arange(b)
    likelihood = build(rungs[0])
    best = _highest(likelihood, start, alone, frozen)
    best, held = _on_boundary(likelihood, best, frozen)
    change = np.abs(build(rungs[1]).value(best.theta, rows) - best.value)
    if points is None:
        for place, rung in enumerate(rungs[1:], start=1):
            if change.max(initial=0.0) <= QUADRATURE_TOLERANCE:
                break
            likelihood = build(rung)
            best = maximise(likelihood, best.theta, frozen=held)
            finer = rungs[min(place + 1, len(rungs) - 1)]
            change = np.abs(
                build(finer if finer > rung else 2 * rung + 1).value(best.theta, rows) - best.value
            )
    zero = best.theta.copy()
    zero[:, -1] = 0.0
    without = held.copy()
    without[:, -1] = True
    return Fits(
        likelihood=likelihood,
        theta=best.theta,
        value=best.value,
        gradient=np.where(held, 0.0, best.gradient),
        hessian=best.hessian,
        held=held,
        converged=best.converged,
        iterations=best.iterations,
        change=np.abs(build(_SEVEN).value(best.theta, rows) - build(_FINE).value(best.theta, rows)),
        at_zero=maximise(likelihood, zero, frozen=without).value,
    )


def _start(arms: Arms, normal: bool) -> Floats:
    """Begin at the joined odds ratio, and at the level of the joined counts."""
    a, n1, c, n2 = ((cell.sum(axis=1)) for cell in (arms.a, arms.n1, arms.c, arms.n2))
    up, down = special.logit((a + 0.5) / (n1 + 1)), special.logit((c + 0.5) / (n2 + 1))
    columns = [up - down, np.full(a.shape, _STARTS[1])]
    if normal:
        columns[1:1] = [(up + down) / 2, np.full(a.shape, 0.7)]
    return np.stack(columns, axis=1)


def _highest(likelihood: Likelihood, start: Floats, alone: Bools, frozen: Bools) -> Optimum:
    """Climb from several spreads, and keep the highest top of each table."""
    b = len(start)
    begin = np.repeat(start, len(_STARTS), axis=0)
    begin[:, -1] = np.tile(_STARTS, b)
    begin[np.repeat(alone, len(_STARTS)), -1] = 0.0
    if start.shape[1] > 2:
        begin[np.repeat(alone, len(_STARTS)), -2] = 0.0
    climbs = maximise(
        likelihood,
        begin,
        rows=np.repeat(np.arange(b), len(_STARTS)),
        frozen=np.repeat(frozen, len(_STARTS), axis=0),
    )
    height = np.where(climbs.converged, climbs.value, -np.inf).reshape(b, len(_STARTS))
    chosen = np.arange(b) * len(_STARTS) + height.argmax(axis=1)
    return Optimum(
        climbs.theta[chosen],
        climbs.value[chosen],
        climbs.gradient[chosen],
        climbs.hessian[chosen],
        climbs.converged[chosen],
        climbs.iterations,
    )


def _on_boundary(likelihood: Likelihood, best: Optimum, frozen: Bools) -> tuple[Optimum, Bools]:
    """Put spreads that no data tell from 0 at 0, and every other one above it: the likelihood is even in them."""
    theta, held = best.theta.copy(), frozen.copy()
    spreads = [-1] if theta.shape[1] == 2 else [-2, -1]
    for j in spreads:
        theta[:, j] = np.abs(theta[:, j])
        curvature = np.maximum(-best.hessian[:, j, j], 1e-12)
        flat = theta[:, j] * np.sqrt(curvature) < _BOUNDARY
        theta[flat, j] = 0.0
        held[flat, j] = True
    return maximise(likelihood, theta, frozen=held), held


def saturated(arms: Arms) -> Floats:
    """Return the log-likelihood with one rate per arm, without the binomial coefficients, array (b,)."""
    total = np.zeros(len(arms.a))
    for x, n in ((arms.a, arms.n1), (arms.c, arms.n2)):
        inside = (x > 0) & (x < n)
        own = np.where(inside, special.logit(np.where(inside, x / np.maximum(n, 1), 0.5)), 0.0)
        total += np.where(inside, log_kernel(own, x, n), 0.0).sum(axis=1)
    return total


def wald_limits(fits: Fits, level: float, df: Floats | None) -> tuple[Floats, Floats]:
    """Return limits of mu and of tau (on its logarithm; NaN at the boundary), arrays (b, 2)."""
    se = np.sqrt(np.diagonal(fits.covariance(), axis1=1, axis2=2))
    sign = np.array([-1.0, 1.0])
    mu = fits.theta[:, :1] + sign * (np.asarray(two_sided_quantile(level, df)) * se[:, 0])[:, None]
    tau = fits.theta[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.exp(two_sided_quantile(level) * se[:, -1] / tau)
        limits = np.stack([tau / ratio, tau * ratio], axis=1)
    limits[fits.held[:, -1]] = np.nan
    return mu, limits


def profile_intervals(fits: Fits, level: float) -> tuple[Floats, Floats, Bools]:
    """Return profile-likelihood limits of mu and tau (b, 2), and where they converged."""
    b, d = fits.theta.shape
    drop = float(chi2_quantile(level, 1)) / 2
    quantile = float(two_sided_quantile(level))
    guess_mu = quantile * np.sqrt(fits.covariance()[:, 0, 0])
    guess_tau = quantile / np.sqrt(np.maximum(-fits.hessian[:, -1, -1], 1e-4))
    tables = np.repeat(np.arange(b), 4)
    coordinate = np.tile([0, 0, d - 1, d - 1], b)
    direction = np.tile([-1.0, 1.0, -1.0, 1.0], b)
    spread = coordinate == d - 1
    tau = fits.theta[tables, -1]
    reach = np.where(spread & (direction < 0), tau, _REACH)
    # Spreads at 0 may leave it while another coordinate is held; a single study has none.
    held = np.zeros((len(tables), d), dtype=bool)
    alone = _alone(fits)
    held[alone[tables], -1] = True
    if d > 2:
        held[fits.held[tables, -2], -2] = True
    wanted = ~(spread & alone[tables]) & (reach > 0)
    limits = np.where(spread, 0.0, direction * np.inf)
    limits[spread & alone[tables]] = np.nan
    converged = np.ones(len(tables), dtype=bool)
    jobs = np.flatnonzero(wanted)
    found = profile_limits(
        fits.likelihood,
        theta=fits.theta[tables[jobs]],
        value=fits.value[tables[jobs]],
        rows=tables[jobs],
        coordinate=coordinate[jobs],
        direction=direction[jobs],
        first=np.where(spread[jobs], guess_tau[tables[jobs]], guess_mu[tables[jobs]]),
        reach=reach[jobs],
        drop=drop,
        held=held[jobs],
    )
    down = spread[jobs] & (direction[jobs] < 0)
    limits[jobs] = np.where(found.reached & down, 0.0, found.value)
    converged[jobs] = found.converged
    shaped = limits.reshape(b, 4)
    ok: Bools = np.logical_and.reduce(converged.reshape(b, 4), axis=1)
    return shaped[:, :2], shaped[:, 2:], ok


def _alone(fits: Fits) -> Bools:
    """Mark tables of one study: a support of one count, or no unit, fills shorter tables up."""
    if isinstance(fits.likelihood, Conditional):
        used = np.isfinite(fits.likelihood.support.log_weights).sum(axis=-1) > 1
    else:
        used = fits.likelihood.arms.used
    alone: Bools = used.sum(axis=1) < 2
    return alone
