"""Shares with their intervals as the page says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metaleak import numbers
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]


def percent(value: Any) -> str:
    """Return a share in percent."""
    return numbers.percent(number(value), 0)


def of(item: Json) -> str:
    """Return an estimated share with its interval."""
    return f"{percent(item['value'])} {numbers.percent_interval(number(item['ci_low']), number(item['ci_high']), 0)}"


def share(item: Json) -> str:
    """Return the rate of an answer with its interval."""
    return of({**item, "value": item["estimate"]})
