"""The log odds ratio of two rates that were read on the same units."""

from __future__ import annotations

import numpy as np

from metaleak.effects.measures.base import Floats, LogScale, Zero, pairs_with_correction


class MarginalOddsRatio(LogScale):
    """``log(odds(x / n) / odds(r / n))``, x and r the positives of index and reference among the same n.

    The variance takes from that of two samples what the readings have in common. Unlike the conditional odds
    ratio it is on the scale of a comparison of different studies.

    References
    ----------
    Becker MP, Balagtas CC (1993). Marginal modeling of binary cross-over data. doi:10.2307/2532242
    """

    code = "MPOR"
    kind = "pairs"
    scale = "odds ratio"
    bounds = (0.0, float("inf"))

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return log odds ratios of index to reference and their variances."""
        both, only_reference, only_index, neither = pairs_with_correction(cells, zero)
        n = both + only_reference + only_index + neither
        index, reference = (both + only_index) / n, (both + only_reference) / n
        apart = (only_index - only_reference) / n
        spread = (only_index + only_reference) / n - apart * apart
        scale = n * index * (1 - index) * reference * (1 - reference)
        odds = index * (1 - reference) / (reference * (1 - index))
        return np.log(odds), spread / scale
