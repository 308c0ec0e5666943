"""Records as rows of ``records.csv``, and back without a loss."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak.records.compiled import csv_lines
from metaleak.records.packing import pack, unpack
from metaleak.records.record import Author, Link, Origin, Record, Section
from metaleak.storage.formulas import neutral, original


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, what its cells hold (a kind of the sheets), one sentence about it."""

    name: str
    kind: str
    sentence: str


_LIST = "several are separated by semicolons."

#: The columns of records.csv in their order; the abstract is written on request.
FIELDS = (
    Field(
        "record_id", "text", "Key of the record: the source and its number there, or a digest; never changed."
    ),
    Field("pmid", "pmid", "PubMed number."),
    Field("pmcid", "pmcid", "PubMed Central number."),
    Field("doi", "doi", "Digital object identifier, in lower case."),
    Field("title", "text", "Title without markup."),
    Field("original_title", "text", "Title in the language of the paper, where the record has it."),
    Field("authors", "text", f"Family name, given names, suffix; a group ends in a comma; {_LIST}"),
    Field("journal", "text", "Journal in full."),
    Field("journal_abbreviation", "text", "Journal, abbreviated."),
    Field("issns", "text", f"ISSN; {_LIST}"),
    Field("volume", "text", "Volume."),
    Field("issue", "text", "Issue."),
    Field("pages", "text", "First and last page in full, or the article number."),
    Field("year", "year", "Year of print."),
    Field("date", "text", "Date of print as the source writes it."),
    Field("electronic_date", "text", "Date of electronic publication as the source writes it."),
    Field("languages", "text", f"Language; {_LIST}"),
    Field("publication_types", "text", f"Publication type; {_LIST}"),
    Field("mesh", "text", f"MeSH heading with its subheadings; {_LIST}"),
    Field("keywords", "text", f"Keyword; {_LIST}"),
    Field("registrations", "text", f"Register and number; {_LIST}"),
    Field("links", "text", f"Correction, retraction, comment: kind, citation, PubMed number; {_LIST}"),
    Field("is_retracted", "flag", "Whether the publication was withdrawn."),
    Field("is_book", "flag", "Whether it is a book or a chapter of one."),
    Field("book_title", "text", "Title of the book."),
    Field("editors", "text", f"Editors of the book, written as authors are; {_LIST}"),
    Field("publisher", "text", "Publisher of the book."),
    Field("place", "text", "Place of the publisher."),
    Field("isbn", "text", "ISBN of the book."),
    Field("revised", "text", "When the source last changed the record, YYYYMMDD."),
    Field("url", "text", "An address, where the source gives one."),
    Field("origins", "text", f"Source, run, number in the source; {_LIST}"),
)
ABSTRACT = Field("abstract", "text", "Abstract; labels stand before | and sections are separated by ||.")

_LISTS = ("issns", "languages", "publication_types", "mesh", "keywords", "registrations")
_PEOPLE = ("authors", "editors")
_WAYS = dict.fromkeys(_LISTS, "items") | dict.fromkeys(_PEOPLE, "people")
_WAYS |= {"links": "links", "origins": "origins", "abstract": "sections"}
_TEXTS = tuple(
    field.name
    for field in FIELDS
    if field.kind not in ("flag", "year") and field.name not in (*_LISTS, *_PEOPLE, "links", "origins")
)


def _way(column: Field) -> str:
    return _WAYS.get(column.name, column.kind if column.kind in ("flag", "year") else "text")


#: Each column of the file and how its cells are written.
_COLUMNS = tuple((each.name, _way(each)) for each in (*FIELDS, ABSTRACT))
_TO_QUOTE = re.compile('[",\n\r]')


def row_of(record: Record) -> dict[str, str]:
    """Return the cells of a record by column, as plain text, with the abstract."""
    row: dict[str, str] = {name: getattr(record, name) for name in _TEXTS}
    for name in _LISTS:
        row[name] = pack([(item,) for item in getattr(record, name)])
    for name in _PEOPLE:
        row[name] = pack([_parts(author) for author in getattr(record, name)], inside=",")
    row["links"] = pack([(each.kind, each.citation, each.pmid) for each in record.links], inside="|")
    row["origins"] = pack([(each.source, each.run, each.accession) for each in record.origins], inside="|")
    row["abstract"] = pack([(each.label, each.text) for each in record.abstract], between="||", inside="|")
    row["year"] = "" if record.year is None else str(record.year)
    row["is_book"] = str(int(record.is_book))
    row["is_retracted"] = str(int(record.is_retracted))
    return row


def record_of(row: Mapping[str, str]) -> Record:
    """Return the record of a row; columns that are missing are empty.

    Raises
    ------
    ValueError
        When a cell does not hold what its column holds.
    """
    values: dict[str, Any] = {name: row.get(name, "") for name in _TEXTS}
    for name in _LISTS:
        values[name] = tuple(item[0] for item in unpack(row.get(name, "")))
    for name in _PEOPLE:
        values[name] = tuple(_author(parts) for parts in unpack(row.get(name, ""), inside=","))
    year = row.get("year", "")
    return Record(
        **values,
        links=tuple(Link(*parts) for parts in unpack(row.get("links", ""), inside="|")),
        origins=tuple(Origin(*parts) for parts in unpack(row.get("origins", ""), inside="|")),
        abstract=tuple(
            Section(*parts) for parts in unpack(row.get("abstract", ""), between="||", inside="|")
        ),
        year=int(year) if year else None,
        is_book=row.get("is_book") == "1",
    )


def records_csv(records: Iterable[Record], *, abstracts: bool = False) -> bytes:
    """Return records as the bytes of a CSV file in UTF-8.

    Parameters
    ----------
    records : iterable of Record
        What to write.
    abstracts : bool
        Write the abstracts too; they are mostly publishers' text.
    """
    columns = _COLUMNS if abstracts else _COLUMNS[:-1]
    return (csv_lines or _csv_lines)(records, columns)


def _csv_lines(records: Iterable[Record], columns: Sequence[tuple[str, str]]) -> bytes:
    lines = [",".join([name for name, _ in columns])]
    for record in records:
        row = row_of(record)
        lines.append(",".join([_quoted(neutral(row[name])) for name, _ in columns]))
    return "".join([f"{line}\n" for line in lines]).encode("utf-8")


def _quoted(cell: str) -> str:
    if not _TO_QUOTE.search(cell):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def cells_of(row: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of a written row as they were before formulas were guarded."""
    return {name: original(cell) for name, cell in row.items()}


def _parts(author: Author) -> tuple[str, ...]:
    if author.is_group:
        return (author.family, "")
    if author.suffix:
        return (author.family, author.given, author.suffix)
    return (author.family, author.given) if author.given else (author.family,)


def _author(parts: list[str]) -> Author:
    if len(parts) == 2 and not parts[1]:
        return Author(parts[0], is_group=True)
    family, given, suffix = [*parts, "", ""][:3]
    return Author(family, given, suffix)
