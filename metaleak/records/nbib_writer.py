"""Records as MEDLINE text (NBIB)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from metaleak.records.pubmed_links import TAG_OF_LINK
from metaleak.records.record import Author, Record

#: What MEDLINE text carries.
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
    *(
        "volume",
        "issue",
        "pages",
        "year",
        "date",
        "electronic_date",
        "languages",
        "publication_types",
        "mesh",
    ),
    *("keywords", "registrations", "links", "is_book", "book_title", "editors", "publisher", "place", "isbn"),
    "revised",
)

#: Columns of a line behind its tag.
_WIDTH = 80


def records_nbib(records: Iterable[Record]) -> str:
    r"""Return records as MEDLINE text.

    Examples
    --------
    >>> print(records_nbib([Record(pmid="1", title="Cement leaks", doi="10.1000/1")]))
    PMID- 1
    TI  - Cement leaks
    LID - 10.1000/1 [doi]
    <BLANKLINE>
    """
    return "\n".join("".join(_wrapped(tag, value) for tag, value in _lines(record)) for record in records)


def _lines(record: Record) -> Iterator[tuple[str, str]]:
    yield "PMID", record.pmid
    is_whole_book = record.is_book and record.book_title == record.title
    for tag, values in (
        ("IS", record.issns),
        ("VI", (record.volume,)),
        ("IP", (record.issue,)),
        ("DP", (record.date or ("" if record.year is None else str(record.year)),)),
        ("TI", ("" if is_whole_book else record.title,)),
        ("BTI", (record.book_title,)),
        ("TT", (record.original_title,)),
        ("PG", (record.pages,)),
        ("LID", (f"{record.doi} [doi]" if record.doi else "",)),
        ("AB", (record.abstract_text,)),
    ):
        yield from ((tag, value) for value in values if value)
    yield from _people(record.authors, "FAU", "AU")
    yield from _people(record.editors, "FED", "ED")
    for tag, values in (
        ("LA", record.languages),
        ("SI", record.registrations),
        ("PT", record.publication_types),
        ("DEP", (record.electronic_date,)),
        ("PB", (record.publisher,)),
        ("PL", (record.place,)),
        ("ISBN", (record.isbn,)),
        ("TA", (record.journal_abbreviation,)),
        ("JT", (record.journal,)),
        ("LR", (record.revised,)),
        ("MH", record.mesh),
        ("OT", record.keywords),
        ("PMC", (record.pmcid,)),
    ):
        yield from ((tag, value) for value in values if value)
    for link in record.links:
        if link.kind in TAG_OF_LINK:
            yield TAG_OF_LINK[link.kind], f"{link.citation} PMID: {link.pmid}" if link.pmid else link.citation


def _people(authors: tuple[Author, ...], full: str, short: str) -> Iterator[tuple[str, str]]:
    for author in authors:
        if author.is_group:
            yield "CN", author.family
            continue
        yield full, " ".join(part for part in (f"{author.family},", author.given, author.suffix) if part)
        yield short, " ".join(part for part in (author.family, author.initials, author.suffix) if part)


def _wrapped(tag: str, value: str) -> str:
    lines, line = [], ""
    for word in value.split(" "):
        if line and len(line) + len(word) >= _WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    body = "\n      ".join([*lines, line])
    return f"{tag:<4}- {body}".rstrip() + "\n"
