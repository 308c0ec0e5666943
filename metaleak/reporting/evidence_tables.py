"""Tables of the rows: those that were pooled, those that were left out, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from metaleak import numbers
from metaleak.reporting.conduct import conduct_told
from metaleak.reporting.data import ReportInput, Result, SheetRow
from metaleak.reporting.links import Link, anchor, source_links
from metaleak.reporting.noticed import notice_words
from metaleak.reporting.tables import (
    Cell,
    Column,
    Row,
    Table,
    of_count,
    of_digits,
    of_rate_bar,
    of_share,
    of_text,
)
from metaleak.reporting.words import counted, imaging, plain


def pooled_rows_table(report: ReportInput, name: str, group: str) -> Table:
    """Return every observation of a group, with its place in the source and in the sheet."""
    result = report.results[name]
    sheet = result["settings"]["sheet"]
    notes = {
        row["sheet_row"]: row.get("note", "") for row in (report.pairs if sheet == "pairs" else report.leaks)
    }
    known = {study["study_id"] for study in report.studies}
    rows = [(place, row) for place, row in enumerate(result["rows"], start=1) if row["group"] == group]
    tells_conduct = any(conduct_told(row) for _, row in rows)
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
        *([Column("How it was read", "long")] if tells_conduct else []),
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
            _pooled_row(
                row,
                known=known,
                notices=report.notices,
                notes=notes,
                conduct=[of_text(conduct_told(row))] if tells_conduct else [],
                id=anchor(name, "row", str(place)),
            )
            for place, row in rows
        ),
    )


def _pooled_row(
    row: Mapping[str, Any],
    *,
    known: set[str],
    notices: Mapping[str, Collection[str]],
    notes: Mapping[str, str],
    conduct: Iterable[Cell],
    id: str,
) -> Row:
    places = [str(n) for n in row["sheet_rows"]]
    return Row(
        (
            _study_cell(row["label"], row["study_id"], known, notices),
            of_text(row["procedure"]),
            of_text(plain(row["unit"])),
            of_text(imaging(row["modality"])),
            of_text(" + ".join(plain(arm) for arm in row["arms"])),
            Cell(text=f"{numbers.count(row['events'])} / {numbers.count(row['total'])}", order=row["total"]),
            of_share(row, key="rate"),
            of_rate_bar(row),
            Cell(text=numbers.percent(row["share"]), order=-1.0 if row["share"] is None else row["share"]),
            of_text(row["confidence"]),
            *conduct,
            of_text(row["source_location"]),
            Cell(text=", ".join(places), order=float(row["sheet_rows"][0])),
            of_text("; ".join(dict.fromkeys(notes[n] for n in places if notes.get(n)))),
        ),
        id=id,
    )


def _study_cell(label: str, study_id: str, known: set[str], notices: Mapping[str, Collection[str]]) -> Cell:
    links = (Link(label, "#" + anchor("study", study_id)),) if study_id in known else ()
    return Cell(text=label, small=notice_words(notices.get(study_id, ())), links=links)


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
                    _study_cell(
                        labels.get(row["study_id"], row["study_id"]),
                        row["study_id"],
                        set(labels),
                        report.notices,
                    ),
                    *(_cell(key, row[key]) for key in keys),
                    of_text(plain(row["reason"])),
                    of_digits(row["sheet_row"]),
                )
            )
            for row in rows
        ),
    )


def _cell(key: str, text: str) -> Cell:
    if _kind(key) == "number":
        return of_digits(text)
    return of_text(imaging(text) if key in ("modality", "index") else plain(text))


_HEADINGS = {
    "n_leak": "Leaks",
    "n_total": "n",
    "leak_site": "Site",
    "modality": "Imaging",
    "unit": "Counted",
    "symptomatic": "Symptoms",
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
            of_text(imaging(row["modality"])),
            of_text(plain(row["leak_site"])),
            of_text("; ".join(figure for figure in figures if figure)),
            Cell(links=source_links(row)),
            of_text(row["reason"]),
        )
    )
