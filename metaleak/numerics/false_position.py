"""Roots of increasing functions between known ends, many at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_STEPS = 100


def root(function: Callable[[Floats], Floats], low: Floats, high: Floats, *, tolerance: float) -> Floats:
    """Return where increasing functions cross 0, or the end that is nearer where they do not.

    Parameters
    ----------
    function : callable
        Gives the values of all functions at one place each, arrays (m,).
    low, high : arrays (m,)
        The ends.
    tolerance : float
        The search stops when no place moves further.

    Notes
    -----
    False position, with the value at an end that stays twice halved (Illinois; Dowell and Jarratt 1971,
    doi:10.1007/BF01934364).

    Examples
    --------
    >>> found = root(lambda t: t**3 - np.array([8.0, 100.0]), np.zeros(2), np.full(2, 3.0), tolerance=1e-12)
    >>> found.round(9).tolist()
    [2.0, 3.0]
    """
    at_low, at_high = function(low), function(high)
    held = (at_low >= 0) | (at_high <= 0)
    at = np.where(at_low >= 0, low, np.where(at_high <= 0, high, (low + high) / 2))
    kept = np.zeros(at.shape)
    for _ in range(_STEPS):
        with np.errstate(divide="ignore", invalid="ignore"):
            new = low - at_low * (high - low) / (at_high - at_low)
        new = np.where((new > low) & (new < high), new, (low + high) / 2)
        new = np.where(held, at, new)
        done = np.abs(new - at).max(initial=0.0) <= tolerance
        at = new
        if done:
            break
        gap = function(at)
        left = gap < 0
        at_high = np.where(left & (kept < 0), at_high / 2, np.where(left, at_high, gap))
        at_low = np.where(~left & (kept > 0), at_low / 2, np.where(left, gap, at_low))
        low, high = np.where(left, at, low), np.where(left, high, at)
        kept = np.where(left, -1.0, 1.0)
    return at
