"""PubMed's XML: articles, book records, deletions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element

from metaleak.records import identifiers
from metaleak.records.dates import MONTHS, year_of
from metaleak.records.elements import child, child_text, child_texts, children, mended, parsed, text, without
from metaleak.records.marks import Marks
from metaleak.records.pages import in_full, joined
from metaleak.records.problems import Problems
from metaleak.records.pubmed_links import REFERENCE
from metaleak.records.pubmed_quick import quick_article
from metaleak.records.record import Author, Link, Record, Section
from metaleak.records.text import UNLABELLED, split_list, unique
from metaleak.records.xml_pieces import Piece, pieces

#: Long parts of a record that are not read.
_UNREAD = (
    b"<ReferenceList>",
    b'<CommentsCorrections RefType="Cites">',
    b"<AffiliationInfo>",
    b"<InvestigatorList>",
    b"<ChemicalList>",
    b"<GrantList>",
    b'<GrantList CompleteYN="Y">',
    b"<History>",
)


def read_pubmed_xml(stream: BinaryIO, marks: Marks, problems: Problems) -> Iterator[Record]:
    """Yield the records of a set one by one; memory holds one piece of the file at a time.

    Raises
    ------
    InputError
        When the file declares entities, or holds XML of another kind.
    """
    for piece in pieces(stream, problems, lambda xml: quick_article(xml, marks)):
        if isinstance(piece, Record):
            yield piece
            continue
        tree = _tree(piece, problems)
        if piece.name == "DeleteCitation":
            for number in child_texts(tree, "PMID"):
                problems.note(f"PubMed has withdrawn {number}")
            continue
        read = _book if piece.name == "PubmedBookArticle" else _article
        record = None if tree is None else read(tree, marks)
        if record is None:
            told = (
                "the record is damaged: its XML is broken"
                if tree is None
                else "the record has no PubMed number"
            )
            lost = piece.xml[:1000].decode("utf-8", "replace")
            problems.error(told, record=piece.number, line=piece.line, lost=lost)
            continue
        if not record.title:
            problems.warning("the record has no title", record=piece.number, line=piece.line)
        yield record


def _tree(piece: Piece, problems: Problems) -> Element | None:
    # Lists may nest in themselves; then cutting them out breaks the piece, and it is read whole.
    tree = parsed(without(piece.xml, _UNREAD))
    if tree is None:
        tree = parsed(piece.xml)
    if tree is None:
        tree = parsed(mended(piece.xml))
        if tree is not None:
            told = "bytes that XML forbids were taken out or read as cp1252"
            problems.warning(told, record=piece.number, line=piece.line)
    return tree


def _article(tree: Element, marks: Marks) -> Record | None:
    citation = child(tree, "MedlineCitation")
    article = child(citation, "Article")
    pmid = identifiers.pmid(child_text(citation, "PMID"))
    if citation is None or article is None or not pmid:
        return None
    journal = child(article, "Journal")
    issue = child(journal, "JournalIssue")
    info = child(citation, "MedlineJournalInfo")
    date = _date(child(issue, "PubDate"))
    electronic = _compact(child(article, "ArticleDate"))
    ids = _ids(child(tree, "PubmedData"))
    abstract = child(article, "Abstract")
    record_id, origins = marks.mark(pmid, (pmid,), says="pubmed")
    return Record(
        record_id=record_id,
        pmid=pmid,
        pmcid=identifiers.pmcid(ids.get("pmc", "")),
        doi=_doi(article) or identifiers.doi(ids.get("doi", "")),
        title=child_text(article, "ArticleTitle"),
        original_title=child_text(article, "VernacularTitle"),
        abstract=_abstract(child(citation, "OtherAbstract") if abstract is None else abstract),
        authors=_authors(child(article, "AuthorList")),
        journal=child_text(journal, "Title"),
        journal_abbreviation=child_text(journal, "ISOAbbreviation") or child_text(info, "MedlineTA"),
        issns=identifiers.issns(child_text(journal, "ISSN"), child_text(info, "ISSNLinking")),
        volume=child_text(issue, "Volume"),
        issue=child_text(issue, "Issue"),
        pages=_pages(child(article, "Pagination")),
        year=year_of(date, electronic),
        date=date,
        electronic_date=electronic,
        languages=unique(child_texts(article, "Language")),
        publication_types=unique(child_texts(child(article, "PublicationTypeList"), "PublicationType")),
        mesh=_mesh(child(citation, "MeshHeadingList")),
        keywords=_keywords(citation),
        registrations=_registrations(child(article, "DataBankList")),
        links=_links(child(citation, "CommentsCorrectionsList")),
        revised=_compact(child(citation, "DateRevised")),
        origins=origins,
    )


def _book(tree: Element, marks: Marks) -> Record | None:
    document = child(tree, "BookDocument")
    book = child(document, "Book")
    pmid = identifiers.pmid(child_text(document, "PMID"))
    if document is None or book is None or not pmid:
        return None
    ids = _ids(child(tree, "PubmedBookData")) | _ids(document)
    book_title = child_text(book, "BookTitle")
    date = _date(child(book, "PubDate"))
    lists = [*children(document, "AuthorList"), *children(book, "AuthorList")]
    authors = [_authors(each) for each in lists if each.get("Type") != "editors"]
    editors = [_authors(each) for each in lists if each.get("Type") == "editors"]
    publisher = child(book, "Publisher")
    record_id, origins = marks.mark(pmid, (pmid,), says="pubmed")
    return Record(
        record_id=record_id,
        pmid=pmid,
        pmcid=identifiers.pmcid(ids.get("pmc", "")),
        doi=_doi(book) or identifiers.doi(ids.get("doi", "")),
        title=child_text(document, "ArticleTitle") or book_title,
        original_title=child_text(document, "VernacularTitle"),
        abstract=_abstract(child(document, "Abstract")),
        authors=authors[0] if authors else (),
        volume=child_text(book, "Volume"),
        pages=_pages(child(document, "Pagination")),
        year=year_of(date, _date(child(document, "ContributionDate"))),
        date=date,
        languages=unique(child_texts(document, "Language")),
        publication_types=unique(child_texts(document, "PublicationType")),
        keywords=_keywords(document),
        revised=_compact(child(document, "DateRevised")),
        is_book=True,
        book_title=book_title,
        editors=editors[0] if editors else (),
        publisher=child_text(publisher, "PublisherName"),
        place=child_text(publisher, "PublisherLocation"),
        isbn=identifiers.isbn(child_text(book, "Isbn")),
        origins=origins,
    )


def _date(element: Element | None) -> str:
    """Return a date with the name of its month, as MEDLINE text has it: 2018 Feb 3."""
    parts = [] if element is None else [(each.tag, text(each)) for each in element]
    return " ".join([MONTHS.get(part, part) if tag == "Month" else part for tag, part in parts if part])


def _compact(element: Element | None) -> str:
    """Return a date as YYYYMMDD."""
    return "" if element is None else "".join(map(text, element))


def _ids(element: Element | None) -> dict[str, str]:
    listed = children(child(element, "ArticleIdList"), "ArticleId")
    return {each.get("IdType", ""): text(each) for each in listed}


def _doi(element: Element) -> str:
    for each in element.findall("ELocationID"):
        if each.get("EIdType") == "doi" and each.get("ValidYN") != "N":
            return identifiers.doi(text(each))
    return ""


def _abstract(element: Element | None) -> tuple[Section, ...]:
    found = []
    for part in children(element, "AbstractText"):
        label = " ".join(part.get("Label", "").split()).rstrip(":")
        if words := text(part):
            found.append(Section("" if label == UNLABELLED else label, words))
    return tuple(found)


def _authors(element: Element | None) -> tuple[Author, ...]:
    found = []
    for each in children(element, "Author"):
        if family := child_text(each, "LastName"):
            given = child_text(each, "ForeName") or child_text(each, "Initials")
            found.append(Author(family, given, child_text(each, "Suffix")))
        elif group := child_text(each, "CollectiveName"):
            found.append(Author(group, is_group=True))
    return tuple(found)


def _pages(element: Element | None) -> str:
    if medline := child_text(element, "MedlinePgn"):
        return in_full(medline)
    return joined(child_text(element, "StartPage"), child_text(element, "EndPage"))


def _mesh(element: Element | None) -> tuple[str, ...]:
    headings = children(element, "MeshHeading")
    return unique(["/".join([_starred(part) for part in heading]) for heading in headings])


def _starred(element: Element) -> str:
    return f"*{text(element)}" if element.get("MajorTopicYN") == "Y" else text(element)


def _keywords(element: Element) -> tuple[str, ...]:
    words = [word for each in element.findall("KeywordList") for word in child_texts(each, "Keyword")]
    return unique([item for word in words for item in split_list(word)])


def _registrations(element: Element | None) -> tuple[str, ...]:
    found = []
    for bank in children(element, "DataBank"):
        name = child_text(bank, "DataBankName")
        numbers = child_texts(child(bank, "AccessionNumberList"), "AccessionNumber")
        found += [f"{name}/{number}" for number in numbers]
    return unique(found)


def _links(element: Element | None) -> tuple[Link, ...]:
    return tuple(
        Link(kind, child_text(each, "RefSource"), identifiers.pmid(child_text(each, "PMID")))
        for each in children(element, "CommentsCorrections")
        if (kind := each.get("RefType", "")) != REFERENCE
    )
