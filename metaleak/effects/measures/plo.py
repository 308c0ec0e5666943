"""The log odds of the proportion."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from metaleak.effects.measures.base import Floats, MeasureBase, Zero, with_correction


class Logit(MeasureBase):
    """``log(x / (n - x))`` with variance ``1 / x + 1 / (n - x)``."""

    code = "PLO"

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return log odds and their variances."""
        xi, ni = with_correction(cells[0], cells[1], zero)
        return np.log(xi / (ni - xi)), 1 / xi + 1 / (ni - xi)

    def inverse(self, value: Any, *, n: float | None = None) -> Any:
        """Return the logistic function."""
        inverse = special.expit(value)
        return float(inverse) if np.ndim(inverse) == 0 else inverse

    def forward(self, value: Any, *, n: float | None = None) -> Any:
        """Return the log odds."""
        return special.logit(value)
