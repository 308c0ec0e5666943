"""Units within units, such as the vertebrae of one patient: what alike ones are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.table import StudyTable
from metaleak.errors import TableError
from metaleak.guards import within

Floats = npt.NDArray[np.float64]


def design_effect(per_cluster: Sequence[float] | Floats, icc: float) -> Floats:
    """Return ``1 + (m - 1) icc``: by how much clusters of m alike units inflate a variance.

    Parameters
    ----------
    per_cluster : sequence (k,)
        Mean units per cluster m of every row, 1 or more.
    icc : float
        The intra-class correlation within clusters, 0..1.

    Raises
    ------
    TableError
        When a row has fewer units than clusters.
    SettingError
        When icc lies outside 0..1.

    References
    ----------
    Donner A, Klar N (2000). Design and Analysis of Cluster Randomization Trials in Health Research.
    doi:10.1002/sim.1019

    Examples
    --------
    >>> design_effect([1.0, 1.5, 4.0], 0.3).round(2).tolist()
    [1.0, 1.15, 1.9]
    """
    within("icc", icc, 0, 1, ends="[]")
    m = np.asarray(per_cluster, dtype=np.float64)
    wrong = ~((m >= 1) & np.isfinite(m))
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        raise TableError(
            "there are fewer units than clusters",
            required="1 unit per cluster or more",
            got=m[i],
            where=f"row {i + 1}",
        )
    effect: Floats = 1 + (m - 1) * icc
    return effect


def effective_exposure(per_cluster: Sequence[float] | Floats, icc: float, *, rate: float) -> Floats:
    """Return how many independent units a cluster of m alike ones is worth, where one of them is enough.

    As ``exposure`` of :class:`metaleak.CloglogNormal` it says how much less often a patient leaks whose vertebrae
    are alike: m at ``icc = 0``, 1 at ``icc = 1``.

    Parameters
    ----------
    per_cluster, icc
        As for :func:`design_effect`.
    rate : float
        The rate of a single unit, 0..1, at which the two are set equal.

    Notes
    -----
    The number e with ``(1 - rate)^e`` equal to the chance of no event in m units under the beta-binomial distribution
    with this rate and correlation, ``B(a, b + m) / B(a, b)``; it hardly moves with the rate.

    Examples
    --------
    >>> effective_exposure([1.0, 2.0, 4.0], 0.3, rate=0.5).round(3).tolist()
    [1.0, 1.621, 2.43]
    """
    design_effect(per_cluster, icc)
    m = np.asarray(per_cluster, dtype=np.float64)
    within("rate", rate, 0, 1)
    if icc in (0, 1):
        return m if icc == 0 else np.ones_like(m)
    a, b = (share * (1 - icc) / icc for share in (rate, 1 - rate))
    worth: Floats = (special.betaln(a, b + m) - special.betaln(a, b)) / np.log1p(-rate)
    return worth


def effective_counts(table: StudyTable, per_cluster: Sequence[float] | Floats, icc: float) -> StudyTable:
    """Return a table of counts with events and units divided by the design effect of their row.

    Rates stay, variances grow by the design effect. The counts are no longer whole: models of exact counts read
    them as a likelihood raised to a power, exact intervals as Korn and Graubard do.

    Parameters
    ----------
    table : StudyTable
        A table of counts.
    per_cluster, icc
        As for :func:`design_effect`, one m per row of the table.

    Raises
    ------
    TableError
        For a table of another kind, or a row with fewer units than clusters.

    References
    ----------
    Korn EL, Graubard BI (1998). Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology 24:193-201.

    Rao JNK, Scott AJ (1992). A simple method for the analysis of clustered binary data. doi:10.2307/2532311

    Examples
    --------
    >>> table = StudyTable.from_counts([30, 12], [60, 48])
    >>> effective_counts(table, [2.0, 1.0], 0.5).ni.tolist()
    [40.0, 48.0]
    """
    if table.kind != "counts":
        raise TableError("counts are divided", required="a table of counts", got=table.kind)
    effect = design_effect(per_cluster, icc)
    if effect.shape != (table.k,):
        raise TableError(
            "units per cluster have another length", required=f"{table.k} values", got=effect.size
        )
    columns = {name: column / effect for name, column in table.columns.items()}
    for column in columns.values():
        column.setflags(write=False)
    return replace(table, columns=MappingProxyType(columns))
