"""What the page is made from: the results as they were written, the figures, the sheets, the findings."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from metaleak.question.filters import filtered
from metaleak.question.review import Review
from metaleak.reporting.answer import answer
from metaleak.reporting.data import Figure, ReportInput
from metaleak.reporting.noticed import notice_lines
from metaleak.screening.flow import Flow
from metaleak.sheets.cells import clean
from metaleak.sheets.reader import RawSheet
from metaleak.storage import digest
from metaleak.validation.check import CheckReport
from metaleak.workflow.findings import finding_dict
from metaleak.workflow.flow import flow_digests
from metaleak.workflow.library import Library, read_library
from metaleak.workflow.news import read_news
from metaleak.workflow.project import PROJECT, Project

#: How the review is cited, and what changed; both may be missing.
CITATION, CHANGELOG = "CITATION.cff", "CHANGELOG.md"

#: The last lines of ``metaleak run``.
_LINES = 10


def report_input(
    root: Path,
    project: Project,
    review: Review,
    checked: CheckReport,
    *,
    results: Mapping[str, Mapping[str, Any]],
    figures: Mapping[str, Figure],
    flow: Flow | None = None,
    library: Library | None = None,
) -> ReportInput:
    """Return everything that the page shows, in the order that the project declares."""
    shown = project.report.analyses
    raw = review.sheets.raw
    studies = _sheet_rows(raw["studies"])
    news = read_news(root, library or read_library(root), studies)
    return ReportInput(
        title=project.title,
        question=project.question,
        status=project.status,
        results={name: results[name] for name in shown},
        rows={name: _saved_rows(root / f"analyses/{name}.rows.csv") for name in shown},
        studies=studies,
        leaks=_sheet_rows(raw["leaks"]),
        pairs=_sheet_rows(raw["pairs"]),
        dropped=_sheet_rows(raw["dropped"]),
        reviews=_sheet_rows(raw["reviews"]),
        risk_of_bias=_sheet_rows(raw["risk_of_bias"]),
        certainty=_sheet_rows(raw["certainty"]),
        findings=[finding_dict(finding) for finding in checked.findings],
        figures=figures,
        searches=news.searches,
        arrivals=news.arrivals,
        notices=news.notices,
        flow=flow,
        digests=_digests(root, review, shown),
        software=_software(results),
        main=shown[0],
        no_modality=review.codebook.declared.no_modality,
        citation=_text(root / CITATION),
        changelog=_text(root / CHANGELOG),
        protocol=protocol_headings(root),
        files=held_files(root),
    )


def protocol_headings(root: Path) -> tuple[str, ...]:
    """Return the headings of ``extraction/PROTOCOL.md``."""
    lines = _text(root / "extraction" / "PROTOCOL.md").splitlines()
    return tuple(line.lstrip("# ").strip() for line in lines if line.startswith("#"))


def held_files(root: Path) -> tuple[str, ...]:
    """Return the files of the review, beside its analyses, that hold more than a header."""
    found = [*(root / "extraction").iterdir(), root / PROJECT]
    held = [path for path in found if path.is_file() and path.read_bytes().strip().count(b"\n")]
    return tuple(sorted(path.relative_to(root).as_posix() for path in held))


def with_filters(page: ReportInput) -> ReportInput:
    """Return the page with the numbers of every combination of filters of its main analysis."""
    return replace(page, filtered=filtered(page.results[page.main_name]))


def answer_lines(page: ReportInput, path: str) -> list[str]:
    """Return the ten lines that say what the review found, and where the page lies."""
    found = answer(page)
    first = [page.title, *(lead.sentence for lead in found.leads)]
    last = [f"Caveat: {found.caveat}."] if found.caveat else []
    last.append(f"The page: {path}")
    told = (*(line for line in notice_lines(page) if line.term != "Corrected"), *found.lines)
    between = [f"{line.term}: {line.says}" for line in told][: _LINES - len(first) - len(last)]
    return [*first, *between, *last]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _saved_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def _sheet_rows(raw: RawSheet) -> list[dict[str, str]]:
    return [
        {**{name: clean(row.cells.get(name, "")) for name in raw.sheet.names}, "sheet_row": str(row.number)}
        for row in raw.rows
    ]


def _digests(root: Path, review: Review, shown: list[str]) -> dict[str, str]:
    files = [
        PROJECT,
        *(f"analyses/{name}.{kind}" for name in shown for kind in ("toml", "result.json", "rows.csv")),
    ]
    return dict(
        sorted(
            {
                **review.sheets.digests,
                **flow_digests(root),
                **{file: digest.of_file(root / file) for file in files},
            }.items()
        )
    )


def _software(results: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    named = {name: value for result in results.values() for name, value in result["software"].items()}
    return {**named, "matplotlib": version("matplotlib"), "jinja2": version("jinja2")}
