"""The detail of a detection fit, part by part."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.detection_table import PAIRED, RowKind
from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, TableError, UndefinedError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.detection.average import share_missed
from metaleak.pooling.detection.coefficients import coefficient, spread_interval, spread_test
from metaleak.pooling.detection.detail import DetectionDetail, Penalised, Pool, StudyRate
from metaleak.pooling.detection.estimates import Fitted, mean_over_studies
from metaleak.pooling.detection.information import by_kind, information_shares
from metaleak.pooling.detection.observed import on_ct
from metaleak.pooling.detection.priors import mean_sensitivities
from metaleak.pooling.detection.words import FEW_DIRECT, identifiability
from metaleak.pooling.prediction import prediction_interval
from metaleak.pooling.result import Estimate, Interval

Floats = npt.NDArray[np.float64]


def detail_of(
    of: Fitted, rates: tuple[StudyRate, ...], draws: int, effective_draws: float | None
) -> DetectionDetail:
    """Return the detail of a fit; ``rates`` come from posterior draws, so many, worth so many."""
    assembly, layout, theta = of.top.assembly, of.top.assembly.layout, of.top.theta
    means = means_of(of)
    shares = information_shares(assembly, of.top.fits, 0) if of.has_one_rate else None
    source = of.source.assembly
    on_sensitivity = by_kind(source, information_shares(source, of.source.fits, source.layout.gamma.start))
    coefficients = range(layout.gamma.start, layout.gamma.stop)
    moving = [j for j in coefficients if not of.top.fits.held[0, j] and of.covariance[j, j] > 0]
    second = float(of.top.fits.other[0])
    return DetectionDetail(
        population_average=_population_average(of),
        true_incidence=_true_incidence(of),
        sensitivity={name: _sensitivity(of, j) for name, j in means.items()},
        sensitivity_average={name: _mean_sensitivity(of, j) for name, j in means.items()},
        sensitivity_prediction=_new_sensitivity(of, means),
        share_missed=share_missed(of) if means and of.has_one_rate else Estimate(None),
        omega2=float(theta[layout.omega] ** 2),
        omega2_ci=spread_interval(of, of.limits.omega),
        omega2_test=spread_test(of, layout.omega, "omega2 = 0"),
        tau_se=_se_or_none(of, layout.tau),
        omega_se=_se_or_none(of, layout.omega),
        detection_coefficients=tuple(coefficient(of, j) for j in moving),
        penalised=_penalised(of, means),
        penalised_stands_beside=bool(theta[layout.omega] == 0 or of.top.direct_rows < FEW_DIRECT),
        ct_pool=_ct_pool(of),
        rates=rates,
        draws=draws,
        effective_draws=effective_draws,
        information=by_kind(assembly, shares),
        information_on_sensitivity=on_sensitivity,
        rows={kind.value: n for kind in RowKind if (n := int(assembly.table.rows_of(kind).size))},
        identifiability=identifiability(of.top, on_sensitivity),
        left_out=assembly.left_out,
        share_on_ct=_share_on_ct(of),
        parameters=_names(of),
        covariance=of.covariance,
        second_maximum=None if math.isnan(second) else second,
        grid_error=float(of.top.fits.grid_error[0]),
    )


def means_of(of: Fitted) -> dict[str, int]:
    """Return the number of every index imaging's mean among the sensitivity's coefficients.

    Empty with moderators of the sensitivity: an imaging then has no one mean.
    """
    if of.assumed.detection_moderators is not None:
        return {}
    one = mean_sensitivities(of.top) == 1
    return {name: 0 if one else j for j, name in enumerate(of.top.assembly.indexes)}


def _population_average(of: Fitted) -> Estimate:
    if not of.has_one_rate:
        return Estimate(None)
    c, theta = of.assumed.ct_sensitivity, of.top.theta
    mean = c * mean_over_studies(theta[0], theta[of.top.assembly.layout.tau])
    return Estimate(mean, of.rate_interval(*(c * special.expit(of.limits.mean_rate))))


def _true_incidence(of: Fitted) -> Estimate | None:
    if of.assumed.ct_sensitivity == 1 or not of.has_one_rate:
        return None
    return Estimate(
        float(special.expit(of.top.theta[0])), of.rate_interval(*special.expit(of.limits.beta[0]))
    )


def _sensitivity(of: Fitted, j: int) -> Estimate:
    place = of.top.assembly.layout.gamma.start + j
    value = float(special.expit(of.top.theta[place]))
    if of.top.fits.saturated[0, place]:
        value = float(of.top.theta[place] > 0)
    return Estimate(value, of.interval(*special.expit(of.limits.gamma[j])))


def _mean_sensitivity(of: Fitted, j: int) -> Estimate:
    layout, theta = of.top.assembly.layout, of.top.theta
    mean = mean_over_studies(theta[layout.gamma.start + j], theta[layout.omega])
    return Estimate(mean, of.interval(*special.expit(of.limits.mean_sensitivity[j])))


def _new_sensitivity(of: Fitted, means: dict[str, int]) -> dict[str, Interval]:
    """Return prediction intervals for the sensitivity in a new study, where three studies inform it."""
    layout, table, found = of.top.assembly.layout, of.top.assembly.table, {}
    for name, j in means.items():
        place = layout.gamma.start + j
        rows = table.rows_of(*PAIRED, RowKind.SENSITIVITY, RowKind.INDEX)
        own = {
            table.study[row] for row in rows if of.top.assembly.shared or table.index_modality[row] == name
        }
        if of.top.fits.held[0, place]:
            continue
        limits = prediction_interval(
            float(of.top.theta[place]),
            math.sqrt(of.covariance[place, place]),
            float(of.top.theta[layout.omega] ** 2),
            k=len(own),
            p=1,
            level=of.level,
            method="t",
        )
        if limits is not None:
            low, high = special.expit([limits.low, limits.high])
            found[name] = Interval(float(low), float(high), of.level, limits.method)
    return found


def _penalised(of: Fitted, means: dict[str, int]) -> Penalised | None:
    if of.top.penalised is None:
        return None
    layout, theta, c = of.top.assembly.layout, of.top.penalised.theta[0], of.assumed.ct_sensitivity
    return Penalised(
        incidence=float(c * special.expit(theta[0])) if of.has_one_rate else None,
        population_average=c * mean_over_studies(theta[0], theta[layout.tau]) if of.has_one_rate else None,
        sensitivity={name: float(special.expit(theta[layout.gamma.start + j])) for name, j in means.items()},
        tau=float(theta[layout.tau]),
        omega=float(theta[layout.omega]),
    )


def _ct_pool(of: Fitted) -> Pool | None:
    """Pool what was counted on CT, one row per study, without the model."""
    if not of.has_one_rate:
        return None
    assembly, joint = of.top.assembly, of.assumed.joint == "ct"
    counts = [on_ct(assembly.table, rows, joint=joint) for rows in assembly.studies]
    read = [(events, total) for events, total in counts if total > 0]
    try:
        table = StudyTable.from_counts([events for events, _ in read], [total for _, total in read])
        result = BinomialNormal(level=of.level).fit(table)
    except (SeparationError, UndefinedError, TableError):
        return None
    natural = result.natural()
    return Pool(
        k=result.k,
        estimate=Estimate(natural.estimate, natural.ci),
        population_average=result.detail.population_average,
        tau2=result.tau2,
    )


def _share_on_ct(of: Fitted) -> Estimate | None:
    place = of.top.assembly.layout.share
    if of.limits.share is None or place is None:
        return None
    return Estimate(float(special.expit(of.top.theta[place])), of.interval(*special.expit(of.limits.share)))


def _se_or_none(of: Fitted, place: int) -> float | None:
    return None if of.top.fits.held[0, place] else math.sqrt(of.covariance[place, place])


def _names(of: Fitted) -> tuple[str, ...]:
    assembly = of.top.assembly
    share = ("logit share on CT",) if assembly.layout.has_share else ()
    return (*assembly.incidence.names, "tau", *assembly.sensitivity.names, *share, "omega")
