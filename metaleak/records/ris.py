"""RIS, as Embase, Web of Science, Scopus, Cochrane, Ovid and reference managers write it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from metaleak.records import identifiers
from metaleak.records.dates import year_of
from metaleak.records.identifiers import registered
from metaleak.records.marks import Marks
from metaleak.records.names import inverted
from metaleak.records.pages import joined
from metaleak.records.problems import Problems
from metaleak.records.record import Author, Record
from metaleak.records.tagged import Tagged, every, first
from metaleak.records.text import sections, split_list, unique

_TAGGED = re.compile(r"([A-Z][A-Z0-9])  - ?(.*)|(ER|TY)\s{0,2}-\s*(.*)")
#: Lines that exports put between or into records: numbers, links to the page, the query.
_ODD = re.compile(
    r"\s*(?:\d+\.|https?://\S+|link to .*|(?:embase|ovid|scopus|wos|database) .*quer.*|<\d+>)\s*", re.I
)
_LONG = ("AB", "N2", "TI", "T1", "AD", "N1", "KW", "T2", "JF", "A1", "AU", "C3", "XR")

#: Types of reference that are books -> whether they are chapters of one.
_BOOKS = {"BOOK": False, "EBOOK": False, "EDBOOK": False, "CHAP": True, "ECHAP": True}
#: Types of reference that say more than "article" -> the publication type.
_TYPES = {
    "CONF": "Congress",
    "CPAPER": "Congress",
    "ABST": "Meeting Abstract",
    "THES": "Academic Dissertation",
}

_PUBMED_NUMBER = re.compile(r"\b(?:PUBMED|PMID|MEDLINE)\W{0,3}(\d{5,8})\b", re.I)
_EMBASE_NUMBER = re.compile(r"\bL\d{6,12}\b")


def read_ris(lines: list[str], marks: Marks, problems: Problems) -> Iterator[Record]:
    """Yield the records of a RIS file one by one."""
    for tagged in _records(lines, problems):
        record = _record(tagged.values(), marks)
        if not record.title:
            problems.warning("the record has no title", record=tagged.number, line=tagged.line)
        yield record


def _records(lines: list[str], problems: Problems) -> Iterator[Tagged]:
    current: Tagged | None = None
    number = odd = 0
    for at, line in enumerate(lines, start=1):
        found = _TAGGED.match(line.lstrip())
        tag = (found.group(1) or found.group(3)) if found else ""
        value = (found.group(2) or found.group(4) or "") if found else line.strip()
        if tag == "TY" or (tag == "ER" and current):
            if current:
                if tag == "TY":
                    told = "the record does not end with ER; it was read up to the next one"
                    problems.warning(told, record=number, line=current.line)
                yield current
            number += tag == "TY"
            current = Tagged(number, at) if tag == "TY" else None
        if tag and tag != "ER" and current:
            current.add(tag, value)
        elif not tag and value and current and current.last_tag in _LONG and not _ODD.fullmatch(value):
            current.go_on(value)
        elif value and not (tag and current):
            odd += 1
            if current is None and tag:
                problems.error("a line outside of every record was not read", line=at, lost=line)
    if odd:
        problems.note(f"{odd} lines without a tag, such as links and headings, are no part of a record")
    if current:
        problems.warning(
            "the last record does not end: the file may be cut", record=number, line=current.line
        )
        yield current


def _record(values: dict[str, list[str]], marks: Marks) -> Record:
    kind = first(values, "TY").upper()
    is_book = kind in _BOOKS
    container = first(values, "T2", "JF", "BT", "JO") if not is_book else first(values, "T2", "BT")
    title = first(values, "TI", "T1", "CT") or first(values, "BT")
    database = first(values, "DB", "DP")
    numbers = " ".join(every(values, "C3", "XR", "N1"))
    accession = _accession(values)
    content = (title, container, *every(values, "AU", "A1"), first(values, "PY", "Y1"), first(values, "SP"))
    record_id, origins = marks.mark(accession, content, says=database or _series(accession))
    types = [
        item for text in every(values, "M3", "PT") if not identifiers.doi(text) for item in split_list(text)
    ]
    dated = first(values, "DA"), first(values, "Y1"), first(values, "PY")
    return Record(
        record_id=record_id,
        pmid=_pmid(values, numbers, origins[0].source, accession),
        pmcid=_pmcid(values),
        doi=next((found for text in every(values, "DO", "M3", "L3") if (found := identifiers.doi(text))), ""),
        title=title,
        original_title=first(values, "TT", "OP"),
        abstract=sections(first(values, "AB", "N2")),
        authors=_authors(every(values, "AU", "A1")),
        journal="" if is_book else container,
        journal_abbreviation=first(values, "J2", "JA", "J1"),
        issns=() if is_book else identifiers.issns(*every(values, "SN")),
        volume=first(values, "VL"),
        issue=first(values, "IS"),
        pages=joined(first(values, "SP"), first(values, "EP")) or first(values, "C7", "AR"),
        year=year_of(first(values, "PY"), first(values, "Y1"), first(values, "DA")),
        date=next((text for text in (part.strip("/ ") for part in dated) if text), ""),
        languages=unique([item for text in every(values, "LA") for item in split_list(text)]),
        publication_types=unique([*types, _TYPES.get(kind, "")]),
        keywords=unique([item for text in every(values, "KW") for item in split_list(text)]),
        registrations=unique([number for text in every(values, "C3", "AN") for number in registered(text)]),
        is_book=is_book,
        book_title=(container if _BOOKS[kind] and container else title) if is_book else "",
        editors=_authors(every(values, "A2", "ED")) if is_book else (),
        publisher=first(values, "PB"),
        place=first(values, "CY"),
        isbn=identifiers.isbn(first(values, "SN")) if is_book else "",
        url=first(values, "UR", "L2"),
        origins=origins,
    )


def _authors(texts: list[str]) -> tuple[Author, ...]:
    parted = [part for text in texts for part in split_list(text)]
    return tuple(author for text in parted if (author := inverted(text)))


def _accession(values: dict[str, list[str]]) -> str:
    if number := first(values, "AN"):
        return number
    for text in every(values, "U2", "N1", "UR"):
        if found := _EMBASE_NUMBER.search(text):
            return found.group()
    identifier = first(values, "ID")
    return identifier if len(identifier) > 4 else ""


def _series(accession: str) -> str:
    """Return the database whose numbers look like this one."""
    if _EMBASE_NUMBER.fullmatch(accession):
        return "embase"
    return {"WOS": "wos", "CN-": "cochrane", "2-s": "scopus"}.get(accession[:3], "")


def _pmid(values: dict[str, list[str]], numbers: str, source: str, accession: str) -> str:
    if found := _PUBMED_NUMBER.search(numbers):
        return identifiers.pmid(found.group(1))
    if source in ("pubmed", "medline"):
        return identifiers.pmid(accession)
    # Embase and Scopus have a field of their own for it; a shorter number there is something else.
    return next((text for text in every(values, "C5", "C2") if len(identifiers.pmid(text)) >= 5), "")


def _pmcid(values: dict[str, list[str]]) -> str:
    return next((found for text in every(values, "C2", "C1", "UR") if (found := identifiers.pmcid(text))), "")
