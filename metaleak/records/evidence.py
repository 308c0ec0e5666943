"""Field by field, how far two records agree: True, False, or None where one of them says nothing."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from metaleak.records.journals import is_same_journal
from metaleak.records.profile import Name, Profile

#: Two spellings of one word or name are at least this alike (percent).
_TYPO = 75.0
_SAME_NAME = 82.0
_SAME_ABSTRACT = 90.0
_SAME_START = 96.0
#: A title that another continues is cut when it has this many letters.
CUT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for and against two records being one."""

    title: float
    is_cut: bool
    other_words: bool
    numbers: bool
    ids: bool | None
    pmid: bool | None
    doi: bool | None
    authors: bool | None
    journal: bool | None
    volume: bool | None
    issue: bool | None
    page: bool | None
    last_page: bool | None
    years: int | None
    abstract: bool | None

    @property
    def place(self) -> bool:
        """Whether both stand on the same page of the same volume."""
        near = self.years is None or self.years <= 1
        return bool(self.page and self.volume and near and self.journal is not False)


def evidence(left: Profile, right: Profile) -> Evidence:
    """Compare two records field by field."""
    title, is_cut = _titles(left, right)
    pmid, doi, pmcid = (_same(getattr(left, name), getattr(right, name)) for name in ("pmid", "doi", "pmcid"))
    if doi is False and _is_cut_doi(left.doi, right.doi):
        doi = None
    ids = True if True in (pmid, doi, pmcid) else False if False in (pmid, doi) else None
    return Evidence(
        title=title,
        is_cut=is_cut,
        other_words=not is_cut and title < 100 and _other_words(left.words, right.words),
        numbers=_numbers(left, right, is_cut=is_cut),
        ids=ids,
        pmid=pmid,
        doi=doi,
        authors=_authors(left.names, right.names),
        journal=_journals(left, right),
        volume=_same(left.volume, right.volume),
        issue=_same(left.issue, right.issue),
        page=_same(left.first_page, right.first_page),
        last_page=_same(left.last_page, right.last_page),
        years=None if left.year is None or right.year is None else abs(left.year - right.year),
        abstract=_abstracts(left.abstract, right.abstract),
    )


def title_ratio(left: Profile, right: Profile) -> float:
    """Return how alike the titles are, 0 to 100, the original ones too."""
    best = fuzz.ratio(left.title, right.title)
    for a, b in ((left.other_title, right.title), (left.title, right.other_title)):
        if a and b:
            best = max(best, fuzz.ratio(a, b))
    return best


def is_cut_title(left: str, right: str) -> bool:
    """Whether one title is the beginning of the other, but for a slip of the keyboard."""
    short, long = (left, right) if len(left) <= len(right) else (right, left)
    if len(short) < CUT or len(long) - len(short) <= 3:
        return False
    return fuzz.ratio(short, long[: len(short)], score_cutoff=_SAME_START) > 0


def _titles(left: Profile, right: Profile) -> tuple[float, bool]:
    if not left.title or not right.title:
        return 0.0, False
    is_cut = is_cut_title(left.title, right.title)
    return (100.0 if is_cut else title_ratio(left, right)), is_cut


def _numbers(left: Profile, right: Profile, *, is_cut: bool) -> bool:
    """Whether the titles hold the same numbers; of a cut title those that are left, the last perhaps cut too."""
    if not is_cut:
        return left.numbers == right.numbers
    short, long = (left, right) if len(left.title) <= len(right.title) else (right, left)
    return all(any(other.startswith(number) for other in long.numbers) for number in short.numbers)


def _other_words(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether both titles have a long word that the other has not, not even misspelt."""
    only_left, only_right = left - right, right - left
    return _has_foreign(only_left, right) and _has_foreign(only_right, left)


def _has_foreign(words: frozenset[str], others: frozenset[str]) -> bool:
    return any(all(fuzz.ratio(word, other) < _TYPO for other in others) for word in words)


def _same(left: str, right: str) -> bool | None:
    return left == right if left and right else None


def _is_cut_doi(left: str, right: str) -> bool:
    short, long = sorted((left, right), key=len)
    return len(short) >= 12 and long.startswith(short) and ".pub" not in long


def _authors(left: tuple[Name, ...], right: tuple[Name, ...]) -> bool | None:
    """Whether the first authors agree, or half of the shorter list is found in the longer one."""
    if not left or not right:
        return None
    if _same_person(left[0], right[0]):
        return True
    short, long = sorted((left, right), key=len)
    found = sum(any(_same_person(name, other) for other in long) for name in short)
    return len(short) > 1 and 2 * found >= len(short)


def _same_person(left: Name, right: Name) -> bool:
    if left.family == right.family or fuzz.ratio(left.family, right.family) >= _SAME_NAME:
        return not (left.initial and right.initial and left.initial != right.initial)
    return bool(left.swapped == right.family and right.swapped == left.family)


def _journals(left: Profile, right: Profile) -> bool | None:
    if left.issns and right.issns and left.issns & right.issns:
        return True
    if not left.journals or not right.journals:
        return None
    return any(is_same_journal(a, b) for a in left.journals for b in right.journals)


def _abstracts(left: str, right: str) -> bool | None:
    if min(len(left), len(right)) < 100:
        return None
    size = min(len(left), len(right))
    return bool(fuzz.ratio(left[:size], right[:size]) >= _SAME_ABSTRACT)
