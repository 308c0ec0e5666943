"""Records as RIS, for reference managers and screening programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from metaleak.records.names import written
from metaleak.records.pages import ends
from metaleak.records.record import RETRACTED, Record

#: What RIS carries; MeSH headings travel as keywords.
CARRIED = (
    *(
        "pmid",
        "pmcid",
        "doi",
        "title",
        "original_title",
        "authors",
        "journal",
        "journal_abbreviation",
        "issns",
    ),
    *("volume", "issue", "pages", "year", "date", "languages", "publication_types", "keywords"),
    *("is_book", "book_title", "editors", "publisher", "place", "isbn", "url"),
)


def records_ris(records: Iterable[Record]) -> str:
    r"""Return records as RIS text.

    Examples
    --------
    >>> print(records_ris([Record(title="Cement leaks", year=2015, pages="123-129")]))
    TY  - JOUR
    TI  - Cement leaks
    SP  - 123
    EP  - 129
    PY  - 2015
    ER  -
    <BLANKLINE>
    """
    return "".join(f"{tag}  - {value}".rstrip() + "\n" for record in records for tag, value in _lines(record))


def _lines(record: Record) -> Iterator[tuple[str, str]]:
    is_chapter = record.is_book and record.book_title != record.title
    yield "TY", "CHAP" if is_chapter else "BOOK" if record.is_book else "JOUR"
    first, last = ends(record.pages)
    origin = record.origins[0] if record.origins else None
    container = record.book_title if is_chapter else record.journal
    for tag, values in (
        ("TI", (record.title,)),
        ("OP", (record.original_title,)),
        ("AU", map(written, record.authors)),
        ("A2", map(written, record.editors)),
        ("T2", (container,)),
        ("J2", (record.journal_abbreviation,)),
        ("VL", (record.volume,)),
        ("IS", (record.issue,)),
        ("SP", (first,)),
        ("EP", (last,)),
        ("PY", ("" if record.year is None else str(record.year),)),
        ("DA", (record.date,)),
        ("DO", (record.doi,)),
        ("C2", (record.pmcid,)),
        ("SN", (record.isbn,) if record.is_book else record.issns),
        ("AB", (record.abstract_text,)),
        ("KW", (*record.mesh, *record.keywords)),
        ("LA", record.languages),
        ("M3", ("; ".join(_types(record)),)),
        ("PB", (record.publisher,)),
        ("CY", (record.place,)),
        ("N1", (f"PMID: {record.pmid}" if record.pmid else "",)),
        ("DB", (origin.source if origin else "",)),
        ("AN", (origin.accession if origin else "",)),
        ("UR", (record.url,)),
    ):
        yield from ((tag, value) for value in values if value)
    yield "ER", ""


def _types(record: Record) -> tuple[str, ...]:
    # RIS has no link to a notice; the type says it to whoever reads on.
    types = record.publication_types
    return types if not record.is_retracted or replace(record, links=()).is_retracted else (*types, RETRACTED)
