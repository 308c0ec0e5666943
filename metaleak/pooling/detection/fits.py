"""Maxima of the detection likelihood as arrays, many tables at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from metaleak.numerics.detection.layout import Layout
from metaleak.numerics.detection.likelihood import Likelihood
from metaleak.numerics.detection.objectives import Jobs
from metaleak.numerics.detection.start import crude, starts
from metaleak.numerics.detection.units import Units, likelihood_of
from metaleak.numerics.newton import Optimum, maximise
from metaleak.numerics.scan import highest

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Halving every step of every grid moves the log-likelihood by less than this.
GRID_TOLERANCE = 1e-9

#: How often grids are refined before a fit counts as not converged.
_REFINEMENTS = 8

#: A spread below this share of its own standard error is the boundary: no data tell it from 0.
_BOUNDARY = 1e-4

#: A sensitivity whose logit climbs beyond this is 1 (below its negative, 0) to every digit that is printed.
AT_ONE = 12.0

#: No data hold a spread of logits beyond this.
_NO_END = 5.0

#: A spread of rates beyond this grows without bound: no finer grid ends its climb.
_ENDLESS = 100.0

#: Where the climb of a penalised likelihood begins at least.
_LEAST_OMEGA = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Maxima of b tables.

    Attributes
    ----------
    likelihood : Likelihood
        What was maximised, on the grids that it needed.
    theta : array (b, P)
        Parameters in the order of the likelihood's layout, spreads >= 0.
    value, gradient, hessian : arrays (b, ...)
        Of the objective there, penalty included, the constant not.
    penalty : float
        How often ``log(omega)`` was added.
    frozen : array (b, P)
        Parameters that were not estimated.
    converged : array (b,)
    iterations : int
    other : array (b,)
        omega at a second, lower maximum, NaN where there is none.
    grid_error : array (b,)
        By how much halving every step moves the log-likelihood.
    """

    likelihood: Likelihood
    theta: Floats
    value: Floats
    gradient: Floats
    hessian: Floats
    penalty: float
    frozen: Bools
    converged: Bools
    iterations: int
    other: Floats
    grid_error: Floats

    @property
    def layout(self) -> Layout:
        """What the parameters are."""
        return self.likelihood.layout

    @property
    def saturated(self) -> Bools:
        """Coefficients that ran to a sensitivity of 0 or 1, array (b, P)."""
        found = np.zeros(self.theta.shape, dtype=bool)
        found[:, self.layout.gamma] = np.abs(self.theta[:, self.layout.gamma]) > AT_ONE
        return found

    @property
    def unbounded(self) -> Bools:
        """Tables in which the objective rises with omega without end, array (b,)."""
        return self.theta[:, self.layout.omega] > _NO_END

    @property
    def endless(self) -> Bools:
        """Tables in which tau grows without bound, array (b,)."""
        return self.theta[:, self.layout.tau] > _ENDLESS

    @property
    def held(self) -> Bools:
        """Parameters that do not move: frozen, spreads at 0, sensitivities at 0 or 1; array (b, P)."""
        held = self.frozen | self.saturated
        for place in (self.layout.tau, self.layout.omega):
            held[:, place] |= self.theta[:, place] == 0
        return held

    def covariance(self) -> Floats:
        """Return the covariance (b, P, P); parameters that do not move count as known."""
        held = self.held
        information = np.where(held[:, :, None] | held[:, None, :], 0.0, -self.hessian)
        places = np.arange(self.layout.size)
        information[:, places, places] += held
        covariance = np.linalg.pinv(information, hermitian=True)
        covariance[:, places, places] -= held
        return covariance


def fit(
    units: Units,
    layout: Layout,
    *,
    frozen: Bools | None = None,
    at: Floats | None = None,
    tolerance: float = GRID_TOLERANCE,
) -> Fits:
    """Maximise the likelihood of b tables, from every peak along omega.

    Parameters
    ----------
    units, layout : Units, Layout
        The counts, and what the parameters are.
    frozen : array (P,) of bool, optional
        Parameters that keep their value in ``at``.
    at : array (b, P), optional
        Where to climb from; found when left out.
    tolerance : float
        How far halving the steps may move the log-likelihood.
    """
    likelihood = likelihood_of(units, layout)
    b = len(units.counts)
    held = np.broadcast_to(np.zeros(layout.size, dtype=bool) if frozen is None else frozen, (b, layout.size))
    if at is not None:
        return _settled(likelihood.fitted_to(at), at, held, penalty=0.0, tolerance=tolerance)
    typical = crude(units, layout)
    typical[:, layout.omega] = 0.7
    likelihood = likelihood.fitted_to(typical)
    found, first = starts(likelihood, units, layout)
    climbs = maximise(Jobs.of(likelihood.take(found.rows), penalty=0.0), first)
    chosen, other = highest(climbs, found)
    fits = _settled(
        likelihood.fitted_to(climbs.theta[chosen]),
        climbs.theta[chosen],
        held,
        penalty=0.0,
        tolerance=tolerance,
    )
    return replace(fits, other=other, iterations=fits.iterations + climbs.iterations)


def penalised(fits: Fits, *, tolerance: float = GRID_TOLERANCE) -> Fits:
    """Maximise likelihood + log(omega), from the maxima of the likelihood."""
    theta, layout = fits.theta.copy(), fits.layout
    theta[:, layout.omega] = np.maximum(theta[:, layout.omega], _LEAST_OMEGA)
    theta[:, layout.gamma] = np.clip(theta[:, layout.gamma], -AT_ONE / 4, AT_ONE / 4)
    return _settled(fits.likelihood.fitted_to(theta), theta, fits.frozen, penalty=1.0, tolerance=tolerance)


def _settled(
    likelihood: Likelihood, theta: Floats, frozen: Bools, *, penalty: float, tolerance: float
) -> Fits:
    """Climb from ``theta``, on finer grids until the values stand, with spreads on their boundary."""
    top = _climb(likelihood, theta, np.arange(len(theta)), frozen, penalty)
    errors = likelihood.grid_errors(top.theta, np.arange(len(theta)))
    for attempt in range(_REFINEMENTS):
        rough = (errors.sum(axis=0) > tolerance) & (errors > tolerance / len(errors))
        rows = np.flatnonzero(rough.any(axis=0) & (top.theta[:, likelihood.layout.tau] <= _ENDLESS))
        if not rows.size:
            break
        # The grid was made for where the climb began: one for where it ended is mostly enough.
        likelihood = likelihood.refined(top.theta, rough, again=attempt > 0)
        again = _climb(likelihood, top.theta[rows], rows, frozen[rows], penalty)
        _put(top, rows, again)
        errors[:, rows] = likelihood.grid_errors(again.theta, rows)
    error = errors.sum(axis=0)
    return Fits(
        likelihood=likelihood,
        theta=top.theta,
        value=top.value,
        gradient=top.gradient,
        hessian=top.hessian,
        penalty=penalty,
        frozen=frozen,
        converged=top.converged & (error <= tolerance) & (top.theta[:, likelihood.layout.tau] <= _ENDLESS),
        iterations=top.iterations,
        other=np.full(len(theta), np.nan),
        grid_error=error,
    )


def _put(top: Optimum, rows: Rows, part: Optimum) -> None:
    for name in ("theta", "value", "gradient", "hessian", "converged"):
        getattr(top, name)[rows] = getattr(part, name)


def _climb(likelihood: Likelihood, theta: Floats, rows: Rows, frozen: Bools, penalty: float) -> Optimum:
    """Climb, again with a fence where a sensitivity runs to 0 or 1: there the likelihood levels off without an end."""
    top = _once(likelihood, theta, rows, frozen, penalty, fenced=False)
    endless = np.flatnonzero(~top.converged)
    if endless.size:
        start, gamma = top.theta[endless], likelihood.layout.gamma
        start[:, gamma] = np.clip(start[:, gamma], -AT_ONE, AT_ONE)
        _put(top, endless, _once(likelihood, start, rows[endless], frozen[endless], penalty, fenced=True))
    return top


def _once(
    likelihood: Likelihood, theta: Floats, rows: Rows, frozen: Bools, penalty: float, *, fenced: bool
) -> Optimum:
    """Climb; then put spreads that no data tell from 0 at 0, and every other one above it."""
    objective = Jobs.of(likelihood, penalty=penalty, fenced=fenced)
    top = maximise(objective, theta, rows=rows, frozen=frozen)
    spreads = [likelihood.layout.tau, likelihood.layout.omega]
    at_zero = frozen.copy()
    if not likelihood.is_even:
        # Beyond 0 lies the correlation of the other sign: the edge is the best that there is.
        at_zero[:, spreads[1]] |= top.theta[:, spreads].prod(axis=1) < 0
    for place in spreads:
        # The sign of a spread means nothing; turning it turns that of its derivatives.
        sign = np.where(top.theta[:, place] < 0, -1.0, 1.0)
        top.theta[:, place] *= sign
        top.gradient[:, place] *= sign
        top.hessian[:, place, :] *= sign[:, None]
        top.hessian[:, :, place] *= sign[:, None]
        curvature = np.maximum(-top.hessian[:, place, place], 0)
        at_zero[:, place] |= (top.theta[:, place] * np.sqrt(curvature) < _BOUNDARY) & (curvature > 0)
    low = np.flatnonzero((at_zero & ~frozen).any(axis=1))
    if low.size:
        start = np.where(at_zero[low] & ~frozen[low], 0.0, top.theta[low])
        _put(top, low, maximise(objective, start, rows=rows[low], frozen=at_zero[low]))
    return top
