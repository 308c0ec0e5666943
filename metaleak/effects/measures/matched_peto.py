"""Peto's log odds ratio of two readings of the same units."""

from __future__ import annotations

from metaleak.effects.measures.base import (
    Bools,
    Floats,
    LogScale,
    Zero,
    pairs_with_correction,
)
from metaleak.effects.measures.matched_odds_ratio import never_differ


class MatchedPetoOddsRatio(LogScale):
    """``2 (b - c) / (b + c)`` with variance ``4 / (b + c)``: one step from no difference.

    References
    ----------
    Yusuf S et al. (1985). Beta blockade during and after myocardial infarction.
    doi:10.1016/S0033-0620(85)80003-7
    """

    code = "MPPETO"
    kind = "pairs"
    scale = "odds ratio"
    bounds = (0.0, float("inf"))
    drops_double_zero = True
    silent_note = "rows on which the two readings never differ are left out"
    speaking = "a unit on which the two readings differ"

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return one-step log odds ratios of index to reference and their variances."""
        _, only_reference, only_index, _ = pairs_with_correction(cells, zero)
        differ = only_index + only_reference
        return 2 * (only_index - only_reference) / differ, 4 / differ

    def silent(self, *cells: Floats) -> Bools:
        """Return the rows on which the readings never differ."""
        return never_differ(*cells)
