"""What a result says, in lines for the terminal. Every number comes from ``NAME.result.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metaleak.numbers import count, percent, percent_interval
from metaleak.question.analyse import DESCRIBING
from metaleak.question.rows import sheet_of
from metaleak.reporting.data import POOL
from metaleak.reporting.mixed_units import mixed_units
from metaleak.reporting.noticed import notice_line
from metaleak.reporting.sections import section_module
from metaleak.storage.strict_json import number

Result = Mapping[str, Any]


def pool_lines(result: Result) -> list[str]:
    """Say which rows were taken and left out, why, and what the groups gave."""
    taken = result["selection"]
    name, sheet = result["analysis"], sheet_of(result)
    return [
        f"{name}: {result['title']}",
        f"  {count(taken['taken'])} of {count(taken['candidates'])} rows of extraction/{sheet}.csv taken:"
        f" {count(taken['pooled_rows'])} observations of {count(taken['studies'])} studies",
        *(f"  {rows:>5} left out: {reason}" for reason, rows in taken["left_out"].items()),
        *(f"  {notice_line(each)}" for each in result.get("notices", ())),
        *(_table(result["groups"]) if is_pooled(result) else _found(result)),
        *(f"  note: {note}" for note in (*mixed_units(result, {}), *result["notes"])),
        f"  every row with its reason: analyses/{name}.rows.csv",
    ]


def shown(result: Result) -> tuple[str, ...]:
    """Return the parts of a result that a command prints as JSON: all but rows and what describes it."""
    kept = ("title", "selection", "groups", "tests", "difference", "notes")
    return kept if is_pooled(result) else ("title", "selection", *_numbers(result))


def _numbers(result: Result) -> tuple[str, ...]:
    return tuple(key for key in result if key not in (*DESCRIBING, "rows"))


def is_pooled(result: Result) -> bool:
    """Whether a result pools by group."""
    return str(result.get("kind", POOL)) == POOL


def sentences(result: Result) -> tuple[str, ...]:
    """Return what an analysis of another kind found, in the words of its section on the page."""
    return section_module(result["kind"]).sentences(result)


def _found(result: Result) -> list[str]:
    return ["", *(f"  {sentence}" for sentence in sentences(result)), ""]


def _table(groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    rows: list[tuple[str, ...]] = [("group", "rows", "studies", "leaks/units", "pooled", "interval")]
    rows += [_row(name, group) for name, group in groups.items()]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["", *("  " + "  ".join(_pad(row, widths)).rstrip() for row in rows), ""]


def _row(name: str, group: Mapping[str, Any]) -> tuple[str, ...]:
    pooled = percent(group["estimate"]) if group["estimate"] is not None else f"not pooled: {group['reason']}"
    limits = percent_interval(number(group["ci_low"]), number(group["ci_high"]))
    counts = f"{count(group['events'])}/{count(group['total'])}"
    return name, str(group["k"]), str(group["k_studies"]), counts, pooled, limits


def _pad(row: tuple[str, ...], widths: list[int]) -> list[str]:
    name, *numbers = zip(row, widths, strict=True)
    return [name[0].ljust(name[1]), *(cell.rjust(width) for cell, width in numbers)]
