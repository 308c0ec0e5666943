"""Articles in the shape that NCBI's programs write, read without a tree; others are left to the parser."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metaleak.records import identifiers
from metaleak.records import pubmed_shape as shape
from metaleak.records.dates import MONTHS, year_of
from metaleak.records.inline import flat, replaced
from metaleak.records.marks import Marks
from metaleak.records.opened import opened
from metaleak.records.pages import in_full, joined
from metaleak.records.pubmed_links import REFERENCE
from metaleak.records.record import Author, Link, Record, Section
from metaleak.records.text import UNLABELLED, clean, is_plain, split_list, unique

_OpenAuthor = opened(Author)
_OpenRecord = opened(Record)


def quick_article(xml: bytes, marks: Marks) -> Record | None:
    """Return the record of an article, or None when its XML has another shape than NCBI's programs write.

    What it returns is what the parser finds in the same XML. The XML may hold no character that XML forbids below
    the space.

    Parameters
    ----------
    xml : bytes
        From ``<PubmedArticle>`` to ``</PubmedArticle>``.
    marks : Marks
        Gives the key; it is asked only when there is a record.

    Examples
    --------
    >>> quick_article(b"<PubmedArticle><Other/></PubmedArticle>", Marks()) is None
    True
    """
    try:
        text = xml.decode("utf-8")
    except UnicodeDecodeError:
        return None
    head = shape.HEAD.match(text)
    if head is None or not _is_sound(text):
        return None
    at = head.end()
    abstract = people = None
    if begun := shape.ABSTRACT_OPENS.match(text, at):
        abstract, at = _listed(shape.SECTION, text, begun.end(), shape.ABSTRACT_CLOSES)
    if begun := shape.AUTHORS_OPEN.match(text, at):
        people, at = _listed(shape.AUTHOR, text, begun.end(), shape.AUTHORS_CLOSE)
    tail = shape.TAIL.fullmatch(text, at) if at >= 0 else None
    if tail is None:
        return None
    return _record(head.groups(""), abstract, people or [], tail.groups(""), marks)


def _is_sound(text: str) -> bool:
    """Whether references are good, and nothing stands in text that XML forbids there."""
    at = text.find("&")
    while at >= 0:
        if not shape.REFERENCE.match(text, at):
            return False
        at = text.find("&", at + 1)
    # One letter is found many times as fast as several.
    return not ("\ufffe" in text or "\uffff" in text or ("]" in text and "]]>" in text))


def _listed(each: re.Pattern[str], text: str, start: int, closing: str) -> tuple[list[tuple[str, ...]], int]:
    """Return the parts of a list and the place behind it, -1 when something else stands in it."""
    end = text.find(closing, start)
    if end < 0:
        return [], -1
    found = each.findall(text, start, end)
    return found, -1 if found and found[-1][-1] else end + len(closing)


def _record(
    head: Sequence[str],
    sections: list[tuple[str, ...]] | None,
    people: list[tuple[str, ...]],
    tail: Sequence[str],
    marks: Marks,
) -> Record | None:
    (languages, banks, types, original, shown_year, shown_month, shown_day) = tail[:7]
    (medline_title, linking, links, more_links, headings, other_abstract, keywords, ids) = tail[7:]
    abstract = None if sections is None and other_abstract else _sections(sections or [])
    spoken, kinds = shape.LANGUAGE.findall(languages), shape.PUBLICATION_TYPE.findall(types)
    words = _words(
        [
            *head[:14],
            *head[15:18],
            original,
            shown_year,
            shown_month,
            shown_day,
            medline_title,
            linking,
            *spoken,
            *kinds,
        ]
    )
    (number, changed_year, changed_month, changed_day, issn, volume, issue) = words[:7]
    (year, month, day, season, in_words, journal, abbreviation, start, end, medline) = words[7:17]
    (original, shown_year, shown_month, shown_day, medline_title, linking) = words[17:23]
    behind = 23 + len(spoken)
    pmid, title = identifiers.pmid(number), _word(head[14])
    if not pmid or not title or abstract is None:
        return None
    date = " ".join([part for part in (year, MONTHS.get(month, month), day, season, in_words) if part])
    electronic = f"{shown_year}{shown_month}{shown_day}"
    by_type = dict(shape.ARTICLE_ID.findall(ids))
    record_id, origins = marks.mark(pmid, (pmid,), says="pubmed")
    record = _OpenRecord(
        record_id=record_id,
        pmid=pmid,
        pmcid=identifiers.pmcid(_word(by_type.get("pmc", ""))),
        doi=_doi(head[18]) or identifiers.doi(_word(by_type.get("doi", ""))),
        title=title,
        original_title=original,
        abstract=abstract,
        authors=_authors(people),
        journal=journal,
        journal_abbreviation=abbreviation or medline_title,
        issns=identifiers.issns(issn, linking),
        volume=volume,
        issue=issue,
        pages=in_full(medline) if medline else joined(start, end),
        year=year_of(date, electronic),
        date=date,
        electronic_date=electronic,
        languages=unique(words[23:behind]),
        publication_types=unique(words[behind:]),
        mesh=_mesh(headings) if headings else (),
        keywords=_keywords(keywords) if keywords else (),
        registrations=_registrations(banks) if banks else (),
        links=_links(links + more_links) if links or more_links else (),
        revised=f"{changed_year}{changed_month}{changed_day}",
        origins=origins,
    )
    record.__class__ = Record
    return record  # type: ignore[no-any-return]


def _word(raw: str) -> str:
    return clean(flat(raw) or "" if "<" in raw or "&" in raw else raw)


def _words(raws: list[str]) -> list[str]:
    """Return texts cleaned; most of the time nothing needs it, and one look at all of them together is enough."""
    if _is_clean(f"|{'|'.join(raws)}|"):
        return raws
    return [_word(raw) if raw else "" for raw in raws]


def _is_clean(together: str) -> bool:
    """Whether nothing has to be done to texts with a bar in front of and behind each."""
    if "&" in together or "<" in together or "  " in together or "| " in together or " |" in together:
        return False
    if together.isascii():
        return not ("\n" in together or "\r" in together or "\t" in together or "\x7f" in together)
    return is_plain(together)


def _sections(found: list[tuple[str, ...]]) -> tuple[Section, ...] | None:
    sections = []
    for raw_label, raw, _ in found:
        text = flat(raw) if "<" in raw or "&" in raw else raw
        if text is None:
            return None
        label = " ".join(replaced(raw_label).split()).rstrip(":") if raw_label else ""
        if words := text if _is_clean(f"|{text}|") else clean(text):
            sections.append(Section("" if label == UNLABELLED else label, words))
    return tuple(sections)


def _authors(found: list[tuple[str, ...]]) -> tuple[Author, ...]:
    words = iter(_words([part for person in found for part in person[:5]]))
    authors = []
    for family, given, initials, suffix, group in zip(words, words, words, words, words, strict=True):
        if family:
            author = _OpenAuthor(family, given or initials, suffix)
            author.__class__ = Author
            authors.append(author)
        elif group:
            authors.append(Author(group, is_group=True))
    return tuple(authors)


def _doi(locations: str) -> str:
    for kind, valid, raw in shape.LOCATION.findall(locations):
        if kind == "doi" and valid != "N":
            return identifiers.doi(_word(raw))
    return ""


def _mesh(run: str) -> tuple[str, ...]:
    found = shape.HEADING.findall(run)
    headings: list[str] = []
    for (kind, major, _), word in zip(found, _words([raw for _, _, raw in found]), strict=True):
        part = f"*{word}" if major == "Y" else word
        if kind == "D":
            headings.append(part)
        else:
            headings[-1] += f"/{part}"
    return unique(headings)


def _keywords(run: str) -> tuple[str, ...]:
    words = _words(shape.KEYWORD.findall(run))
    return unique([item for word in words for item in split_list(word)])


def _registrations(run: str) -> tuple[str, ...]:
    found, bank = [], ""
    for name, number in shape.BANK.findall(run):
        if name:
            bank = _word(name)
        else:
            found.append(f"{bank}/{_word(number)}")
    return unique(found)


def _links(run: str) -> tuple[Link, ...]:
    return tuple(
        [
            Link(kind, _word(citation), identifiers.pmid(_word(number)))
            for kind, citation, number in shape.LINK.findall(run)
            if kind != REFERENCE
        ]
    )
