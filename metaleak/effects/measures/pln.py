"""The logarithm of the proportion."""

from __future__ import annotations

import numpy as np

from metaleak.effects.measures.base import Floats, LogScale, Zero, with_correction


class LogProportion(LogScale):
    """``log(x / n)`` with variance ``1 / x - 1 / n``; limits can exceed 1 after the inverse."""

    code = "PLN"

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return log proportions and their variances."""
        xi, ni = with_correction(cells[0], cells[1], zero)
        return np.log(xi / ni), 1 / xi - 1 / ni
