"""What each study's own rate may be, over draws of the parameters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from metaleak.numerics.detection.lattice import COARSE
from metaleak.numerics.detection.layout import Layout
from metaleak.numerics.detection.likelihood import Block
from metaleak.numerics.detection.surface import Surface
from metaleak.numerics.detection.units import Units, likelihood_of

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Logits are counted in cells of this width.
_CELL = 0.005
_RANGE = 20.0

#: So many places are read between two nodes.
_BETWEEN = 4


def rate_quantiles(
    units: Units, layout: Layout, theta: Floats, weights: Floats, shares: tuple[float, ...], owner: Rows
) -> Floats:
    """Return quantiles of the logit of every study's true rate, array (studies, shares).

    Parameters
    ----------
    units, layout : Units, Layout
        The counts (of one table), and what the parameters are.
    theta, weights : arrays (n, P), (n,)
        Draws of the parameters, and their weights.
    shares : tuple of float
        Which quantiles, 0..1, ascending.
    owner : array (units,)
        The study of each unit.

    Notes
    -----
    Given the parameters a study's rate has its conditional distribution on the nodes of the integral; it is
    mixed over the draws. NaN where no count of a study speaks of its rate.
    """
    cells = int(2 * _RANGE / _CELL)
    histogram = np.zeros((owner.max() + 1, cells))
    for study, logit, weight in _particles(units, layout, theta, weights, owner):
        cell = np.clip((logit + _RANGE) / _CELL, 0, cells - 1).astype(np.intp)
        histogram[study] += np.bincount(cell.ravel(), weight.ravel(), minlength=cells)
    total = histogram.sum(axis=1, keepdims=True)
    rising = np.cumsum(histogram, axis=1) / np.where(total > 0, total, np.nan)
    edges = -_RANGE + _CELL * np.arange(1, cells + 1)
    found = np.full((len(histogram), len(shares)), np.nan)
    for i in np.flatnonzero(total[:, 0] > 0):
        found[i] = np.interp(shares, rising[i], edges)
    return found


def _particles(
    units: Units, layout: Layout, theta: Floats, weights: Floats, owner: Rows
) -> Iterator[tuple[int, Floats, Floats]]:
    """Go through studies with logits of their rate and weights."""
    everything = np.zeros(len(theta), dtype=np.intp)
    likelihood = (
        likelihood_of(units, layout, rates_on_surfaces=True).take(everything).fitted_to(theta, COARSE)
    )
    for block, own in zip(likelihood.blocks, likelihood.owners, strict=True):
        yield from _of_block(
            block, own, theta, np.broadcast_to(weights[:, None], (len(theta), own.size)), owner
        )
    mixture = likelihood.mixture
    if mixture is None:
        return
    chances = weights[:, None] * mixture.chances(theta, np.arange(len(theta)), layout)
    start = 0
    for block in mixture.blocks:
        part = slice(start, start + block.rows)
        yield from _of_block(block, mixture.units[part], theta, chances[:, part], owner)
        start += block.rows


def _of_block(
    block: Block, units: Rows, theta: Floats, weights: Floats, owner: Rows
) -> Iterator[tuple[int, Floats, Floats]]:
    if not isinstance(block, Surface) or block.is_twin:
        return
    centre, spread = block.first_logit(theta)
    for part, coarse, sums in block.posterior(theta):
        nodes, shares = _read_between(coarse, sums)
        for row in np.flatnonzero(units >= 0):
            logit = centre[part, row, None] + spread[part, row, None] * nodes
            yield int(owner[units[row]]), logit, weights[part, row, None] * shares[:, row]


def _read_between(nodes: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Return closer nodes and the shares there.

    A step at which the trapezoid rule is exact samples the density often enough for its Fourier series, and
    beyond the nodes at both ends there is nothing.
    """
    count = nodes.size * _BETWEEN
    fine = nodes[0] + (nodes[1] - nodes[0]) / _BETWEEN * np.arange(count)
    return fine, np.maximum(np.fft.irfft(np.fft.rfft(shares, axis=-1), count, axis=-1), 0.0)
