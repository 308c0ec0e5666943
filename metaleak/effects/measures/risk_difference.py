"""The risk difference of two arms."""

from __future__ import annotations

from typing import Any

from metaleak.effects.measures.base import Floats, MeasureBase, Zero, arms_with_correction


class RiskDifference(MeasureBase):
    """``a / n1 - c / n2`` with the variances of the two proportions added.

    References
    ----------
    Newcombe RG (1998). Interval estimation for the difference between independent proportions.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
    """

    code = "RD"
    kind = "two_arms"
    scale = "risk difference"
    bounds = (-1.0, 1.0)

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return risk differences and their variances."""
        a, b, c, d = arms_with_correction(cells, zero)
        n1, n2 = a + b, c + d
        p1, p2 = a / n1, c / n2
        return p1 - p2, p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2

    def inverse(self, value: Any, *, n: float | None = None) -> Any:
        """Return the value itself."""
        return value

    def forward(self, value: Any, *, n: float | None = None) -> Any:
        """Return the value itself."""
        return value
