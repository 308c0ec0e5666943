"""Tables of different length as batches of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from metaleak.effects.table import StudyTable
from metaleak.pooling.result import MetaResult

Floats = npt.NDArray[np.float64]

#: Tables are fitted together up to this many cells, quadrature points included.
_CELLS = 4_000_000


def batches(sizes: Sequence[int]) -> list[list[int]]:
    """Group tables of similar length, so that little is filled up, under a bound on memory."""
    order = sorted(range(len(sizes)), key=lambda i: sizes[i])
    batches: list[list[int]] = []
    for i in order:
        last = batches[-1] if batches else []
        fits_in = last and sizes[i] <= 1.3 * sizes[last[0]] + 2 and (len(last) + 1) * sizes[i] * 30 <= _CELLS
        if fits_in:
            last.append(i)
        else:
            batches.append([i])
    return batches


def padded(tables: Sequence[StudyTable]) -> tuple[Floats, Floats]:
    """Return events and units as arrays (b, k), filled up with rows of no units."""
    k = max(table.k for table in tables)
    x, n = np.zeros((len(tables), k)), np.zeros((len(tables), k))
    for i, table in enumerate(tables):
        x[i, : table.k], n[i, : table.k] = table.xi, table.ni
    return x, n


def fit_in_batches(
    tables: Sequence[StudyTable], fit: Callable[[Sequence[StudyTable], Floats, Floats], list[MetaResult]]
) -> list[MetaResult]:
    """Return the results in the order of the tables; ``fit`` takes a batch of tables with their padded counts."""
    results: list[MetaResult | None] = [None] * len(tables)
    for part in batches([table.k for table in tables]):
        chosen = [tables[i] for i in part]
        for i, result in zip(part, fit(chosen, *padded(chosen)), strict=True):
            results[i] = result
    return [result for result in results if result is not None]
