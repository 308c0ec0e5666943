"""One bibliographic record, whatever file it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: PubMed's type of a publication that was withdrawn.
RETRACTED = "Retracted Publication"

#: How publishers and databases mark the title of a withdrawn article.
RETRACTED_TITLE = re.compile(
    r"^\W*(?:retracted(?: article| paper| publication| chapter)?|withdrawn(?: article)?)\W*[:.\]]\s*", re.I
)


@dataclass(frozen=True, slots=True)
class Author:
    """A person, or a group that signs as one.

    Attributes
    ----------
    family : str
        Family name; of a group its whole name.
    given : str
        Given names or initials, as the source has them.
    suffix : str
        Jr, 3rd and the like.
    is_group : bool
        Whether this is a collective.
    """

    family: str
    given: str = ""
    suffix: str = ""
    is_group: bool = False

    @property
    def initials(self) -> str:
        """The initials, as PubMed writes them.

        Examples
        --------
        >>> Author("Casbon", "James A").initials, Author("Li", "X.-Y.").initials, Author("Wu", "AM").initials
        ('JA', 'XY', 'AM')
        """
        if self.given.isupper() and self.given.isalpha() and len(self.given) <= 4:
            return self.given
        return "".join(part[0].upper() for part in re.findall(r"[^\W\d_]+", self.given))


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an abstract; the label is empty where the source has none."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Another publication that this one corrects, withdraws, comments on, or is withdrawn by.

    ``kind`` is PubMed's word, such as ``RetractionIn`` or ``ErratumFor``.
    """

    kind: str
    citation: str
    pmid: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record was found: the source, the run that brought it, its number there."""

    source: str
    run: str = ""
    accession: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One bibliographic record as one database has it, or several merged.

    Texts are empty and tuples have no items where the source says nothing. Affiliations, references and funding are
    not kept: the payload of the search has them.

    Attributes
    ----------
    record_id : str
        ``pubmed:16403221``: the source and its number there, or a digest of the content; it stays the same in the
        next export.
    pmid, pmcid, doi : str
        Identifiers in one form: digits; ``PMC`` and digits; lower case without a resolver.
    title, original_title : str
        Without markup. PubMed puts titles that it translated in square brackets.
    abstract : tuple of Section
        The abstract in its labelled parts.
    authors, editors : tuple of Author
        In their order.
    journal, journal_abbreviation, volume, issue : str
        As printed.
    issns : tuple of str
        Print, electronic and linking, without repeats.
    pages : str
        First and last page in full: 123-129, not 123-9; an article number where there are no pages.
    year : int, optional
        Year of print, also from dates such as ``1998 Dec-1999 Jan``.
    date, electronic_date : str
        The dates as the source writes them.
    languages, publication_types, mesh, keywords : tuple of str
        MeSH headings as PubMed writes them: ``Vertebroplasty/*methods``.
    registrations : tuple of str
        Numbers of trials and data sets: ``ClinicalTrials.gov/NCT00231894``.
    links : tuple of Link
        Corrections, retractions, comments, updates.
    is_book : bool
        Whether it is a book or a chapter of one.
    book_title, publisher, place, isbn : str
        For books and chapters.
    revised : str
        When the source last changed the record, YYYYMMDD.
    url : str
        An address, where the source gives one.
    origins : tuple of Origin
        Every place where it was found.
    """

    record_id: str = ""
    pmid: str = ""
    pmcid: str = ""
    doi: str = ""
    title: str = ""
    original_title: str = ""
    abstract: tuple[Section, ...] = ()
    authors: tuple[Author, ...] = ()
    journal: str = ""
    journal_abbreviation: str = ""
    issns: tuple[str, ...] = ()
    volume: str = ""
    issue: str = ""
    pages: str = ""
    year: int | None = None
    date: str = ""
    electronic_date: str = ""
    languages: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    registrations: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    is_book: bool = False
    book_title: str = ""
    editors: tuple[Author, ...] = ()
    publisher: str = ""
    place: str = ""
    isbn: str = ""
    revised: str = ""
    url: str = ""
    origins: tuple[Origin, ...] = ()

    @property
    def abstract_text(self) -> str:
        """The abstract on one line, labels in front of their sections."""
        return " ".join(f"{each.label}: {each.text}" if each.label else each.text for each in self.abstract)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that have it, each once."""
        return tuple(dict.fromkeys(origin.source for origin in self.origins))

    @property
    def is_retracted(self) -> bool:
        """Whether the publication was withdrawn: by its type, by a link to the notice, or by its title.

        Examples
        --------
        >>> Record(title="RETRACTED: Cement leakage").is_retracted
        True
        >>> Record(title="Retraction note to: Cement leakage").is_retracted
        False
        """
        for kind in self.publication_types:
            if kind[:9].lower() == "retracted":
                return True
        for link in self.links:
            if link.kind in ("RetractionIn", "RetractedandRepublishedIn"):
                return True
        return RETRACTED_TITLE.match(self.title) is not None

    @property
    def is_retraction_notice(self) -> bool:
        """Whether it withdraws another publication."""
        return any(each.lower().startswith("retraction") for each in self.publication_types) or any(
            link.kind == "RetractionOf" for link in self.links
        )
