"""Peto's log odds ratio of two arms."""

from __future__ import annotations

from metaleak.effects.measures.base import Floats, LogScale, Zero, arms_with_correction


class PetoOddsRatio(LogScale):
    """``(O - E) / V`` with variance ``1 / V``, from the hypergeometric distribution.

    References
    ----------
    Yusuf S et al. (1985). Beta blockade during and after myocardial infarction.
    doi:10.1016/S0033-0620(85)80003-7
    """

    code = "PETO"
    kind = "two_arms"
    scale = "odds ratio"
    bounds = (0.0, float("inf"))
    drops_double_zero = True

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return one-step log odds ratios and their variances."""
        a, b, c, d = arms_with_correction(cells, zero)
        n1, n2 = a + b, c + d
        total, events = n1 + n2, a + c
        expected = events * n1 / total
        variance = n1 * n2 * events * (b + d) / (total * total * (total - 1))
        return (a - expected) / variance, 1 / variance
