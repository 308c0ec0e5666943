"""The studies' own rates, drawn towards the others: with intervals, as a caterpillar shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.table import StudyTable
from metaleak.errors import UndefinedError
from metaleak.guards import within
from metaleak.pooling.binomial_normal import BinomialNormalDetail
from metaleak.pooling.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

#: Nodes over the pooled value, points over a study's logit, and how many of its deviations these span.
_NODES, _POINTS, _REACH = 15, 4001, 12.0


def shrunken_rates(result: MetaResult, table: StudyTable, *, level: float = 0.95) -> pd.DataFrame:
    """Return each row's rate under a binomial-normal fit, with its interval.

    Parameters
    ----------
    result : MetaResult
        A fit of :class:`metaleak.BinomialNormal` without moderators.
    table : StudyTable
        The table that was fitted.
    level : float
        Level of the intervals.

    Returns
    -------
    DataFrame
        One row per row: ``label xi ni observed shrunken low high``, rates 0..1.

    Raises
    ------
    UndefinedError
        For another model, moderators, or another table.

    Notes
    -----
    ``shrunken`` is the conditional mode. The interval is equal-tailed from the study's exact conditional density
    ``Bin(x | n, expit(theta)) N(theta; mu, tau2)``, mixed over the normal curve of the estimate of mu; tau2 is
    held at its estimate, so with few rows the intervals are somewhat short.

    References
    ----------
    Morris CN (1983). Parametric empirical Bayes inference. doi:10.1080/01621459.1983.10477920

    Examples
    --------
    >>> from metaleak.pooling.binomial_normal import BinomialNormal
    >>> table = StudyTable.from_counts([0, 12, 30], [40, 48, 60], label=["a", "b", "c"])
    >>> found = shrunken_rates(BinomialNormal().fit(table), table)
    >>> found[["observed", "shrunken"]].round(3).to_numpy().tolist()
    [[0.0, 0.012], [0.25, 0.246], [0.5, 0.493]]
    """
    import pandas as pd

    within("level", level, 0, 1)
    if not isinstance(result.detail, BinomialNormalDetail) or result.regression is not None:
        raise UndefinedError(
            "shrunken rates need one mean and counts",
            required="a fit of BinomialNormal without moderators",
            got=result.model if isinstance(result.model, str) else type(result).__name__,
        )
    if result.k != table.k or result.detail.total != int(table.ni.sum()):
        raise UndefinedError(
            "this is not the table that was fitted", required=f"{result.k} rows", got=f"{table.k} rows"
        )
    tau = result.heterogeneity.tau or 0.0
    low, high = _limits(table, result.estimate, result.se, tau, level)
    return pd.DataFrame(
        {
            "label": list(table.label),
            "xi": table.xi,
            "ni": table.ni,
            "observed": table.xi / table.ni,
            "shrunken": result.detail.shrunken,
            "low": low,
            "high": high,
        }
    )


def _limits(table: StudyTable, mu: float, se: float, tau: float, level: float) -> tuple[Floats, Floats]:
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if tau == 0:
        # All studies share one rate: its own uncertainty is all there is.
        both = special.expit(mu + se * special.ndtri(tails))
        return np.full(table.k, both[0]), np.full(table.k, both[1])
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    means, weights = mu + se * nodes, weights / weights.sum()
    found = [
        _quantiles(float(x), float(n), means, weights, tau, tails)
        for x, n in zip(table.xi, table.ni, strict=True)
    ]
    return np.array([low for low, _ in found]), np.array([high for _, high in found])


def _quantiles(x: float, n: float, means: Floats, weights: Floats, tau: float, tails: Floats) -> Floats:
    """Return quantiles of a study's rate, mixed over the means."""
    middle = _mode(x, n, float(means[len(means) // 2]), tau)
    rate = special.expit(middle)
    information = n * rate * (1 - rate) + 1 / tau**2
    # How far the density moves when the mean does.
    moved = float(np.ptp(means)) / 2 / (tau**2 * information)
    wide = 1 / np.sqrt(information) + moved / _REACH
    theta = middle + _REACH * wide * np.linspace(-1, 1, _POINTS)
    likelihood = x * theta - n * np.logaddexp(0, theta)
    curves = likelihood - 0.5 * ((theta - means[:, None]) / tau) ** 2
    density = np.exp(curves - curves.max(axis=1, keepdims=True))
    mixed = weights @ (density / density.sum(axis=1, keepdims=True))
    # Midpoints: half of a cell lies below its point.
    return np.asarray(special.expit(np.interp(tails, np.cumsum(mixed) - mixed / 2, theta)))


def _mode(x: float, n: float, mu: float, tau: float) -> float:
    """Return the mode of a study's logit by Newton's method; its log density is concave."""
    theta = mu
    for _ in range(100):
        rate = special.expit(theta)
        step = (x - n * rate - (theta - mu) / tau**2) / (n * rate * (1 - rate) + 1 / tau**2)
        theta += float(np.clip(step, -2, 2))
        if abs(step) < 1e-10:
            break
    return float(theta)
