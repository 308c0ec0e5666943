"""PubMed's MEDLINE text (NBIB)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from metaleak.records import identifiers
from metaleak.records.dates import year_of
from metaleak.records.marks import Marks
from metaleak.records.names import inverted
from metaleak.records.pages import in_full
from metaleak.records.problems import Problems
from metaleak.records.pubmed_links import LINK_OF_TAG
from metaleak.records.record import Author, Link, Record
from metaleak.records.tagged import Tagged, every, first
from metaleak.records.text import clean, sections, split_list, unique

_TAGGED = re.compile(r"([A-Z][A-Z0-9 ]{3})- ?(.*)")
_LINKED = re.compile(r"(.*?)\s*\bPMID:\s*(\d{1,8})$")

#: The tag that begins a record.
START = "PMID"


def read_nbib(lines: list[str], marks: Marks, problems: Problems) -> Iterator[Record]:
    """Yield the records of MEDLINE text one by one."""
    for tagged in _records(lines, problems):
        record = _record(tagged, marks)
        if not record.pmid:
            problems.warning("the record has no PubMed number", record=tagged.number, line=tagged.line)
        if not record.title:
            told = "the record has no title: the file may be cut here"
            problems.warning(told, record=tagged.number, line=tagged.line)
        yield record


def _records(lines: list[str], problems: Problems) -> Iterator[Tagged]:
    current: Tagged | None = None
    number = 0
    for at, line in enumerate(lines, start=1):
        found = _TAGGED.match(line)
        tag = found.group(1).rstrip() if found else ""
        if tag == START:
            if current:
                yield current
            number += 1
            current = Tagged(number, at)
        if current is None:
            if line.strip():
                problems.error("a line before the first record was not read", line=at, lost=line)
        elif found:
            current.add(tag, found.group(2))
        elif line.strip():
            current.go_on(line.strip())
    if current:
        yield current


def _record(tagged: Tagged, marks: Marks) -> Record:
    values = tagged.values()
    pmid = identifiers.pmid(first(values, "PMID"))
    title, book_title = first(values, "TI"), first(values, "BTI")
    is_book = bool(book_title)
    date = first(values, "DP")
    electronic = first(values, "DEP")
    content = (title or book_title, first(values, "SO"), *every(values, "AU"))
    record_id, origins = marks.mark(pmid, content, says="pubmed")
    return Record(
        record_id=record_id,
        pmid=pmid,
        pmcid=identifiers.pmcid(first(values, "PMC")),
        doi=_doi(every(values, "LID", "AID")),
        title=title or book_title,
        original_title=first(values, "TT"),
        abstract=sections(first(values, "AB", "OAB")),
        authors=_authors(tagged, "FAU", "AU", "CN"),
        journal=first(values, "JT"),
        journal_abbreviation=first(values, "TA"),
        issns=identifiers.issns(*every(values, "IS")),
        volume=first(values, "VI"),
        issue=first(values, "IP"),
        pages=in_full(first(values, "PG")),
        year=year_of(date, electronic),
        date=date,
        electronic_date=electronic,
        languages=unique(every(values, "LA")),
        publication_types=unique(every(values, "PT")),
        mesh=unique(every(values, "MH")),
        keywords=unique([word for text in every(values, "OT") for word in split_list(text.lstrip("*"))]),
        registrations=unique(every(values, "SI")),
        links=_links(tagged),
        revised=first(values, "LR"),
        is_book=is_book,
        book_title=book_title,
        editors=_authors(tagged, "FED", "ED", ""),
        publisher=first(values, "PB"),
        place=first(values, "PL") if is_book else "",
        isbn=identifiers.isbn(first(values, "ISBN")),
        origins=origins,
    )


def _doi(texts: list[str]) -> str:
    return next((identifiers.doi(text) for text in texts if text.endswith("[doi]")), "")


def _authors(tagged: Tagged, full: str, short: str, group: str) -> tuple[Author, ...]:
    """Return persons by their full names where the record has them, and groups, in the order of the file."""
    person = full if any(tag == full for tag, _ in tagged.lines) else short
    found = []
    for tag, parts in tagged.lines:
        value = clean(" ".join(parts))
        if tag == group and value:
            found.append(Author(value, is_group=True))
        elif tag == person and (author := inverted(value)):
            found.append(Author(author.family, author.given, author.suffix))
    return tuple(found)


def _links(tagged: Tagged) -> tuple[Link, ...]:
    found = []
    for tag, parts in tagged.lines:
        if tag in LINK_OF_TAG:
            value = clean(" ".join(parts))
            numbered = _LINKED.fullmatch(value)
            citation, pmid = numbered.groups() if numbered else (value, "")
            found.append(Link(LINK_OF_TAG[tag], citation, pmid))
    return tuple(found)
