"""What is compared of a record, computed once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from metaleak.records.fold import folded
from metaleak.records.journals import journal_words
from metaleak.records.kinds import bare_title, kind_of
from metaleak.records.pages import ends
from metaleak.records.record import Author, Record

_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_SPELT = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "first": "1",
    "second": "2",
    "third": "3",
    "i": "1",
    "a": "a",
    "b": "b",
}
_BEFORE_PART = frozenset(["part", "report", "paper", "phase", "study", "section", "article"])
_DIGITS = re.compile(r"\d+")
#: How much of an abstract is compared.
_ABSTRACT = 600


@dataclass(frozen=True, slots=True)
class Name:
    """An author as it is compared: folded family name, first initial."""

    family: str
    initial: str
    swapped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A record as it is compared."""

    pmid: str
    pmcid: str
    doi: str
    title: str
    other_title: str
    words: frozenset[str]
    numbers: tuple[str, ...]
    kind: str
    names: tuple[Name, ...]
    journals: tuple[tuple[str, ...], ...]
    issns: frozenset[str]
    volume: str
    issue: str
    first_page: str
    last_page: str
    year: int | None
    abstract: str
    is_foreign: bool


def profile_of(record: Record) -> Profile:
    """Return the profile of a record."""
    title = folded(bare_title(record))
    words = title.split()
    first, last = ends(record.pages)
    names = (record.journal, record.journal_abbreviation, record.book_title)
    return Profile(
        pmid=record.pmid,
        pmcid=record.pmcid,
        doi=record.doi,
        title=title,
        other_title=folded(record.original_title),
        words=frozenset(word for word in words if len(word) > 3),
        numbers=_numbers(words),
        kind=kind_of(record),
        names=tuple(_name(author) for author in record.authors if "anonymous" not in author.family.lower()),
        journals=tuple(dict.fromkeys(found for name in names if (found := journal_words(name)))),
        issns=frozenset(record.issns),
        volume=_digits(record.volume),
        issue=_digits(record.issue),
        first_page=_digits(first),
        last_page=_digits(last),
        year=record.year,
        abstract=folded(record.abstract_text[: 2 * _ABSTRACT])[:_ABSTRACT],
        is_foreign=record.title.lstrip().startswith("[")
        or any(each.lower() not in ("eng", "en", "english") for each in record.languages)
        or not title.isascii(),
    )


def _numbers(words: list[str]) -> tuple[str, ...]:
    """Return the numbers in a title in their order, Roman ones and those of parts too."""
    found = []
    for before, word in zip(["", *words], words, strict=False):
        if word.isdigit():
            found.append(word.lstrip("0") or "0")
        elif word in _ROMAN and not (word == "v" and before not in _BEFORE_PART):
            found.append(_ROMAN[word])
        elif before in _BEFORE_PART and word in _SPELT:
            found.append(_SPELT[word])
    return tuple(sorted(found))


def _name(author: Author) -> Name:
    given = folded(author.given).replace(" ", "")
    return Name(folded(author.family), given[:1], folded(author.given.split(" ")[0]))


def _digits(text: str) -> str:
    """Return the first number in a volume or a page; letters around it (S113, 27 Suppl 1) are often left out."""
    found = _DIGITS.search(text)
    return found.group().lstrip("0") if found else ""
