"""The difference of two rates that were read on the same units."""

from __future__ import annotations

from typing import Any

from metaleak.effects.measures.base import Floats, MeasureBase, Zero, pairs_with_correction


class MatchedRiskDifference(MeasureBase):
    """``(b - c) / n``: rate of the index minus rate of the reference on the same n units.

    b and c are the units that index or reference alone calls positive; the variance is
    ``(b + c - (b - c)^2 / n) / n^2``.

    References
    ----------
    Newcombe RG (1998). Improved confidence intervals for the difference between binomial proportions based
    on paired data. doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C
    """

    code = "MPRD"
    kind = "pairs"
    scale = "risk difference"
    bounds = (-1.0, 1.0)

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return differences of index and reference and their variances."""
        both, only_reference, only_index, neither = pairs_with_correction(cells, zero)
        n = both + only_reference + only_index + neither
        apart = only_index - only_reference
        return apart / n, (only_index + only_reference - apart * apart / n) / (n * n)

    def inverse(self, value: Any, *, n: float | None = None) -> Any:
        """Return the value itself."""
        return value

    def forward(self, value: Any, *, n: float | None = None) -> Any:
        """Return the value itself."""
        return value
