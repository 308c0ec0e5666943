"""Which tables leave the review: those of the page, in its order, each under a short name."""

from __future__ import annotations

from collections.abc import Iterator

from metaleak.reporting import evidence_tables, makeup, results_tables, source_tables
from metaleak.reporting.data import ReportInput
from metaleak.reporting.export.flat import FlatTable, flat
from metaleak.reporting.sections import section_of
from metaleak.reporting.tables import Table


def export_tables(report: ReportInput) -> dict[str, FlatTable]:
    """Return the tables of a report by name: characteristics of the studies, results, models, rows, left out."""
    named = dict(_tables(report))
    return {name: flat(table) for name, table in named.items() if table is not None}


def _tables(report: ReportInput) -> Iterator[tuple[str, Table | None]]:
    yield "studies", source_tables.studies_table(report)
    for name in report.pooled:
        result = report.results[name]
        yield f"{name}-results", results_tables.groups_table(name, result)
        yield f"{name}-contrasts", results_tables.contrasts_table(name, result)
        yield f"{name}-models", results_tables.models_table(name, result)
        yield f"{name}-tests", results_tables.tests_table(name, result)
        yield f"{name}-makeup", makeup.makeup_table(name, result)
        for place, group in enumerate(result["groups"], start=1):
            yield f"{name}-rows-{place}", evidence_tables.pooled_rows_table(report, name, group)
        yield f"{name}-left-out", evidence_tables.left_out_table(report, name)
    for name in report.sections:
        shown = section_of(report, name)
        for place, table in enumerate((*shown.tables, *shown.folded), start=1):
            first = place == 1 and report.results[name]["kind"] == "certainty"
            yield f"{name}-{'summary-of-findings' if first else place}", table
    yield "reviews", source_tables.reviews_table(report)
    yield "dropped", evidence_tables.dropped_table(report)
