"""From effects and tau2 to results: what random-effects and common-effect models share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design
from metaleak.effects.table import StudyTable
from metaleak.numerics.distributions import chi2_tail, two_sided_quantile
from metaleak.numerics.linear import Batch, Fit, at, trace, weighted
from metaleak.numerics.tau2_likelihood import log_likelihood
from metaleak.pooling.effects_batch import Prepared
from metaleak.pooling.intervals import CI_METHODS, Coefficients, coefficients
from metaleak.pooling.prediction import prediction_interval
from metaleak.pooling.prediction_bootstrap import bootstrap_prediction
from metaleak.pooling.result import (
    Coefficient,
    Convergence,
    Heterogeneity,
    Interval,
    MetaResult,
    Prediction,
    RowEffects,
)
from metaleak.pooling.storable import storable
from metaleak.pooling.tau2 import Tau2

Floats = npt.NDArray[np.float64]

#: Below this many rows the plain intervals stand beside the adjusted one.
FEW_ROWS = 10
#: Below this many rows tau2, and with it the prediction interval, is little more than a guess.
TOO_FEW_FOR_PREDICTION = 5


@storable
@dataclass(frozen=True, slots=True, kw_only=True)
class InverseVarianceDetail:
    """What stands beside an inverse-variance fit.

    ``hksj_factor`` is the ratio of the weighted residuals to their degrees of freedom that Hartung-Knapp
    multiplies the variance by; ``beside`` holds the intervals of the other methods, on the model's scale,
    where there are fewer than ten rows or the factor is below one; ``second_maximum`` is the tau2 of a
    second, lower maximum of the likelihood.
    """

    hksj_factor: float | None
    beside: tuple[Interval, ...] = ()
    second_maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How results are made: the model's name, settings and methods.

    ``restricted`` says which likelihood was maximised, None for estimators that maximise none.
    """

    model: str
    settings: Mapping[str, Any]
    level: float
    ci_method: str
    optimiser: str
    restricted: bool | None
    pi_method: str | None = None
    tau2_ci_method: str = ""
    has_tau2: bool = True
    draws: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """A fitted batch as arrays, from which results are cut.

    ``i2``, ``h2``, ``q``, ``typical`` (the typical sampling variance) and ``log_likelihood`` are (b,),
    ``tau2_ci`` (b, 2).
    """

    batch: Batch
    tau2: Tau2
    tau2_ci: Floats | None
    fit: Fit
    means: Coefficients
    q: Floats
    i2: Floats
    h2: Floats
    typical: Floats
    log_likelihood: Floats | None


def pooled(batch: Batch, tau2: Tau2, tau2_ci: Floats | None, shape: Shape) -> Pooled:
    """Fit the coefficients given tau2, with their intervals and the heterogeneity."""
    fit = at(batch, tau2.value) if tau2.fit is None else tau2.fit
    common = fit if not shape.has_tau2 else weighted(batch, 1 / batch.vi)
    q, df = common.q, batch.df
    with np.errstate(divide="ignore", invalid="ignore"):
        typical = df / trace(batch, common)
        if shape.has_tau2:
            i2, h2 = tau2.value / (tau2.value + typical), 1 + tau2.value / typical
        else:
            i2, h2 = np.where(q > df, (q - df) / q, 0.0), q / df
    height = None
    if shape.restricted is not None:
        height = log_likelihood(batch, fit, restricted=shape.restricted)
    means = coefficients(batch, fit, tau2.value, method=shape.ci_method, level=shape.level)
    return Pooled(batch, tau2, tau2_ci, fit, means, q, i2, h2, typical, height)


def results(found: Pooled, prepared: Prepared, shape: Shape, design: Design | None) -> list[MetaResult]:
    """Cut a batch into results, one per table."""
    return [_result(found, prepared, i, shape, design) for i in range(len(prepared.tables))]


def _result(found: Pooled, prepared: Prepared, i: int, shape: Shape, design: Design | None) -> MetaResult:
    table = prepared.tables[i]
    k, p = table.k, found.batch.p
    names = ("intercept",) if design is None else design.names
    factor = float(found.means.factor[i])
    cov = float(found.fit.cov[i, 0, 0])
    estimates = _coefficients(found, i, names, shape)
    n = table.columns.get("ni")
    second = math.nan if found.tau2.second is None else float(found.tau2.second[i])
    height = None if found.log_likelihood is None else float(found.log_likelihood[i])
    return MetaResult(
        model=shape.model,
        settings=shape.settings,
        measure=prepared.code,
        level=shape.level,
        k=k,
        k_studies=table.k_studies,
        labels=table.label,
        coefficients=estimates,
        vcov=found.means.cov[i],
        heterogeneity=_heterogeneity(found, i, k - p, shape),
        prediction_interval=_prediction(found, i, k, shape, estimates[0]) if p == 1 else None,
        weights=found.fit.weights[i, :k] * cov if p == 1 else _shares(found.fit.weights[i, :k]),
        weights_name="Weight",
        convergence=Convergence(
            converged=True,
            optimiser=shape.optimiser,
            iterations=found.tau2.iterations,
            log_likelihood=height,
            n_parameters=p + (1 if shape.has_tau2 else 0),
        ),
        notes=(*prepared.notes[i], *_notes(found, i, k, shape, second)),
        detail=InverseVarianceDetail(
            hksj_factor=None if math.isnan(factor) else factor,
            beside=_beside(found, i, k, factor, shape),
            second_maximum=None if math.isnan(second) else second,
        ),
        n_harmonic=None if n is None else float(k / (1 / n).sum()),
        n_inverse=1 / (4 * cov) if p == 1 else None,
        table_digest=table.digest,
        effects=RowEffects(found.batch.yi[i, : table.k], found.batch.vi[i, : table.k], _sizes(table)),
    )


def _sizes(table: StudyTable) -> Floats | None:
    if table.kind == "two_arms":
        both: Floats = table.n1i + table.n2i
        return both
    if table.kind == "pairs":
        units: Floats = table.both + table.only_reference + table.only_index + table.neither
        return units
    sizes: Floats | None = table.columns.get("ni")
    return sizes


def _shares(weights: Floats) -> Floats:
    shares: Floats = weights / weights.sum()
    return shares


def _coefficients(found: Pooled, i: int, names: tuple[str, ...], shape: Shape) -> tuple[Coefficient, ...]:
    means = found.means
    method = CI_METHODS[shape.ci_method]
    if math.isnan(means.factor[i]):
        method = CI_METHODS["wald"]
    elif means.floored[i]:
        method = CI_METHODS["hksj-adhoc"]
    columns = (found.fit.beta, means.se, means.statistic, means.df, means.p_value, means.low, means.high)
    rows = zip(names, *(column[i].tolist() for column in columns), strict=True)
    return tuple(
        Coefficient(
            name=name,
            value=value,
            se=se,
            statistic=statistic,
            df=None if math.isinf(df) else df,
            p_value=p_value,
            ci=Interval(low, high, shape.level, method),
        )
        for name, value, se, statistic, df, p_value, low, high in rows
    )


def _prediction(found: Pooled, i: int, k: int, shape: Shape, mean: Coefficient) -> Prediction | None:
    if shape.pi_method is None or k < 3:
        return None
    if shape.pi_method == "bootstrap":
        batch = found.batch
        return bootstrap_prediction(
            batch.yi[i, :k], batch.vi[i, :k], level=shape.level, draws=shape.draws, seed=shape.seed
        )
    return prediction_interval(
        mean.value,
        math.sqrt(found.fit.cov[i, 0, 0]),
        float(found.tau2.value[i]),
        k=k,
        p=1,
        level=shape.level,
        method=shape.pi_method,
        fit_se=mean.se,
        fit_df=mean.df,
    )


def _beside(found: Pooled, i: int, k: int, factor: float, shape: Shape) -> tuple[Interval, ...]:
    if found.batch.p > 1 or math.isnan(factor) or (k >= FEW_ROWS and factor >= 1):
        return ()
    centre, variance = float(found.fit.beta[i, 0]), float(found.fit.cov[i, 0, 0])
    others: dict[str, tuple[float, float | None]] = {"wald": (1.0, None), "hksj": (factor, k - 1.0)}
    intervals = []
    for name, (scale, df) in others.items():
        if name != shape.ci_method:
            half = float(two_sided_quantile(shape.level, df)) * math.sqrt(variance * scale)
            intervals.append(Interval(centre - half, centre + half, shape.level, CI_METHODS[name]))
    return tuple(intervals)


def _heterogeneity(found: Pooled, i: int, df: int, shape: Shape) -> Heterogeneity:
    if df < 1:
        return Heterogeneity(tau2=None)
    q, se = float(found.q[i]), float(found.tau2.se[i])
    tau2_ci = i2_ci = None
    if found.tau2_ci is not None:
        low, high = found.tau2_ci[i].tolist()
        typical = float(found.typical[i])
        tau2_ci = Interval(low, high, shape.level, shape.tau2_ci_method)
        i2_ci = Interval(low / (low + typical), high / (high + typical), shape.level, shape.tau2_ci_method)
    return Heterogeneity(
        tau2=float(found.tau2.value[i]),
        tau2_se=None if math.isnan(se) else se,
        tau2_ci=tau2_ci,
        i2=float(found.i2[i]),
        i2_ci=i2_ci,
        h2=float(found.h2[i]),
        q=q,
        q_df=df,
        q_p=float(chi2_tail(q, df)),
    )


def _notes(found: Pooled, i: int, k: int, shape: Shape, second: float) -> list[str]:
    df = k - found.batch.p
    notes = []
    if df < 1:
        if shape.has_tau2:
            notes.append("no row to spare: tau2 and the prediction interval are not defined")
        return notes
    if found.means.floored[i]:
        notes.append("the studies are identical: Hartung-Knapp would give no width, its floor of one is used")
    if shape.has_tau2 and found.tau2.value[i] == 0:
        notes.append("tau2 is estimated as 0: the studies differ no more than chance lets them")
    if not math.isnan(second):
        notes.append(f"the likelihood has a second, lower maximum at tau2 = {second:.4g}")
    if shape.pi_method is not None and 3 <= k < TOO_FEW_FOR_PREDICTION and found.batch.p == 1:
        notes.append(f"a prediction interval from {k} rows is little more than a guess of tau2")
    return notes
