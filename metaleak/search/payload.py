"""Which records an answer of EFetch holds, read without building them, and that it is complete XML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from metaleak.records.shapes import Every, Shape
from metaleak.search.client import UnreadableError, WordedError

#: Records as they stand below the root -> the path from there to their own number.
#: Other PMID elements belong to comments, corrections and references.
_ARTICLE = ["PubmedArticleSet", "PubmedArticle", "MedlineCitation", "PMID"]
_BOOK = ["PubmedArticleSet", "PubmedBookArticle", "BookDocument", "PMID"]
_DELETED = ["PubmedArticleSet", "DeleteCitation", "PMID"]

#: The same as fields of a set, in the order of :class:`Contents`.
_SET = Shape(
    "PubmedArticleSet",
    Every("PubmedArticle[]/MedlineCitation[]/PMID"),
    Every("PubmedBookArticle[]/BookDocument[]/PMID"),
    Every("DeleteCitation[]/PMID"),
)

#: What stands before the root in NCBI's answers.
_PROLOG = re.compile(
    rb"""\s*+(?:<\?xml version="1.0"(?: encoding="(?:UTF|utf)-8")? ?\?>\s*+)?"""
    rb"""(?:<!DOCTYPE PubmedArticleSet PUBLIC "[^"<>&]*+" "[^"<>&]*+">\s*+)?"""
)

#: NCBI's words for "none of these numbers has a record".
_NOTHING = ("ID list is empty", "Empty result", "cannot get document summary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The PubMed numbers in one answer, in its order."""

    articles: tuple[int, ...] = ()
    books: tuple[int, ...] = ()
    deleted: tuple[int, ...] = ()


def contents(body: bytes) -> Contents:
    """Return what a body of EFetch holds.

    Raises
    ------
    UnreadableError
        When the XML is not complete, declares entities, or is an error in words.
    """
    if not body.lstrip().startswith(b"<") and any(words.encode() in body[:500] for words in _NOTHING):
        return Contents()
    scanned = _scanned(body)
    if scanned is not None:
        return scanned
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = _refuse_entity
    parser.buffer_text = True
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        start = repr(body[:60].decode("utf-8", "replace"))
        raise UnreadableError(f"the records are no complete XML: {error}: {start}") from None
    return reader.contents()


def _scanned(body: bytes) -> Contents | None:
    """Return what a whole answer of the plainest kind holds; None for any other, which has to be parsed."""
    prolog = _PROLOG.match(body)
    found, end = _SET.scan(body, prolog.end() if prolog else 0)
    if found is None or b"<ERROR" in body or body[end:].strip(b" \t\r\n"):
        return None
    if not all(number.isascii() and number.isdecimal() for numbers in found for number in numbers):
        return None
    articles, books, deleted = (tuple(map(int, numbers)) for numbers in found)
    return Contents(articles=articles, books=books, deleted=deleted)


def _refuse_entity(*_: object) -> None:
    raise UnreadableError("the records declare entities")


@dataclass(slots=True)
class _Reader:
    path: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    articles: list[int] = field(default_factory=list)
    books: list[int] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    root: str = ""

    def start(self, name: str, _: object) -> None:
        self.path.append(name)
        self.root = self.root or name
        self.words.clear()

    def text(self, words: str) -> None:
        # The number of a record is the only text that is wanted.
        if len(self.path) <= len(_ARTICLE):
            self.words.append(words)

    def end(self, name: str) -> None:
        if name == "PMID" and len(self.path) <= len(_ARTICLE):
            for path, numbers in ((_ARTICLE, self.articles), (_BOOK, self.books), (_DELETED, self.deleted)):
                if self.path == path:
                    numbers.append(self._number())
        elif name == "ERROR":
            self.errors.append("".join(self.words).strip())
        self.path.pop()

    def contents(self) -> Contents:
        said = "; ".join(self.errors)
        if any(words in said for words in _NOTHING):
            return Contents()
        if said:
            raise WordedError(f"the answer is an error: {said}"[:300])
        if self.root != "PubmedArticleSet":
            raise UnreadableError(f"the answer holds no records: {self.root}")
        return Contents(articles=tuple(self.articles), books=tuple(self.books), deleted=tuple(self.deleted))

    def _number(self) -> int:
        text = "".join(self.words).strip()
        if not text.isdecimal():
            raise UnreadableError(f"the number of a record is none: {text[:40]!r}")
        return int(text)
