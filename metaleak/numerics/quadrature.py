"""Gauss-Hermite rules, ready for adaptive quadrature of a log-integrand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


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
    nodes, weights = np.polynomial.hermite.hermgauss(points)
    nodes *= np.sqrt(2)
    log_weights = np.log(weights) + nodes**2 / 2 + np.log(2) / 2
    rule = Rule(nodes, log_weights, np.stack([np.ones(points), nodes], axis=1))
    for array in (rule.nodes, rule.log_weights, rule.powers):
        array.setflags(write=False)
    return rule


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
