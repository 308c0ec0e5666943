"""Rules about what leads to a study: identifiers, addresses, titles, labels."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import unquote

from metaleak.numbers import ranges
from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import TypedRow, View

_LASTING = ("pmid", "pmcid", "doi")

#: What an address says about the record behind it.
_IN_ADDRESS = {
    "pmid": re.compile(r"pubmed\.ncbi\.nlm\.nih\.gov/([1-9][0-9]{0,7})"),
    "pmcid": re.compile(r"/(PMC[1-9][0-9]*)"),
    "doi": re.compile(r"(10\.[0-9]{4,9}/[^?#]+)"),
}

_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")


@rule("R46", "error", "One record is one study.", "studies.pmid", "studies.pmcid", "studies.doi")
def identifiers_once(view: View) -> Iterator[Broken]:
    """Find identifiers that two studies share."""
    for column in _LASTING:
        yield from _shared(view, column, "join the two rows, or mend the identifier")


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
        yield from _shared(
            view, column, "join the two rows if they are one study, else say in the note why they are two"
        )


@rule("R64", "warning", "A label tells studies apart in tables and figures.", "studies.label")
def labels_once(view: View) -> Iterator[Broken]:
    """Find labels that two studies share."""
    yield from _shared(view, "label", "add a letter: Smith 2020a, Smith 2020b")


@rule("R60", "warning", "A study can be found again.", "studies.pmid", "studies.doi", "studies.url")
def ways_back(view: View) -> Iterator[Broken]:
    """Find studies without any identifier or address."""
    for row in view.rows["studies"]:
        values = row.key(*_LASTING, "url")
        if values is not None and not any(values):
            yield Broken(
                sheet="studies",
                row=row.number,
                column="pmid",
                text="no PubMed number, DOI or address leads to the source",
                todo="add at least the address of the page that was read",
            )


@rule(
    "R69",
    "warning",
    "An identifier outlives an address, and only identifiers tell whether two rows are one study.",
    "studies.pmid",
    "studies.pmcid",
    "studies.doi",
)
def lasting_identifiers(view: View) -> Iterator[Broken]:
    """Count the studies that an address alone leads to: one finding, at the first of them."""
    rows = [row for row in view.rows["studies"] if row.get("url") and row.key(*_LASTING) == ("", "", "")]
    if rows:
        many = len(rows) > 1
        yield Broken(
            sheet="studies",
            row=rows[0].number,
            column="pmid",
            text=f"{len(rows)} stud{'ies have' if many else 'y has'} an address alone"
            + (f": rows {ranges(row.number for row in rows)}" if many else ""),
            todo="look the titles up in PubMed or Crossref and add what is found",
        )


@rule(
    "R63",
    "warning",
    "A DOI ends with its last letter, not with the sentence around it.",
    "studies.doi",
    "reviews.doi",
    "dropped.doi",
)
def tidy_dois(view: View) -> Iterator[Broken]:
    """Find DOIs with punctuation behind them."""
    for name, rows in view.by_hand.items():
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


@rule(
    "R68",
    "warning",
    "The address leads to the record that the identifiers name.",
    *(f"{sheet}.{column}" for sheet in ("studies", "reviews", "dropped") for column in (*_LASTING, "url")),
)
def addresses_fit_identifiers(view: View) -> Iterator[Broken]:
    """Find addresses that name another record than the row, or one that the row leaves out."""
    for name, rows in view.by_hand.items():
        for row in rows:
            address = unquote(row.get("url") or "")
            for column, pattern in _IN_ADDRESS.items():
                match, key = pattern.search(address), row.key(column)
                if match is None or key is None or _names(address, match[1], key[0]):
                    continue
                yield Broken(
                    sheet=name,
                    row=row.number,
                    column=column,
                    value=key[0],
                    text=f"the address holds {match[1][:60]}, "
                    + ("the cell another one" if key[0] else "the cell is empty"),
                    todo="look which one is right" if key[0] else "fill it in, if it is this study's",
                )


@rule("R72", "warning", "A label carries the year of print.", "studies.label", "studies.year")
def years_in_labels(view: View) -> Iterator[Broken]:
    """Find labels with another year than the study."""
    for row in view.rows["studies"]:
        years, key = _YEAR.findall(row.get("label") or ""), row.key("year")
        if years and key is not None and str(key[0]) not in years:
            yield Broken(
                sheet="studies",
                row=row.number,
                column="label",
                value=row.get("label"),
                text=f"the column year says {key[0]}" if key[0] else "the column year is empty",
                todo="write the year of print in both",
            )


def _names(address: str, found: str, cell: str) -> bool:
    # Publishers append /full or /pdf to a DOI: it is enough that the address holds the cell's.
    return bool(cell) and (cell == found or (cell.startswith("10.") and cell.lower() in address.lower()))


def _shared(view: View, column: str, todo: str) -> Iterator[Broken]:
    groups: dict[str, list[TypedRow]] = defaultdict(list)
    for row in view.rows["studies"]:
        value = row.get(column)
        if isinstance(value, str):
            groups[" ".join(value.casefold().split())].append(row)
    for first, *others in groups.values():
        for row in others:
            yield Broken(
                sheet="studies",
                row=row.number,
                column=column,
                value=str(row.get(column)),
                text=f"row {first.number} ({first.get('study_id')}) has the same {column}",
                todo=todo,
            )
