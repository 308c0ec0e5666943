"""Values with first and second derivatives, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Jet:
    """Values (c, rows), gradients (c, rows, l) and Hessians (c, rows, l, l) in l parameters."""

    value: Floats
    gradient: Floats
    hessian: Floats

    @classmethod
    def joined(cls, parts: Sequence[Jet], axis: int = 0) -> Jet:
        """Return several jets as one, along the tables (0) or the rows (1)."""
        if len(parts) == 1:
            return parts[0]
        arrays = [[getattr(part, name) for part in parts] for name in ("value", "gradient", "hessian")]
        value, gradient, hessian = (np.concatenate(group, axis=axis) for group in arrays)
        return cls(value, gradient, hessian)

    def through(self, loading: Floats) -> Jet:
        """Return the jet in parameters that map linearly to the present ones: loading (rows or 1, l, P)."""
        across = np.swapaxes(loading, -1, -2)
        gradient = np.matmul(across, self.gradient[..., None])[..., 0]
        return Jet(self.value, gradient, np.matmul(np.matmul(across, self.hessian), loading))

    def summed(self) -> Jet:
        """Return the sum over rows, with an axis of length 1 in their place."""
        return Jet(
            self.value.sum(axis=1, keepdims=True),
            self.gradient.sum(axis=1, keepdims=True),
            self.hessian.sum(axis=1, keepdims=True),
        )

    def mixed(self, log_weights: Floats, groups: npt.NDArray[np.intp]) -> Jet:
        """Return the logarithm of weighted sums of exponentials over groups of rows.

        Parameters
        ----------
        log_weights : array (c or 1, rows)
            Of every row; ``-inf`` leaves it out.
        groups : array (g,)
            Where each group begins; rows of one group are neighbours.
        """
        height = self.value + log_weights
        peak = np.maximum.reduceat(height, groups, axis=1)
        sizes = np.diff([*groups, height.shape[1]])
        share = np.exp(height - np.repeat(peak, sizes, axis=1))
        total = np.add.reduceat(share, groups, axis=1)
        share /= np.repeat(total, sizes, axis=1)
        lean = share[..., None] * self.gradient
        gradient = np.add.reduceat(lean, groups, axis=1)
        bend = share[..., None, None] * self.hessian + lean[..., :, None] * self.gradient[..., None, :]
        hessian = np.add.reduceat(bend, groups, axis=1) - gradient[..., :, None] * gradient[..., None, :]
        return Jet(peak + np.log(total), gradient, hessian)
