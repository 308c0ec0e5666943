"""Which group plays which part in the answer, read from what the analysis declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.words import imaging, listed, plain, plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The parts of the main analysis that the answer speaks of; None where there is none.

    Attributes
    ----------
    contrast : mapping or None
        The first declared difference between two groups.
    controls : sequence of mapping
        Differences between a joint reading and one of its parts: negative controls.
    reference : str
        The group that leads: what the first contrast sets others against, else the first group.
    silent : str or None
        The group of rows that do not report the imaging.
    """

    contrast: Mapping[str, Any] | None
    controls: Sequence[Mapping[str, Any]]
    reference: str
    silent: str | None


def roles_of(result: Result, *, no_modality: str) -> Roles:
    """Find the roles in the settings of a result."""
    conditions = result["settings"]["groups"]
    differences = result["difference"]
    first = differences[0] if differences else None
    if first is not None and _is_joint_reading(conditions, first):
        first = None
    groups = list(result["groups"])
    return Roles(
        contrast=first,
        controls=[d for d in differences if _is_joint_reading(conditions, d)],
        reference=first["against"] if first is not None else groups[0],
        silent=next((g for g in groups if conditions[g].get("modality") == [no_modality]), None),
    )


def _is_joint_reading(conditions: Mapping[str, Any], difference: Mapping[str, Any]) -> bool:
    of = conditions[difference["of"]].get("modality", [])
    against = set(conditions[difference["against"]].get("modality", []))
    return bool(of) and all("+" in word and against & set(word.split("+")) for word in of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """The paired analysis.

    Attributes
    ----------
    group : mapping
        Its first group.
    index, reference, unit : str
        The two imaging methods and what they read, as a reader says them.
    studies : frozenset of str
        The studies in the group.
    low_confidence : int
        Comparisons that are coded with low confidence.
    bounds : int or None
        Comparisons that print only the totals of both methods; None when the sheet is not at hand.
    """

    group: Mapping[str, Any]
    index: str
    reference: str
    unit: str
    studies: frozenset[str]
    low_confidence: int
    bounds: int | None


def pairs_of(report: ReportInput) -> Pairs | None:
    """Return what the paired analysis shows, or None when the report has none."""
    result = report.results.get(report.paired)
    if result is None or result["settings"]["sheet"] != "pairs":
        return None
    name, group = next(iter(result["groups"].items()))
    where = {**result["settings"]["where"], **result["settings"]["groups"][name]}
    rows = [row for row in result["rows"] if row["group"] == name]
    return Pairs(
        group=group,
        index=_said(where.get("index", ())),
        reference=_said(where.get("reference", ())),
        unit=listed([plural(plain(unit), 2) for unit in sorted({row["unit"] for row in rows})], "or"),
        studies=frozenset(row["study_id"] for row in rows),
        low_confidence=sum(row["confidence"] == "low" for row in rows),
        bounds=_bounds(report, rows),
    )


def _said(codes: Sequence[str]) -> str:
    return listed([imaging(code) for code in codes], "or") or "the other imaging"


def _bounds(report: ReportInput, rows: Sequence[Mapping[str, Any]]) -> int | None:
    overlap = {row["sheet_row"]: row["both_positive"] for row in report.pairs}
    used = [str(n) for row in rows for n in row["sheet_rows"]]
    return sum(not overlap[n] for n in used) if set(used) <= set(overlap) else None


def read_twice(report: ReportInput) -> frozenset[str]:
    """Return the studies of the main analysis that another imaging method read on the same arm."""
    return frozenset(
        row["study_id"]
        for row in report.rows.get(report.main_name, ())
        if row["reason"].startswith("modality ") and " is taken before " in row["reason"]
    )


def same_contrasts(report: ReportInput, contrast: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return title and difference of the other analyses that compare the same two groups."""
    wanted = contrast["of"], contrast["against"]
    return [
        (report.results[name]["title"], difference)
        for name in report.others
        for difference in report.results[name]["difference"]
        if (difference["of"], difference["against"]) == wanted
    ]
