"""Profile-likelihood limits, many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.numerics.newton import Objective, maximise

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_STEPS = 60
#: A limit is known when the signed root of the likelihood ratio is within this of its target.
_TOLERANCE = 1e-9
#: The furthest that one step may go, as a multiple of the distance so far.
_GROWTH = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Where the profile falls to its cut-off, arrays (m,).

    ``value`` is ``inf`` in the direction of search where the profile has not fallen so far within
    ``reach``; ``reached`` marks these. ``theta`` (m, d) are the other parameters at the limit.
    """

    value: Floats
    theta: Floats
    reached: npt.NDArray[np.bool_]
    converged: npt.NDArray[np.bool_]


def profile_limits(
    objective: Objective,
    *,
    theta: Floats,
    value: Floats,
    rows: Rows,
    coordinate: Rows,
    direction: Floats,
    first: Floats,
    reach: Floats,
    drop: float,
    held: npt.NDArray[np.bool_] | None = None,
    along: Floats | None = None,
) -> Limits:
    """Find where each profile log-likelihood lies ``drop`` below its maximum.

    Parameters
    ----------
    objective : callable
        As for :func:`metaleak.numerics.newton.maximise`.
    theta : array (m, d)
        The maximum, once per limit.
    value : array (m,)
        The log-likelihood there.
    rows : array (m,)
        The number of the function behind each limit.
    coordinate, direction : arrays (m,)
        Which parameter, and -1 (lower limit) or +1 (upper limit).
    first : array (m,)
        A first guess of the distance, > 0: the quantile times the standard error.
    reach : array (m,)
        The furthest distance that is looked at.
    drop : float
        Half the chi-squared quantile: 1.92 for 95 %.
    held : array (m, d) of bool, optional
        Parameters that keep their value all along.
    along : array (m, d), optional
        How far the others are expected to move with the profiled one (1 in its own place): a start near the
        constrained maximum where parameters depend on each other, such as the intercept and an uncentred year.

    Notes
    -----
    The signed root of the likelihood ratio is nearly linear in the parameter, and its slope follows from
    the gradient at the constrained maximum, so Newton's method needs four or five steps; a bracket guards
    them (Venzon & Moolgavkar 1988, doi:10.2307/2347496).
    """
    m, d = theta.shape
    here = np.arange(m)
    frozen = np.zeros((m, d), dtype=bool) if held is None else held.copy()
    frozen[here, coordinate] = True
    best = theta[here, coordinate]
    target = np.sqrt(2 * drop)
    low, high = np.zeros(m), np.full(m, np.inf)
    at = np.minimum(first, reach)
    current = np.array(theta, dtype=np.float64)
    done, reached, failed = (np.zeros(m, dtype=bool) for _ in range(3))
    previous = np.zeros(m)
    for _ in range(_STEPS):
        active = np.flatnonzero(~done)
        if not active.size:
            break
        start = current[active]
        own = (np.arange(active.size), coordinate[active])
        goal = best[active] + direction[active] * at[active]
        if along is not None:
            start += (goal - start[own])[:, None] * along[active]
        start[own] = goal
        fit = maximise(objective, start, rows=rows[active], frozen=frozen[active])
        failed[active] = ~fit.converged
        current[active] = fit.theta
        ratio = np.sqrt(np.maximum(2 * (value[active] - fit.value), 0))
        gap = ratio - target
        slope = -direction[active] * fit.gradient[own]
        slope = slope / np.maximum(ratio, 1e-300)
        low[active] = np.where(gap < 0, at[active], low[active])
        high[active] = np.where(gap >= 0, at[active], high[active])
        out = (gap < -_TOLERANCE) & (at[active] >= reach[active])
        reached[active] |= out
        done[active] |= out | (np.abs(gap) <= _TOLERANCE)
        previous[active] = at[active]
        at[active] = _next(at[active], gap, slope, low[active], high[active], reach[active])
        done |= np.abs(at - previous) <= 1e-13 * np.maximum(np.abs(best), previous)
    limit = best + direction * previous
    return Limits(
        value=np.where(reached, direction * np.inf, limit),
        theta=current,
        reached=reached,
        converged=done & ~failed,
    )


def off_centre(design: Floats | None, p: int, b: int) -> Floats:
    """Return by how much more each coefficient moves than the rows' logits do, array (b, p), 1 or more.

    Beside an intercept a year that is not centred moves by far more logits than any rate does, and takes the
    intercept along.
    """
    if design is None or p == 1:
        return np.ones((b, p))
    size = np.sqrt((design * design).mean(axis=1))
    spread = design.std(axis=1)
    constant = spread <= 1e-12 * np.maximum(size, 1e-300)
    factor = np.where(constant, 1.0, size / np.where(constant, 1.0, spread))
    largest = factor.max(axis=1, keepdims=True)
    return np.broadcast_to(np.where(constant, largest, factor), (b, p))


def _next(at: Floats, gap: Floats, slope: Floats, low: Floats, high: Floats, reach: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        new = at - gap / slope
    furthest = np.minimum(at * _GROWTH, reach)
    new = np.where((slope > 0) & np.isfinite(new), np.minimum(new, furthest), furthest)
    inside = (new > low) & (new < high)
    middle = np.where(np.isfinite(high), (low + high) / 2, furthest)
    step: Floats = np.where(inside | (new == reach) & np.isinf(high), new, middle)
    return step
