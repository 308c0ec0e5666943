"""Which group plays which part in the answer, read from what the analysis declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak.reporting.data import ReportInput, Result

#: Imaging codes that a reader says differently.
_IMAGING = {"xray": "X-ray", "xray_lateral": "the lateral X-ray"}


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
    """The paired analysis: its group, its two imaging methods, and how many rows print only totals."""

    group: Mapping[str, Any]
    index: str
    reference: str
    unit: str
    margins_only: int


def pairs_of(report: ReportInput) -> Pairs | None:
    """Return what the paired analysis shows, or None when the report has none."""
    result = report.results.get(report.paired)
    if result is None or result["settings"]["sheet"] != "pairs":
        return None
    name, group = next(iter(result["groups"].items()))
    where = {**result["settings"]["where"], **result["settings"]["groups"][name]}
    sheet = {row["sheet_row"]: row for row in report.pairs}
    used = [str(n) for row in result["rows"] if row["group"] == name for n in row["sheet_rows"]]
    return Pairs(
        group=group,
        index=_said(where.get("index", ())),
        reference=_said(where.get("reference", ())),
        unit=_units(row["unit"] for row in result["rows"]),
        margins_only=sum(not sheet.get(n, {}).get("both_positive", "") for n in used),
    )


def _said(codes: Sequence[str]) -> str:
    from metaleak.reporting.words import listed, plain

    return listed([_IMAGING.get(code, plain(code)) for code in codes], "or") or "the other imaging"


def _units(codes: Any) -> str:
    from metaleak.reporting.words import listed, plain, plural

    return listed([plural(plain(code), 2) for code in sorted(set(codes))], "or")
