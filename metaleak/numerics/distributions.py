"""Tails and quantiles of the normal, t, chi-squared and F distributions.

They come from ``scipy.special``: ``scipy.stats`` costs most of a second to load. ``df`` None means the
normal distribution.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special


def quantile(share: Any, df: Any = None) -> Any:
    """Return the quantile of the normal or t distribution below which ``share`` (0..1) lies."""
    return special.ndtri(share) if df is None else special.stdtrit(df, share)


def two_sided_quantile(level: float, df: Any = None) -> Any:
    """Return the value that is not exceeded in size with probability ``level``: 1.96 for 0.95."""
    return quantile((1 + level) / 2, df)


def lower_tail(statistic: Any, df: Any = None) -> Any:
    """Return the probability of a value below ``statistic``."""
    return special.ndtr(statistic) if df is None else special.stdtr(df, statistic)


def two_sided_p(statistic: Any, df: Any = None) -> Any:
    """Return the probability of a value at least as far from 0 as ``statistic``."""
    return 2 * lower_tail(-np.abs(statistic), df)


def chi2_tail(statistic: Any, df: Any) -> Any:
    """Return the probability that chi-squared with ``df`` degrees of freedom exceeds ``statistic``."""
    return special.chdtrc(df, statistic)


def chi2_quantile(share: Any, df: Any) -> Any:
    """Return the value below which the ``share`` (0..1) of a chi-squared distribution lies."""
    return special.chdtri(df, 1 - np.asarray(share, dtype=np.float64))


def f_tail(statistic: Any, df1: Any, df2: Any) -> Any:
    """Return the probability that F with ``df1`` and ``df2`` degrees of freedom exceeds ``statistic``."""
    return special.fdtrc(df1, df2, statistic)
