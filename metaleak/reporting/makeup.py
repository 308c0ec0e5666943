"""What the groups are made of: how many observations of each procedure, unit, imaging and confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.reporting import words
from metaleak.reporting.data import Result
from metaleak.reporting.links import Link, anchor
from metaleak.reporting.tables import Cell, Column, Row, Table, of_text

_CONFIDENCE = ("high", "medium", "low")


def makeup_table(name: str, result: Result) -> Table:
    """Return one row per group with the kinds of observations in it."""
    columns = ("Group", "Procedure", "Counted", "Imaging", "Confidence in the coding")
    return Table(
        id=anchor(name, "makeup"),
        caption=(
            f"{result['title']}: what the groups are made of, in observations. "
            "Where groups differ in more than their name, so may their rates."
        ),
        columns=tuple(Column(column) for column in columns),
        rows=tuple(
            Row(
                (
                    Cell(text=group, links=(Link(group, "#" + anchor(name, group)),)),
                    of_text(_kinds(result, group, "procedure", words.plain)),
                    of_text(_kinds(result, group, "unit", words.plain)),
                    of_text(_kinds(result, group, "modality", words.imaging)),
                    of_text(_confidence(result, group)),
                )
            )
            for group in result["groups"]
        ),
    )


def makeup_sentence(result: Result, group: str) -> str:
    """Say which imaging and which units stand behind a group's observations.

    Examples
    --------
    >>> row = {"group": "X-ray", "modality": "xray", "unit": "patient"}
    >>> makeup_sentence({"rows": [row, row, {**row, "modality": "fluoroscopy"}]}, "X-ray")
    'X-ray: 2 X-ray and 1 fluoroscopy; 3 count patients.'
    """
    return f"{group}: {made_of([row for row in result['rows'] if row['group'] == group])}."


def made_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say which imaging and which units stand behind observations.

    Examples
    --------
    >>> made_of([{"modality": "CT", "unit": "patient"}])
    '1 CT; 1 counts patients'
    """
    imaging = [f"{numbers.count(n)} {words.imaging(code)}" for code, n in _kinds_of(rows, "modality")]
    return f"{words.listed(imaging)}; {words.units(dict(_kinds_of(rows, 'unit')))}"


def compared(result: Result) -> str:
    """Say what stands behind the groups that are set against each other; nothing without a contrast."""
    groups = dict.fromkeys(d[side] for d in result["difference"] for side in ("of", "against"))
    if not groups:
        return ""
    said = " ".join(makeup_sentence(result, group) for group in groups)
    return f"{said} Whatever else differs between groups of studies enters their contrast too."


def _tally(result: Result, group: str, key: str) -> list[tuple[str, int]]:
    return _kinds_of([row for row in result["rows"] if row["group"] == group], key)


def _kinds_of(rows: Sequence[Mapping[str, Any]], key: str) -> list[tuple[str, int]]:
    found = Counter(row[key] for row in rows)
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _kinds(result: Result, group: str, key: str, said: Callable[[str], str]) -> str:
    return ", ".join(f"{said(kind)} {numbers.count(n)}" for kind, n in _tally(result, group, key))


def _confidence(result: Result, group: str) -> str:
    found = Counter(row["confidence"] for row in result["rows"] if row["group"] == group)
    return ", ".join(f"{level} {numbers.count(found[level])}" for level in _CONFIDENCE if found[level])
