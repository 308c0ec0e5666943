"""Means per level of a moderator, the other moderators as they are in the fitted rows, and their contrasts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import encode
from metaleak.effects.measures import measure
from metaleak.errors import SettingError, UndefinedError
from metaleak.numerics.distributions import two_sided_p, two_sided_quantile
from metaleak.pooling.regression import new_study_half_width
from metaleak.pooling.result import MetaResult, Regression

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


def marginal_means(result: MetaResult, moderator: str, *, at: Sequence[Any] | None = None) -> pd.DataFrame:
    """Return the mean at each level of a moderator, averaged over the rows' other moderators.

    Parameters
    ----------
    result : MetaResult
        Of a fit with moderators.
    moderator : str
        One of them.
    at : sequence, optional
        Levels, or numbers for a numeric moderator; without it every level that the rows have.

    Returns
    -------
    DataFrame
        One row per level: the moderator, ``k`` (rows at exactly this level),
        ``estimate, se, ci_low, ci_high, pi_low, pi_high`` on the model's scale, and ``natural`` with its
        limits where the scale has an inverse.

    Raises
    ------
    UndefinedError
        When the fit has no moderators.
    SettingError
        When the moderator is not among them, or has no such level.

    Notes
    -----
    Every row of the table is given the level in turn and keeps its other moderators; the linear predictor
    is averaged over the rows (observed margins). Intervals are Wald's, with the fit's degrees of freedom;
    prediction intervals take t with k - p - 1 degrees of freedom.

    References
    ----------
    Searle SR, Speed FM, Milliken GA (1980). Population marginal means in the linear model: an alternative
    to least squares means. doi:10.1080/00031305.1980.10483031

    Examples
    --------
    >>> from metaleak.effects.table import StudyTable
    >>> from metaleak.pooling.binomial_normal import BinomialNormal
    >>> seen_on = {"seen_on": ["CT", "CT", "X", "X", "X", "CT"]}
    >>> table = StudyTable.from_counts([30, 25, 12, 9, 22, 31], [50, 50, 50, 50, 60, 60], moderators=seen_on)
    >>> means = marginal_means(BinomialNormal(moderators="~ seen_on").fit(table), "seen_on")
    >>> means[["seen_on", "k", "natural"]].round(2).values.tolist()
    [['CT', 3, 0.54], ['X', 3, 0.27]]
    """
    import pandas as pd

    regression = _regression(result, moderator)
    observed = regression.values[moderator]
    levels = list(dict.fromkeys(sorted(observed))) if at is None else list(at)
    x = np.stack([_mean_row(regression, moderator, level) for level in levels])
    value = x @ np.array([c.value for c in result.coefficients])
    se = np.sqrt(np.einsum("ij,jk,ik->i", x, result.vcov, x))
    half = float(two_sided_quantile(result.level, result.coefficients[0].df)) * se
    spread = new_study_half_width(result, se)
    limits = {
        "estimate": value,
        "se": se,
        "ci_low": value - half,
        "ci_high": value + half,
        "pi_low": value - spread,
        "pi_high": value + spread,
    }
    frame = pd.DataFrame({moderator: levels, "k": [sum(v == level for v in observed) for level in levels]})
    frame = frame.assign(**limits)
    scale = measure(result.measure)
    if scale.needs_size or not scale.has_natural:
        return frame
    names = {"natural": "estimate", "natural_low": "ci_low", "natural_high": "ci_high"}
    names |= {"natural_pi_low": "pi_low", "natural_pi_high": "pi_high"}
    return frame.assign(**{name: scale.inverse(limits[of]) for name, of in names.items()})


class Contrast(TypedDict):
    """A difference on the model's scale; no p value where the difference has no error."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float | None


def marginal_contrast(result: MetaResult, moderator: str, of: Any, against: Any) -> Contrast:
    """Return the difference between two levels, the other moderators held as they are.

    Keys: ``estimate, se, ci_low, ci_high, p_value`` on the model's scale.

    Raises
    ------
    UndefinedError, SettingError
        As :func:`marginal_means`.

    Examples
    --------
    >>> from metaleak.effects.table import StudyTable
    >>> from metaleak.pooling.binomial_normal import BinomialNormal
    >>> seen_on = {"seen_on": ["CT", "CT", "X", "X", "X", "CT"]}
    >>> table = StudyTable.from_counts([30, 25, 12, 9, 22, 31], [50, 50, 50, 50, 60, 60], moderators=seen_on)
    >>> result = BinomialNormal(moderators="~ seen_on").fit(table)
    >>> round(marginal_contrast(result, "seen_on", "X", "CT")["estimate"], 2)
    -1.15
    """
    regression = _regression(result, moderator)
    x = _mean_row(regression, moderator, of) - _mean_row(regression, moderator, against)
    value = float(x @ np.array([c.value for c in result.coefficients]))
    se = float(math.sqrt(x @ result.vcov @ x))
    df = result.coefficients[0].df
    half = float(two_sided_quantile(result.level, df)) * se
    return {
        "estimate": value,
        "se": se,
        "ci_low": value - half,
        "ci_high": value + half,
        "p_value": float(two_sided_p(value / se, df)) if se else None,
    }


def _regression(result: MetaResult, moderator: str) -> Regression:
    if result.regression is None:
        raise UndefinedError("a fit without moderators has no levels", todo="read estimate, or natural()")
    if moderator not in result.regression.values:
        raise SettingError(
            f"{moderator!r} is no moderator of the fit",
            required="one of " + ", ".join(result.regression.values),
        )
    return result.regression


def _mean_row(regression: Regression, moderator: str, level: Any) -> Floats:
    k = len(regression.values[moderator])
    columns = {name: list(values) for name, values in regression.values.items()} | {moderator: [level] * k}
    mean: Floats = encode(regression.formula, regression.values, columns).mean(axis=0)
    return mean
