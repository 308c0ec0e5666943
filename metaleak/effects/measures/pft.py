"""The Freeman-Tukey double arcsine of the proportion."""

from __future__ import annotations

from typing import Any

import numpy as np

from metaleak.effects.measures.base import Floats, MeasureBase, Zero
from metaleak.errors import UndefinedError

WARNING = (
    "the Freeman-Tukey inverse needs one sample size for studies of many: here {name}, {n:.4g}; "
    "another size gives another proportion (Schwarzer 2019, doi:10.1002/jrsm.1348)"
)


class FreemanTukey(MeasureBase):
    """``(arcsin(sqrt(x / (n + 1))) + arcsin(sqrt((x + 1) / (n + 1)))) / 2``, variance ``1 / (4 n + 2)``.

    The inverse is Miller's with one sample size: the harmonic mean of n, or a quarter of the inverse variance
    of the pooled value. Values that no count of that size can have are clipped to 0 or 1.

    References
    ----------
    Miller JJ (1978). The inverse of the Freeman-Tukey double arcsine transformation.
    doi:10.1080/00031305.1978.10479283

    Barendregt JJ et al. (2013). Meta-analysis of prevalence. doi:10.1136/jech-2013-203104 (the size from
    the inverse variance)
    """

    code = "PFT"
    needs_size = True

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return double arcsines and their variances."""
        xi, ni = cells
        both = np.arcsin(np.sqrt(xi / (ni + 1))) + np.arcsin(np.sqrt((xi + 1) / (ni + 1)))
        return both / 2, 1 / (4 * ni + 2)

    def inverse(self, value: Any, *, n: float | None = None) -> Any:
        """Return Miller's inverse for the sample size ``n``, clipped where it does not exist."""
        size = _known(n)
        low, high = self.ends(n=size)
        t = np.asarray(value, dtype=np.float64)
        inside = np.clip(t, low, high)
        sine = np.sin(2 * inside)
        with np.errstate(divide="ignore", invalid="ignore"):
            odd = sine + (sine - 1 / sine) / size
            root = np.sqrt(np.clip(1 - odd * odd, 0, None))
        p = (1 - np.sign(np.cos(2 * inside)) * root) / 2
        p = np.where(t <= low, 0.0, np.where(t >= high, 1.0, p))
        return float(p) if p.ndim == 0 else p

    def forward(self, value: Any, *, n: float | None = None) -> Any:
        """Return the double arcsine of a proportion in a sample of ``n``."""
        size = _known(n)
        share = np.asarray(value, dtype=np.float64)
        return self.effect(share * size, np.full(share.shape, size), zero=Zero())[0]

    def ends(self, *, n: float | None = None) -> tuple[float, float]:
        """Return the double arcsines of 0 and of ``n`` events of ``n``."""
        size = _known(n)
        low, high = self.effect(np.array([0.0, size]), np.array([size, size]), zero=Zero())[0]
        return float(low), float(high)

    def size_note(self, n: float, name: str) -> str:
        """Return the warning that belongs to every value on the reader's scale."""
        return WARNING.format(n=n, name=name)


def _known(n: float | None) -> float:
    if n is None:
        raise UndefinedError("the Freeman-Tukey scale needs a sample size", required="n", got=None)
    return float(n)
