"""Look along one parameter before climbing: where to start, and which of several tops is the highest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.numerics.newton import Optimum

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Two maxima whose parameter differs less than this are one.
_SAME = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """One entry per peak: its function, its place along the parameter, and whether it is the highest."""

    rows: Rows
    place: Floats
    is_highest: Bools


def corrected_logits(x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return logits with half a unit added to both cells, and their variances, infinite without units."""
    y = np.log((x + 0.5) / (n - x + 0.5))
    return y, np.where(n > 0, 1 / (x + 0.5) + 1 / (n - x + 0.5), np.inf)


def least_squares(y: Floats, w: Floats, design: Floats | None) -> Floats:
    """Return coefficients (b, t, p) of ``y`` (b, 1, k) with weights (b, t, k); design None is one mean."""
    if design is None:
        mean: Floats = (w * y).sum(axis=-1, keepdims=True) / w.sum(axis=-1, keepdims=True)
        return mean
    normal = np.einsum("bkp,btk,bkq->btpq", design, w, design)
    solution: Floats = np.linalg.solve(normal, np.einsum("bkp,btk->btp", design, w * y)[..., None])[..., 0]
    return solution


def peaks(value: Floats, grid: Floats) -> Peaks:
    """Find the peaks of functions that were looked at on a grid.

    Parameters
    ----------
    value : array (b, t)
        The functions.
    grid : array (t,)
        Ascending places > 0, at least three.

    Returns
    -------
    Peaks
        Sorted by function. A peak inside the grid lies on the parabola through it and its neighbours, over
        the logarithm of the place.
    """
    peak = np.ones(value.shape, dtype=bool)
    rising = value[:, 1:] > value[:, :-1]
    peak[:, 1:] &= rising
    peak[:, :-1] &= ~rising
    best = value.argmax(axis=1)
    peak[np.arange(len(value)), best] = True
    rows, cell = np.nonzero(peak)
    inside = np.clip(cell, 1, len(grid) - 2)
    log_grid = np.log(grid)
    before, after = log_grid[inside] - log_grid[inside - 1], log_grid[inside + 1] - log_grid[inside]
    rise, fall = (value[rows, inside] - value[rows, inside + side] for side in (-1, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = (after * after * rise - before * before * fall) / (2 * (before * fall + after * rise))
    place = np.where(cell == inside, grid[inside] * np.exp(shift), grid[cell])
    return Peaks(rows, place, best[rows] == cell)


def highest(climbs: Optimum, found: Peaks) -> tuple[Rows, Floats]:
    """Choose the highest of the tops that were climbed from the peaks.

    Parameters
    ----------
    climbs : Optimum
        One row per peak; the scanned parameter is the last one, and its sign means nothing.
    found : Peaks
        Where the climbs began.

    Returns
    -------
    chosen : array (b,)
        The climb that each function keeps.
    other : array (b,)
        The scanned parameter at a second, lower top, NaN where there is none.
    """
    chosen = np.flatnonzero(found.is_highest)
    other = np.full(chosen.size, np.nan)
    for extra in np.flatnonzero(~found.is_highest & climbs.converged):
        function = found.rows[extra]
        best = chosen[function]
        place, place_best = abs(climbs.theta[extra, -1]), abs(climbs.theta[best, -1])
        if abs(place - place_best) <= _SAME * (1 + place_best):
            continue
        other[function] = place
        if climbs.value[extra] > climbs.value[best] or not climbs.converged[best]:
            chosen[function], other[function] = extra, place_best
    return chosen, other
