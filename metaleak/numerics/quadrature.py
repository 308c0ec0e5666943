"""Gauss-Hermite rules, ready for adaptive quadrature of a log-integrand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

#: Beyond so many points numpy's weights leave the range of numbers.
_MOST = 300

#: Steps of a recursion after which its values are brought back to the size of one.
_RESCALED = 16


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """Nodes in standard deviations of the mode's normal curve, and log weights against it.

    The integral of ``exp(g(z))`` with mode ``z0`` and curvature ``-1 / s**2`` there is
    ``s * sum(exp(log_weights + g(z0 + s * nodes)))``.
    """

    nodes: Floats
    log_weights: Floats
    #: 1 and the node, array (points, 2), for means against weights.
    powers: Floats


@lru_cache(maxsize=32)
def adaptive_rule(points: int) -> Rule:
    """Return the rule with ``points`` nodes; one node gives Laplace's approximation.

    References
    ----------
    Liu Q, Pierce DA (1994). A note on Gauss-Hermite quadrature. doi:10.1093/biomet/81.3.624

    Examples
    --------
    >>> rule = adaptive_rule(7)
    >>> bool(np.isclose(np.exp(rule.log_weights - rule.nodes**2 / 2).sum(), np.sqrt(2 * np.pi)))
    True
    """
    if points <= _MOST:
        nodes, weights = np.polynomial.hermite.hermgauss(points)
        nodes *= np.sqrt(2)
        log_weights = np.log(weights) + nodes**2 / 2 + np.log(2) / 2
    else:
        nodes, _ = special.roots_hermite(points)
        log_weights = _raised_log_weights(nodes) + np.log(2) / 2
        nodes = nodes * np.sqrt(2)
    rule = Rule(nodes, log_weights, np.stack([np.ones(points), nodes], axis=1))
    for array in (rule.nodes, rule.log_weights, rule.powers):
        array.setflags(write=False)
    return rule


def _raised_log_weights(nodes: Floats) -> Floats:
    """Return ``log(weight) + node**2``, which no number of points takes below the normal range.

    By the recursion of Hermite functions ``psi``: ``weight * exp(node**2) = 1 / (n psi_{n-1}(node)**2)``.
    """
    n = nodes.size
    before, psi = np.zeros(n), np.ones(n)
    log_scale = -(nodes**2) / 2 - np.log(np.pi) / 4
    for j in range(1, n):
        before, psi = psi, np.sqrt(2 / j) * nodes * psi - np.sqrt((j - 1) / j) * before
        if j % _RESCALED == 0:
            size = np.maximum(np.abs(before), np.abs(psi))
            before, psi, log_scale = before / size, psi / size, log_scale + np.log(size)
    raised: Floats = -np.log(n) - 2 * (np.log(np.abs(psi)) + log_scale)
    return raised


@lru_cache(maxsize=8)
def normal_rule(points: int) -> tuple[Floats, Floats]:
    """Return nodes and weights for the mean of a function of a standard normal variable.

    Examples
    --------
    >>> nodes, weights = normal_rule(9)
    >>> float(round((weights * nodes**2).sum(), 12))
    1.0
    """
    nodes, weights = np.polynomial.hermite.hermgauss(points)
    return np.sqrt(2) * nodes, weights / np.sqrt(np.pi)
