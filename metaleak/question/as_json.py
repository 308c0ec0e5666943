"""Fits as the plain values of ``NAME.result.json``: shares 0..1, None where undefined."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import pandas as pd

from metaleak.pooling.result import Convergence, Interval, MetaResult, Test
from metaleak.synthesis.difference import Difference
from metaleak.synthesis.subgroups import NotPooled

Pooled = MetaResult | NotPooled


def group(result: Pooled, *, common: Pooled, beside: Pooled, rows_taken: int) -> dict[str, Any]:
    """Return one group of the headline model, with the other models' numbers beside it."""
    values = _fitted(result) if isinstance(result, MetaResult) else _not_pooled(result)
    return {
        **values,
        "rows_taken": rows_taken,
        "common_tau2": _compact(common),
        "beside": _beside(beside),
    }


def test(value: Test | None) -> dict[str, Any] | None:
    """Return a test's fields."""
    return None if value is None else asdict(value)


def difference(value: Difference) -> dict[str, Any]:
    """Return a difference between two groups."""
    return {
        "of": value.of,
        "against": value.against,
        "odds_ratio": value.odds_ratio.value,
        "ci_low": _low(value.odds_ratio.ci),
        "ci_high": _high(value.odds_ratio.ci),
        "p_value": value.p_value,
        "risk_difference": value.risk_difference.value,
        "rd_low": _low(value.risk_difference.ci),
        "rd_high": _high(value.risk_difference.ci),
        "k": list(value.k),
        "k_studies": list(value.k_studies),
        "tau2": value.tau2,
        "method": value.method,
        "rd_method": value.rd_method,
        "notes": list(value.notes),
    }


def row_shares(pooled: Pooled, place: int) -> tuple[float | None, float | None]:
    """Return a row's information share and its shrunken rate within its group."""
    if isinstance(pooled, NotPooled):
        return None, None
    return float(pooled.weights[place]), float(pooled.detail.shrunken[place])


def text(value: Any) -> str:
    """Return a typed cell as the text that a sheet would hold."""
    return "" if value is None or pd.isna(value) else str(value)


def _fitted(result: MetaResult) -> dict[str, Any]:
    natural = result.natural()
    average = result.detail.population_average
    het = result.heterogeneity
    return {
        "k": result.k,
        "k_studies": result.k_studies,
        "events": int(result.detail.events),
        "total": int(result.detail.total),
        "estimate": natural.estimate,
        "ci_low": natural.ci.low,
        "ci_high": natural.ci.high,
        "ci_method": natural.ci.method,
        "pi_low": _low(natural.prediction),
        "pi_high": _high(natural.prediction),
        "pi_method": None if natural.prediction is None else natural.prediction.method,
        "population_average": {
            "value": average.value,
            "ci_low": _low(average.ci),
            "ci_high": _high(average.ci),
            "method": None if average.ci is None else average.ci.method,
        },
        "tau": het.tau,
        "tau2": het.tau2,
        "tau2_ci": _limits(het.tau2_ci),
        "tau2_ci_method": None if het.tau2_ci is None else het.tau2_ci.method,
        "tau2_test": test(het.tau2_test),
        "i2": het.i2,
        "q": het.q,
        "q_df": het.q_df,
        "q_p": het.q_p,
        "q_method": het.q_method,
        "convergence": _certificate(result.convergence),
        "reason": None,
        "notes": list(result.notes),
    }


def _certificate(value: Convergence) -> dict[str, Any]:
    """Return a certificate with powers of ten for what is rounding noise: its digits differ by machine."""
    return {
        **asdict(value),
        "gradient_norm": _below(value.gradient_norm),
        "quadrature_change": _below(value.quadrature_change),
    }


def _below(value: float | None) -> float | None:
    """Return the next power of ten above a small number, 1e-6 at least."""
    if value is None:
        return None
    return max(float(f"1e{math.ceil(math.log10(value))}") if value > 0 else 0.0, 1e-6)


def _not_pooled(group: NotPooled) -> dict[str, Any]:
    undefined = dict.fromkeys(
        (
            "estimate",
            "pi_low",
            "pi_high",
            "pi_method",
            "tau",
            "tau2",
            "tau2_ci",
            "tau2_ci_method",
            "tau2_test",
        )
    )
    undefined |= dict.fromkeys(("i2", "q", "q_df", "q_p", "q_method", "convergence"))
    return {
        "k": group.k,
        "k_studies": group.k_studies,
        "events": group.events,
        "total": group.total,
        **undefined,
        "ci_low": group.ci.low,
        "ci_high": group.ci.high,
        "ci_method": group.ci.method,
        "population_average": {"value": None, "ci_low": None, "ci_high": None, "method": None},
        "reason": group.reason,
        "notes": [],
    }


def _compact(result: Pooled) -> dict[str, Any]:
    if isinstance(result, NotPooled):
        return {"estimate": None, "ci_low": None, "ci_high": None, "tau2": None}
    natural = result.natural()
    return {
        "estimate": natural.estimate,
        "ci_low": natural.ci.low,
        "ci_high": natural.ci.high,
        "tau2": result.heterogeneity.tau2,
    }


def _beside(result: Pooled) -> dict[str, Any]:
    if isinstance(result, NotPooled):
        return {"model": None, "estimate": None, "reason": result.reason}
    natural = result.natural()
    het = result.heterogeneity
    return {
        "model": result.model,
        "measure": result.measure,
        "method": str(result.settings["method"]),
        "estimate": natural.estimate,
        "ci_low": natural.ci.low,
        "ci_high": natural.ci.high,
        "ci_method": natural.ci.method,
        "pi_low": _low(natural.prediction),
        "pi_high": _high(natural.prediction),
        "pi_method": None if natural.prediction is None else natural.prediction.method,
        "tau2": het.tau2,
        "tau2_ci": _limits(het.tau2_ci),
        "i2": het.i2,
        "notes": list(result.notes),
        "reason": None,
    }


def _limits(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _low(interval: Interval | None) -> float | None:
    return None if interval is None else interval.low


def _high(interval: Interval | None) -> float | None:
    return None if interval is None else interval.high
