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


def prior_share(item: Json, key: str) -> str:
    """Return a share of the table of priors with its interval."""
    return of({"value": item[key], "ci_low": item[f"{key}_low"], "ci_high": item[f"{key}_high"]})


def fact_told(fact: Json, index: str) -> str:
    """Return what one more fact would be, in words."""
    units, times = f"{numbers.count(fact['n'])} units", numbers.count(fact["times"])
    several = fact["times"] > 1
    if fact["kind"] == "pair":
        return (
            f"{times} more pairs of {units} each" if several else f"one more pair of {units} with all counts"
        )
    read = "CT" if fact["kind"] == "ct" else index
    if fact["silent"]:
        silent = (
            f"{times} series of {units} that do not say their"
            if several
            else f"one series of {units} that does not say its"
        )
        return f"{silent} imaging turned out to have read {read}"
    return f"{times if several else 'one'} more series of {units} read on {read}"
