"""What every row, and every study, does to the pooled value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from metaleak.effects.measures import measure
from metaleak.effects.table import StudyTable
from metaleak.errors import TableError, UndefinedError
from metaleak.guards import one_of
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.effects_batch import prepare
from metaleak.pooling.model import Model
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd


def leave_one_out(model: Model, table: StudyTable, *, by: str = "row") -> pd.DataFrame:
    """Pool the table once without each row, or without each study.

    Parameters
    ----------
    model : any model
        Every fit is exact, that of counts included; the tables are fitted as one batch.
    table : StudyTable
        At least two rows (studies).
    by : {"row", "study"}
        What is left out each time.

    Returns
    -------
    DataFrame
        One row per fit: ``left_out k estimate se ci_low ci_high tau2 i2 q`` on the model's scale, and
        ``natural natural_low natural_high`` on the reader's, where there is one.

    Raises
    ------
    TableError
        With a single row or study; else as ``model.fit`` raises it.

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12], [56, 59, 48], label=["a", "b", "c"])
    >>> leave_one_out(RandomEffects(method="DL"), table)["estimate"].round(3).tolist()
    [-0.546, -0.283, 0.231]
    """
    one_of("by", by, ("row", "study"))
    names = list(table.label) if by == "row" else list(dict.fromkeys(table.study))
    keys = table.label if by == "row" else table.study
    if len(names) < 2:
        raise TableError(f"a single {by} cannot be left out", required=f"two {by}s or more", got=len(names))
    # Labels repeat across studies: rows are left out by their number.
    without = (
        [[j for j in range(table.k) if j != i] for i in range(table.k)]
        if by == "row"
        else [[j for j in range(table.k) if keys[j] != name] for name in names]
    )
    fits = model.fit_tables([table.take(rows) for rows in without])
    return _frame("left_out", names, fits)


def cumulate(model: Model, table: StudyTable, *, order: str | Sequence[float] = "given") -> pd.DataFrame:
    """Pool the first row, the first two, and so on.

    Parameters
    ----------
    model, table
        As for :func:`leave_one_out`.
    order : str or sequence of numbers
        ``"given"``, ``"precision"`` (largest first), a moderator such as ``"year"``, or one number per row.

    Returns
    -------
    DataFrame
        As :func:`leave_one_out`, with ``added`` for the row that joined.

    Raises
    ------
    TableError
        For an unknown moderator or a row without a value.

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12], [56, 59, 48], label=["a", "b", "c"])
    >>> cumulate(RandomEffects(method="DL"), table)["added"].tolist()
    ['a', 'b', 'c']
    """
    rows = _ordered(table, order)
    parts = [table.take(rows[: i + 1]) for i in range(table.k)]
    return _frame("added", [table.label[i] for i in rows], model.fit_tables(parts))


def influence(model: RandomEffects | CommonEffect, table: StudyTable) -> pd.DataFrame:
    """Return metafor's influence set of an inverse-variance fit of one mean.

    Returns
    -------
    DataFrame
        One row per row of the table: ``label rstudent dffits cook_d cov_r tau2_deleted q_deleted hat weight
        dfbetas`` and Baujat's ``baujat_x`` (contribution to Q) and ``baujat_y`` (squared change of the
        fitted value over its variance). Weights are shares 0..1.

    Raises
    ------
    TableError
        With fewer than two rows.
    UndefinedError
        With moderators, or for a model that has no sampling variances.

    References
    ----------
    Viechtbauer W, Cheung MWL (2010). Outlier and influence diagnostics for meta-analysis.
    doi:10.1002/jrsm.11

    Baujat B et al. (2002). A graphical method for exploring heterogeneity in meta-analyses.
    doi:10.1002/sim.1221

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12], [56, 59, 48], label=["a", "b", "c"])
    >>> influence(RandomEffects(method="DL"), table)["cook_d"].round(2).tolist()
    [0.58, 0.04, 0.81]
    """
    import pandas as pd

    if not isinstance(model, RandomEffects | CommonEffect) or getattr(model, "moderators", None):
        raise UndefinedError(
            "the influence set needs one mean and sampling variances",
            required="RandomEffects or CommonEffect without moderators",
            got=type(model).__name__,
            todo="leave_one_out serves every model",
        )
    if table.k < 2:
        raise TableError("a single row has no influence on others", required="two rows or more", got=table.k)
    prepared = prepare([table], model.measure, model.zero, None)
    taken = prepared.tables[0]
    y, v = prepared.batch.yi[0], prepared.batch.vi[0]
    whole = model.fit(taken)
    deleted = model.fit_tables([taken.take([j for j in range(taken.k) if j != i]) for i in range(taken.k)])
    beta, variance = whole.estimate, whole.se**2
    gone = np.array([fit.estimate for fit in deleted])
    gone_variance = np.array([fit.se**2 for fit in deleted])
    tau2 = np.array([fit.tau2 or 0.0 for fit in deleted])
    hat = whole.weights
    # The standard error that all rows would have with the tau2 of the others.
    all_rows = 1 / (1 / (v + tau2[:, None])).sum(axis=1)
    return pd.DataFrame(
        {
            "label": list(taken.label),
            "rstudent": (y - gone) / np.sqrt(v + tau2 + gone_variance),
            "dffits": (beta - gone) / np.sqrt(hat * (tau2 + v)),
            "cook_d": (beta - gone) ** 2 / variance,
            "cov_r": gone_variance / variance,
            "tau2_deleted": tau2,
            "q_deleted": [fit.heterogeneity.q if fit.heterogeneity.q is not None else 0.0 for fit in deleted],
            "hat": hat,
            "weight": hat,
            "dfbetas": (beta - gone) / np.sqrt(all_rows),
            "baujat_x": (y - beta) ** 2 / (v + (whole.tau2 or 0.0)),
            "baujat_y": (beta - gone) ** 2 / gone_variance,
        }
    )


def _ordered(table: StudyTable, order: str | Sequence[float]) -> list[int]:
    if not isinstance(order, str):
        values = [float(value) for value in order]
        if len(values) != table.k:
            raise TableError("the order has another length", required=f"{table.k} numbers", got=len(values))
        return sorted(range(table.k), key=lambda i: values[i])
    if order == "given":
        return list(range(table.k))
    if order == "precision":
        size = {"counts": "ni", "effects": "vi"}.get(table.kind)
        if size is None:
            total = np.sum(list(table.columns.values()), axis=0)
        else:
            total = table.columns[size] if size == "ni" else -table.columns[size]
        return sorted(range(table.k), key=lambda i: -total[i])
    if order not in table.moderators:
        known = ", ".join(("given", "precision", *table.moderators))
        raise TableError("the table has no such order", required=f"one of: {known}", got=order)
    keys: tuple[Any, ...] = table.moderators[order]
    missing = [table.label[i] for i, key in enumerate(keys) if key is None or key == ""]
    if missing:
        raise TableError(
            f"rows without a value of {order} have no place", required=order, got=", ".join(missing)
        )
    return sorted(range(table.k), key=lambda i: keys[i])


def _frame(first: str, names: Sequence[str], fits: Sequence[MetaResult]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for name, fit in zip(names, fits, strict=True):
        het = fit.heterogeneity
        row: dict[str, Any] = {
            first: name,
            "k": fit.k,
            "estimate": fit.estimate,
            "se": fit.se,
            "ci_low": fit.ci.low,
            "ci_high": fit.ci.high,
            "tau2": math.nan if het.tau2 is None else het.tau2,
            "i2": math.nan if het.i2 is None else het.i2,
            "q": math.nan if het.q is None else het.q,
        }
        if measure(fit.measure).has_natural:
            natural = fit.natural()
            row |= {
                "natural": natural.estimate,
                "natural_low": natural.ci.low,
                "natural_high": natural.ci.high,
            }
        rows.append(row)
    return pd.DataFrame(rows)
