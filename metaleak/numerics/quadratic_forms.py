"""The distribution of a weighted sum of squared residuals: of chi-squared variables with unlike factors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from metaleak.numerics.linear import Batch, Floats, dot

Complexes = npt.NDArray[np.complex128]

#: Complex numbers held at a time: 16 MB an array.
_CELLS = 1_000_000


def residual_form_cdf(batch: Batch, weights: Floats, tau2: Floats, value: Floats) -> Floats:
    """Return the probability that the form is at most ``value`` (b,), array (b,) in 0..1.

    The form is ``y'(A - A X (X'AX)^-1 X'A) y`` with A the diagonal of the fixed ``weights`` (b, k), the
    effects being independent with variances ``vi + tau2`` around X beta.

    Notes
    -----
    With L(s) = E exp(-s form) the probability is the inverse Laplace transform of L(s) / s, here by the
    trapezoid rule on a cotangent contour around the negative axis, where all the singularities lie. L is the
    inverse square root of ``prod(1 + 2 s a_i (vi + tau2)) * det((X'AX)^-1 X'D(s)X)``, with D(s) the diagonal
    of ``a_i / (1 + 2 s a_i (vi + tau2))``; no eigenvalue of order k is needed.

    References
    ----------
    Trefethen LN, Weideman JAC, Schmelzer T (2006). Talbot quadratures and rational approximations.
    doi:10.1007/s10543-006-0077-9
    """
    result = np.zeros(len(value))
    for df in np.unique(batch.df):
        # The form is never below 0, so that a value of 0 keeps the probability 0.
        rows = np.flatnonzero((batch.df == df) & (value > 0))
        # With these many points the error is near 1e-12 for 2 to 500 degrees of freedom; more would round.
        nodes, steps = _contour(2 * int(14 + 0.18 * df))
        size = max(1, _CELLS // (batch.yi.shape[1] * len(nodes)))
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            result[some] = _inverted(batch.part(some), weights[some], tau2[some], value[some], nodes, steps)
    return result


def _inverted(
    batch: Batch, weights: Floats, tau2: Floats, value: Floats, nodes: Complexes, steps: Complexes
) -> Floats:
    s = nodes[None, :] / value[:, None]
    variances = np.where(batch.used > 0, batch.vi, 0.0) + tau2[:, None]
    factors = 1 + 2 * s[:, :, None] * (weights * variances)[:, None, :]
    logs = np.log(factors).sum(axis=2) + _log_det_ratio(batch, weights, factors)
    terms = np.exp(-0.5 * logs) / s * steps / value[:, None]
    result: Floats = np.clip(np.real(terms.sum(axis=1)), 0.0, 1.0)
    return result


def _contour(points: int) -> tuple[Complexes, Complexes]:
    """Return nodes of the contour for value 1, and ``exp(node)`` times their steps.

    The lower half of the contour mirrors the upper one, so half of the nodes are kept.
    """
    theta = np.pi * np.arange(1, points, 2) / points
    cotangent = 1 / np.tan(0.6407 * theta)
    nodes = points * (0.5017 * theta * cotangent - 0.6122 + 0.2645j * theta)
    slopes = points * (0.5017 * cotangent - 0.5017 * 0.6407 * theta * (1 + cotangent**2) + 0.2645j)
    # 1 / (2 pi i) times a step of 2 pi / N, and twice the real part for the lower half.
    return nodes, np.exp(nodes) * slopes * 2 / (points * 1j)


def _log_det_ratio(batch: Batch, weights: Floats, factors: Complexes) -> Complexes:
    """Return log det of (X'AX)^-1 X'DX at every node, on the branch that is 0 at s = 0."""
    damped = weights[:, None, :] / factors
    if batch.design is None:
        total = dot(weights, batch.used)
        small: Complexes = np.log(damped.sum(axis=2) / total[:, None])
        return small
    x = batch.design
    plain = np.linalg.inv(np.einsum("bkp,bk,bkq->bpq", x, weights, x))
    inner = np.einsum("bpr,bkr,bnk,bkq->bnpq", plain, x, damped, x)
    # The eigenvalues lie in the lower half plane, where the principal logarithm is the right branch.
    logs: Complexes = np.log(np.linalg.eigvals(inner)).sum(axis=2)
    return logs
