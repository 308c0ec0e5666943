"""Roots of functions of one variable, many at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from metaleak.errors import ConvergenceError

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Values of the functions with the given numbers, at one point each.
Function = Callable[[Floats, Rows], Floats]

_STEPS = 200


def falling_root(f: Function, target: Floats, start: Floats) -> tuple[Floats, int]:
    """Return where falling functions on [0, inf) take ``target`` (b,), 0 where they start at or below it.

    Parameters
    ----------
    f : callable
        ``f(x, rows)`` returns the functions numbered ``rows`` at ``x``, arrays of one length.
    target : array (b,)
        Values to be taken.
    start : array (b,)
        A first guess of the root's size, > 0; the search goes on beyond it.

    Returns
    -------
    array (b,), int
        Roots, to 1e-13 relative, and the number of steps.

    Raises
    ------
    ConvergenceError
        When a function stays above its target.
    """

    def above(x: Floats, rows: Rows) -> Floats:
        return f(x, rows) - target[rows]

    low, high = np.zeros(len(target)), np.array(start, dtype=np.float64)
    left = np.flatnonzero(above(low, np.arange(len(target))) > 0)
    root = np.zeros(len(target))
    outside = left
    for _ in range(_STEPS):
        outside = outside[above(high[outside], outside) > 0]
        if not outside.size:
            break
        low[outside] = high[outside]
        high[outside] *= 4
    else:
        raise ConvergenceError("no root was found", required="a function that falls to its target", got=high)
    root[left], steps = bracketed_root(lambda x, rows: above(x, left[rows]), low[left], high[left])
    return root, steps


def bracketed_root(f: Function, low: Floats, high: Floats) -> tuple[Floats, int]:
    """Return the root of each function between ``low``, where it is not below 0, and ``high``, not above.

    Ridders' method: halve the bracket, straighten the function by an exponential factor, interpolate; the
    bracket at least halves with every step.

    References
    ----------
    Ridders CJF (1979). A new algorithm for computing a single root of a real continuous function.
    doi:10.1109/TCS.1979.1084580
    """
    rows = np.arange(len(low))
    low, high = low.astype(np.float64), high.astype(np.float64)
    root = low.copy()
    if not rows.size:
        return root, 0
    f_low, f_high = f(low, rows), f(high, rows)
    for step in range(_STEPS):
        middle = (low + high) / 2
        f_middle = f(middle, rows)
        scale = np.sqrt(np.maximum(f_middle * f_middle - f_low * f_high, 0.0))
        shift = np.divide(f_middle, scale, out=np.zeros_like(scale), where=scale > 0)
        new = np.clip(middle + (middle - low) * shift, low, high)
        f_new = f(new, rows)
        for x, value in ((middle, f_middle), (new, f_new)):
            inside = (x >= low) & (x <= high)
            right = inside & (value >= 0)
            wrong = inside & (value <= 0)
            low, f_low = np.where(right, x, low), np.where(right, value, f_low)
            high, f_high = np.where(wrong, x, high), np.where(wrong, value, f_high)
        still = (high - low > 1e-13 * np.abs(high)) & (f_new != 0)
        root[rows] = np.where(f_new == 0, new, (low + high) / 2)
        if not still.any():
            return root, step + 1
        rows, low, high, f_low, f_high = rows[still], low[still], high[still], f_low[still], f_high[still]
    raise ConvergenceError("a root was not narrowed down", got=f"{_STEPS} steps", state={"x": root.tolist()})
