"""The marginal log-likelihood of a binomial count for spreads of any size, converged to 1e-10."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.binomial import log_marginal

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Rows with at least so many events and units without need few points, whatever the spread.
_MANY = 20
_FEW_POINTS, _MANY_POINTS = 15, 31

#: Rows with fewer than so many on one side are skew: from this spread on they are integrated over the logit.
_SPARSE = 5
_WIDE = 1.0
_LOGIT_NODES = 160

#: Elements of one array in a chunk.
_CHUNK = 16_000


def log_marginal_converged(m: Floats, tau: Floats, x: Floats, n: Floats) -> Floats:
    """Return each row's log-likelihood without the binomial coefficient.

    Parameters
    ----------
    m, tau : arrays (b, g)
        Means and spreads of the logits, tau >= 0.
    x, n : arrays (b, k)
        Events and units; a row with ``n = 0`` gives 0.

    Returns
    -------
    array (b, g, k)

    Notes
    -----
    Adaptive Gauss-Hermite quadrature with 15 or 31 points; where a row has fewer than five events (or
    units without) and the spread is 1 or more, the integrand is skew and the trapezoid rule over the logit
    takes over. For a row without events that rule averages the normal distribution function over the
    logits of a Beta(1, n) variable, which is the same integral by parts.
    """
    shape = (len(x), m.shape[1], x.shape[1])
    fewest = np.minimum(x, n - x)
    wide = np.broadcast_to((fewest < _SPARSE)[:, None] & (n > 0)[:, None] & (tau >= _WIDE)[..., None], shape)
    plenty = np.broadcast_to((fewest >= _MANY)[:, None], shape)
    parts = [np.broadcast_to(part, shape) for part in (m[..., None], tau[..., None], x[:, None], n[:, None])]
    found = np.zeros(shape)
    for rows, points in ((~wide & plenty, _FEW_POINTS), (~wide & ~plenty, _MANY_POINTS)):
        _fill(found, rows, parts, points)
    _fill(found, wide, parts, 0)
    return found


def _fill(found: Floats, rows: Bools, parts: list[Floats], points: int) -> None:
    """Compute the marked elements, a chunk at a time; no points stands for the rule over the logit."""
    places = np.flatnonzero(rows)
    flat = [part[rows] for part in parts]
    size = max(1, _CHUNK // (points or _LOGIT_NODES))
    out = np.empty(places.size)
    for start in range(0, places.size, size):
        part = slice(start, start + size)
        chunk = [values[part] for values in flat]
        out[part] = log_marginal(*chunk, points=points) if points else _over_logit(*chunk)
    found.ravel()[places] = out


def _over_logit(m: Floats, tau: Floats, x: Floats, n: Floats) -> Floats:
    """Integrate elements (e,) by the trapezoid rule between the places where the likelihood is negligible."""
    y = n - x
    none, all_ = x == 0, y == 0
    a, b = np.where(none, 1.0, x), np.where(all_, 1.0, y)
    mode = np.log(a / b)
    low, high = mode - 28 / a - 4, mode + 28 / b + 4
    step = (high - low) / (_LOGIT_NODES - 1)
    t = low[:, None] + step[:, None] * np.arange(_LOGIT_NODES)
    soft = np.log(1 + np.exp(-np.abs(t)))
    # p^a (1 - p)^b at the nodes, without cancellation.
    log_curve = -a[:, None] * (np.maximum(-t, 0) + soft) - b[:, None] * (np.maximum(t, 0) + soft)
    z = (t - m[:, None]) / tau[:, None]
    edge = none | all_
    total = np.empty(m.size)
    inside = ~edge
    total[inside] = (
        _log_sum(log_curve[inside] - z[inside] ** 2 / 2) - np.log(tau[inside]) - np.log(2 * np.pi) / 2
    )
    # A row without events falls short of the node with the normal distribution function, one with nothing
    # else exceeds it; the curve of n p (1 - p)^n is the slope of the probability of no event.
    side = np.where(none, 1.0, -1.0)[edge, None]
    total[edge] = _log_sum(log_curve[edge] + special.log_ndtr(side * z[edge])) + np.log(n[edge])
    return total + np.log(step)


def _log_sum(terms: Floats) -> Floats:
    top = terms.max(axis=1, initial=-np.inf)
    total: Floats = top + np.log(np.exp(terms - top[:, None]).sum(axis=1))
    return total
