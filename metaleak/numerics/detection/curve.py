"""Counts whose probability depends on one logit: adaptive Gauss-Hermite quadrature, row by row."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from metaleak.numerics.binomial import log_marginal, marginal
from metaleak.numerics.detection.jet import Jet
from metaleak.numerics.detection.lattice import FINE

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

#: Elements of one array in a chunk: a dozen such arrays stay near the processor.
_CHUNK = 16_000

#: So many points leave an error below 1e-9 mostly; more are tried where they do not.
POINTS = 15


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Rows of binomial counts with a normal logit.

    Parameters
    ----------
    x, n : arrays (b, rows)
        Events and units; rows without units fill up.
    loading : array (rows, 2, P) or (1, 2, P)
        Maps the parameters to mean and spread of each row's logit.
    points : int
        Quadrature points.
    """

    x: Floats
    n: Floats
    loading: Floats
    points: int = POINTS

    @property
    def rows(self) -> int:
        """How many rows each table has."""
        return int(self.x.shape[1])

    def row_loading(self) -> Floats:
        """Return the loading of every row, or the one that all share."""
        return self.loading

    def take(self, tables: Rows) -> Curve:
        """Return the given tables."""
        return replace(self, x=self.x[tables], n=self.n[tables])

    def finer(self) -> Curve:
        """Return the same rows with the next number of points."""
        return replace(self, points=2 * self.points + 1)

    def fitted_to(self, theta: Floats, log_error: float = FINE) -> Curve:
        """Return the rows as they are: adaptive rules need no grid."""
        return replace(self, points=POINTS)

    def refined(self, theta: Floats, tables: Bools, *, again: bool) -> Curve:
        """Return the same rows with more points where a table is marked."""
        return self.finer() if tables.any() else self

    def value(self, theta: Floats, rows: Rows) -> Floats:
        """Return the log-likelihoods alone, array (c, rows)."""
        return log_marginal(*self._logits(theta), self.x[rows], self.n[rows], points=self.points)

    def jet(self, theta: Floats, rows: Rows) -> Jet:
        """Return log-likelihoods and derivatives in mean and spread."""
        size = max(1, _CHUNK // (self.rows * self.points))
        parts = [slice(start, start + size) for start in range(0, len(rows), size)]
        return Jet.joined([self._jet(theta[part], rows[part]) for part in parts])

    def _jet(self, theta: Floats, rows: Rows) -> Jet:
        found = marginal(*self._logits(theta), self.x[rows], self.n[rows], points=self.points)
        shape = (len(theta), self.rows)
        gradient, hessian = np.empty((*shape, 2)), np.empty((*shape, 2, 2))
        gradient[..., 0], gradient[..., 1] = found.d_m, found.d_tau
        hessian[..., 0, 0], hessian[..., 1, 1] = found.d_mm, found.d_tt
        hessian[..., 0, 1] = hessian[..., 1, 0] = found.d_mt
        return Jet(found.value, gradient, hessian)

    def _logits(self, theta: Floats) -> tuple[Floats, Floats]:
        local = np.einsum("rlp,dp->dlr", self.loading, theta)
        shape = (len(theta), self.rows)
        return np.broadcast_to(local[:, 0], shape), np.broadcast_to(local[:, 1], shape)
