"""Rate and sensitivity of a fit as plain numbers."""

from __future__ import annotations

import math
from typing import Any

from metaleak.effects.detection_table import DetectionTable
from metaleak.errors import MetaleakError
from metaleak.pooling.detection.detail import DetectionDetail
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.pooling.result import Estimate, Interval, MetaResult


def answer(fit: MetaResult) -> dict[str, Any]:
    """Return the rate and the sensitivity of a fit: what every guard rail shows again."""
    detail: DetectionDetail = fit.detail
    natural = fit.natural()
    index, sensitivity = next(iter(detail.sensitivity.items()))
    penalised = detail.penalised
    return {
        "estimate": natural.estimate,
        "ci_low": natural.ci.low,
        "ci_high": natural.ci.high,
        "ci_method": natural.ci.method,
        "pi_low": None if natural.prediction is None else natural.prediction.low,
        "pi_high": None if natural.prediction is None else natural.prediction.high,
        "population_average": _estimate(detail.population_average),
        "index": index,
        "sensitivity": _estimate(sensitivity),
        "share_missed": _estimate(detail.share_missed),
        "tau": math.sqrt(fit.tau2 or 0.0),
        "omega": math.sqrt(detail.omega2),
        "omega_ci": None if detail.omega2_ci is None else [math.sqrt(v) for v in _ends(detail.omega2_ci)],
        "penalised": None
        if penalised is None
        else {
            "estimate": penalised.incidence,
            "sensitivity": penalised.sensitivity[index],
            "omega": penalised.omega,
        },
    }


def _estimate(value: Estimate) -> dict[str, float | None]:
    low, high = (None, None) if value.ci is None else _ends(value.ci)
    return {"value": value.value, "ci_low": low, "ci_high": high}


def _ends(ci: Interval) -> tuple[float, float]:
    return max(ci.low, 0.0), ci.high


def ct_pool(detail: DetectionDetail) -> dict[str, Any] | None:
    """Return the pool of the CT counts alone."""
    pool = detail.ct_pool
    return None if pool is None else {"k": pool.k, **_estimate(pool.estimate)}


def tried(model: DetectionAdjusted, table: DetectionTable) -> dict[str, Any]:
    """Return the answer of a model, or why there is none."""
    try:
        return {**answer(model.fit(table)), "reason": None}
    except MetaleakError as error:
        return {"estimate": None, "reason": str(error)}
