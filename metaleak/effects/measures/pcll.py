"""The complementary log-log of the proportion."""

from __future__ import annotations

from typing import Any

import numpy as np

from metaleak.effects.measures.base import Floats, MeasureBase, Zero, with_correction


class ComplementaryLogLog(MeasureBase):
    """``log(-log(1 - x / n))`` with variance ``p / (n (1 - p) log(1 - p)^2)`` by the delta method, ``p = x / n``."""

    code = "PCLL"

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return the complementary log-log of proportions and its variances."""
        xi, ni = with_correction(cells[0], cells[1], zero)
        hazard = np.log(ni) - np.log(ni - xi)
        return np.log(hazard), xi / (ni * (ni - xi) * hazard * hazard)

    def inverse(self, value: Any, *, n: float | None = None) -> Any:
        """Return ``1 - exp(-exp(value))``."""
        with np.errstate(over="ignore"):
            inverse = -np.expm1(-np.exp(value))
        return float(inverse) if np.ndim(inverse) == 0 else inverse

    def forward(self, value: Any, *, n: float | None = None) -> Any:
        """Return ``log(-log(1 - value))``."""
        return np.log(-np.log1p(-np.asarray(value)))
