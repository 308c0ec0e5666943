"""The arcsine of the square root of the proportion."""

from __future__ import annotations

from typing import Any

import numpy as np

from metaleak.effects.measures.base import Floats, MeasureBase, Zero


class Arcsine(MeasureBase):
    """``arcsin(sqrt(x / n))`` with variance ``1 / (4 n)``; no correction for empty counts.

    Values beyond 0 and pi/2 have no proportion and are clipped.
    """

    code = "PAS"

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return arcsines and their variances."""
        xi, ni = cells
        return np.arcsin(np.sqrt(xi / ni)), 1 / (4 * ni)

    def inverse(self, value: Any, *, n: float | None = None) -> Any:
        """Return the squared sine, 0 or 1 beyond the scale's ends."""
        return np.sin(np.clip(value, 0, np.pi / 2)) ** 2

    def ends(self, *, n: float | None = None) -> tuple[float, float]:
        """Return 0 and pi/2."""
        return 0.0, float(np.pi / 2)

    def forward(self, value: Any, *, n: float | None = None) -> Any:
        """Return the arcsine of the square root."""
        return np.arcsin(np.sqrt(value))
