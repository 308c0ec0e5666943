"""What the templates show, section by section."""

from __future__ import annotations

import shlex
from collections import defaultdict
from dataclasses import dataclass

from metaleak.plots.words import greek
from metaleak.reporting import evidence_tables, makeup, results_tables, text
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.mixed_units import mixed_units
from metaleak.reporting.pictures import Picture, picture
from metaleak.reporting.tables import Table
from metaleak.reporting.words import capital, counted

#: The figure that stands in the answer; all others stand with their analysis.
OVERVIEW = "groups"


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
    compared: str
    makeup: Table
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
        compared=makeup.compared(result),
        makeup=makeup.makeup_table(name, result),
        contrasts=results_tables.contrasts_table(name, result),
        tests=results_tables.tests_table(name, result),
        models=results_tables.models_table(name, result),
        groups=tuple(_group_view(report, name, group) for group in result["groups"]),
        reasons=evidence_tables.reasons_table(name, result),
        notes=(*mixed_units(result, report.results), *_notes(result)),
        pictures=_pictures(report, name),
    )


def _notes(result: Result) -> tuple[str, ...]:
    """Return what to mind: of the whole analysis, then of groups, each note once."""
    starts, homes = defaultdict(list), defaultdict(list)
    for note in result["notes"]:
        start, _, rest = note.partition(": ")
        starts[start].append(rest)
    for group, values in result["groups"].items():
        for note in (*values["notes"], *([values["reason"]] if values["reason"] else [])):
            homes[note].append(group)
    own = (": ".join(part for part in (start, "; ".join(rest)) if part) for start, rest in starts.items())
    of_groups = (f"{'; '.join(groups)}: {note}" for note, groups in homes.items())
    return tuple(f"{capital(greek(note))}." for note in (*own, *of_groups))


def _group_view(report: ReportInput, name: str, group: str) -> GroupView:
    values = report.results[name]["groups"][group]
    return GroupView(
        id=anchor(name, group),
        name=group,
        size=f"{counted(values['k'], 'observation')} of {counted(values['k_studies'], 'study')}",
        rate=text.rate(values) if values["estimate"] is not None else text.not_pooled(values),
        trace=shlex.join(["metaleak", "trace", name, group]),
        rows=evidence_tables.pooled_rows_table(report, name, group),
    )


def _pictures(report: ReportInput, name: str) -> tuple[Picture, ...]:
    kinds = [
        kind for kind in report.results[name]["settings"]["figures"] if f"{name}-{kind}" in report.figures
    ]
    shown = [kind for kind in kinds if name != report.main_name or kind != OVERVIEW]
    return tuple(_pooled_picture(report, name, kind) for kind in shown)


def overview(report: ReportInput) -> Picture | None:
    """Return the picture of all groups of the main analysis, if it was drawn."""
    name = report.main_name
    return _pooled_picture(report, name, OVERVIEW) if f"{name}-{OVERVIEW}" in report.figures else None


def _pooled_picture(report: ReportInput, name: str, kind: str) -> Picture:
    rows = counted(len(report.results[name]["rows"]), "observation")
    return picture(report, name, kind, summary=f"{capital(kind)} plot: {rows}")
