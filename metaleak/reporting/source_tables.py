"""Tables of where the evidence comes from: the studies, and what earlier reviews found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from metaleak.numbers import count
from metaleak.reporting.data import ReportInput, SheetRow
from metaleak.reporting.earlier import rate_here, same_here
from metaleak.reporting.links import Link, anchor, source_links
from metaleak.reporting.noticed import notice_note, notice_words
from metaleak.reporting.tables import Cell, Column, Row, Table, of_digits, of_text
from metaleak.reporting.words import capital, counted, plain
from metaleak.storage.strict_json import number

_HERE = (
    " The same here: the median study of this review with that procedure and unit, all imaging together; "
    "earlier pools mix imaging in shares of their own, so that a difference need not be one of leakage."
)


def reviews_table(report: ReportInput) -> Table | None:
    """Return the pooled figures of earlier reviews as they were printed."""
    if not report.reviews:
        return None
    here = [same_here(report, row) for row in report.reviews]
    compared = any(pool is not None for pool in here)
    columns = (
        Column("Review", "long"),
        Column("Year", "number"),
        Column("What", "long"),
        Column("Measure"),
        Column("Estimate", "number"),
        *([Column("The same here", "number")] if compared else []),
        Column("Studies", "number"),
        Column("n", "number"),
        Column("I²", "number"),
        Column("Source"),
        Column("Note", "long"),
    )
    return Table(
        id="reviews-table",
        caption="Pooled figures of earlier reviews, as printed there." + (_HERE if compared else ""),
        columns=columns,
        rows=tuple(
            _review_row(row, [_here_cell(pool)] if compared else [])
            for row, pool in zip(report.reviews, here, strict=True)
        ),
    )


def _here_cell(pool: Mapping[str, Any] | None) -> Cell:
    if pool is None:
        return Cell(order=-1.0)
    rate, small = rate_here(pool)
    return Cell(text=rate, small=small, order=number(pool["estimate"]))


def _review_row(row: SheetRow, here: Iterable[Cell]) -> Row:
    limits = f"[{row['ci_low']}, {row['ci_high']}]" if row["ci_low"] and row["ci_high"] else ""
    return Row(
        (
            Cell(text=row["review_id"], small=row["title"]),
            of_digits(row["year"]),
            of_text(row["group"]),
            of_text(plain(row["measure"])),
            Cell(text=row["estimate"], small=limits),
            *here,
            of_digits(row["k_studies"]),
            of_digits(row["n_total"]),
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
        rows=tuple(
            _study_row(row, groups.get(row["study_id"], ()), report.notices.get(row["study_id"], {}))
            for row in report.studies
        ),
    )


def _groups_of_studies(report: ReportInput) -> dict[str, list[Link]]:
    """Return for each study its observations in the main analysis, each by its group and what sets it apart."""
    names = {study["study_id"]: study["label"] for study in report.studies}
    found: dict[str, list[Link]] = {}
    for i, row in enumerate(report.results[report.main_name]["rows"], start=1):
        apart = row["label"].removeprefix(names.get(row["study_id"], ""))
        place = "#" + anchor(report.main_name, "row", str(i))
        found.setdefault(row["study_id"], []).append(
            Link(row["group"] + (apart if apart[:1] == " " else ""), place)
        )
    return found


def _study_row(row: SheetRow, groups: Iterable[Link], said: Mapping[str, Sequence[str]]) -> Row:
    name = row["label"] or row["study_id"]
    words, told = notice_words(said), notice_note(said)
    return Row(
        (
            Cell(text=f"{name} ({words})" if words else name, small=row["title"]),
            of_digits(row["year"]),
            of_text(row["country"]),
            of_text(plain(row["design"])),
            of_text(plain(row["indication"])),
            of_digits(row["n_patients"]),
            of_text(plain(row["source_depth"])),
            Cell(links=source_links(row)),
            Cell(links=tuple(groups)),
            of_text("; ".join(part for part in (told, row["note"]) if part)),
        ),
        id=anchor("study", row["study_id"]),
    )


def studies_sentence(report: ReportInput) -> str:
    """Say how many studies there are, from when, of which design, how they were read and how they are linked."""
    studies = report.studies
    years = sorted(row["year"] for row in studies if row["year"].isdigit())
    span = f", published {years[0]} to {years[-1]}" if years else ""
    named = sum(bool(row["pmid"] or row["doi"]) for row in studies)
    linked = sum(bool(source_links(row)) for row in studies) - named
    return (
        f"{capital(counted(len(studies), 'study'))}{span}. Design: {_tally(row['design'] for row in studies)}. "
        f"Read: {_tally(row['source_depth'] for row in studies)}. Linked by PubMed number or DOI: {count(named)}; "
        f"by address alone: {count(linked)}."
    )


def _tally(codes: Iterable[str]) -> str:
    found = sorted(Counter(codes).items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{plain(code) or 'not said'} {count(n)}" for code, n in found)
