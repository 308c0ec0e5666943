"""The log odds ratio of two arms."""

from __future__ import annotations

import numpy as np

from metaleak.effects.measures.base import Floats, LogScale, Zero, arms_with_correction


class LogOddsRatio(LogScale):
    """``log(a d / (b c))`` with variance ``1/a + 1/b + 1/c + 1/d``.

    References
    ----------
    Woolf B (1955). On estimating the relation between blood group and disease.
    doi:10.1111/j.1469-1809.1955.tb01348.x
    """

    code = "OR"
    kind = "two_arms"
    scale = "odds ratio"
    bounds = (0.0, float("inf"))
    drops_double_zero = True

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return log odds ratios and their variances."""
        a, b, c, d = arms_with_correction(cells, zero)
        return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
