"""The log-likelihood of detection data in batches: an objective for the optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from metaleak.numerics.detection.curve import Curve
from metaleak.numerics.detection.jet import Jet
from metaleak.numerics.detection.lattice import FINE
from metaleak.numerics.detection.layout import Layout
from metaleak.numerics.detection.surface import Surface

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

Block = Curve | Surface


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Rows that are alternatives of one another, added with weights before the logarithm is taken.

    Attributes
    ----------
    blocks : tuple of Curve or Surface
        Where the rows are integrated.
    order : array (rows,)
        Brings the blocks' rows, one behind the other, into the order of the groups.
    groups : array (g,)
        Where each group begins in that order.
    log_weights : array (b, rows)
        Of each row, in that order.
    share : array (rows,)
        +1 and -1 for rows that the estimated share weighs with q and 1 - q, else 0.
    owners : array (g,)
        The first unit behind each group.
    units : array (rows,)
        The unit behind each of the blocks' rows, one behind the other, -1 for rows that fill up.
    """

    blocks: tuple[Block, ...]
    order: Rows
    groups: Rows
    log_weights: Floats
    share: Floats
    owners: Rows
    units: Rows

    def jet(self, theta: Floats, rows: Rows, layout: Layout) -> Jet:
        """Return each group's log-likelihood and derivatives in the parameters."""
        found = Jet.joined(
            [block.jet(theta, rows).through(block.row_loading()) for block in self.blocks], axis=1
        )
        ordered = Jet(found.value[:, self.order], found.gradient[:, self.order], found.hessian[:, self.order])
        if layout.share is not None:
            ordered = self._weighed(ordered, theta[:, layout.share], layout.share)
        return ordered.mixed(self._log_weights(rows), self.groups)

    def value(self, theta: Floats, rows: Rows, layout: Layout) -> Floats:
        """Return each group's log-likelihood alone."""
        total: Floats = self._chances(theta, rows, layout)[1]
        return total

    def chances(self, theta: Floats, rows: Rows, layout: Layout) -> Floats:
        """Return the probability of every alternative, array (c, rows) in the blocks' own order."""
        return self.chances_of([block.value(theta, rows) for block in self.blocks], theta, rows, layout)

    def chances_of(self, values: Sequence[Floats], theta: Floats, rows: Rows, layout: Layout) -> Floats:
        """Return the same from the blocks' values."""
        joined = np.concatenate(values, axis=1)
        ordered, _ = self._chances_of(joined, theta, rows, layout)
        found = np.zeros(joined.shape)
        found[:, self.order] = ordered
        return found

    def _chances(self, theta: Floats, rows: Rows, layout: Layout) -> tuple[Floats, Floats]:
        joined = np.concatenate([block.value(theta, rows) for block in self.blocks], axis=1)
        return self._chances_of(joined, theta, rows, layout)

    def _chances_of(self, joined: Floats, theta: Floats, rows: Rows, layout: Layout) -> tuple[Floats, Floats]:
        found = joined[:, self.order]
        found += self._log_weights(rows)
        if layout.share is not None:
            found += self._log_share(theta[:, layout.share])
        peak = np.maximum.reduceat(found, self.groups, axis=1)
        sizes = np.diff([*self.groups, found.shape[1]])
        found = np.exp(found - np.repeat(peak, sizes, axis=1))
        total = np.add.reduceat(found, self.groups, axis=1)
        return found / np.repeat(total, sizes, axis=1), peak + np.log(total)

    def _log_weights(self, rows: Rows) -> Floats:
        return self.log_weights[rows]

    def _log_share(self, logit: Floats) -> Floats:
        soft: Floats = -np.logaddexp(0, -self.share * logit[:, None]) * np.abs(self.share)
        return soft

    def _weighed(self, jet: Jet, logit: Floats, place: int) -> Jet:
        chance = np.exp(self._log_share(logit))
        jet.gradient[..., place] += self.share * (1 - chance)
        jet.hessian[..., place, place] -= np.abs(self.share) * chance * (1 - chance)
        return Jet(jet.value + self._log_share(logit), jet.gradient, jet.hessian)


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Log-likelihoods of b tables of one shape, without the constant.

    Attributes
    ----------
    blocks : tuple of Curve or Surface
        Rows that stand alone.
    owners : tuple of arrays
        The unit behind each row of each block, -1 for rows that fill up.
    mixture : Mixture or None
        Rows that are mixed.
    constant : array (b,)
        Binomial coefficients, and what else no parameter moves.
    layout : Layout
        What the parameters are.
    """

    blocks: tuple[Block, ...]
    owners: tuple[Rows, ...]
    mixture: Mixture | None
    constant: Floats
    layout: Layout

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian; see :data:`metaleak.numerics.newton.Objective`."""
        value = np.zeros(len(theta))
        gradient = np.zeros((len(theta), self.layout.size))
        hessian = np.zeros((len(theta), self.layout.size, self.layout.size))
        for block in self.blocks:
            found, loading = block.jet(theta, rows), block.row_loading()
            # Rows with one loading are added before they are mapped.
            jet = (found.summed() if len(loading) == 1 else found).through(loading)
            value += jet.value.sum(axis=1)
            gradient += jet.gradient.sum(axis=1)
            hessian += jet.hessian.sum(axis=1)
        if self.mixture is not None:
            jet = self.mixture.jet(theta, rows, self.layout)
            value += jet.value.sum(axis=1)
            gradient += jet.gradient.sum(axis=1)
            hessian += jet.hessian.sum(axis=1)
        return value, gradient, hessian

    def value(self, theta: Floats, rows: Rows) -> Floats:
        """Return the log-likelihoods alone."""
        total = np.zeros(len(theta))
        for block in self.blocks:
            total += block.value(theta, rows).sum(axis=1)
        if self.mixture is not None:
            total += self.mixture.value(theta, rows, self.layout).sum(axis=1)
        return total

    def by_unit(self, theta: Floats, units: int) -> Jet:
        """Return each unit's part of the first table at ``theta`` (1, P), arrays (1, units, ...)."""
        size = self.layout.size
        value, gradient, hessian = (
            np.zeros((1, units)),
            np.zeros((1, units, size)),
            np.zeros((1, units, size, size)),
        )
        rows = np.zeros(1, dtype=np.intp)
        parts = [
            (block.jet(theta, rows).through(block.row_loading()), owner)
            for block, owner in zip(self.blocks, self.owners, strict=True)
        ]
        if self.mixture is not None:
            parts.append((self.mixture.jet(theta, rows, self.layout), self.mixture.owners))
        for jet, owner in parts:
            there = owner >= 0
            np.add.at(value[0], owner[there], jet.value[0, there])
            np.add.at(gradient[0], owner[there], jet.gradient[0, there])
            np.add.at(hessian[0], owner[there], jet.hessian[0, there])
        return Jet(value, gradient, hessian)

    def take(self, tables: Rows) -> Likelihood:
        """Return the likelihoods of the given tables, each with its own grid; a table may come repeatedly."""
        taken = self._of([block.take(tables) for block in self._all_blocks])
        mixture = taken.mixture
        if mixture is not None:
            mixture = replace(mixture, log_weights=mixture.log_weights[tables])
        return replace(taken, mixture=mixture, constant=self.constant[tables])

    def fitted_to(self, theta: Floats, log_error: float = FINE) -> Likelihood:
        """Return the same likelihood on the coarsest grids that are right at ``theta`` (b, P)."""
        return self._of([block.fitted_to(theta, log_error) for block in self._all_blocks])

    def grid_errors(self, theta: Floats, rows: Rows) -> Floats:
        """Return by how much halving the steps of each block moves its log-likelihood, array (blocks, c)."""
        values = [block.value(theta, rows) for block in self._all_blocks]
        errors = [
            block.finer().value(theta, rows) - value
            for block, value in zip(self._all_blocks, values, strict=True)
        ]
        cut = len(self.blocks)
        parts = [np.abs(error.sum(axis=1)) for error in errors[:cut]]
        if self.mixture is not None:
            # An alternative counts by its chance: one that nothing speaks for may be off by any share of itself.
            chances = self.mixture.chances_of(values[cut:], theta, rows, self.layout)
            start = 0
            for error in errors[cut:]:
                parts.append((np.abs(error) * chances[:, start : start + error.shape[1]]).sum(axis=1))
                start += error.shape[1]
        return np.stack(parts)

    def refined(self, theta: Floats, rough: Bools, *, again: bool) -> Likelihood:
        """Return the same likelihood with better grids where ``rough`` (blocks, b) says so; ``theta`` is (b, P)."""
        blocks = [
            block.refined(theta, marked, again=again) if marked.any() else block
            for block, marked in zip(self._all_blocks, rough, strict=True)
        ]
        return self._of(blocks)

    @property
    def is_even(self) -> bool:
        """Whether the sign of a spread means nothing: it does where rate and sensitivity are correlated."""
        return not any(isinstance(block, Surface) and block.is_tilted for block in self._all_blocks)

    @property
    def size(self) -> int:
        """The number of blocks."""
        return len(self._all_blocks)

    @property
    def _all_blocks(self) -> tuple[Block, ...]:
        return self.blocks if self.mixture is None else self.blocks + self.mixture.blocks

    def _of(self, blocks: Sequence[Block]) -> Likelihood:
        cut = len(self.blocks)
        mixture = None if self.mixture is None else replace(self.mixture, blocks=tuple(blocks[cut:]))
        return replace(self, blocks=tuple(blocks[:cut]), mixture=mixture)
