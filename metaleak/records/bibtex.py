"""BibTeX."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from metaleak.records import identifiers
from metaleak.records.dates import year_of
from metaleak.records.marks import Marks
from metaleak.records.names import natural
from metaleak.records.pages import in_full
from metaleak.records.problems import Problems
from metaleak.records.record import Author, Record
from metaleak.records.text import clean, sections, split_list, unique

_BOOKS = ("book", "inbook", "incollection", "collection", "booklet")
_TYPES = {"inproceedings": "Congress", "conference": "Congress", "phdthesis": "Academic Dissertation"}


def read_bibtex(lines: list[str], marks: Marks, problems: Problems) -> Iterator[Record]:
    """Yield the records of a BibTeX file one by one; LaTeX becomes letters."""
    from bibtexparser.entrypoint import parse_string
    from bibtexparser.middlewares import LatexDecodingMiddleware, NormalizeFieldKeys
    from bibtexparser.model import Entry

    # Both libraries log what stands in the failed blocks, which are told here.
    for name in ("bibtexparser", "pylatexenc"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    stack = [NormalizeFieldKeys(), LatexDecodingMiddleware(keep_braced_groups=False)]
    library = parse_string("\n".join(lines), append_middleware=stack)
    failed = {id(block): block for block in library.failed_blocks}
    number = 0
    for block in library.blocks:
        number += id(block) in failed or isinstance(block, Entry)
        entry = getattr(block, "ignore_error_block", block) if id(block) in failed else block
        line = (block.start_line or 0) + 1
        if id(block) in failed and not hasattr(entry, "fields_dict"):
            problems.error("the entry cannot be read", record=number, line=line, lost=block.raw or "")
        elif hasattr(entry, "fields_dict"):
            if id(block) in failed:
                problems.warning("the entry's key or a field of it occurs twice", record=number, line=line)
            record = _record(entry, marks)
            if not record.title:
                problems.warning("the record has no title", record=number, line=line)
            yield record


def _record(entry: Any, marks: Marks) -> Record:
    values = {field.key.lower(): clean(str(field.value).strip('{} "')) for field in entry.fields}

    def first(*names: str) -> str:
        return next((values[name] for name in names if values.get(name)), "")

    kind = entry.entry_type.lower()
    is_book = kind in _BOOKS
    title = first("title")
    container = first("journal", "journaltitle", "booktitle", "series")
    date = " ".join(part for part in (first("date", "year"), first("month")) if part)
    content = (title, first("author"), container, date, first("pages"))
    record_id, origins = marks.mark(
        first("unique-id", "accession", "eid"), content, says=first("source", "database")
    )
    return Record(
        record_id=record_id,
        pmid=identifiers.pmid(first("pmid", "pubmed_id")),
        pmcid=identifiers.pmcid(first("pmcid", "pmc")),
        doi=identifiers.doi(first("doi", "url")),
        title=title or first("booktitle"),
        abstract=sections(first("abstract")),
        authors=_authors(first("author")),
        journal="" if is_book else container,
        journal_abbreviation=first("abbrev_source_title", "journal-iso", "shortjournal"),
        issns=identifiers.issns(first("issn"), first("eissn")),
        volume=first("volume"),
        issue=first("number", "issue"),
        pages=in_full(first("pages", "article-number", "art_number")),
        year=year_of(first("year"), first("date")),
        date=date,
        languages=unique(split_list(first("language", "langid"))),
        publication_types=unique([*split_list(first("type", "document_type")), _TYPES.get(kind, "")]),
        keywords=unique(split_list(_semicolons(first("keywords", "author_keywords")))),
        is_book=is_book,
        book_title=(first("booktitle") or title) if is_book else "",
        editors=_authors(first("editor")),
        publisher=first("publisher"),
        place=first("address", "location"),
        isbn=identifiers.isbn(first("isbn")),
        url=first("url"),
        origins=origins,
    )


def _authors(text: str) -> tuple[Author, ...]:
    return tuple(author for name in text.split(" and ") if (author := natural(name)))


def _semicolons(text: str) -> str:
    return text if ";" in text else text.replace(",", ";")
