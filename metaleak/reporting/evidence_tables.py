"""Tables of the evidence: pooled rows, rows left out, studies, earlier reviews, findings, digests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.reporting.data import ReportInput, Result, SheetRow
from metaleak.reporting.links import Link, anchor, source_links
from metaleak.reporting.tables import (
    Cell,
    Column,
    Row,
    Table,
    of_count,
    of_number,
    of_rate_bar,
    of_share,
    of_text,
)
from metaleak.reporting.words import counted, plain
from metaleak.storage.strict_json import number


def pooled_rows_table(report: ReportInput, name: str, group: str) -> Table:
    """Return every observation of a group, with its place in the source and in the sheet."""
    result = report.results[name]
    sheet = result["settings"]["sheet"]
    notes = {
        row["sheet_row"]: row.get("note", "") for row in (report.pairs if sheet == "pairs" else report.leaks)
    }
    known = {study["study_id"] for study in report.studies}
    columns = (
        Column("Study"),
        Column("Procedure"),
        Column("Counted"),
        Column("Imaging"),
        Column("Arms"),
        Column("Seen / positive" if sheet == "pairs" else "Leaks / n", "number"),
        Column("Rate", "number"),
        Column("0 to 100 %", "bar"),
        Column("Information share", "number"),
        Column("Confidence"),
        Column("In the source", "long"),
        Column(f"Row in {sheet}.csv", "number"),
        Column("Note", "long"),
    )
    values = result["groups"][group]
    return Table(
        id=anchor(name, group, "rows"),
        caption=(
            f"{group}: {counted(values['k'], 'observation')} of {counted(values['k_studies'], 'study')}. "
            "Rate with its exact (Clopper-Pearson) interval; information share: not used in estimation."
        ),
        columns=columns,
        rows=tuple(
            _pooled_row(row, known=known, notes=notes, id=anchor(name, "row", str(i)))
            for i, row in enumerate(result["rows"], start=1)
            if row["group"] == group
        ),
    )


def _pooled_row(row: Mapping[str, Any], *, known: set[str], notes: Mapping[str, str], id: str) -> Row:
    places = [str(n) for n in row["sheet_rows"]]
    return Row(
        (
            _study_cell(row["label"], row["study_id"], known),
            of_text(row["procedure"]),
            of_text(plain(row["unit"])),
            of_text(plain(row["modality"])),
            of_text(" + ".join(plain(arm) for arm in row["arms"])),
            Cell(text=f"{numbers.count(row['events'])} / {numbers.count(row['total'])}", order=row["total"]),
            of_share(row, key="rate"),
            of_rate_bar(row),
            Cell(text=numbers.percent(row["share"]), order=-1.0 if row["share"] is None else row["share"]),
            of_text(row["confidence"]),
            of_text(row["source_location"]),
            Cell(text=", ".join(places), order=float(row["sheet_rows"][0])),
            of_text("; ".join(dict.fromkeys(notes[n] for n in places if notes.get(n)))),
        ),
        id=id,
    )


def _study_cell(label: str, study_id: str, known: set[str]) -> Cell:
    links = (Link(label, "#" + anchor("study", study_id)),) if study_id in known else ()
    return Cell(text=label, links=links)


def reasons_table(name: str, result: Result) -> Table:
    """Return how many rows of the sheet were left out for which reason."""
    left = result["selection"]["left_out"]
    return Table(
        id=anchor(name, "reasons"),
        caption=f"{result['title']}: why {counted(sum(left.values()), 'row')} of the sheet are not in this pool.",
        columns=(Column("Reason"), Column("Rows", "number")),
        rows=tuple(Row((of_text(plain(reason)), of_count(n))) for reason, n in left.items()),
    )


def left_out_table(report: ReportInput, name: str) -> Table | None:
    """Return every row of the sheet that an analysis leaves out, with the reason."""
    rows = [row for row in report.rows.get(name, ()) if row["taken"] != "1"]
    if not rows:
        return None
    sheet = report.results[name]["settings"]["sheet"]
    keys = [key for key in rows[0] if key not in ("taken", "group", "reason", "sheet_row", "study_id")]
    labels = {study["study_id"]: study["label"] or study["study_id"] for study in report.studies}
    columns = [Column("Study"), *(Column(_heading(key), _kind(key)) for key in keys)]
    return Table(
        id=anchor(name, "left-out"),
        caption=f"Rows of {sheet}.csv that are not in this pool, and why: {counted(len(rows), 'row')}.",
        columns=(*columns, Column("Reason", "long"), Column(f"Row in {sheet}.csv", "number")),
        rows=tuple(
            Row(
                (
                    _study_cell(labels.get(row["study_id"], row["study_id"]), row["study_id"], set(labels)),
                    *(of_text(plain(row[key])) for key in keys),
                    of_text(plain(row["reason"])),
                    _digits(row["sheet_row"]),
                )
            )
            for row in rows
        ),
    )


def _digits(text: str) -> Cell:
    return Cell(text=text, order=float(text) if text.isascii() and text.isdigit() else None)


_HEADINGS = {
    "n_leak": "Leaks",
    "n_total": "n",
    "leak_site": "Site",
    "modality": "Imaging",
    "unit": "Counted",
    "symptomatic": "Symptoms",
    "pmid": "PubMed",
    "doi": "DOI",
    "other_figure": "Other figure",
}


def _heading(key: str) -> str:
    text = _HEADINGS.get(key, plain(key))
    return text[:1].upper() + text[1:] if text != "n" else text


def _kind(key: str) -> str:
    return "number" if key.startswith("n_") else "text"


def dropped_table(report: ReportInput) -> Table | None:
    """Return what was left out before coding, with the reason."""
    if not report.dropped:
        return None
    columns = ("Record", "Year", "Procedure", "Counted", "Imaging", "Site", "Leaks / n", "Source", "Reason")
    return Table(
        id="dropped-table",
        caption=f"Left out before coding: {counted(len(report.dropped), 'record')} of dropped.csv, with the reason.",
        columns=tuple(
            Column(name, {"Reason": "long", "Record": "long"}.get(name, "text")) for name in columns
        ),
        rows=tuple(_dropped_row(row) for row in report.dropped),
    )


def _dropped_row(row: SheetRow) -> Row:
    figures = [row["n_leak"] and f"{row['n_leak']} / {row['n_total']}", row["other_figure"]]
    return Row(
        (
            Cell(text=row["record"], small=row["title"]),
            of_text(row["year"]),
            of_text(plain(row["procedure"])),
            of_text(plain(row["unit"])),
            of_text(plain(row["modality"])),
            of_text(plain(row["leak_site"])),
            of_text("; ".join(figure for figure in figures if figure)),
            Cell(links=source_links(row)),
            of_text(row["reason"]),
        )
    )


def reviews_table(report: ReportInput) -> Table | None:
    """Return the pooled figures of earlier reviews as they were printed."""
    if not report.reviews:
        return None
    columns = (
        Column("Review", "long"),
        Column("Year", "number"),
        Column("What", "long"),
        Column("Measure"),
        Column("Estimate", "number"),
        Column("Studies", "number"),
        Column("n", "number"),
        Column("I²", "number"),
        Column("Source"),
        Column("Note", "long"),
    )
    return Table(
        id="reviews-table",
        caption="Pooled figures of earlier reviews, as printed there.",
        columns=columns,
        rows=tuple(_review_row(row) for row in report.reviews),
    )


def _review_row(row: SheetRow) -> Row:
    limits = f"[{row['ci_low']}, {row['ci_high']}]" if row["ci_low"] and row["ci_high"] else ""
    return Row(
        (
            Cell(text=row["review_id"], small=row["title"]),
            _digits(row["year"]),
            of_text(row["group"]),
            of_text(plain(row["measure"])),
            Cell(text=row["estimate"], small=limits),
            _digits(row["k_studies"]),
            _digits(row["n_total"]),
            of_text(row["i2"]),
            Cell(links=source_links(row)),
            of_text("; ".join(part for part in (row["source_location"], row["note"]) if part)),
        )
    )


def studies_table(report: ReportInput) -> Table | None:
    """Return what is known of every study, its links, and the group of the main analysis it stands in."""
    if not report.studies:
        return None
    columns = (
        Column("Study", "long"),
        Column("Year", "number"),
        Column("Country"),
        Column("Design"),
        Column("Indication"),
        Column("Patients", "number"),
        Column("Read"),
        Column("Source"),
        Column("In the main analysis"),
        Column("Note", "long"),
    )
    groups = _groups_of_studies(report)
    return Table(
        id="studies-table",
        caption=f"What is known of {counted(len(report.studies), 'study')}.",
        columns=columns,
        rows=tuple(_study_row(row, groups.get(row["study_id"], ())) for row in report.studies),
    )


def _groups_of_studies(report: ReportInput) -> dict[str, list[Link]]:
    found: dict[str, list[Link]] = {}
    for i, row in enumerate(report.results[report.main_name]["rows"], start=1):
        found.setdefault(row["study_id"], []).append(
            Link(row["group"], "#" + anchor(report.main_name, "row", str(i)))
        )
    return found


def _study_row(row: SheetRow, groups: Iterable[Link]) -> Row:
    return Row(
        (
            Cell(text=row["label"] or row["study_id"], small=row["title"]),
            _digits(row["year"]),
            of_text(row["country"]),
            of_text(plain(row["design"])),
            of_text(plain(row["indication"])),
            _digits(row["n_patients"]),
            of_text(plain(row["source_depth"])),
            Cell(links=source_links(row)),
            Cell(links=tuple(groups)),
            of_text(row["note"]),
        ),
        id=anchor("study", row["study_id"]),
    )


def findings_table(findings: Sequence[Mapping[str, Any]]) -> Table | None:
    """Return what the checks found in the sheets."""
    if not findings:
        return None
    keys = ("rule", "severity", "sheet", "row", "column", "value", "message", "todo")
    heads = ("Rule", "Severity", "Sheet", "Row", "Column", "Value", "What", "To do")
    long = ("What", "To do", "Value")
    return Table(
        id="findings-table",
        caption=f"What the checks found in the sheets: {counted(len(findings), 'finding')}.",
        columns=tuple(Column(head, "long" if head in long else "text") for head in heads),
        rows=tuple(Row(tuple(_finding_cell(finding.get(key)) for key in keys)) for finding in findings),
    )


def _finding_cell(value: Any) -> Cell:
    if isinstance(value, int):
        return of_count(value)
    return of_text("" if value is None else str(value))


def digests_table(digests: Mapping[str, str]) -> Table:
    """Return the SHA-256 of every file that was read."""
    return Table(
        id="digests-table",
        caption="What was read: the SHA-256 of every input file.",
        columns=(Column("File"), Column("SHA-256", "long")),
        rows=tuple(Row((of_text(file), Cell(text=digest, code=True))) for file, digest in digests.items()),
    )


def software_table(software: Mapping[str, str]) -> Table:
    """Return the versions of the programs that made the page."""
    return Table(
        id="software-table",
        caption="What made the page: versions.",
        columns=(Column("Package"), Column("Version")),
        rows=tuple(Row((of_text(name), of_text(version))) for name, version in software.items()),
    )


def fits_table(name: str, result: Result) -> Table:
    """Return the certificate of every fit of an analysis."""
    fits = {
        group: values["convergence"] for group, values in result["groups"].items() if values["convergence"]
    }
    columns = (
        Column("Group"),
        Column("Log-likelihood", "number"),
        Column("Quadrature points", "number"),
        Column("Iterations", "number"),
        Column("Converged"),
    )
    return Table(
        id=anchor(name, "fits"),
        caption=f"{result['title']}: certificates of the fits.",
        columns=columns,
        rows=tuple(
            Row(
                (
                    of_text(group),
                    of_number(fit["log_likelihood"], digits=4),
                    of_text(numbers.NONE)
                    if fit["quadrature_points"] is None
                    else of_count(fit["quadrature_points"]),
                    of_count(fit["iterations"]),
                    of_text("yes" if fit["converged"] else "no"),
                )
            )
            for group, fit in fits.items()
            if number(fit["log_likelihood"]) is not None
        ),
    )
