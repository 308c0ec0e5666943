"""How wide the rates of many studies run by the spread between studies alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist
from typing import Any

#: True rates beyond this logit are 0 or 1 to ten digits.
FARTHEST_LOGIT = 25.0

#: Halvings of the search range: below 1e-12.
HALVINGS = 60

_NORMAL = NormalDist()


def expected_range(groups: Sequence[tuple[int, float, float]]) -> tuple[float, float] | None:
    """Return the median lowest and median highest true rate, 0..1, of all studies of the fitted groups.

    Parameters
    ----------
    groups : sequence of (k, estimate, tau)
        Observations, conditional rate 0..1 (between 0 and 1) and between-study standard deviation on
        the logit scale.

    Returns
    -------
    (float, float) or None
        None without groups.

    Notes
    -----
    The highest of all true rates lies below x with probability prod_g Phi((x - mu_g) / tau_g)^k_g on
    the logit scale; its median solves that for one half. Chance within studies widens the observed
    range a little further.

    Examples
    --------
    >>> low, high = expected_range([(100, 0.33, 1.1)])
    >>> round(low, 2), round(high, 2)
    (0.03, 0.88)
    """
    if not groups:
        return None
    scaled = [(k, math.log(p / (1 - p)), tau) for k, p, tau in groups]
    high = _root(lambda x: math.prod(_below(x, mu, tau) ** k for k, mu, tau in scaled) - 0.5)
    low = _root(lambda x: 0.5 - math.prod((1 - _below(x, mu, tau)) ** k for k, mu, tau in scaled))
    return _rate(low), _rate(high)


def fitted_groups(groups: Mapping[str, Mapping[str, Any]]) -> list[tuple[int, float, float]]:
    """Return what :func:`expected_range` needs of the groups that have a random-effects estimate."""
    return [(g["k"], g["estimate"], g["tau"]) for g in groups.values() if g["estimate"] is not None]


def _below(x: float, mu: float, tau: float) -> float:
    if tau == 0:
        return 1.0 if x >= mu else 0.0
    return _NORMAL.cdf((x - mu) / tau)


def _root(rising: Callable[[float], float]) -> float:
    low, high = -FARTHEST_LOGIT, FARTHEST_LOGIT
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _rate(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
