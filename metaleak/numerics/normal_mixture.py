"""Quantiles of normal curves in equal shares."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

#: Halvings of an interval of a few standard deviations: beyond double precision.
_HALVINGS = 60

#: No quantile that is asked for lies further than this from every centre.
_REACH = 9.0


def normal_mixture_quantile(centres: Floats, spreads: Floats, p: float) -> float:
    """Return the quantile of normal curves in equal shares, by bisection.

    Parameters
    ----------
    centres, spreads : arrays (n,)
        Means and standard deviations, the latter >= 0.
    p : float
        Share below the quantile, 0..1.

    Examples
    --------
    >>> round(normal_mixture_quantile(np.array([0.0, 0.0]), np.array([1.0, 1.0]), 0.975), 4)
    1.96
    """
    low = float((centres - _REACH * spreads).min())
    high = float((centres + _REACH * spreads).max())
    scale = np.maximum(spreads, 1e-300)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = float(special.ndtr((middle - centres) / scale).mean()) < p
        low, high = (middle, high) if below else (low, middle)
    return (low + high) / 2
