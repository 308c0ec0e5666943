"""The log odds ratio of two readings of the same units, given the units on which they differ."""

from __future__ import annotations

import numpy as np

from metaleak.effects.measures.base import (
    Bools,
    Floats,
    LogScale,
    Zero,
    pairs_with_correction,
)


class ConditionalOddsRatio(LogScale):
    """``log(b / c)`` with variance ``1/b + 1/c``: units that index or reference alone calls positive.

    Units on which the readings agree say nothing. The exact interval and a pool without a correction of
    empty cells are in :mod:`metaleak.synthesis.matched`.

    References
    ----------
    Breslow NE, Day NE (1980). Statistical methods in cancer research, volume 1: the analysis of case-control
    studies, chapter 5. IARC, Lyon
    """

    code = "MPORC"
    kind = "pairs"
    scale = "odds ratio"
    bounds = (0.0, float("inf"))
    drops_double_zero = True
    silent_note = "rows on which the two readings never differ are left out"
    speaking = "a unit on which the two readings differ"

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return log odds ratios of index to reference and their variances."""
        _, only_reference, only_index, _ = pairs_with_correction(cells, zero)
        return np.log(only_index / only_reference), 1 / only_index + 1 / only_reference

    def silent(self, *cells: Floats) -> Bools:
        """Return the rows on which the readings never differ."""
        return never_differ(*cells)


def never_differ(both: Floats, only_reference: Floats, only_index: Floats, neither: Floats) -> Bools:
    """Return which rows hold no unit that one reading alone calls positive."""
    silent: Bools = (only_reference == 0) & (only_index == 0)
    return silent
