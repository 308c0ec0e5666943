"""PubMed's XML: articles, book records, deletions.

This file is also compiled as it stands (setup.py), because most of the time of reading passes in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from metaleak.records import identifiers
from metaleak.records.dates import MONTHS, year_of
from metaleak.records.elements import mended
from metaleak.records.marks import Marks
from metaleak.records.opened import maker
from metaleak.records.pages import in_full, joined
from metaleak.records.problems import Problems
from metaleak.records.pubmed_links import REFERENCE
from metaleak.records.record import Author, Link, Record, Section
from metaleak.records.shapes import Every, Shape
from metaleak.records.text import UNLABELLED, split_list, unique
from metaleak.records.xml_pieces import RECORDS, Piece, pieces

_author = maker(Author, "family", "given", "suffix")
_section = maker(Section, "label", "text")
_link = maker(Link, "kind", "citation", "pmid")
_record = maker(
    Record,
    "record_id",
    "pmid",
    "pmcid",
    "doi",
    "title",
    "original_title",
    "abstract",
    "authors",
    "journal",
    "journal_abbreviation",
    "issns",
    "volume",
    "issue",
    "pages",
    "year",
    "date",
    "electronic_date",
    "languages",
    "publication_types",
    "mesh",
    "keywords",
    "registrations",
    "links",
    "revised",
    "origins",
)

_SECTIONS = Every("AbstractText", "@Label", ".")
_PEOPLE = ("LastName", "ForeName", "Initials", "Suffix", "CollectiveName")
_DATE = ("name()", ".")
_LOCATIONS = Every("ELocationID", "@EIdType", "@ValidYN", ".")
_IDS = ("@IdType", ".")
_PAGES = ("Pagination/MedlinePgn", "Pagination/StartPage", "Pagination/EndPage")

_ARTICLE = Shape(
    "PubmedArticle",
    "MedlineCitation/PMID",
    Every("MedlineCitation/DateRevised/*"),
    Every(
        "MedlineCitation/Article",
        "Journal/ISSN",
        "Journal/JournalIssue/Volume",
        "Journal/JournalIssue/Issue",
        Every("Journal/JournalIssue/PubDate/*", *_DATE),
        "Journal/Title",
        "Journal/ISOAbbreviation",
        "ArticleTitle",
        *_PAGES,
        _LOCATIONS,
        Every("Abstract", _SECTIONS),
        Every("AuthorList/Author", *_PEOPLE),
        Every("Language"),
        Every("DataBankList/DataBank", "DataBankName", Every("AccessionNumberList/AccessionNumber")),
        Every("PublicationTypeList/PublicationType"),
        "VernacularTitle",
        Every("ArticleDate", Every("*")),
    ),
    "MedlineCitation/MedlineJournalInfo/MedlineTA",
    "MedlineCitation/MedlineJournalInfo/ISSNLinking",
    Every("MedlineCitation/CommentsCorrectionsList/CommentsCorrections", "@RefType", "RefSource", "PMID"),
    Every("MedlineCitation/MeshHeadingList/MeshHeading", Every("*", "@MajorTopicYN", ".")),
    Every("MedlineCitation/OtherAbstract", _SECTIONS),
    Every("MedlineCitation/KeywordList[]/Keyword"),
    Every("PubmedData/ArticleIdList/ArticleId", *_IDS),
    apart=RECORDS,
)

_BOOK = Shape(
    "PubmedBookArticle",
    "BookDocument/PMID",
    Every("BookDocument/ArticleIdList/ArticleId", *_IDS),
    Every(
        "BookDocument/Book",
        "Publisher/PublisherName",
        "Publisher/PublisherLocation",
        "BookTitle",
        Every("PubDate/*", *_DATE),
        Every("AuthorList", "@Type", Every("Author", *_PEOPLE)),
        "Volume",
        "Isbn",
        _LOCATIONS,
    ),
    "BookDocument/ArticleTitle",
    "BookDocument/VernacularTitle",
    *(f"BookDocument/{path}" for path in _PAGES),
    Every("BookDocument/Language"),
    Every("BookDocument/AuthorList", "@Type", Every("Author", *_PEOPLE)),
    Every("BookDocument/PublicationType"),
    Every("BookDocument/Abstract", _SECTIONS),
    Every("BookDocument/KeywordList[]/Keyword"),
    Every("BookDocument/ContributionDate/*", *_DATE),
    Every("BookDocument/DateRevised/*"),
    Every("PubmedBookData/ArticleIdList/ArticleId", *_IDS),
    apart=RECORDS,
)

_DELETED = Shape("DeleteCitation", Every("PMID"), apart=RECORDS)

_SHAPES = {b"PubmedArticle": _ARTICLE, b"PubmedBookArticle": _BOOK, b"DeleteCitation": _DELETED}

#: Names of journals, years and sections return again and again.
_year_of = lru_cache(maxsize=4096)(year_of)
_issns = lru_cache(maxsize=4096)(identifiers.issns)
_in_full = lru_cache(maxsize=4096)(in_full)
_joined = lru_cache(maxsize=4096)(joined)


def read_pubmed_xml(data: bytes, marks: Marks, problems: Problems) -> Iterator[Record]:
    """Yield the records of a set one by one.

    Raises
    ------
    InputError
        When the file declares entities, or holds XML of another kind.
    """
    for piece in pieces(data, problems, list(_SHAPES.values())):
        found = piece.found or _parsed(piece, problems)
        if piece.name == b"DeleteCitation":
            for number in found[0] if found else ():
                problems.note(f"PubMed has withdrawn {number}")
            continue
        made = _book if piece.name == b"PubmedBookArticle" else _article
        record = None if found is None else made(found, marks)
        if record is None:
            told = (
                "the record is damaged: its XML is broken"
                if found is None
                else "the record has no PubMed number"
            )
            lost = piece.xml[:1000].decode("utf-8", "replace")
            problems.error(told, record=piece.number, line=piece.line, lost=lost)
            continue
        if not record.title:
            problems.warning("the record has no title", record=piece.number, line=piece.line)
        yield record


def _parsed(piece: Piece, problems: Problems) -> list[Any] | None:
    shape = _SHAPES[piece.name]
    found = shape.read(piece.xml)
    if found is None:
        found = shape.read(mended(piece.xml))
        if found is not None:
            told = "bytes that XML forbids were taken out or read as cp1252"
            problems.warning(told, record=piece.number, line=piece.line)
    return found


def _article(found: list[Any], marks: Marks) -> Record | None:
    number, revised, articles, medline_title, linking, links, headings, others, keywords, listed = found
    pmid = identifiers.pmid(number)
    if not pmid or not articles:
        return None
    (
        issn,
        volume,
        issue,
        printed,
        journal,
        abbreviation,
        title,
        medline,
        start,
        end,
        locations,
        abstracts,
        people,
        languages,
        banks,
        types,
        original,
        shown,
    ) = articles[0]
    date = _date(printed)
    electronic = "".join(shown[0][0]) if shown else ""
    ids = dict(listed)
    record_id, origins = marks.mark(pmid, (pmid,), says="pubmed")
    return _record(
        record_id,
        pmid,
        identifiers.pmcid(ids["pmc"]) if "pmc" in ids else "",
        _doi(locations) or (identifiers.doi(ids["doi"]) if "doi" in ids else ""),
        title,
        original,
        _abstract(abstracts or others),
        _authors(people),
        journal,
        abbreviation or medline_title,
        _issns(issn, linking),
        volume,
        issue,
        _in_full(medline) if medline else _joined(start, end),
        _year_of(date, electronic),
        date,
        electronic,
        _unique(languages),
        _unique(types),
        _mesh(headings) if headings else (),
        _keywords(keywords) if keywords else (),
        _registrations(banks) if banks else (),
        _links(links) if links else (),
        "".join(revised),
        origins,
    )


def _book(found: list[Any], marks: Marks) -> Record | None:
    number, own_ids, books, article_title, original, medline, start, end, *rest = found
    languages, people, types, abstracts, keywords, contributed, revised, ids = rest
    pmid = identifiers.pmid(number)
    if not pmid or not books:
        return None
    publisher, place, book_title, printed, book_people, volume, isbn, locations = books[0]
    by_type = dict(ids) | dict(own_ids)
    date = _date(printed)
    lists = [*people, *book_people]
    authors = [_authors(each) for kind, each in lists if kind != "editors"]
    editors = [_authors(each) for kind, each in lists if kind == "editors"]
    record_id, origins = marks.mark(pmid, (pmid,), says="pubmed")
    return Record(
        record_id=record_id,
        pmid=pmid,
        pmcid=identifiers.pmcid(by_type.get("pmc", "")),
        doi=_doi(locations) or identifiers.doi(by_type.get("doi", "")),
        title=article_title or book_title,
        original_title=original,
        abstract=_abstract(abstracts),
        authors=authors[0] if authors else (),
        volume=volume,
        pages=in_full(medline) if medline else joined(start, end),
        year=year_of(date, _date(contributed)),
        date=date,
        languages=unique(languages),
        publication_types=unique(types),
        keywords=_keywords(keywords),
        revised="".join(revised),
        is_book=True,
        book_title=book_title,
        editors=editors[0] if editors else (),
        publisher=publisher,
        place=place,
        isbn=identifiers.isbn(isbn),
        origins=origins,
    )


def _unique(words: Sequence[str]) -> tuple[str, ...]:
    if len(words) == 1 and words[0]:
        return (words[0],)
    return unique(words)


def _date(parts: Sequence[Sequence[str]]) -> str:
    """Return a date with the name of its month, as MEDLINE text has it: 2018 Feb 3."""
    return " ".join([MONTHS.get(part, part) if name == "Month" else part for name, part in parts if part])


def _doi(locations: Sequence[Sequence[str]]) -> str:
    for kind, valid, words in locations:
        if kind == "doi" and valid != "N":
            return identifiers.doi(words)
    return ""


def _abstract(abstracts: Sequence[Any]) -> tuple[Section, ...]:
    if not abstracts:
        return ()
    return tuple(
        [_section(_label(label) if label else "", words) for label, words in abstracts[0][0] if words]
    )


@lru_cache(maxsize=1024)
def _label(raw: str) -> str:
    label = " ".join(raw.split()).rstrip(":")
    return "" if label == UNLABELLED else label


def _authors(people: Sequence[Sequence[str]]) -> tuple[Author, ...]:
    authors = []
    for family, given, initials, suffix, group in people:
        if family:
            authors.append(_author(family, given or initials, suffix))
        elif group:
            authors.append(Author(group, is_group=True))
    return tuple(authors)


def _mesh(headings: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    return unique(
        ["/".join([f"*{word}" if major == "Y" else word for major, word in parts]) for (parts,) in headings]
    )


def _keywords(words: Sequence[str]) -> tuple[str, ...]:
    return unique([item for word in words for item in split_list(word)])


def _registrations(banks: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    return unique([f"{bank}/{number}" for bank, numbers in banks for number in numbers])


def _links(found: Sequence[Sequence[str]]) -> tuple[Link, ...]:
    return tuple(
        [
            _link(kind, citation, identifiers.pmid(number))
            for kind, citation, number in found
            if kind != REFERENCE
        ]
    )
