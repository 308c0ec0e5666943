"""Pools of earlier reviews beside the same rows of this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metaleak import numbers
from metaleak.reporting.data import ReportInput, SheetRow
from metaleak.reporting.words import counted
from metaleak.storage.strict_json import number

#: How the group of an earlier review says that it counts any leak.
_ANY = "any leak"

#: What stands behind "per" in such a group, where it is not the codebook's word.
_UNITS = {"level": "vertebra", "levels": "vertebra", "vertebrae": "vertebra", "patients": "patient"}


def same_here(report: ReportInput, row: SheetRow) -> Mapping[str, Any] | None:
    """Return the pool of this review with the procedure and unit of an earlier review's rate, if there is one.

    A group of ``reviews.csv`` such as ``"PKP, any leak, per level"`` names a procedure, the outcome and
    perhaps a unit; what says anything else has no counterpart.
    """
    if report.filtered is None or row["measure"] != "incidence_percent":
        return None
    procedure, *words = [part.strip() for part in row["group"].split(",")]
    if not words or words.pop(0) != _ANY:
        return None
    wanted = {"procedure": procedure}
    if words:
        said = words.pop(0).removeprefix("per ")
        wanted["unit"] = _UNITS.get(said, said)
    return None if words else _pool(report.filtered, wanted)


def _pool(filtered: Mapping[str, Any], wanted: Mapping[str, str]) -> Mapping[str, Any] | None:
    place, left = 0, dict(wanted)
    for one in filtered["filters"]:
        word = left.pop(one["column"], None)
        keys = [",".join(choice["values"]) for choice in one["choices"]]
        if word is not None and word not in keys:
            return None
        place = place * len(keys) + (0 if word is None else keys.index(word))
    at = filtered["at"][place]
    found: Mapping[str, Any] | None = None if left or at < 0 else filtered["pools"][at]
    return found


def rate_here(pool: Mapping[str, Any]) -> tuple[str, str]:
    """Return a pool's rate, and its interval with the number of studies."""
    estimate = number(pool["estimate"])
    rate = pool["events"] / pool["total"] if estimate is None else estimate
    limits = numbers.percent_interval(number(pool["ci_low"]), number(pool["ci_high"]))
    return numbers.percent(rate), f"{limits}, {counted(pool['k_studies'], 'study')}"
