"""The log ratio of two rates that were read on the same units."""

from __future__ import annotations

import numpy as np

from metaleak.effects.measures.base import Floats, LogScale, Zero, pairs_with_correction


class MatchedRiskRatio(LogScale):
    """``log(x / r)``, x the positives of the index and r those of the reference on the same units.

    The variance is ``(b + c) / (x r)``, with b and c the units that one reading alone calls positive: the
    same as ``1/x + 1/r - 2 a / (x r)`` with a positive on both. Where the index sees nothing that the
    reference does not, the ratio is the sensitivity of the index.

    References
    ----------
    Zou GY (2007). One relative risk versus two odds ratios: implications for meta-analyses involving paired
    and unpaired binary data. doi:10.1177/1740774506075667
    """

    code = "MPRR"
    kind = "pairs"
    scale = "relative detection"
    bounds = (0.0, float("inf"))

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return log ratios of index to reference and their variances."""
        both, only_reference, only_index, _ = pairs_with_correction(cells, zero)
        index, reference = both + only_index, both + only_reference
        return np.log(index / reference), (only_index + only_reference) / (index * reference)
