"""All subsets of a table, or a million of them, to see whether the pooled value hangs on a few rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from metaleak.compute.job import Job
from metaleak.compute.place import chosen
from metaleak.compute.run import run
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError, UndefinedError
from metaleak.numerics.linear import Batch, at, dot
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.counts import require_counts
from metaleak.pooling.effects_batch import prepare
from metaleak.pooling.model import Model
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.tau2 import ESTIMATORS
from metaleak.storage import digest
from metaleak.synthesis.exact_subsets import exact_subsets

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Masks = npt.NDArray[np.uint64]

#: Cells of one array of a chunk.
_CELLS = 1_500_000

#: Cells of one array that a core works on at a time: a few such arrays stay near it.
_CACHED = 150_000

#: Subsets of one chunk of exact counts: half a second or less.
_EXACT = 500

#: Tables of one chunk where a model fits tables one by one.
_TABLES = 400

#: Rows that a bit mask holds.
MOST_ROWS = 63


def gosh(
    model: Model,
    table: StudyTable,
    *,
    subsets: int = 1_000_000,
    seed: int = 1,
    workers: int | None = None,
    scheduler: str | None = None,
    keep: Path | str | None = None,
) -> pd.DataFrame:
    """Pool every subset of the rows, or as many different ones as are asked for.

    Parameters
    ----------
    model : any model of one mean
        Inverse-variance models take a million subsets in seconds, BinomialNormal thousands, as one batch of arrays;
        others are fitted table by table.
    table : StudyTable
        2 to 63 rows.
    subsets : int
        How many; all ``2^k - 1`` are taken where there are no more.
    seed : int
        Of the subsets that are drawn: each row is in with probability one half.
    workers : int, optional
        Processes on this machine, 1 stays in this one; None takes all cores where that pays. No number changes.
    scheduler : str, optional
        The address of a Dask scheduler, such as ``"tcp://10.0.0.1:8786"``: its workers compute.
    keep : path, optional
        A folder for finished chunks: the same call goes on there after it was killed.

    Returns
    -------
    DataFrame
        One row per subset: ``k estimate tau2 i2 q subset``; ``subset`` is a bit mask, bit i for row i. With one
        row tau2, i2 and q are NaN, with BinomialNormal also of subsets that it does not pool: counts that are all 0
        or all n, rows of none or all alone, fits without an optimum; their estimate is NaN, too.

    Raises
    ------
    TableError
        With fewer than two rows, or more than 63.
    SettingError
        When ``subsets`` is no positive whole number.
    UndefinedError
        With moderators.
    NetworkError
        When no scheduler answers, or it has no worker.

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
        job = _batched(model, table, masks)
    elif isinstance(model, BinomialNormal) and not model.nested:
        require_counts(table, "binomial-normal")
        job = _job(model, table, masks, exact_subsets, (model, table.xi, table.ni), _EXACT)
    else:
        job = _fitted(model, table, masks)
    columns = np.concatenate(run(job, chosen(workers=workers, scheduler=scheduler, keep=keep)), axis=1)
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
        found = np.sort(np.concatenate([found, drawn]))
        found = found[np.append(True, found[1:] != found[:-1])]
    return np.sort(rng.permutation(found)[:subsets])


def _batched(model: CommonEffect | RandomEffects, table: StudyTable, masks: Masks) -> Job:
    prepared = prepare([table], model.measure, model.zero, None)
    if prepared.tables[0].k != table.k:
        raise UndefinedError(
            "a row has no effect on this scale",
            required="effects of all rows",
            todo="leave it out of the table",
        )
    y, v = prepared.batch.yi[0], prepared.batch.vi[0]
    return _job(model, table, masks, _pooled, (model, y, v), max(1, _CELLS // table.k))


def _job(model: Model, table: StudyTable, masks: Masks, function: Any, shared: Any, step: int) -> Job:
    identity = [repr(model), table.digest, digest.of_bytes(masks.astype("<u8").tobytes()), step]
    chunks = [masks[start : start + step] for start in range(0, len(masks), step)]
    return Job("subsets", function, shared, chunks, identity)


def _pooled(shared: tuple[CommonEffect | RandomEffects, Floats, Floats], masks: Masks) -> Floats:
    """Return k, estimate, tau2, i2 and q of some subsets, array (5, b)."""
    model, y, v = shared
    step = max(1, _CACHED // len(y))
    parts = [_few(model, y, v, masks[start : start + step]) for start in range(0, len(masks), step)]
    return np.concatenate(parts, axis=1)


def _few(model: CommonEffect | RandomEffects, y: Floats, v: Floats, masks: Masks) -> Floats:
    inside = (masks[:, None] >> np.arange(len(y), dtype=np.uint64) & np.uint64(1)).astype(bool)
    rows = inside.sum(axis=1).astype(np.float64)
    batch = Batch(np.where(inside, y, 0.0), np.where(inside, v, np.inf), rows)
    weights = np.where(inside, 1 / v, 0.0)
    total = weights.sum(axis=1)
    # Sums along rows, never a product of matrices: its last bits depend on the threads of the library.
    common = dot(weights, y) / total
    q = np.maximum(dot(weights, y * y) - common**2 * total, 0.0)
    several = rows > 1
    if isinstance(model, CommonEffect):
        estimate, tau2 = common, np.zeros(len(rows))
        with np.errstate(divide="ignore", invalid="ignore"):
            i2 = np.where(q > 0, np.maximum(0.0, (q - (rows - 1)) / q), 0.0)
    else:
        tau2 = np.zeros(len(rows))
        which = np.flatnonzero(several)
        tau2[which] = ESTIMATORS[model.method](batch if several.all() else batch.part(which)).value
        estimate = at(batch, tau2).beta[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            typical = (rows - 1) * total / (total**2 - (weights**2).sum(axis=1))
            i2 = np.where(several, tau2 / (tau2 + typical), 0.0)
    undefined = np.where(several, 0.0, np.nan)
    return np.stack([rows, estimate, tau2 + undefined, i2 + undefined, q + undefined])


def _fitted(model: Model, table: StudyTable, masks: Masks) -> Job:
    return _job(model, table, masks, _one_by_one, (model, table), _TABLES)


def _one_by_one(shared: tuple[Model, StudyTable], masks: Masks) -> Floats:
    model, table = shared
    tables = [table.take([i for i in range(table.k) if mask >> i & 1]) for mask in masks.tolist()]
    rows = []
    for fit in model.fit_tables(tables):
        het = fit.heterogeneity
        found = (het.tau2, het.i2, het.q) if fit.k > 1 else (None, None, None)
        rows.append([fit.k, fit.estimate, *(np.nan if value is None else value for value in found)])
    return np.array(rows, dtype=np.float64).T
