"""Where a posterior density of a between-study standard deviation lives, and panels that follow it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Points of each scan: over all that the prior allows, then over what the data leave, until so many of
#: them lie in the bulk.
_POINTS = 28
_IN_BULK = 6
_SCANS = 8

#: Where the logarithm of the density lies this far below its top there is nothing to integrate.
_CUT = 32.0

#: Beyond the place where the mass per unit of log tau has fallen by this much there is less than 1e-11.
_MASS_CUT = 26.0

#: Above this distance from the top lies the bulk, which gets three panels at least.
_BULK = 10.0
_BULK_PANELS = 3


def scan(log_density: Callable[[Floats], Floats], floor: Floats, upper: float) -> tuple[Floats, Floats]:
    """Look at densities of tau on a grid, and again over what the first look leaves.

    Parameters
    ----------
    log_density : callable
        Gives logarithms of the densities (b, t), up to a constant, at places (b, t).
    floor : array (b,)
        Spreads that are small beside every study's own standard error.
    upper : float
        The largest spread.

    Returns
    -------
    grid, values : arrays (b, t)
        Places, equally spaced in ``arcsinh(tau / floor)``, and the logarithms there.
    """
    low, high = np.zeros(len(floor)), np.full(len(floor), upper)
    for _ in range(_SCANS):
        u = np.arcsinh(np.stack([low, high], axis=1) / floor[:, None])
        share = np.linspace(0, 1, _POINTS)
        grid = floor[:, None] * np.sinh(u[:, :1] + (u[:, 1:] - u[:, :1]) * share)
        grid[:, -1] = high
        values = log_density(grid)
        vague = _bulk(values).sum(axis=1) < _IN_BULK
        if not vague.any():
            break
        # Tables that are seen well enough keep their grid: none depends on the others.
        closer = _range(grid, values, floor)
        low, high = np.where(vague, closer[0], low), np.where(vague, closer[1], high)
    return grid, values


def breaks(grid: Floats, values: Floats, floor: Floats) -> list[Floats]:
    """Return the ends of the panels of each table, from scans of :func:`scan`.

    Notes
    -----
    No panel is wider than its distance from 0 or ``floor``, because the likelihood has singularities on
    the imaginary axis; and none is wider than a third of the bulk before the bulk ends.
    """
    low, high = _range(grid, values, floor)
    bulk = _bulk(values)
    first, last = bulk.argmax(axis=1), bulk.shape[1] - 1 - bulk[:, ::-1].argmax(axis=1)
    row = np.arange(len(grid))
    bulk_low = np.where(first == 0, low, grid[row, np.maximum(first - 1, 0)])
    bulk_high = grid[row, np.minimum(last + 1, grid.shape[1] - 1)]
    return [
        _panels(*numbers)
        for numbers in zip(low, high, bulk_high, (bulk_high - bulk_low) / _BULK_PANELS, floor, strict=True)
    ]


def _bulk(values: Floats) -> npt.NDArray[np.bool_]:
    inside: npt.NDArray[np.bool_] = values > values.max(axis=1, keepdims=True) - _BULK
    return inside


def _range(grid: Floats, values: Floats, floor: Floats) -> tuple[Floats, Floats]:
    dense = values > values.max(axis=1, keepdims=True) - _CUT
    first = dense.argmax(axis=1)
    # To the right it is the mass that counts: a heavy tail is thin, but long.
    mass = values + np.log(grid + floor[:, None])
    there = mass > mass.max(axis=1, keepdims=True) - _MASS_CUT
    last = there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
    row = np.arange(len(grid))
    low = np.where(first == 0, grid[:, 0], grid[row, np.maximum(first - 1, 0)])
    return low, grid[row, np.minimum(last + 1, grid.shape[1] - 1)]


def _panels(low: float, high: float, bulk_high: float, cap: float, floor: float) -> Floats:
    ends = [low]
    while ends[-1] < high:
        width = max(ends[-1], floor)
        if ends[-1] < bulk_high:
            width = min(width, cap)
        end = ends[-1] + width
        # A sliver at the end joins the panel before it.
        ends.append(high if high - end < 0.25 * width else end)
    return np.array(ends)
