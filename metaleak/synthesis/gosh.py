"""All subsets of a table, or a million of them, to see whether the pooled value hangs on a few rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError, UndefinedError
from metaleak.numerics.linear import Batch, at
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.effects_batch import prepare
from metaleak.pooling.model import Model
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.tau2 import ESTIMATORS

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Masks = npt.NDArray[np.uint64]

#: Cells of one array of a chunk.
_CELLS = 1_500_000

#: Tables of one chunk where a model fits tables one by one.
_TABLES = 400

#: Rows that a bit mask holds.
MOST_ROWS = 63


def gosh(model: Model, table: StudyTable, *, subsets: int = 1_000_000, seed: int = 1) -> pd.DataFrame:
    """Pool every subset of the rows, or as many different ones as are asked for.

    Parameters
    ----------
    model : any model of one mean
        Inverse-variance models are fitted in batches; others table by table, so ask them for fewer subsets.
    table : StudyTable
        2 to 63 rows.
    subsets : int
        How many; all ``2^k - 1`` are taken where there are no more.
    seed : int
        Of the subsets that are drawn: each row is in with probability one half.

    Returns
    -------
    DataFrame
        One row per subset: ``k estimate tau2 i2 q subset``; ``subset`` is a bit mask, bit i for row i. With one
        row tau2, i2 and q are NaN.

    Raises
    ------
    TableError
        With fewer than two rows, or more than 63.
    SettingError
        When ``subsets`` is no positive whole number.
    UndefinedError
        With moderators.

    References
    ----------
    Olkin I, Dahabreh IJ, Trikalinos TA (2012). GOSH - a graphical display of study heterogeneity.
    doi:10.1002/jrsm.1053

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12], [56, 59, 48])
    >>> found = gosh(CommonEffect(), table)
    >>> len(found), found["subset"].tolist()
    (7, [1, 2, 3, 4, 5, 6, 7])
    """
    import pandas as pd

    if not 2 <= table.k <= MOST_ROWS:
        raise TableError(
            "these rows have no subsets to compare", required=f"2 to {MOST_ROWS} rows", got=table.k
        )
    if not isinstance(subsets, int) or isinstance(subsets, bool) or subsets < 1:
        raise SettingError("subsets is no number of subsets", required="a whole number >= 1", got=subsets)
    if getattr(model, "moderators", None):
        raise UndefinedError("subsets are pooled to one mean", required="a model without moderators")
    masks = _masks(table.k, subsets, seed)
    if isinstance(model, RandomEffects) or (isinstance(model, CommonEffect) and model.method == "inverse"):
        parts = _batched(model, table, masks)
    else:
        parts = _fitted(model, table, masks)
    columns = np.concatenate(list(parts), axis=1)
    frame = pd.DataFrame(dict(zip(("k", "estimate", "tau2", "i2", "q"), columns, strict=True)))
    return frame.assign(k=frame["k"].astype("int64"), subset=masks)


def _masks(k: int, subsets: int, seed: int) -> Masks:
    """Return different subsets: all of them, or drawn ones, in rising order."""
    every = 2**k - 1
    if every <= subsets:
        return np.arange(1, every + 1, dtype=np.uint64)
    rng = np.random.default_rng(seed)
    found = np.empty(0, dtype=np.uint64)
    while len(found) < subsets:
        drawn = rng.integers(1, every, size=subsets, dtype=np.uint64, endpoint=True)
        found = np.unique(np.concatenate([found, drawn]))
    return np.sort(rng.permutation(found)[:subsets])


def _batched(model: CommonEffect | RandomEffects, table: StudyTable, masks: Masks) -> Iterator[Floats]:
    prepared = prepare([table], model.measure, model.zero, None)
    if prepared.tables[0].k != table.k:
        raise UndefinedError(
            "a row has no effect on this scale",
            required="effects of all rows",
            todo="leave it out of the table",
        )
    y, v = prepared.batch.yi[0], prepared.batch.vi[0]
    bits = np.arange(table.k, dtype=np.uint64)
    step = max(1, _CELLS // table.k)
    for start in range(0, len(masks), step):
        inside = (masks[start : start + step, None] >> bits & np.uint64(1)).astype(bool)
        yield _chunk(model, y, v, inside)


def _chunk(
    model: CommonEffect | RandomEffects, y: Floats, v: Floats, inside: npt.NDArray[np.bool_]
) -> Floats:
    """Return k, estimate, tau2, i2 and q of some subsets, array (5, b)."""
    rows = inside.sum(axis=1).astype(np.float64)
    batch = Batch(np.where(inside, y, 0.0), np.where(inside, v, np.inf), rows)
    weights = np.where(inside, 1 / v, 0.0)
    total = weights.sum(axis=1)
    common = (weights @ y) / total
    q = np.maximum((weights @ (y * y)) - common**2 * total, 0.0)
    several = rows > 1
    if isinstance(model, CommonEffect):
        estimate, tau2 = common, np.zeros(len(rows))
        with np.errstate(divide="ignore", invalid="ignore"):
            i2 = np.where(q > 0, np.maximum(0.0, (q - (rows - 1)) / q), 0.0)
    else:
        tau2 = np.zeros(len(rows))
        which = np.flatnonzero(several)
        tau2[which] = ESTIMATORS[model.method](batch.part(which)).value
        estimate = at(batch, tau2).beta[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            typical = (rows - 1) * total / (total**2 - (weights**2).sum(axis=1))
            i2 = np.where(several, tau2 / (tau2 + typical), 0.0)
    undefined = np.where(several, 0.0, np.nan)
    return np.stack([rows, estimate, tau2 + undefined, i2 + undefined, q + undefined])


def _fitted(model: Model, table: StudyTable, masks: Masks) -> Iterator[Floats]:
    for start in range(0, len(masks), _TABLES):
        chosen = masks[start : start + _TABLES].tolist()
        tables = [table.take([i for i in range(table.k) if mask >> i & 1]) for mask in chosen]
        rows = []
        for fit in model.fit_tables(tables):
            het = fit.heterogeneity
            found = (het.tau2, het.i2, het.q) if fit.k > 1 else (None, None, None)
            rows.append([fit.k, fit.estimate, *(np.nan if value is None else value for value in found)])
        yield np.array(rows, dtype=np.float64).T
