"""Fits of the beta-binomial model as arrays, many tables at once; no tables, no results."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.beta_binomial import Likelihood, beta_binomial
from metaleak.numerics.binomial import log_choose, log_kernel, log_saturated
from metaleak.numerics.distributions import chi2_quantile, two_sided_quantile
from metaleak.numerics.newton import maximise
from metaleak.numerics.profile import off_centre, profile_limits
from metaleak.numerics.scan import Peaks, corrected_logits, highest, least_squares, peaks

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Intra-class correlations at which the likelihood is scanned for its peaks before anything is climbed.
ICC_SCAN = np.array([0.003, 0.02, 0.06, 0.15, 0.35, 0.65, 0.92])
_ANGLE_SCAN = np.arcsin(np.sqrt(ICC_SCAN))

#: The angle of an intra-class correlation of 1.
_END = np.pi / 2

#: An angle nearer to an end than this share of its own standard error is the end: no data tell them apart.
_BOUNDARY = 1e-4

#: How far profiles of coefficients are followed: beyond these logits a limit is infinite.
_REACH = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Maxima of b tables: ``theta = (beta, angle)`` (b, p + 1), 0 <= angle <= pi / 2, and what belongs to them.

    ``hessian`` is that of the log-likelihood (without coefficients ``log_choose``, array (b,)); ``other``
    holds the angle at a second, lower maximum, or NaN. ``free`` marks tables whose correlation is
    estimated at all.
    """

    likelihood: Likelihood
    theta: Floats
    value: Floats
    gradient: Floats
    hessian: Floats
    converged: Bools
    iterations: int
    other: Floats
    free: Bools
    at_zero: Floats
    saturated: Floats
    coefficients: Floats

    @property
    def angle(self) -> Floats:
        """The angles, array (b,)."""
        return self.theta[:, -1]

    @property
    def icc(self) -> Floats:
        """The intra-class correlations, array (b,)."""
        correlation: Floats = np.sin(self.angle) ** 2
        return correlation

    @property
    def at_end(self) -> Bools:
        """Whether the correlation is 0 or 1."""
        ends: Bools = (self.angle == 0) | (self.angle == _END)
        return ends

    def covariance(self) -> Floats:
        """Return the covariance of (beta, angle); where the angle is at an end that of beta alone."""
        information = -self.hessian
        held = self.at_end
        information[held, -1, :] = information[held, :, -1] = 0.0
        information[held, -1, -1] = 1.0
        covariance: Floats = np.linalg.inv(information).astype(np.float64, copy=False)
        covariance[held, -1, -1] = 0.0
        return covariance


def fit(x: Floats, n: Floats, design: Floats | None) -> Fits:
    """Maximise the likelihood of tables x, n (b, k), globally in the intra-class correlation.

    ``design`` is (b, k, p) or None for one mean.
    """
    likelihood = Likelihood(x, n, design)
    free = (n > 0).sum(axis=1) > 1
    found, start = _starts(x, n, design, free)
    frozen = np.zeros(start.shape, dtype=bool)
    frozen[:, -1] = ~free[found.rows]
    climbs = maximise(likelihood, start, rows=found.rows, frozen=frozen)
    climbs.theta[:, -1] = _folded(climbs.theta[:, -1])
    chosen, other = highest(climbs, found)
    theta = climbs.theta[chosen]
    theta[:, -1] = _at_ends(theta[:, -1], climbs.hessian[chosen, -1, -1])
    # Once more from the folded place: derivatives there, and the end of those that were put at an end.
    frozen = np.zeros(theta.shape, dtype=bool)
    frozen[:, -1] = (theta[:, -1] == 0) | (theta[:, -1] == _END)
    ends = maximise(likelihood, theta, frozen=frozen)
    return Fits(
        likelihood=likelihood,
        theta=ends.theta,
        value=ends.value,
        gradient=ends.gradient,
        hessian=ends.hessian,
        converged=climbs.converged[chosen] & ends.converged,
        iterations=climbs.iterations,
        other=other,
        free=free,
        at_zero=_at_zero(likelihood, theta),
        saturated=log_saturated(x, n),
        coefficients=log_choose(x, n).sum(axis=1),
    )


def _starts(x: Floats, n: Floats, design: Floats | None, free: Bools) -> tuple[Peaks, Floats]:
    """Scan the correlation; start at each peak of the scan, with least squares of half-corrected logits."""
    y, v = corrected_logits(x, n)
    spread = 1 + np.maximum(n - 1, 0)[:, None] * ICC_SCAN[:, None]
    beta = least_squares(y[:, None], 1 / (v[:, None] * spread), design)
    eta = beta if design is None else np.einsum("bkp,btp->btk", design, beta)
    value = beta_binomial(eta, _ANGLE_SCAN[:, None], x[:, None], n[:, None]).value.sum(axis=2)
    # A table whose correlation is not estimated starts once.
    value[~free] = -_ANGLE_SCAN
    found = peaks(value, _ANGLE_SCAN)
    nearest = np.abs(_ANGLE_SCAN - found.place[:, None]).argmin(axis=1)
    angle = np.where(free[found.rows], found.place, 0.0)
    return found, np.column_stack([beta[found.rows, nearest], angle])


def _folded(angle: Floats) -> Floats:
    """Return the angle between 0 and pi / 2 that has the same correlation."""
    turned = np.abs(angle) % np.pi
    folded: Floats = np.minimum(turned, np.pi - turned)
    return folded


def _at_ends(angle: Floats, curvature: Floats) -> Floats:
    """Put angles that no data tell from an end there."""
    near = _BOUNDARY / np.sqrt(np.maximum(-curvature, 1e-300))
    placed: Floats = np.where(angle < near, 0.0, np.where(_END - angle < near, _END, angle))
    return placed


def _at_zero(likelihood: Likelihood, theta: Floats) -> Floats:
    """Return the maximum of the log-likelihood without correlation."""
    start = theta.copy()
    start[:, -1] = 0.0
    if likelihood.design is None:
        share = special.logit(likelihood.x.sum(axis=1) / likelihood.n.sum(axis=1))
        total: Floats = log_kernel(share[:, None], likelihood.x, likelihood.n).sum(axis=1)
        return total
    frozen = np.zeros(start.shape, dtype=bool)
    frozen[:, -1] = True
    return maximise(likelihood, start, frozen=frozen).value


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Limits: ``beta`` (b, p, 2) on the logit, ``icc`` (b, 2) from 0 to 1."""

    beta: Floats
    icc: Floats
    converged: Bools


def wald_intervals(fits: Fits, level: float, df: Floats | None) -> Intervals:
    """Return limits from the curvature at the maximum; the correlation on its angle, NaN at an end.

    ``df`` (b,) makes t quantiles of the normal ones for the coefficients.
    """
    se = np.sqrt(np.diagonal(fits.covariance(), axis1=1, axis2=2))
    quantile = np.broadcast_to(two_sided_quantile(level, df), len(se))
    sides = np.array([-1.0, 1.0])
    beta = fits.theta[:, :-1, None] + sides * (quantile[:, None] * se[:, :-1])[..., None]
    angle = fits.angle[:, None] + sides * two_sided_quantile(level) * se[:, -1:]
    icc = np.sin(np.clip(angle, 0, _END)) ** 2
    icc[fits.at_end] = np.nan
    return Intervals(beta, icc, np.ones(len(se), dtype=bool))


def profile_intervals(fits: Fits, level: float) -> Intervals:
    """Return profile-likelihood limits of every coefficient and of the correlation."""
    b, d = fits.theta.shape
    sides = np.array([-1.0, 1.0])
    rows, coordinate, direction = (
        part.ravel()
        for part in np.broadcast_arrays(np.arange(b)[:, None, None], np.arange(d)[:, None], sides)
    )
    of_angle, upwards = coordinate == d - 1, direction > 0
    spread = np.sqrt(np.diagonal(fits.covariance(), axis1=1, axis2=2))
    spread[:, -1] = 1 / np.sqrt(np.maximum(-fits.hessian[:, -1, -1], 1e-2))
    far = (_REACH * np.column_stack([off_centre(fits.likelihood.design, d - 1, b), np.ones(b)]))[
        rows, coordinate
    ]
    reach = np.where(of_angle, np.where(upwards, _END - fits.angle[rows], fits.angle[rows]), far)
    wanted = np.flatnonzero((reach > 0) & (~of_angle | fits.free[rows]))
    held = np.zeros((rows.size, d), dtype=bool)
    held[:, -1] = ~fits.free[rows]
    found = profile_limits(
        fits.likelihood,
        theta=fits.theta[rows[wanted]],
        value=fits.value[rows[wanted]],
        rows=rows[wanted],
        coordinate=coordinate[wanted],
        direction=direction[wanted],
        first=two_sided_quantile(level) * spread[rows[wanted], coordinate[wanted]],
        reach=reach[wanted],
        drop=float(chi2_quantile(level, 1)) / 2,
        held=held[wanted],
    )
    ends = np.where(upwards, _END, 0.0)
    limits, converged = ends.copy(), np.ones(rows.size, dtype=bool)
    limits[wanted] = np.where(found.reached & of_angle[wanted], ends[wanted], found.value)
    converged[wanted] = found.converged
    shaped = limits.reshape(b, d, 2)
    ok: Bools = np.logical_and.reduce(converged.reshape(b, 2 * d), axis=1)
    return Intervals(shaped[:, :-1], np.sin(shaped[:, -1]) ** 2, ok)
