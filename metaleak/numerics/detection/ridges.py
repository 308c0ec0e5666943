"""Where the integrand of a count that depends on two logits has its weight, and how sharp it is there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.detection.nodes import Seen

Floats = npt.NDArray[np.float64]

#: Places along a ridge, in standard deviations of either variable.
_PLACES = np.linspace(-5, 5, 21)

#: The sharpest ridges decide; so many are looked at in each table.
_ROWS = 60

_PAIRS = ((Seen.CT, Seen.NOT_CT), (Seen.INDEX, Seen.NOT_INDEX), (Seen.INDEX_OF_CT, Seen.MISSED_OF_CT))


def ridges(
    counts: Floats, events: tuple[Seen, ...], local: Floats, correlation: float
) -> tuple[Floats, Floats, Floats]:
    """Return slopes (b, m, 2), information (b, m) and depth (b, m) for :func:`~.lattice.coarsest`.

    Parameters
    ----------
    counts : array (b, rows, events)
        Counts of each event.
    events : tuple of Seen
        The columns of ``counts``.
    local : array (b, rows, 4)
        Mean and spread of both logits.
    correlation : float
        Of the two variables.
    """
    found = []
    for pair, places in zip(_PAIRS, (_of_first, _along, _of_second), strict=True):
        if pair[0] not in events:
            continue
        yes, no = (counts[..., events.index(one)] for one in pair)
        share = (yes + 0.5) / (yes + no + 1)
        information = (yes + no) * share * (1 - share)
        sharpest = np.argsort(-information, axis=1, kind="stable")[:, :_ROWS]
        information, share = (np.take_along_axis(part, sharpest, axis=1) for part in (information, share))
        own = np.take_along_axis(local, sharpest[..., None], axis=1)
        slopes, depth = places(share[..., None], own[..., None, :], correlation)
        b = len(counts)
        wide = np.broadcast_to(information[..., None], depth.shape)
        found.append((slopes.reshape(b, -1, 2), wide.reshape(b, -1), depth.reshape(b, -1)))
    slopes, information, depth = (np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))
    return slopes, information, depth


def _of_first(share: Floats, local: Floats, correlation: float) -> tuple[Floats, Floats]:
    spread = np.abs(local[..., 1])
    return np.stack([spread, np.zeros_like(spread)], axis=-1), np.zeros_like(share)


def _of_second(share: Floats, local: Floats, correlation: float) -> tuple[Floats, Floats]:
    spread = np.abs(local[..., 3])
    slopes = np.stack([correlation * spread, np.sqrt(1 - correlation**2) * spread], axis=-1)
    return slopes, np.zeros_like(share)


def _along(share: Floats, local: Floats, correlation: float) -> tuple[Floats, Floats]:
    """Follow the ridge rate * sensitivity = share; infinite depth where there is none."""
    a, b = local[..., 0], local[..., 2]
    spread_a, spread_b = np.maximum(np.abs(local[..., 1]), 1e-3), np.maximum(np.abs(local[..., 3]), 1e-3)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        by_rate = special.expit(a + spread_a * _PLACES)
        by_sensitivity = special.expit(b + spread_b * _PLACES)
        rate = np.concatenate([by_rate, np.minimum(share / by_sensitivity, 1)], axis=-1)
        sensitivity = np.concatenate([np.minimum(share / by_rate, 1), by_sensitivity], axis=-1)
        first, second = (special.logit(rate) - a) / spread_a, (special.logit(sensitivity) - b) / spread_b
        own = (second - correlation * first) / np.sqrt(1 - correlation**2)
        depth = (first * first + own * own) / 2
        depth = np.where(np.isfinite(depth), depth, np.inf)
        depth = np.nan_to_num(depth - depth.min(axis=-1, keepdims=True), nan=np.inf, posinf=np.inf)
    by_a, by_b = spread_a * (1 - rate) / (1 - share), spread_b * (1 - sensitivity) / (1 - share)
    slopes = np.stack([by_a + correlation * by_b, np.sqrt(1 - correlation**2) * by_b], axis=-1)
    return slopes, depth
