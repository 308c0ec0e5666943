"""What goes with the rate on CT and with the sensitivity: regressions beside the headline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

import pandas as pd

from metaleak.effects.detection_table import DetectionTable
from metaleak.effects.formula import parse_formula
from metaleak.errors import ConvergenceError, InputError, MetaleakError
from metaleak.numerics.distributions import chi2_tail
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.pooling.result import Coefficient, MetaResult
from metaleak.question.detection.file import Moderated
from metaleak.question.detection_table import Reading, detection_table
from metaleak.question.moderators import OF_STUDIES

#: Words of a reading that can be moderators.
_OF_READINGS = ("procedure", "unit", "confidence")

KNOWN = (*_OF_READINGS, *OF_STUDIES)


def wrong_formulas(wanted: Sequence[Moderated]) -> Iterator[str]:
    """Say which formulas are none, or name unknown moderators."""
    for one in wanted:
        for part, formula in (("rate", one.rate), ("sensitivity", one.sensitivity)):
            if formula is None:
                continue
            try:
                parse_formula(formula, KNOWN)
            except InputError as error:
                yield f"moderators of the {part}: {error}"
        if one.rate is None and one.sensitivity is None:
            yield "an entry of moderators needs rate or sensitivity"


def regressions(
    wanted: Sequence[Moderated],
    rows: Sequence[Reading],
    studies: Mapping[str, Mapping[str, Any]],
    headline: DetectionAdjusted,
) -> Iterator[dict[str, Any]]:
    """Return coefficients and the test of every declared regression, or why there are none.

    Arms of one study that differ in procedure or unit are studies of their own here: rows of one study share its
    rate, and so the moderators of the rate. Numbers are counted from their median.
    """
    apart = [_apart(row) for row in rows]
    columns: dict[str, list[Any]] = {name: [getattr(row, name) for row in rows] for name in _OF_READINGS}
    for name in OF_STUDIES:
        columns[name] = _from_middle([_value(studies.get(row.study_id, {}).get(name)) for row in rows])
    table = detection_table(apart, moderators=columns)
    for one in wanted:
        told = {"rate": one.rate, "sensitivity": one.sensitivity}
        try:
            yield {**told, **_fitted(one, table, replace(headline, draws=0)), "reason": None}
        except MetaleakError as error:
            yield {**told, "coefficients": [], "reason": str(error)}


def _fitted(one: Moderated, table: DetectionTable, plain: DetectionAdjusted) -> dict[str, Any]:
    model = replace(plain, moderators=one.rate, detection_moderators=one.sensitivity)
    try:
        fit = model.fit(table)
    except ConvergenceError:
        # Few rows for many coefficients: a profile may have no end.
        fit = replace(model, ci_method="wald").fit(table)
    found = [("rate", c) for c in fit.coefficients if one.rate is not None]
    found += [("sensitivity", c) for c in fit.detail.detection_coefficients if one.sensitivity is not None]
    base = plain.fit(table.take([i for i, label in enumerate(table.label) if label in set(fit.labels)]))
    df = len(fit.detail.parameters) - len(base.detail.parameters)
    statistic = max(2 * (_log_likelihood(fit) - _log_likelihood(base)), 0.0)
    return {
        "coefficients": [_coefficient(part, c) for part, c in found],
        "ci_method": fit.coefficients[0].ci.method,
        "statistic": statistic,
        "df": df,
        "p": float(chi2_tail(statistic, df)),
        "k": fit.k,
    }


def _log_likelihood(fit: MetaResult) -> float:
    value = fit.convergence.log_likelihood
    return float("nan") if value is None else value


def _coefficient(part: str, coefficient: Coefficient) -> dict[str, Any]:
    return {
        "part": part,
        "name": coefficient.name,
        "value": coefficient.value,
        "ci_low": coefficient.ci.low,
        "ci_high": coefficient.ci.high,
    }


def _apart(row: Reading) -> Reading:
    return (
        row if row.sheet == "pairs" else replace(row, study_id=f"{row.study_id}, {row.procedure}, {row.unit}")
    )


def _from_middle(values: list[Any]) -> list[Any]:
    """Return numbers counted from their median, words as they are: far from 0 an intercept tells nothing."""
    given = [value for value in values if isinstance(value, float)]
    if not given:
        return values
    middle = float(round(median(given)))
    return [value - middle if isinstance(value, float) else value for value in values]


def _value(value: Any) -> Any:
    if value is None or pd.isna(value) or value == "":
        return None
    return value if isinstance(value, str) else float(value)
