"""Counts drawn from the detection model, in the shape of a table that was read."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.detection_table import PAIRED, DetectionTable, RowKind
from metaleak.numerics.detection.nodes import Seen
from metaleak.pooling.detection.settings import Assumptions

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


def simulated(
    table: DetectionTable,
    assumed: Assumptions,
    *,
    mean: tuple[float, float],
    spread: tuple[float, float],
    count: int,
    seed: int,
) -> Iterator[DetectionTable]:
    """Go through tables with the rows of ``table`` and counts drawn from the model.

    Parameters
    ----------
    table : DetectionTable
        Whose rows are drawn; those of unknown imaging keep their counts.
    assumed : Assumptions
        What is declared of the imagings, and the correlation of rate and sensitivity.
    mean, spread : (float, float)
        Of the logits of rate and sensitivity; every index imaging has the same.
    count, seed : int
        How many tables, and which.
    """
    rng = np.random.default_rng(seed)
    study = _numbers(table.study)
    reading = _numbers(tuple(zip(table.study, table.index_modality, strict=True)))
    # Several index imagings on the same units have one count on CT.
    units = _numbers(tuple(zip(table.study, table.ni, table.counts["ct"].astype(str), strict=True)))
    n = table.ni.astype(np.int64)
    u = rng.standard_normal((count, study.max() + 1))[:, study]
    w = rng.standard_normal((count, reading.max() + 1))[:, reading]
    r = assumed.correlation
    p = special.expit(mean[0] + spread[0] * u)
    seen = special.expit(mean[1] + spread[1] * (r * u + np.sqrt(1 - r * r) * w))

    def chance(event: Seen) -> Floats:
        shown, missed, clean = assumed.imaging.shares(event)
        found: Floats = p * (seen * shown + (1 - seen) * missed) + (1 - p) * clean
        return found

    first = np.array([np.flatnonzero(units == unit)[0] for unit in units])
    ct = rng.binomial(n, chance(Seen.CT))[:, first]
    ct[:, table.rows_of(RowKind.SENSITIVITY)] = n[table.rows_of(RowKind.SENSITIVITY)]
    both = rng.binomial(ct, seen)
    alone = rng.binomial(n - ct, np.clip(chance(Seen.INDEX_WITHOUT_CT) / chance(Seen.NOT_CT), 0, 1))
    index = rng.binomial(n, chance(Seen.INDEX))
    paired = table.rows_of(*PAIRED)
    index[:, paired] = (both + alone)[:, paired]
    drawn = {"ct": ct, "index": index, "both": both}
    for b in range(count):
        counts = {
            name: np.where(np.isnan(column), np.nan, drawn[name][b] if name in drawn else column)
            for name, column in table.counts.items()
        }
        yield replace(table, counts=MappingProxyType(counts))


def _numbers(keys: tuple[Hashable, ...]) -> Rows:
    """Return a number for every key, equal for equal keys."""
    places = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    return np.array([places[key] for key in keys], dtype=np.intp)
