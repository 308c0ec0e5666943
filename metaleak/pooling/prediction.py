"""Intervals for the true value in a new study."""

from __future__ import annotations

import math

from metaleak.guards import one_of
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.pooling.result import Prediction

#: Below three rows nothing can be said about a new study.
FEWEST_ROWS = 3

_METHODS = {
    "t": "t with k − p − 1 degrees of freedom (Higgins, Thompson and Spiegelhalter)",
    "t-k1": "t with k − p degrees of freedom",
    "wald": "normal quantile",
    "metafor": "the fit's own covariance and degrees of freedom (metafor)",
}


def prediction_interval(
    centre: float,
    se: float,
    tau2: float,
    *,
    k: int,
    p: int,
    level: float,
    method: str,
    fit_se: float | None = None,
    fit_df: float | None = None,
) -> Prediction | None:
    """Return the interval, or None where there are too few rows for it.

    Parameters
    ----------
    centre, se : float
        The pooled value and its model-based (Wald) standard error.
    tau2 : float
        The between-study variance.
    k, p : int
        Rows and coefficients.
    level : float
        0..1.
    method : {"t", "t-k1", "wald", "metafor"}
        See Notes.
    fit_se, fit_df : float, optional
        For ``"metafor"``: the standard error after a small-sample adjustment, and its degrees of freedom
        (None is normal).

    Notes
    -----
    ``centre ± q sqrt(tau2 + se^2)`` with q from t with k - p - 1 degrees of freedom (``"t"``), k - p
    (``"t-k1"``) or the normal distribution (``"wald"``); ``"metafor"`` takes the fit's own covariance and
    degrees of freedom.

    References
    ----------
    Higgins JPT, Thompson SG, Spiegelhalter DJ (2009). A re-evaluation of random-effects meta-analysis.
    doi:10.1111/j.1467-985X.2008.00552.x

    Examples
    --------
    >>> found = prediction_interval(0.0, 0.2, 0.3, k=10, p=1, level=0.95, method="t")
    >>> round(found.high, 4), found.df
    (1.3446, 8.0)
    """
    one_of("pi_method", method, _METHODS)
    df: float | None = {"t": k - p - 1.0, "t-k1": float(k - p), "wald": None, "metafor": fit_df}[method]
    if k < FEWEST_ROWS or (df is not None and df < 1):
        return None
    spread = math.sqrt(tau2 + (se if method != "metafor" or fit_se is None else fit_se) ** 2)
    half = float(two_sided_quantile(level, df)) * spread
    return Prediction(
        low=centre - half,
        high=centre + half,
        level=level,
        method=_METHODS[method],
        centre=centre,
        se=spread,
        df=df,
    )
