"""Counts whose probability depends on two logits at once: their log-likelihood by the trapezoid rule.

An integrand such as that of a count read on the index imaging alone is a curved ridge (rate times
sensitivity is what the count knows), which adaptive Gauss-Hermite quadrature in two dimensions misses. The
trapezoid rule on a product grid converges faster than any power of its step there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from metaleak.numerics.detection.jet import Jet
from metaleak.numerics.detection.lattice import FINE, Lattice, coarsest, lattice
from metaleak.numerics.detection.nodes import Imaging, Nodes, Seen, expand, log_probabilities
from metaleak.numerics.detection.ridges import ridges

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

#: Elements of one array in a chunk: a dozen such arrays stay near the processor.
_CHUNK = 60_000

#: Nodes so far below the highest count as this far below.
_LOWEST = -120.0

#: A grid that proves too coarse is replaced by one with steps shorter by this factor.
_CLOSER = 0.7

#: Columns of :attr:`Lattice.powers` behind the second derivatives in (a, spread of a, b, spread of b).
_AA = ((0, 0, 0), (0, 1, 1), (1, 1, 3))
_BB = ((2, 2, 0), (2, 3, 2), (3, 3, 5))
_AB = ((0, 2, 0), (1, 2, 1), (0, 3, 2), (1, 3, 4))


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Rows of counts that are integrated over two normal variables.

    Parameters
    ----------
    counts : array (b, cells, r, events)
        Counts of each event; rows of zeros fill up. The rows of a cell share their linear predictors.
    loading : array (cells, 4, P)
        Maps the parameters to (a, spread of a, b, spread of b) of each cell.
    events : tuple of Seen
        The columns of ``counts``.
    imaging : Imaging
        What is declared.
    correlation : float
        Of the two normal variables.
    steps : array (b, 2)
        Steps of each table's grid; the second is infinite where counts do not depend on the second variable.
    """

    counts: Floats
    loading: Floats
    events: tuple[Seen, ...]
    imaging: Imaging
    steps: Floats
    correlation: float = 0.0

    @property
    def is_twin(self) -> bool:
        """Whether both logits are sensitivities, of two index imagings on the same leaks."""
        return bool((self.loading[:, 1] == self.loading[:, 3]).all())

    @property
    def is_tilted(self) -> bool:
        """Whether turning the sign of one spread alone changes the likelihood."""
        return self.correlation != 0 and not self.is_twin

    def first_logit(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return mean and spread of every row's first logit, arrays (c, rows)."""
        local = np.repeat(self._local(theta), self.counts.shape[2], axis=1)
        return local[..., 0], local[..., 1]

    @property
    def rows(self) -> int:
        """How many rows each table has, filled-up ones included."""
        return int(self.counts.shape[1] * self.counts.shape[2])

    def row_loading(self) -> Floats:
        """Return the loading of every row, array (rows, 4, P), or (1, 4, P) where all rows share one."""
        return (
            self.loading if len(self.loading) == 1 else np.repeat(self.loading, self.counts.shape[2], axis=0)
        )

    def take(self, tables: Rows) -> Surface:
        """Return the given tables, each with its own counts and steps."""
        return replace(self, counts=self.counts[tables], steps=self.steps[tables])

    def finer(self) -> Surface:
        """Return the same rows on grids of half the steps."""
        return replace(self, steps=self.steps / 2)

    def fitted_to(self, theta: Floats, log_error: float = FINE) -> Surface:
        """Return the same rows on the coarsest grids that integrate them all at ``theta`` (b, P)."""
        shape = self.counts.shape
        local = np.broadcast_to(self._local(theta)[:, :, None], (*shape[:3], 4)).reshape(shape[0], -1, 4)
        counts = self.counts.reshape(shape[0], -1, shape[3])
        steps = coarsest(*ridges(counts, self.events, local, self.correlation), log_error)
        steps[np.isinf(self.steps)] = np.inf
        return replace(self, steps=steps)

    def refined(self, theta: Floats, tables: Bools, *, again: bool) -> Surface:
        """Return the same rows, the marked tables on grids made for ``theta``, or closer ones if tried ``again``."""
        steps = self.steps * _CLOSER if again else np.minimum(self.fitted_to(theta).steps, self.steps)
        return replace(self, steps=np.where(tables[:, None], steps, self.steps))

    def value(self, theta: Floats, rows: Rows) -> Floats:
        """Return the log-likelihoods alone, array (c, rows)."""
        found = np.empty((len(theta), self.rows))
        for part, grid in self._parts(rows):
            found[part] = self._weights(theta[part], rows[part], grid)[1].reshape(-1, self.rows)
        return found

    def posterior(self, theta: Floats) -> Iterator[tuple[Rows, Floats, Floats]]:
        """Go through the first variable's nodes (n,) and their probabilities (c, rows, n), for c tables at a time."""
        for part, grid in self._parts(np.arange(len(theta))):
            weights, _ = self._weights(theta[part], part, grid)
            yield part, grid.u, weights.reshape(len(part), self.rows, grid.u.size, -1).sum(axis=-1)

    def jet(self, theta: Floats, rows: Rows) -> Jet:
        """Return log-likelihoods and derivatives in the four local parameters."""
        shape = (len(theta), self.rows)
        found = Jet(np.empty(shape), np.empty((*shape, 4)), np.empty((*shape, 4, 4)))
        for part, grid in self._parts(rows):
            jet = self._jet(theta[part], rows[part], grid)
            found.value[part], found.gradient[part], found.hessian[part] = (
                jet.value,
                jet.gradient,
                jet.hessian,
            )
        return found

    def _parts(self, rows: Rows) -> Iterator[tuple[Rows, Lattice]]:
        """Go through the tables, those with one grid together, few enough at a time."""
        kinds, kind = np.unique(self.steps[rows], axis=0, return_inverse=True)
        for i, steps in enumerate(kinds.tolist()):
            grid = lattice(*steps, self.correlation)
            members = np.flatnonzero(kind.ravel() == i)
            size = self._chunk(grid)
            for start in range(0, members.size, size):
                yield members[start : start + size], grid

    def _chunk(self, grid: Lattice) -> int:
        return max(1, _CHUNK // (self.rows * grid.log_weights.size))

    def _local(self, theta: Floats) -> Floats:
        local: Floats = np.einsum("clp,dp->dcl", self.loading, theta)
        return local

    def _logits(self, theta: Floats, grid: Lattice) -> tuple[Floats, Floats]:
        local = self._local(theta)[..., None, None]
        first = local[..., 0, :, :] + local[..., 1, :, :] * grid.u[:, None]
        return first, local[..., 2, :, :] + local[..., 3, :, :] * grid.v

    def _weights(self, theta: Floats, rows: Rows, grid: Lattice) -> tuple[Floats, Floats]:
        log = log_probabilities(*self._logits(theta, grid), self.events, self.imaging)
        return _normalised(np.matmul(self.counts[rows], log), grid)

    def _jet(self, theta: Floats, rows: Rows, grid: Lattice) -> Jet:
        counts = self.counts[rows]
        nodes = expand(*self._logits(theta, grid), self.events, self.imaging)
        # Fine grids do not hold all rows at once.
        size = max(1, _CHUNK // (len(rows) * counts.shape[1] * grid.log_weights.size))
        starts = range(0, counts.shape[2], size)
        found = Jet.joined(
            [_jet(nodes, counts[:, :, start : start + size], grid) for start in starts], axis=2
        )
        flat = (len(theta), self.rows)
        return Jet(
            found.value.reshape(flat), found.gradient.reshape(*flat, 4), found.hessian.reshape(*flat, 4, 4)
        )


def _jet(nodes: Nodes, counts: Floats, grid: Lattice) -> Jet:
    """Return the jets of counts (c, cells, r, events) from their probabilities at the nodes."""
    powers = grid.powers
    weights, value = _normalised(np.matmul(counts, nodes.log), grid)
    slope_a, slope_b = np.matmul(counts, nodes.a), np.matmul(counts, nodes.b)
    by_a, by_b = weights * slope_a, weights * slope_b
    gradient = np.concatenate([by_a @ powers[:, [0, 1]], by_b @ powers[:, [0, 2]]], axis=-1)
    hessian = -gradient[..., :, None] * gradient[..., None, :]
    crossed = by_b * slope_a
    by_a *= slope_a
    by_b *= slope_b
    for entries, squares, bends in ((_AA, by_a, nodes.aa), (_AB, crossed, nodes.ab), (_BB, by_b, nodes.bb)):
        columns = powers[:, [column for _, _, column in entries]]
        second = squares @ columns + _bent(weights, counts, bends, columns)
        for k, (i, j, _) in enumerate(entries):
            hessian[..., i, j] += second[..., k]
            if i != j:
                hessian[..., j, i] += second[..., k]
    return Jet(value, gradient, hessian)


def _normalised(height: Floats, grid: Lattice) -> tuple[Floats, Floats]:
    """Turn log-likelihoods at the nodes into their shares of the integral, and return its logarithm."""
    height += grid.log_weights
    peak = height.max(axis=-1, keepdims=True)
    height -= peak
    # Numbers below the normal range cost a hundred times the time of others and add nothing.
    np.maximum(height, _LOWEST, out=height)
    np.exp(height, out=height)
    total = height.sum(axis=-1, keepdims=True)
    height /= total
    return height, (peak + np.log(total))[..., 0]


def _bent(weights: Floats, counts: Floats, bends: Floats, columns: Floats) -> Floats:
    """Return the means of ``sum over events of count * bend``, times each column, array (c, cells, r, k).

    The sum over events is taken last: no array of rows by nodes is needed.
    """
    products = bends[..., :, None, :] * columns.T
    flat = products.reshape(*products.shape[:-3], -1, products.shape[-1])
    means = np.matmul(weights, np.swapaxes(flat, -1, -2))
    means = means.reshape(*means.shape[:-1], bends.shape[-2], -1)
    bent: Floats = np.einsum("...rm,...rmk->...rk", counts, means)
    return bent
