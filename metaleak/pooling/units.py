"""Columns of a design in units that fit each other: years beside zeros and ones cost digits."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design
from metaleak.pooling.result import Coefficient, Interval, MetaResult

Floats = npt.NDArray[np.float64]


def even(design: Design) -> tuple[Design, Floats]:
    """Return the design with columns near 1 in size, and the units (p,) that they were divided by.

    The units are powers of two, so that dividing changes no digit.
    """
    size = np.sqrt((design.x * design.x).mean(axis=0))
    units: Floats = np.exp2(np.rint(np.log2(np.where(size > 0, size, 1.0))))
    return replace(design, x=design.x / units), units


def in_units(result: MetaResult, units: Floats) -> MetaResult:
    """Return a fit of the even design as the fit of the design itself."""
    if (units == 1).all():
        return result
    outer = np.outer(units, units)
    return replace(
        result,
        coefficients=tuple(
            _divided(c, float(unit)) for c, unit in zip(result.coefficients, units, strict=True)
        ),
        vcov=result.vcov / outer,
        detail=_detail(result.detail, units),
    )


def _divided(c: Coefficient, unit: float) -> Coefficient:
    ci = Interval(c.ci.low / unit, c.ci.high / unit, c.ci.level, c.ci.method)
    return replace(c, value=c.value / unit, se=c.se / unit, ci=ci)


def _detail(detail: Any, units: Floats) -> Any:
    if detail is None or "covariance" not in {field.name for field in fields(detail)}:
        return detail
    whole = np.append(units, np.ones(len(detail.covariance) - len(units)))
    return replace(detail, covariance=detail.covariance / np.outer(whole, whole))
