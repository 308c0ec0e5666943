"""A small PubMed: synthetic records, and enough of its query language to find them."""

import re
from dataclasses import dataclass, field
from datetime import date

_TOKEN = re.compile(r'\(|\)|:|"[^"]*"(?:\s*\[[^\]]*\])?|[^\s():"\[]+(?:\[[^\]]*\])?|\[[^\]]*\]')
_DATES = {"EDAT": "entered", "CRDT": "created", "MDAT": "revised"}


@dataclass
class Entry:
    """One record: its dates as PubMed indexes them, the words it is found by, what it is."""

    pmid: int
    entered: date = date(2020, 1, 15)
    created: date = date(2020, 1, 15)
    revised: date = date(2020, 1, 15)
    words: str = "cement leakage"
    is_book: bool = False
    types: tuple[str, ...] = ("Journal Article",)

    @property
    def text(self):
        return f" {self.words.lower()} "

    def xml(self):
        """Return the record as EFetch sends it."""
        return _book(self) if self.is_book else _article(self)

    def medline(self):
        """Return the record as text in NBIB format."""
        lines = [
            f"PMID- {self.pmid}",
            "OWN - NLM",
            "STAT- MEDLINE",
            f"DP  - {self.created:%Y %b}",
            f"TI  - Synthetic record {self.pmid}: {self.words}.",
            "FAU - Synthetic, Author",
            "AU  - Synthetic A",
            "LA  - eng",
            *(f"PT  - {kind}" for kind in self.types),
            "TA  - J Synth Data",
            f"EDAT- {self.entered:%Y/%m/%d} 06:00",
            f"CRDT- {self.created:%Y/%m/%d} 06:00",
            f"SO  - J Synth Data. {self.created:%Y %b};1(1):1-2.",
        ]
        return "\n".join(lines) + "\n"


@dataclass
class Shelf:
    """The database.

    ``ghosts`` are listed by searches and never delivered; ``doomed`` are deleted with the first EFetch.
    """

    entries: dict[int, Entry] = field(default_factory=dict)
    ghosts: set[int] = field(default_factory=set)
    doomed: set[int] = field(default_factory=set)
    build: str = "2026/11/24 03:35"

    def add(self, *entries):
        for entry in entries:
            self.entries[entry.pmid] = entry

    def bury(self):
        """Delete the doomed."""
        for pmid in self.doomed:
            self.entries.pop(pmid, None)

    def search(self, term):
        """Return the matching numbers, newest first, and the phrases that match nothing."""
        query = _Query(self, term)
        return sorted(query.matches(), reverse=True), query.not_found

    def serve(self, pmids):
        return [self.entries[pmid] for pmid in pmids if pmid in self.entries and pmid not in self.ghosts]


class _Query:
    """One strategy, read from left to right as PubMed does."""

    def __init__(self, shelf, term):
        self.shelf = shelf
        self.tokens = _TOKEN.findall(term)
        self.at = 0
        self.not_found = []

    def matches(self):
        return self._either() if self.tokens else set()

    def _peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def _either(self):
        found = self._one()
        while self._peek() not in (None, ")"):
            operator = self._next() if self._peek() in ("AND", "OR", "NOT") else "AND"
            other = self._one()
            found = {"AND": found & other, "OR": found | other, "NOT": found - other}[operator]
        return found

    def _one(self):
        token = self._next()
        if token == "(":
            found = self._either()
            self.at += 1
            return found
        first, tag = _split(token)
        if self._peek() == ":":
            self.at += 1
            last, tag = _split(self._next())
            return self._range(first, last, tag)
        return self._range(first, first, tag) if tag in (*_DATES, "UID") else self._phrase(first, tag)

    def _range(self, first, last, tag):
        entries = self.shelf.entries.values()
        if tag == "UID":
            if first == last:
                return {int(first)} & self.shelf.entries.keys()
            return {entry.pmid for entry in entries if int(first) <= entry.pmid <= int(last)}
        low, high = (date(*map(int, day.split("/"))) for day in (first, last))
        return {entry.pmid for entry in entries if low <= getattr(entry, _DATES[tag]) <= high}

    def _phrase(self, phrase, tag):
        wanted = phrase.lower()
        if (wanted, tag) == ("all", "SB"):
            return set(self.shelf.entries)
        if tag in ("PT", "PUBLICATION TYPE"):
            found = {e.pmid for e in self.shelf.entries.values() if wanted in map(str.lower, e.types)}
        else:
            wanted = f" {wanted[:-1]}" if wanted.endswith("*") else f" {wanted} "
            found = {entry.pmid for entry in self.shelf.entries.values() if wanted in entry.text}
        if not found:
            self.not_found.append(phrase)
        return found


def _split(token):
    phrase, _, tag = token.partition("[")
    return phrase.strip().strip('"'), tag.rstrip("]").upper()


def _date(name, day):
    return f"<{name}><Year>{day:%Y}</Year><Month>{day:%m}</Month><Day>{day:%d}</Day></{name}>"


def _history(entry):
    return "".join(
        f'<PubMedPubDate PubStatus="{status}"><Year>{day.year}</Year><Month>{day.month}</Month>'
        f"<Day>{day.day}</Day><Hour>6</Hour><Minute>0</Minute></PubMedPubDate>"
        for status, day in (("pubmed", entry.entered), ("entrez", entry.created))
    )


def _article(entry):
    kinds = "".join(f'<PublicationType UI="D016428">{kind}</PublicationType>' for kind in entry.types)
    # Another record's number inside this one must not be taken for it.
    comment = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="CommentIn"><RefSource>J Synth Data'
        '</RefSource><PMID Version="1">99999999</PMID></CommentsCorrections></CommentsCorrectionsList>'
    )
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{entry.pmid}</PMID>'
        f"{_date('DateRevised', entry.revised)}"
        '<Article PubModel="Print"><Journal><ISSN IssnType="Print">0000-0000</ISSN><JournalIssue '
        'CitedMedium="Print"><Volume>1</Volume><Issue>1</Issue><PubDate>'
        f"<Year>{entry.created.year}</Year></PubDate></JournalIssue><Title>Journal of synthetic data</Title>"
        "<ISOAbbreviation>J Synth Data</ISOAbbreviation></Journal>"
        f"<ArticleTitle>Synthetic record {entry.pmid}: <i>{entry.words}</i>.</ArticleTitle>"
        '<AuthorList CompleteYN="Y"><Author ValidYN="Y"><LastName>Synthetic</LastName><ForeName>Author'
        "</ForeName><Initials>A</Initials></Author></AuthorList><Language>eng</Language>"
        f"<PublicationTypeList>{kinds}</PublicationTypeList></Article>{comment}</MedlineCitation>"
        f"<PubmedData><History>{_history(entry)}</History><PublicationStatus>ppublish</PublicationStatus>"
        f'<ArticleIdList><ArticleId IdType="pubmed">{entry.pmid}</ArticleId></ArticleIdList></PubmedData>'
        "</PubmedArticle>"
    )


def _book(entry):
    return (
        f'<PubmedBookArticle><BookDocument><PMID Version="1">{entry.pmid}</PMID><ArticleIdList>'
        f'<ArticleId IdType="bookaccession">NBK{entry.pmid}</ArticleId></ArticleIdList><Book><Publisher>'
        "<PublisherName>Synthetic Press</PublisherName></Publisher>"
        f"<BookTitle>Synthetic book {entry.pmid}: {entry.words}</BookTitle>"
        f"<PubDate><Year>{entry.created.year}</Year></PubDate></Book>"
        "<ArticleTitle>A synthetic chapter</ArticleTitle><Language>eng</Language>"
        '<PublicationType UI="D016454">Review</PublicationType></BookDocument>'
        f"<PubmedBookData><History>{_history(entry)}</History><PublicationStatus>ppublish"
        f'</PublicationStatus><ArticleIdList><ArticleId IdType="pubmed">{entry.pmid}</ArticleId>'
        "</ArticleIdList></PubmedBookData></PubmedBookArticle>"
    )
