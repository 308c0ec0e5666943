"""The raw proportion."""

from __future__ import annotations

from typing import Any

from metaleak.effects.measures.base import Floats, MeasureBase, Zero, with_correction


class RawProportion(MeasureBase):
    """``p = x / n`` with variance ``p (1 - p) / n``."""

    code = "PR"

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return proportions and their variances."""
        xi, ni = with_correction(cells[0], cells[1], zero)
        p = xi / ni
        return p, p * (1 - p) / ni

    def inverse(self, value: Any, *, n: float | None = None) -> Any:
        """Return the value itself."""
        return value

    def forward(self, value: Any, *, n: float | None = None) -> Any:
        """Return the value itself."""
        return value
