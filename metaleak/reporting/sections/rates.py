"""Rates inside sentences: whole percents, with their limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metaleak import numbers
from metaleak.storage.strict_json import number


def percent(value: Any) -> str:
    """Return a stored share as whole percents.

    Examples
    --------
    >>> percent(0.346)
    '35 %'
    """
    return numbers.percent(number(value), 0)


def rate(item: Mapping[str, Any]) -> str:
    """Return ``estimate ci_low ci_high`` of a result as whole percents with their limits.

    Examples
    --------
    >>> rate({"estimate": 0.346, "ci_low": 0.3, "ci_high": 0.4})
    '35 % [30, 40]'
    """
    limits = numbers.percent_interval(number(item["ci_low"]), number(item["ci_high"]), 0)
    return f"{percent(item['estimate'])} {limits}"
