"""Interpolation of smooth functions through Chebyshev nodes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@lru_cache(maxsize=16)
def chebyshev_nodes(points: int) -> Floats:
    """Return the nodes on -1 .. 1, both ends among them, ascending."""
    return -np.cos(np.pi * np.arange(points) / (points - 1))


def interpolation(points: int, at: Floats) -> Floats:
    """Return weights (..., points) that make values at the nodes into values ``at`` places (...) in -1 .. 1.

    References
    ----------
    Berrut JP, Trefethen LN (2004). Barycentric Lagrange interpolation. doi:10.1137/S0036144502417715

    Examples
    --------
    >>> weights = interpolation(6, np.array([0.3]))
    >>> float(round((weights @ chebyshev_nodes(6) ** 5)[0], 12))
    0.00243
    """
    nodes = chebyshev_nodes(points)
    signs = np.where(np.arange(points) % 2 == 0, 1.0, -1.0)
    signs[[0, -1]] /= 2
    gap = np.asarray(at)[..., None] - nodes
    exact = gap == 0
    with np.errstate(divide="ignore"):
        parts = signs / gap
    hit = exact.any(axis=-1)
    parts[hit] = exact[hit]
    weights: Floats = parts / parts.sum(axis=-1, keepdims=True)
    return weights


@lru_cache(maxsize=16)
def series(points: int) -> tuple[Floats, Floats]:
    """Return matrices from values at the nodes to Chebyshev coefficients, of the curve and of its slope."""
    chebyshev = np.polynomial.chebyshev
    curve: Floats = np.linalg.inv(chebyshev.chebvander(chebyshev_nodes(points), points - 1)).T.astype(
        np.float64
    )
    slope: Floats = np.stack([np.append(chebyshev.chebder(unit), 0.0) for unit in np.eye(points)])
    return curve, curve @ slope


def evaluated(coefficients: Floats, x: Floats) -> Floats:
    """Return the sum of Chebyshev polynomials at x in -1 .. 1; coefficients stand on the last axis.

    Examples
    --------
    >>> curve, _ = series(6)
    >>> float(round(evaluated(chebyshev_nodes(6) ** 5 @ curve, np.array(0.3)), 12))
    0.00243
    """
    angles = np.arccos(np.clip(x, -1, 1))[..., None] * np.arange(coefficients.shape[-1])
    total: Floats = (coefficients * np.cos(angles)).sum(axis=-1)
    return total
