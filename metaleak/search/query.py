"""Texts that PubMed understands: a strategy as typed, and the same within days, numbers or windows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

#: Every Entrez date and every PubMed number lies within.
_FIRST_DAY, _LAST_DAY = date(1700, 1, 1), date(2099, 12, 31)
_FIRST_NUMBER, _LAST_NUMBER = 1, 99_999_999

#: Days by which windows reach back before the last search: its day may have begun elsewhere on the globe,
#: and entries appear in the index some time after their date.
OVERLAP = timedelta(days=7)

_CURLY = "\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"


def normalised(text: str) -> str:
    r"""Return a strategy on one line: lines and runs of spaces mean nothing to PubMed.

    Examples
    --------
    >>> normalised("  kyphoplast*[tiab]\n  OR vertebroplast*[tiab]\n")
    'kyphoplast*[tiab] OR vertebroplast*[tiab]'
    """
    return " ".join(text.split())


def mistakes(text: str) -> list[str]:
    """Return what PubMed would silently read otherwise than it was meant.

    Examples
    --------
    >>> mistakes('(cement AND "bone cements')
    ['a quotation mark is not closed', '1 parenthesis is not closed']
    >>> mistakes("cement or leak")
    ["operators are written in capitals: 'or' is a word that PubMed ignores"]
    """
    found = []
    if curly := sorted(set(text) & set(_CURLY)):
        found.append(f"curly quotation marks are no quotation marks: {' '.join(curly)}")
    if text.count('"') % 2:
        found.append("a quotation mark is not closed")
    bare = re.sub(r'"[^"]*"?', " ", text)
    depth = lowest = 0
    for sign in bare:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        lowest = min(lowest, depth)
    if lowest < 0 or depth > 0:
        many = -lowest if lowest < 0 else depth
        kind = "opened" if lowest < 0 else "closed"
        found.append(f"{many} parenthes{'is is' if many == 1 else 'es are'} not {kind}")
    if bare.count("[") != bare.count("]"):
        found.append("the brackets of a field do not match")
    if "#" in bare:
        found.append(
            "'#' is neither a comment nor the number of another line: take the line out, or write its words"
        )
    words = re.sub(r"\[[^\]]*\]", " ", bare).split()
    found += [
        f"operators are written in capitals: {word!r} is a word that PubMed ignores"
        for word in ("and", "or", "not")
        if word in words
    ]
    return found


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of PubMed: the records whose Entrez date and PubMed number lie within.

    Every record has exactly one of each, so the halves of a slice are disjoint and cover it. The date of
    publication would not do: thousands of records without a month stand on 1 January.
    """

    first_day: date = _FIRST_DAY
    last_day: date = _LAST_DAY
    first_number: int = _FIRST_NUMBER
    last_number: int = _LAST_NUMBER

    def within(self, term: str) -> str:
        """Return the strategy cut to this slice."""
        cut = f"({term}) AND {_days(self.first_day, self.last_day, 'EDAT')}"
        if (self.first_number, self.last_number) == (_FIRST_NUMBER, _LAST_NUMBER):
            return cut
        return f"{cut} AND ({self.first_number}:{self.last_number}[UID])"

    def halves(self) -> tuple[Slice, Slice]:
        """Return both halves: of the days, and of the numbers when only one day is left."""
        days = (self.last_day - self.first_day).days
        if days > 0:
            middle = self.first_day + timedelta(days=days // 2)
            return (
                Slice(self.first_day, middle, self.first_number, self.last_number),
                Slice(middle + timedelta(days=1), self.last_day, self.first_number, self.last_number),
            )
        split = (self.first_number + self.last_number) // 2
        return (
            Slice(self.first_day, self.last_day, self.first_number, split),
            Slice(self.first_day, self.last_day, split + 1, self.last_number),
        )


def entered_since(term: str, day: date) -> str:
    """Return the strategy cut to records that came into PubMed from a week before ``day`` on.

    Both dates are asked for: a record that is added late gets its date of publication as Entrez date, and
    only its date of creation tells.
    """
    start = day - OVERLAP
    entered, created = _days(start, _LAST_DAY, "EDAT"), _days(start, _LAST_DAY, "CRDT")
    return f"({term}) AND ({entered} OR {created})"


def revised_since(day: date) -> str:
    """Return the question for records that were revised from a week before ``day`` on.

    Examples
    --------
    >>> revised_since(date(2026, 11, 25))
    '("2026/11/18"[MDAT] : "2099/12/31"[MDAT])'
    """
    return _days(day - OVERLAP, _LAST_DAY, "MDAT")


#: The question for records that were withdrawn.
RETRACTED = '"retracted publication"[Publication Type]'


#: The question for every record that PubMed has.
EVERY = "all[sb]"


def numbered(numbers: tuple[int, ...]) -> str:
    """Return the question for records by their numbers.

    Examples
    --------
    >>> numbered((17453503, 12091962))
    '17453503[UID] OR 12091962[UID]'
    """
    return " OR ".join(f"{number}[UID]" for number in numbers)


def _days(first: date, last: date, field: str) -> str:
    return f'("{first:%Y/%m/%d}"[{field}] : "{last:%Y/%m/%d}"[{field}])'
