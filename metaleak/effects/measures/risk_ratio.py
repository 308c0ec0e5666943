"""The log risk ratio of two arms."""

from __future__ import annotations

import numpy as np

from metaleak.effects.measures.base import Floats, LogScale, Zero, arms_with_correction


class LogRiskRatio(LogScale):
    """``log((a / n1) / (c / n2))`` with variance ``1/a - 1/n1 + 1/c - 1/n2``.

    References
    ----------
    Katz D et al. (1978). Obtaining confidence intervals for the risk ratio in cohort studies.
    doi:10.2307/2530610
    """

    code = "RR"
    kind = "two_arms"
    scale = "risk ratio"
    bounds = (0.0, float("inf"))
    drops_double_zero = True

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return log risk ratios and their variances."""
        a, b, c, d = arms_with_correction(cells, zero)
        n1, n2 = a + b, c + d
        return np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2
