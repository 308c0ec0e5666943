"""What random-effects and common-effect models share: from effects and tau2 to results."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design
from metaleak.effects.measures import Zero, default_measure, measure
from metaleak.effects.table import StudyTable
from metaleak.errors import TableError
from metaleak.numerics.distributions import chi2_tail, two_sided_p, two_sided_quantile
from metaleak.numerics.inverse_variance import Batch, Fit, at, log_likelihood, weighted
from metaleak.pooling.prediction import prediction_interval
from metaleak.pooling.result import Coefficient, Convergence, Heterogeneity, Interval, MetaResult
from metaleak.pooling.storable import storable
from metaleak.pooling.tau2 import Tau2

Floats = npt.NDArray[np.float64]

CI_METHODS = {
    "wald": "Wald, normal quantile",
    "t": "Wald, t quantile with k − p degrees of freedom",
    "hksj": "Hartung-Knapp-Sidik-Jonkman",
    "hksj-adhoc": "Hartung-Knapp-Sidik-Jonkman, factor never below one",
}

#: Below this many rows the plain intervals stand beside the adjusted one.
FEW_ROWS = 10


@storable
@dataclass(frozen=True, slots=True, kw_only=True)
class InverseVarianceDetail:
    """What stands beside an inverse-variance fit.

    ``hksj_factor`` is the ratio of the weighted residuals to their degrees of freedom that Hartung-Knapp
    multiplies the variance by; ``beside`` holds the intervals of the other methods, on the model's scale,
    where there are fewer than ten rows or the factor is below one.
    """

    hksj_factor: float | None
    beside: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Tables as one batch of effects, and what was said on the way."""

    batch: Batch
    code: str
    tables: tuple[StudyTable, ...]
    notes: tuple[tuple[str, ...], ...]


def prepare(tables: Sequence[StudyTable], code: str | None, zero: Zero, design: Design | None) -> Prepared:
    """Compute the effects of tables and fill them up to one length.

    Raises
    ------
    TableError
        For a measure that the table's kind does not know, or more coefficients than rows.
    """
    codes = {_code(table, code) for table in tables}
    if len(codes) > 1:
        raise TableError(
            "the tables are on several scales", required="one measure", got=", ".join(sorted(codes))
        )
    name = codes.pop()
    effects = [
        measure("GEN").effects(table, zero) if table.kind == "effects" else measure(name).effects(table, zero)
        for table in tables
    ]
    k = max(part.yi.size for part in effects)
    yi, vi = np.zeros((len(tables), k)), np.full((len(tables), k), np.inf)
    for i, part in enumerate(effects):
        yi[i, : part.yi.size], vi[i, : part.vi.size] = part.yi, part.vi
    if not (vi > 0).all():
        i, j = (int(place) for place in np.argwhere(~(vi > 0))[0])
        raise TableError(
            f"a row has no sampling variance on the scale {name}",
            required="a correction for empty cells, or another measure",
            got=f"{tables[i].label[effects[i].kept[j]]}",
        )
    rows = np.array([part.yi.size for part in effects], dtype=np.float64)
    x = None if design is None or design.is_intercept else design.x[effects[0].kept][None]
    if x is not None and x.shape[2] > rows[0]:
        raise TableError(
            "there are more coefficients than rows",
            required=f"at least {x.shape[2]} rows",
            got=f"{rows[0]:.0f}",
        )
    taken = tuple(
        table if part.kept.size == table.k else table.take(part.kept)
        for table, part in zip(tables, effects, strict=True)
    )
    return Prepared(Batch(yi, vi, rows, x), name, taken, tuple(part.notes for part in effects))


def _code(table: StudyTable, code: str | None) -> str:
    if table.kind == "effects":
        own = str(table.measure)
        if code is not None and code != own:
            raise TableError("the table's effects are on another scale", required=own, got=code)
        return own
    found = code or default_measure(table.kind)
    if found is None:
        raise TableError(f"a table of {table.kind} has no effects", required="counts, two arms or effects")
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Arrays of a fitted batch that results are cut from."""

    prepared: Prepared
    tau2: Tau2
    fit: Fit
    common: Fit
    tau2_ci: Floats | None
    log_likelihood: Floats | None


def fitted(prepared: Prepared, tau2: Tau2, *, restricted: bool | None, tau2_ci: Floats | None) -> Fitted:
    """Fit the coefficients given tau2; ``restricted`` says which likelihood was maximised, if any."""
    fit = at(prepared.batch, tau2.value)
    common = weighted(prepared.batch, 1 / prepared.batch.vi)
    value = None if restricted is None else log_likelihood(prepared.batch, fit, restricted=restricted)
    return Fitted(prepared, tau2, fit, common, tau2_ci, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How results are made: the model's name, settings and methods."""

    model: str
    settings: Mapping[str, Any]
    level: float
    ci_method: str
    pi_method: str | None
    tau2_ci_method: str
    has_tau2: bool
    optimiser: str


def results(found: Fitted, shape: Shape, design: Design | None) -> list[MetaResult]:
    """Cut a batch into results, one per table."""
    return [_result(found, i, shape, design) for i in range(len(found.prepared.tables))]


def _result(found: Fitted, i: int, shape: Shape, design: Design | None) -> MetaResult:
    table = found.prepared.tables[i]
    k, p = table.k, found.prepared.batch.p
    names = ("intercept",) if design is None else design.names
    notes = list(found.prepared.notes[i])
    adjust = _adjustment(found, i, k - p, shape.ci_method, notes)
    cov = found.fit.cov[i]
    scaled = cov * adjust.scale
    coefficients = tuple(
        _coefficient(name, float(found.fit.beta[i, j]), math.sqrt(scaled[j, j]), adjust.df, shape)
        for j, name in enumerate(names)
    )
    heterogeneity = _heterogeneity(found, i, k - p, shape, notes)
    prediction = None
    if p == 1 and shape.pi_method is not None and k > 1:
        prediction = prediction_interval(
            coefficients[0].value,
            math.sqrt(cov[0, 0]),
            float(found.tau2.value[i]),
            k=k,
            p=p,
            level=shape.level,
            method=shape.pi_method,
            fit_se=coefficients[0].se,
            fit_df=adjust.df,
        )
    weights = found.fit.weights[i, :k] / found.fit.sum_w[i]
    n = table.columns.get("ni")
    return MetaResult(
        model=shape.model,
        settings=shape.settings,
        measure=found.prepared.code,
        level=shape.level,
        k=k,
        k_studies=table.k_studies,
        labels=table.label,
        coefficients=coefficients,
        vcov=scaled,
        heterogeneity=heterogeneity,
        prediction_interval=prediction,
        weights=weights,
        weights_name="Weight",
        convergence=Convergence(
            converged=True,
            optimiser=shape.optimiser,
            iterations=found.tau2.iterations,
            log_likelihood=None if found.log_likelihood is None else float(found.log_likelihood[i]),
            n_parameters=p + (1 if shape.has_tau2 else 0),
        ),
        notes=tuple(notes),
        detail=InverseVarianceDetail(hksj_factor=adjust.factor, beside=_beside(found, i, k, adjust, shape)),
        n_harmonic=None if n is None else float(k / (1 / n).sum()),
        n_inverse=float(1 / (4 * cov[0, 0])) if p == 1 else None,
        table_digest=table.digest,
    )


@dataclass(frozen=True, slots=True)
class _Adjustment:
    """What Hartung-Knapp does to the covariance, and the degrees of freedom of the quantile."""

    scale: float
    df: float | None
    factor: float | None


def _adjustment(found: Fitted, i: int, df: int, ci_method: str, notes: list[str]) -> _Adjustment:
    if df < 1:
        return _Adjustment(1.0, None, None)
    factor = float(found.fit.q[i] / df)
    if ci_method in ("wald", "t"):
        return _Adjustment(1.0, None if ci_method == "wald" else float(df), factor)
    # Rounding leaves a factor near 1e-16 where the studies are identical.
    if ci_method == "hksj" and factor < 1e-12:
        notes.append("the studies are identical: Hartung-Knapp would give no width, its floor of one is used")
        return _Adjustment(1.0, float(df), factor)
    scale = max(1.0, factor) if ci_method == "hksj-adhoc" else factor
    return _Adjustment(scale, float(df), factor)


def _beside(found: Fitted, i: int, k: int, adjust: _Adjustment, shape: Shape) -> tuple[Interval, ...]:
    if found.prepared.batch.p > 1 or adjust.factor is None or (k >= FEW_ROWS and adjust.factor >= 1):
        return ()
    centre, variance, df = float(found.fit.beta[i, 0]), float(found.fit.cov[i, 0, 0]), float(k - 1)
    others: dict[str, tuple[float, float | None]] = {"wald": (1.0, None), "hksj": (adjust.factor, df)}
    return tuple(
        _interval(centre, math.sqrt(variance * scale), quantile_df, shape.level, CI_METHODS[name])
        for name, (scale, quantile_df) in others.items()
        if name != shape.ci_method
    )


def _interval(centre: float, se: float, df: float | None, level: float, method: str) -> Interval:
    half = float(two_sided_quantile(level, df)) * se
    return Interval(centre - half, centre + half, level, method)


def _coefficient(name: str, value: float, se: float, df: float | None, shape: Shape) -> Coefficient:
    statistic = value / se
    return Coefficient(
        name=name,
        value=value,
        se=se,
        statistic=statistic,
        df=df,
        p_value=float(two_sided_p(statistic, df)),
        ci=_interval(value, se, df, shape.level, CI_METHODS[shape.ci_method]),
    )


def _heterogeneity(found: Fitted, i: int, df: int, shape: Shape, notes: list[str]) -> Heterogeneity:
    if df < 1:
        if shape.has_tau2:
            notes.append("no row to spare: tau2 and the prediction interval are not defined")
        return Heterogeneity(tau2=None)
    q = float(found.common.q[i])
    typical = df / float(found.common.tr_p[i])
    tau2 = float(found.tau2.value[i])
    se = float(found.tau2.se[i])
    if not shape.has_tau2:
        return Heterogeneity(
            tau2=0.0,
            i2=max(0.0, (q - df) / q) if q > 0 else 0.0,
            h2=q / df,
            q=q,
            q_df=df,
            q_p=float(chi2_tail(q, df)),
        )
    if tau2 == 0:
        notes.append("tau2 is estimated as 0: the studies differ no more than chance lets them")
    limits = None if found.tau2_ci is None else found.tau2_ci[i]
    tau2_ci = i2_ci = None
    if limits is not None:
        low, high = (float(limit) for limit in limits)
        tau2_ci = Interval(low, high, shape.level, shape.tau2_ci_method)
        i2_ci = Interval(low / (low + typical), high / (high + typical), shape.level, shape.tau2_ci_method)
    return Heterogeneity(
        tau2=tau2,
        tau2_se=None if math.isnan(se) else se,
        tau2_ci=tau2_ci,
        i2=tau2 / (tau2 + typical),
        i2_ci=i2_ci,
        h2=1 + tau2 / typical,
        q=q,
        q_df=df,
        q_p=float(chi2_tail(q, df)),
    )
