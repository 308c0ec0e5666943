"""From the arrays of a fit to the one result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.detection_table import RowKind
from metaleak.numerics.distributions import two_sided_p
from metaleak.pooling.detection.assembly import Assembly
from metaleak.pooling.detection.coefficients import coefficient, spread_interval, spread_test
from metaleak.pooling.detection.detail import DetectionDetail
from metaleak.pooling.detection.estimates import Fitted
from metaleak.pooling.detection.information import by_row, information_shares
from metaleak.pooling.detection.words import notes
from metaleak.pooling.prediction import prediction_interval
from metaleak.pooling.result import Coefficient, Convergence, Heterogeneity, MetaResult, Prediction

Floats = npt.NDArray[np.float64]


def result_of(
    of: Fitted, detail: DetectionDetail, *, model: str, settings: Mapping[str, Any], digest: str
) -> MetaResult:
    """Return the result of a fit; ``digest`` is that of the table that was given."""
    fits, assembly = of.top.fits, of.top.assembly
    p, moving = assembly.layout.incidence, ~fits.held[0]
    shares = information_shares(assembly, fits, 0) if of.has_one_rate else None
    coefficients = tuple(coefficient(of, j) for j in range(p))
    vcov, prediction = of.covariance[:p, :p], None
    if of.has_one_rate:
        coefficients, vcov, prediction = seen_on_ct(of, coefficients[0])
    return MetaResult(
        model=model,
        settings=settings,
        measure="PLO",
        level=of.level,
        k=assembly.table.k,
        k_studies=assembly.table.k_studies,
        labels=assembly.table.label,
        coefficients=coefficients,
        vcov=vcov,
        heterogeneity=heterogeneity(of),
        prediction_interval=prediction,
        weights=by_row(assembly, shares),
        weights_name="Information share",
        convergence=Convergence(
            converged=True,
            optimiser="Newton with analytic derivatives, omega scanned first",
            iterations=fits.iterations,
            log_likelihood=float(fits.value[0] + assembly.units.constant[0]),
            n_parameters=int(moving.sum()),
            gradient_norm=float(np.abs(fits.gradient[0][moving]).max(initial=0.0)),
        ),
        notes=tuple(notes(of, detail)),
        detail=detail,
        table_digest=digest,
    )


def heterogeneity(of: Fitted) -> Heterogeneity:
    """Return the spread of the rate's logits between studies."""
    place = of.top.assembly.layout.tau
    tau = float(of.top.theta[place])
    return Heterogeneity(
        tau2=tau * tau,
        tau2_se=2 * tau * math.sqrt(of.covariance[place, place]) if tau > 0 else None,
        tau2_ci=spread_interval(of, of.limits.tau, of.limits.rate_method),
        tau2_test=spread_test(of, place, "tau2 = 0"),
    )


def seen_on_ct(of: Fitted, true: Coefficient) -> tuple[tuple[Coefficient], Floats, Prediction | None]:
    """Return estimate, covariance and prediction of the rate that CT shows: the true rate times a constant."""
    tau2, c = float(of.top.theta[of.top.assembly.layout.tau] ** 2), of.assumed.ct_sensitivity
    prediction = prediction_interval(
        true.value, true.se, tau2, k=_informing(of.top.assembly), p=1, level=of.level, method="t"
    )
    if c == 1:
        return (true,), np.array([[true.se**2]]), prediction

    def seen(logit: float) -> float:
        return float(special.logit(c * special.expit(logit)))

    p = float(special.expit(true.value))
    slope = (1 - p) / (1 - c * p)
    value, se = seen(true.value), slope * true.se
    shown = replace(
        true,
        value=value,
        se=se,
        statistic=value / se,
        p_value=float(two_sided_p(value / se)),
        ci=replace(true.ci, low=seen(true.ci.low), high=seen(true.ci.high)),
    )
    if prediction is not None:
        low, high = seen(prediction.low), seen(prediction.high)
        prediction = replace(prediction, low=low, high=high, centre=value, se=slope * prediction.se)
    return (shown,), np.array([[se * se]]), prediction


def _informing(assembly: Assembly) -> int:
    """Return how many studies inform the rate."""
    kinds = [assembly.kinds_of(study) for study in range(len(assembly.studies))]
    return sum(any(kind is not RowKind.SENSITIVITY for kind in own) for own in kinds)
