"""CSV: this project's records.csv, PubMed's export, and any other with a header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from metaleak.errors import InputError
from metaleak.guards import one_of
from metaleak.records import identifiers
from metaleak.records.csv_columns import NAMES, guess
from metaleak.records.dates import year_of
from metaleak.records.marks import Marks
from metaleak.records.names import natural
from metaleak.records.pages import in_full, joined
from metaleak.records.problems import Problems
from metaleak.records.record import Author, Origin, Record
from metaleak.records.table import FIELDS, cells_of, record_of
from metaleak.records.text import clean, sections, split_list, unique
from metaleak.storage.dialect import DELIMITERS, HEADER_WITHIN, SPACES
from metaleak.storage.dialect import Record as Line
from metaleak.storage.dialect import records as rows_of

#: PubMed's own citation: "Spine. 2015 Mar 1;40(5):E123-8. doi: ..."
_CITATION = re.compile(r";\s*([^;():]*?)(?:\(([^()]*)\))?:([^.]+)\.")
#: PubMed's list of authors: "Casbon JA, Crooks GE."
_WITH_INITIALS = re.compile(r"[^,;]+ [^\W\d_a-z]{1,4}(?:, [^,;]+ [^\W\d_a-z]{1,4})*\.?")


def read_csv(
    lines: list[str], marks: Marks, problems: Problems, *, columns: Mapping[str, str] | None = None
) -> Iterator[Record]:
    """Yield the records of a CSV file one by one; which column was taken for what is a note.

    Raises
    ------
    InputError
        When no row names a column with titles, or ``columns`` names one that is not there.
    SettingError
        When ``columns`` declares something that is none.
    """
    for name in columns or ():
        one_of("columns", name, NAMES)
    found = _rows(lines, columns)
    header = next(found)
    names = [cell.strip(SPACES) for cell in header.cells]
    if {"record_id", "title", "origins"} <= set(names):
        for record in _own(names, found, problems):
            yield replace(record, origins=_origins(record, marks)) if marks.source else record
        return
    _refuse_unknown(columns or {}, names)
    places = guess(names, columns)
    _tell(names, places, problems)
    for number, row in enumerate(found, start=1):
        if _is_sound(row, names, number, problems):
            cells = {wanted: clean(row.cells[at]) for wanted, at in places.items() if at < len(row.cells)}
            record = _record(cells, marks)
            if not record.title:
                problems.warning("the record has no title", record=number, line=row.number)
            yield record


def _refuse_unknown(columns: Mapping[str, str], names: Sequence[str]) -> None:
    unknown = [name for name in columns.values() if name not in names]
    if unknown:
        raise InputError(
            "there is no column of this name", required="one of " + ", ".join(names), got=", ".join(unknown)
        )


def _rows(lines: list[str], columns: Mapping[str, str] | None) -> Iterator[Line]:
    """Yield the header and the rows below it, in the delimiter that makes most sense of a header."""
    best, delimiter, at = 0, ",", 0
    for mark in DELIMITERS:
        for place, line in enumerate(lines[:HEADER_WITHIN]):
            places = guess([cell.strip(SPACES + '"') for cell in line.split(mark)], columns)
            if "title" in places and len(places) > best:
                best, delimiter, at = len(places), mark, place
    if not best:
        raise InputError(
            "no row names the columns",
            required="a header with at least a column of titles",
            got=lines[0][:80] if lines else "",
            todo="write their names above the rows, or say which column holds the titles: "
            "metaleak import --column title=NAME, columns={'title': 'NAME'} in Python",
        )
    for row in rows_of([f"{line}\n" for line in lines[at:]], delimiter):
        if not row.is_blank:
            yield Line(row.number + at, row.cells, row.broken)


def _is_sound(row: Line, names: Sequence[str], number: int, problems: Problems) -> bool:
    lost = ",".join(row.cells)
    if row.broken:
        problems.error(row.broken, record=number, line=row.number, lost=lost)
        return False
    if len(row.cells) > len(names) and any(cell.strip(SPACES) for cell in row.cells[len(names) :]):
        told = f"the row has {len(row.cells)} cells, the header {len(names)}"
        problems.error(told, record=number, line=row.number, lost=lost)
        return False
    if len(row.cells) < len(names):
        told = f"the row has {len(row.cells)} cells, the header {len(names)}: the last are taken as empty"
        problems.warning(told, record=number, line=row.number)
    return True


def _own(names: list[str], rows: Iterator[Line], problems: Problems) -> Iterator[Record]:
    if unknown := sorted(set(names) - {field.name for field in FIELDS} - {"abstract"}):
        problems.note(f"columns that were not read: {', '.join(unknown)}")
    for number, row in enumerate(rows, start=1):
        if not _is_sound(row, names, number, problems):
            continue
        try:
            yield record_of(cells_of(dict(zip(names, row.cells, strict=False))))
        except (ValueError, TypeError) as error:
            problems.error(str(error), record=number, line=row.number, lost=",".join(row.cells))


def _origins(record: Record, marks: Marks) -> tuple[Origin, ...]:
    """Return where a record of another review comes from: this file, for the searches of that review are not logged."""
    accession = record.origins[0].accession if record.origins else ""
    return (Origin(marks.source or "", marks.run, accession),)


def _tell(names: Sequence[str], places: Mapping[str, int], problems: Problems) -> None:
    taken = ", ".join(f"{wanted} from {names[at]!r}" for wanted, at in places.items())
    left = [name for at, name in enumerate(names) if at not in places.values() and name]
    problems.note(f"columns: {taken}" + (f"; not read: {', '.join(left)}" if left else ""))


def _record(cells: Mapping[str, str], marks: Marks) -> Record:
    def get(name: str) -> str:
        return cells.get(name, "")

    cited = _CITATION.search(get("citation"))
    volume, issue, pages = cited.groups(default="") if cited else ("", "", "")
    pmid = identifiers.pmid(get("pmid"))
    accession = get("accession") or (pmid if marks.source in ("pubmed", None) and get("citation") else "")
    content = (
        get("title"),
        get("authors"),
        get("journal"),
        get("year") or get("date"),
        get("pages"),
        get("doi"),
    )
    says = get("database") or ("pubmed" if get("citation") and pmid else "")
    record_id, origins = marks.mark(accession, content, says=says)
    return Record(
        record_id=record_id,
        pmid=pmid,
        pmcid=identifiers.pmcid(get("pmcid")),
        doi=identifiers.doi(get("doi")),
        title=get("title"),
        abstract=sections(get("abstract")),
        authors=_authors(get("authors")),
        journal=get("journal"),
        journal_abbreviation=get("journal_abbreviation"),
        issns=identifiers.issns(get("issns")),
        volume=get("volume") or volume.strip(),
        issue=get("issue") or issue,
        pages=in_full(get("pages") or pages)
        or joined(get("first_page"), get("last_page"))
        or get("article_number"),
        year=year_of(get("year"), get("date")),
        date=get("date") or get("year"),
        languages=unique(split_list(get("languages"))),
        publication_types=unique(split_list(get("publication_types"))),
        keywords=unique(split_list(get("keywords"))),
        url=get("url"),
        origins=origins,
    )


def _authors(text: str) -> tuple[Author, ...]:
    if ";" in text:
        parts = split_list(text)
    elif " and " in text:
        parts = text.split(" and ")
    elif _WITH_INITIALS.fullmatch(text):
        parts = text.rstrip(".").split(", ")
    else:
        parts = [text]
    return tuple(author for part in parts if (author := natural(part)))
