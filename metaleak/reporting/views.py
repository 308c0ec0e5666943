"""What the templates show, section by section."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from metaleak.reporting import evidence_tables, results_tables, text
from metaleak.reporting.data import Figure, ReportInput
from metaleak.reporting.links import anchor
from metaleak.reporting.tables import Table
from metaleak.reporting.words import counted

#: The figure that stands in the answer; all others stand with their analysis.
OVERVIEW = "groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure as an image that needs no other file; width and height keep its place while it loads."""

    id: str
    source: str
    width: str
    height: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """The rows of one group, and the command that traces them."""

    id: str
    name: str
    size: str
    rate: str
    trace: str
    rows: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisView:
    """One analysis: its tables, its figures, its groups with their rows."""

    id: str
    name: str
    title: str
    question: str
    results: Table
    contrasts: Table | None
    tests: Table | None
    models: Table
    groups: tuple[GroupView, ...]
    reasons: Table
    notes: tuple[str, ...]
    pictures: tuple[Picture, ...]


def analysis_view(report: ReportInput, name: str) -> AnalysisView:
    """Return what the page shows of an analysis."""
    result = report.results[name]
    return AnalysisView(
        id=anchor(name),
        name=name,
        title=result["title"],
        question=result["question"],
        results=results_tables.groups_table(name, result),
        contrasts=results_tables.contrasts_table(name, result),
        tests=results_tables.tests_table(name, result),
        models=results_tables.models_table(name, result),
        groups=tuple(_group_view(report, name, group) for group in result["groups"]),
        reasons=evidence_tables.reasons_table(name, result),
        notes=_notes(result),
        pictures=_pictures(report.figures, name, main=name == report.main_name),
    )


def _notes(result: Mapping[str, object]) -> tuple[str, ...]:
    groups: Mapping[str, Mapping[str, list[str]]] = result["groups"]  # type: ignore[assignment]
    own: list[str] = result["notes"]  # type: ignore[assignment]
    return (*own, *(f"{group}: {note}" for group, values in groups.items() for note in values["notes"]))


def _group_view(report: ReportInput, name: str, group: str) -> GroupView:
    values = report.results[name]["groups"][group]
    return GroupView(
        id=anchor(name, group),
        name=group,
        size=f"{counted(values['k'], 'observation')} of {counted(values['k_studies'], 'study')}",
        rate=values["reason"] if values["estimate"] is None else text.rate(values),
        trace=shlex.join(["metaleak", "trace", name, group]),
        rows=evidence_tables.pooled_rows_table(report, name, group),
    )


def _pictures(figures: Mapping[str, Figure], name: str, *, main: bool) -> tuple[Picture, ...]:
    return tuple(
        picture(key, figure)
        for key, figure in figures.items()
        if key.startswith(f"{name}-") and not (main and key == f"{name}-{OVERVIEW}")
    )


def overview(report: ReportInput) -> Picture | None:
    """Return the picture of all groups of the main analysis, if it was drawn."""
    key = f"{report.main_name}-{OVERVIEW}"
    return picture(key, report.figures[key]) if key in report.figures else None


def picture(key: str, figure: Figure) -> Picture:
    """Return a figure as an image.

    An SVG inside an image runs no script and loads nothing, whatever its text holds; it does not see
    the fonts of the page either, but figures bring their own.
    """
    width, height = _size(figure.svg)
    return Picture(
        id=anchor("figure", key),
        source="data:image/svg+xml;base64," + base64.b64encode(figure.svg.encode("utf-8")).decode("ascii"),
        width=width,
        height=height,
        alt=figure.alt,
        caption=figure.caption,
    )


_VIEW_BOX = re.compile(
    r"<svg\b[^>]*?\bviewBox=[\"']\s*[-0-9.]+[\s,]+[-0-9.]+[\s,]+([0-9]+)[0-9.]*[\s,]+([0-9]+)"
)


def _size(svg: str) -> tuple[str, str]:
    match = _VIEW_BOX.search(svg)
    return (match[1], match[2]) if match else ("720", "480")
