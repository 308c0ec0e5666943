"""Whether two records are the same publication: the rules, in the order in which they are asked."""

from __future__ import annotations

from dataclasses import dataclass

from metaleak.records.evidence import Evidence, evidence
from metaleak.records.profile import Profile
from metaleak.vocab import Word

#: Titles are equal but for marks and a slip of the keyboard; alike; of one subject (percent of letters).
EQUAL, ALIKE, NEAR = 95.0, 85.0, 60.0
#: A title of fewer words or letters may stand above many papers.
_WORDS, _LETTERS = 5, 35


class Verdict(Word):
    """What two records are to each other."""

    DUPLICATE = "duplicate", "the same publication"
    MAYBE = "maybe", "a person has to look"
    DISTINCT = "distinct", "two publications"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A verdict with its score (0..1), its reason, and the tie between two that are distinct but belong together.

    ``tie`` is ``preprint``, ``congress``, ``notice``, ``version``, ``series`` or ``cohort``; empty for strangers.
    """

    verdict: Verdict
    score: float
    reason: str
    tie: str = ""


def compare(left: Profile, right: Profile) -> Comparison:
    """Compare two records; titles alone never make them one."""
    found = evidence(left, right)
    verdict, reason, tie = _judge(left, right, found)
    return Comparison(verdict, score(found), reason, tie)


def score(found: Evidence) -> float:
    """Return how much agrees, 0..1: half of it the title, the rest fields that both have."""
    fields = (found.ids, found.authors, found.journal, found.volume, found.page, found.abstract)
    known = [bool(field) for field in fields if field is not None]
    known += [found.years <= 1] if found.years is not None else []
    share = sum(known) / len(known) if known else 0.0
    return round(0.5 * found.title / 100 + 0.5 * share, 3)


_Judgement = tuple[Verdict, str, str]


def _judge(left: Profile, right: Profile, found: Evidence) -> _Judgement:
    if found.ids:
        return _with_one_number(left, right, found)
    for ask in (_other_kind, _contradicted):
        if (judgement := ask(left, right, found)) is not None:
            return judgement
    if found.title >= EQUAL or found.is_cut:
        return _with_equal_titles(left, right, found)
    if found.title >= ALIKE:
        return _with_similar_titles(found)
    return _with_other_titles(left, right, found)


def _duplicate(reason: str) -> _Judgement:
    return Verdict.DUPLICATE, reason, ""


def _maybe(reason: str, tie: str = "") -> _Judgement:
    return Verdict.MAYBE, reason, tie


def _distinct(reason: str, tie: str = "") -> _Judgement:
    return Verdict.DISTINCT, reason, tie


def _with_one_number(left: Profile, right: Profile, found: Evidence) -> _Judgement:
    which = "PubMed number" if found.pmid else "DOI" if found.doi else "PubMed Central number"
    if _is_notice(left) != _is_notice(right) and not found.pmid:
        return _distinct("one is a notice about the other", "notice")
    if not found.numbers and found.title >= ALIKE:
        return _maybe(f"same {which}, but other numbers in the title")
    has_titles = bool(left.title and right.title)
    if found.title >= NEAR + 10 or not has_titles:
        if False in (found.pmid, found.doi) and not (found.title >= 90 and found.authors is not False):
            return _maybe(f"same {which}, but another identifier differs")
        if found.authors is False and found.title < ALIKE:
            return _maybe(f"same {which}, but other authors and another title")
        return _duplicate(f"same {which}")
    if found.authors and (found.place or (found.years is not None and found.years <= 1)):
        return _duplicate(f"same {which}, authors and year; the title is translated or changed")
    return _maybe(f"same {which}, but another title")


def _is_notice(profile: Profile) -> bool:
    return profile.kind not in ("", "preprint", "congress")


def _other_kind(left: Profile, right: Profile, found: Evidence) -> _Judgement | None:
    if left.kind == right.kind or found.place:
        return None
    kinds = {left.kind, right.kind} - {""}
    is_about = found.title >= ALIKE or found.is_cut
    if any(_is_notice(each) for each in (left, right)):
        return _distinct("one is a notice, the other is not", "notice" if is_about else "")
    tie = "preprint" if "preprint" in kinds else "congress"
    belongs = found.authors and found.title >= NEAR
    return _distinct(f"one is a {tie} version", tie if belongs else "")


def _contradicted(left: Profile, right: Profile, found: Evidence) -> _Judgement | None:
    """Return a verdict when a field says that these are two, None when nothing does."""
    is_equal = found.title >= EQUAL
    if not found.numbers and found.title >= ALIKE:
        if found.place and found.authors:
            return _maybe("same place, but other numbers in the title")
        return _distinct("other numbers in the title", "series" if found.authors else "")
    if found.ids is False:
        which = "PubMed numbers" if found.pmid is False else "DOIs"
        if is_equal and found.place and found.authors is not False:
            return _maybe(f"everything agrees but the {which}")
        versions = found.doi is False and ".cd0" in left.doi and ".cd0" in right.doi
        tie = "version" if versions else "cohort" if is_equal and found.authors else ""
        return _distinct(f"other {which}", tie)
    if found.authors is False:
        if found.place and is_equal:
            return _maybe("same title and place, but other authors")
        return _distinct("other authors")
    tie = "cohort" if is_equal and found.authors else ""
    if found.years is not None and found.years > 1 and not (found.page and found.volume):
        return _distinct(f"{found.years} years apart", tie)
    # Ahead of print there is no volume yet, and the pages count from 1.
    if found.page is False and found.volume is not None:
        if found.volume and found.abstract and is_equal:
            return _maybe("same title, volume and abstract, but other pages", tie)
        return _distinct("other pages", tie)
    if found.volume is False and found.page is None:
        return _distinct("another volume", tie)
    if found.volume is False and not found.abstract:
        return _maybe("same page in another volume", tie) if is_equal else _distinct("another volume", tie)
    return None


def _with_equal_titles(left: Profile, right: Profile, found: Evidence) -> _Judgement:
    if found.other_words and not found.place:
        return _distinct("other words in the title", "cohort" if found.authors else "")
    is_telling = min(len(left.title), len(right.title)) >= _LETTERS and len(left.title.split()) >= _WORDS
    near = found.years is not None and found.years <= 1
    if found.authors:
        if found.place:
            return _duplicate("same title, authors and place")
        if found.journal and (near or found.page or found.volume or found.years is None):
            return _duplicate("same title, authors and journal")
        if found.journal is None and is_telling and (found.years == 0 or found.page or found.abstract):
            return _duplicate("same title, authors and year")
        if found.abstract and near and is_telling and found.journal is None:
            return _duplicate("same title, authors and abstract")
        if found.journal is False and found.years == 0 and found.page:
            return _duplicate("same title, authors, year and page; the journal is named differently")
        return _maybe("same title and authors, but the journal differs or the year is not known")
    if found.place:
        return _duplicate("same title and place")
    if found.journal and found.years == 0 and is_telling:
        return _duplicate("same title, journal and year")
    if found.abstract and near and found.journal is not False:
        return _duplicate("same title, abstract and year")
    if found.journal is False or (found.years is not None and found.years > 0) or not is_telling:
        return _distinct("only the title agrees")
    return _maybe("the title agrees, and too little else is known")


def _with_similar_titles(found: Evidence) -> _Judgement:
    near = found.years is not None and found.years <= 1
    if found.place and found.authors:
        return _duplicate("similar title, same authors and place")
    if found.other_words:
        return _distinct("other words in the title", "cohort" if found.authors and found.abstract else "")
    if found.authors and found.abstract and near:
        return _duplicate("similar title, same authors, abstract and year")
    if found.authors and near and found.journal and (found.page or (found.volume and found.issue)):
        return _duplicate("similar title, same authors, journal and issue")
    if found.authors and near and found.journal is not False:
        return _maybe("similar title, same authors and year")
    if found.place:
        return _maybe("similar title, same place")
    return _distinct("the titles differ")


def _with_other_titles(left: Profile, right: Profile, found: Evidence) -> _Judgement:
    many = min(len(left.names), len(right.names)) > 1
    if found.place and found.authors and found.journal:
        if found.last_page and many:
            return _duplicate("same authors and pages; the title is translated or changed")
        return _maybe("same authors and first page, but another title")
    if found.place and found.journal and found.last_page and left.is_foreign != right.is_foreign:
        return _maybe("same pages, and one title is translated")
    if found.abstract and found.authors and found.years == 0 and found.title >= NEAR:
        return _maybe("same authors, abstract and year, but another title")
    return _distinct("the titles differ")
