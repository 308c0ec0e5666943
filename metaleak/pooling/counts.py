"""What models of exact counts ask of a table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design
from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, TableError, UndefinedError

Floats = npt.NDArray[np.float64]


def require_counts(table: StudyTable, model: str) -> None:
    """Refuse tables of another kind.

    Raises
    ------
    TableError
        Naming the model and the kind.
    """
    if table.kind != "counts":
        raise TableError(f"the {model} model pools counts", required="a table of counts", got=table.kind)


def require_both(table: StudyTable) -> None:
    """Refuse tables without a single event, or with nothing else.

    Raises
    ------
    SeparationError
        With the joined counts.
    """
    events, total = table.xi.sum(), table.ni.sum()
    if events in (0, total):
        raise SeparationError(
            "every count is 0" if events == 0 else "every unit has the event",
            required="at least one event and one unit without",
            got=f"{events:.0f} of {total:.0f}",
            todo="show the joined counts with an exact interval instead (pool_by does)",
        )


def require_spread(table: StudyTable, parameter: str) -> None:
    """Refuse several rows of one unit each: they say nothing about the spread between studies.

    Raises
    ------
    UndefinedError
        Naming the parameter.
    """
    if table.k > 1 and (table.ni == 1).all():
        raise UndefinedError(
            f"{parameter} is not identified where every row has one unit",
            got="ni = 1 in all rows",
            todo="join the rows",
        )


def require_normal_spread(table: StudyTable, model: str) -> None:
    """Refuse tables to which normal effects of studies cannot be fitted.

    Raises
    ------
    TableError
        For a table of another kind.
    SeparationError
        Without events, without units that have none, or with none or all in every row.
    UndefinedError
        Where every row has one unit.
    """
    require_counts(table, model)
    require_both(table)
    if table.k > 1 and (table.ni > 1).any() and ((table.xi == 0) | (table.xi == table.ni)).all():
        raise SeparationError(
            "in every row none or all units have the event: tau2 grows without bound",
            required="a row with events and with units without",
            got=f"{table.k} rows of 0 or n",
            todo="show the joined counts with an exact interval instead (pool_by does)",
        )
    require_spread(table, "tau2")


def require_rows(table: StudyTable, design: Design) -> None:
    """Refuse a design with more coefficients than rows.

    Raises
    ------
    TableError
        With both numbers.
    """
    if design.x.shape[1] > table.k:
        raise TableError(
            "there are more coefficients than rows",
            required=f"at least {design.x.shape[1]} rows",
            got=table.k,
        )


def typical_variance(table: StudyTable, x: Floats) -> float:
    """Return the typical within-study variance of the logits around a design x (k, p).

    Empty and full counts are corrected as metafor does for its generalised linear mixed models.

    References
    ----------
    Higgins JPT, Thompson SG (2002). Quantifying heterogeneity in a meta-analysis. doi:10.1002/sim.1186
    """
    add = np.where((table.xi == 0) | (table.xi == table.ni), 0.5, 0.0)
    w = 1 / (1 / (table.xi + add) + 1 / (table.ni - table.xi + add))
    return typical_of_weights(w, x)


def typical_of_weights(w: Floats, x: Floats) -> float:
    """Return the typical variance of effects with weights w (k,) around a design x (k, p)."""
    wx = w[:, None] * x
    trace = w.sum() - np.trace(np.linalg.solve(x.T @ wx, wx.T @ wx))
    return float((len(w) - x.shape[1]) / trace)
