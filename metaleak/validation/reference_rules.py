"""Rules about keys, references between sheets, and names of studies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from metaleak.sheets.codebook import nearest
from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import TypedRow, View


@rule(
    "R42",
    "error",
    "A key occurs once: two rows with one key are one row typed twice, or two with a wrong word.",
)
def unique_keys(view: View) -> Iterator[Broken]:
    """Find keys that occur twice."""
    for name, rows in view.rows.items():
        columns = view.raw[name].sheet.key
        first: dict[tuple[object, ...], int] = {}
        for row in rows if columns else ():
            key = row.key(*columns)
            if key is None:
                continue
            if key in first:
                yield Broken(
                    sheet=name,
                    row=row.number,
                    column=columns[0],
                    value=" / ".join(str(part) for part in key),
                    text=f"row {first[key]} has the same {', '.join(columns)}",
                    todo="delete one of the two, or mend the word that should differ",
                )
            else:
                first[key] = row.number


@rule("R43", "error", "Every row belongs to a study of studies.csv.", "leaks.study_id", "pairs.study_id")
def known_studies(view: View) -> Iterator[Broken]:
    """Find rows whose study is not in studies.csv."""
    known = tuple(str(row.get("study_id")) for row in view.rows["studies"] if row.get("study_id"))
    if not known:
        return
    for name in ("leaks", "pairs"):
        for row in view.rows[name]:
            study = row.get("study_id")
            if study is not None and study not in known:
                yield Broken(
                    sheet=name,
                    row=row.number,
                    column="study_id",
                    value=str(study),
                    text=f"studies.csv has no such study{nearest(str(study), known)}",
                    todo="mend the key, or add the study first: metaleak add",
                )


@rule("R46", "error", "One record is one study.", "studies.pmid", "studies.pmcid", "studies.doi")
def identifiers_once(view: View) -> Iterator[Broken]:
    """Find identifiers that two studies share."""
    for column in ("pmid", "pmcid", "doi"):
        for rows in _sharing(view.rows["studies"], column):
            for row in rows[1:]:
                yield Broken(
                    sheet="studies",
                    row=row.number,
                    column=column,
                    value=str(row.get(column)),
                    text=f"row {rows[0].number} ({rows[0].get('study_id')}) has the same {column}",
                    todo="join the two rows, or mend the identifier",
                )


@rule(
    "R47",
    "warning",
    "Two studies with one title or address may be one study.",
    "studies.title",
    "studies.url",
)
def titles_once(view: View) -> Iterator[Broken]:
    """Find titles and addresses that two studies share."""
    for column in ("title", "url"):
        for rows in _sharing(view.rows["studies"], column):
            for row in rows[1:]:
                yield Broken(
                    sheet="studies",
                    row=row.number,
                    column=column,
                    value=str(row.get(column))[:80],
                    text=f"row {rows[0].number} ({rows[0].get('study_id')}) has the same {column}",
                    todo="join the two rows if they are one study, else say in the note why they are two",
                )


@rule("R64", "warning", "A label tells studies apart in tables and figures.", "studies.label")
def labels_once(view: View) -> Iterator[Broken]:
    """Find labels that two studies share."""
    for rows in _sharing(view.rows["studies"], "label"):
        for row in rows[1:]:
            yield Broken(
                sheet="studies",
                row=row.number,
                column="label",
                value=str(row.get("label")),
                text=f"row {rows[0].number} ({rows[0].get('study_id')}) has the same label",
                todo="add a letter: Smith 2020a, Smith 2020b",
            )


@rule("R59", "warning", "A study is here for its counts.", "studies.study_id")
def studies_with_rows(view: View) -> Iterator[Broken]:
    """Find studies without a row of leaks or pairs."""
    used = {row.get("study_id") for name in ("leaks", "pairs") for row in view.rows[name]}
    if not used:
        return
    for row in view.rows["studies"]:
        study = row.get("study_id")
        if study is not None and study not in used:
            yield Broken(
                sheet="studies",
                row=row.number,
                column="study_id",
                value=str(study),
                text="neither leaks.csv nor pairs.csv has a row of this study",
                todo="add its counts, or move it to dropped.csv with the reason",
            )


@rule("R60", "warning", "A study can be found again.", "studies.pmid", "studies.doi", "studies.url")
def ways_back(view: View) -> Iterator[Broken]:
    """Find studies without any identifier or address."""
    for row in view.rows["studies"]:
        values = row.key("pmid", "pmcid", "doi", "url")
        if values is not None and not any(values):
            yield Broken(
                sheet="studies",
                row=row.number,
                column="pmid",
                text="no PubMed number, DOI or address leads to the source",
                todo="add at least the address of the page that was read",
            )


@rule("R63", "warning", "A DOI ends with its last letter, not with the sentence around it.", "studies.doi")
def tidy_dois(view: View) -> Iterator[Broken]:
    """Find DOIs with punctuation behind them."""
    for name, rows in view.rows.items():
        for row in rows:
            doi = row.get("doi")
            if isinstance(doi, str) and re.search(r"[.,;:]$", doi):
                yield Broken(
                    sheet=name,
                    row=row.number,
                    column="doi",
                    value=doi,
                    text="the DOI ends in punctuation",
                    todo="delete the last character",
                )


def _sharing(rows: tuple[TypedRow, ...], column: str) -> list[list[TypedRow]]:
    groups: dict[str, list[TypedRow]] = defaultdict(list)
    for row in rows:
        value = row.get(column)
        if isinstance(value, str):
            groups[" ".join(value.casefold().split())].append(row)
    return [group for group in groups.values() if len(group) > 1]
