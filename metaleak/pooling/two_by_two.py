"""Pooling 2x2 tables without a correction: Mantel-Haenszel and Peto, in batches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.effects.measures import Zero, measure
from metaleak.effects.measures.base import arms_with_correction, silent_rows
from metaleak.effects.table import StudyTable
from metaleak.errors import TableError, UndefinedError
from metaleak.guards import one_of
from metaleak.numerics import mantel_haenszel as mh
from metaleak.numerics.distributions import chi2_tail, two_sided_p, two_sided_quantile
from metaleak.pooling.intervals import CI_METHODS
from metaleak.pooling.result import Coefficient, Convergence, Heterogeneity, Interval, MetaResult, Test
from metaleak.pooling.storable import storable

Floats = npt.NDArray[np.float64]

_NO_ASSOCIATION = "no association in any table"
_SUMS = {"OR": mh.odds_ratio, "RR": mh.risk_ratio, "RD": mh.risk_difference}


@storable
@dataclass(frozen=True, slots=True, kw_only=True)
class TwoByTwoDetail:
    """Tests that come with Mantel-Haenszel odds ratios; None for other measures and where undefined.

    ``association`` is the Cochran-Mantel-Haenszel test of no association in any table, ``cochran`` the same
    with Cochran's variance (N for N - 1), ``equal_ratios`` Tarone's test that all odds ratios are one.
    """

    association: Test | None = None
    cochran: Test | None = None
    equal_ratios: Test | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """How 2x2 tables are summed: the fields of ``CommonEffect`` that matter here."""

    method: str
    measure: str | None
    zero: Zero
    exact: bool
    continuity: bool
    level: float
    settings: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The code of the scale."""
        if self.method == "peto":
            one_of("measure", self.measure or "PETO", ("PETO", "OR"))
            return "PETO"
        return one_of("measure", self.measure or "OR", _SUMS)


def sum_tables(tables: Sequence[StudyTable], how: Sums) -> list[MetaResult]:
    """Pool each of several tables of two arms.

    Raises
    ------
    TableError
        For tables of another kind.
    UndefinedError
        When an outcome never occurs, so that the ratio is 0, infinite or unknown.
    """
    for table in tables:
        if table.kind != "two_arms":
            raise TableError(f"{how.method} sums 2x2 tables", required="a table of two_arms", got=table.kind)
    plain = _cells(tables, None)
    cells = plain if how.exact else _cells(tables, how.zero)
    pooled = mh.peto(cells) if how.method == "peto" else _SUMS[how.code](cells)
    unknown = np.flatnonzero(np.isnan(pooled.value))
    if unknown.size:
        raise UndefinedError(
            f"the pooled {measure(how.code).scale} is not defined",
            required="events, and units without, in one arm at least, and events in both for a ratio",
            got=f"{tables[unknown[0]].k} rows, {_sums_of(tables[unknown[0]])}",
            todo="exact=False corrects empty cells",
        )
    q = mh.peto_q(plain) if how.method == "peto" else np.full(len(tables), np.nan)
    tests = _tests(cells, pooled, how) if how.code == "OR" else [TwoByTwoDetail()] * len(tables)
    return [_result(tables[i], pooled, float(q[i]), tests[i], how, i) for i in range(len(tables))]


def _sums_of(table: StudyTable) -> str:
    columns = (table.ai, table.n1i, table.ci, table.n2i)
    return "{:.0f} of {:.0f} against {:.0f} of {:.0f}".format(*(float(column.sum()) for column in columns))


def _cells(tables: Sequence[StudyTable], zero: Zero | None) -> mh.Cells:
    """Return the four cells as arrays (b, k), filled up with empty tables."""
    k = max(table.k for table in tables)
    filled = np.zeros((4, len(tables), k))
    for i, table in enumerate(tables):
        four = arms_with_correction([table.ai, table.n1i, table.ci, table.n2i], zero or Zero(to="none"))
        filled[:, i, : table.k] = four
    return mh.Cells(*filled)


def _tests(cells: mh.Cells, pooled: mh.Sum, how: Sums) -> list[TwoByTwoDetail]:
    association, cochran = mh.cochran_mantel_haenszel(cells, corrected=how.continuity)
    equal, counted = mh.tarone(cells, pooled.value)
    corrected = ", continuity-corrected" if how.continuity else ""
    return [
        TwoByTwoDetail(
            association=_chi2(_NO_ASSOCIATION, association[i], 1, "Cochran-Mantel-Haenszel" + corrected),
            cochran=_chi2(_NO_ASSOCIATION, cochran[i], 1, "Cochran" + corrected),
            equal_ratios=_chi2("equal odds ratios", equal[i], counted[i] - 1, "Tarone")
            if counted[i] > 1
            else None,
        )
        for i in range(len(pooled.value))
    ]


def _chi2(name: str, statistic: float, df: float, method: str) -> Test:
    p_value = float(chi2_tail(statistic, df))
    return Test(name=name, statistic=float(statistic), df=float(df), p_value=p_value, method=method)


def _result(
    table: StudyTable, pooled: mh.Sum, q: float, detail: TwoByTwoDetail, how: Sums, i: int
) -> MetaResult:
    value, se = float(pooled.value[i]), float(pooled.se[i])
    half = float(two_sided_quantile(how.level)) * se
    weights = pooled.weights[i, : table.k]
    silent = silent_rows(table.ai, table.n1i, table.ci, table.n2i)
    return MetaResult(
        model="CommonEffect",
        settings=how.settings,
        measure=how.code,
        level=how.level,
        k=table.k,
        k_studies=table.k_studies,
        labels=table.label,
        coefficients=(
            Coefficient(
                name="intercept",
                value=value,
                se=se,
                statistic=value / se,
                df=None,
                p_value=float(two_sided_p(value / se)),
                ci=Interval(value - half, value + half, how.level, CI_METHODS["wald"]),
            ),
        ),
        vcov=np.array([[se * se]]),
        heterogeneity=_heterogeneity(table, value, q, silent, how),
        prediction_interval=None,
        weights=weights / weights.sum(),
        weights_name="Weight",
        convergence=Convergence(converged=True, optimiser="closed form", n_parameters=1),
        notes=_notes(table, silent, how),
        detail=detail,
        n_inverse=None,
        table_digest=table.digest,
    )


def _heterogeneity(
    table: StudyTable, value: float, q: float, silent: npt.NDArray[np.bool_], how: Sums
) -> Heterogeneity:
    """Return Cochran's Q around the pooled value, over the rows that say something."""
    df = int((~silent).sum()) - 1
    if df < 1:
        return Heterogeneity(tau2=None)
    if math.isnan(q):
        rows = table if not silent.any() else table.take(np.flatnonzero(~silent))
        effects = measure(how.code).effects(rows, how.zero)
        q = float(((effects.yi - value) ** 2 / effects.vi).sum())
    return Heterogeneity(
        tau2=0.0,
        i2=max(0.0, (q - df) / q) if q > 0 else 0.0,
        h2=q / df,
        q=q,
        q_df=df,
        q_p=float(chi2_tail(q, df)),
    )


def _notes(table: StudyTable, silent: npt.NDArray[np.bool_], how: Sums) -> tuple[str, ...]:
    if not silent.any() or not how.exact:
        return ()
    names = ", ".join(table.label[i] for i in np.flatnonzero(silent))
    weigh = "count in the difference and not in Q" if how.code == "RD" else "weigh nothing"
    return (f"rows with no event, or only events, in both arms {weigh}: {names}",)
