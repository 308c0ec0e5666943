"""Names of authors from the ways in which files write them."""

from __future__ import annotations

import re

from metaleak.records.record import Author

_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.?[ -]?){1,5}")
_SUFFIX = re.compile(r"(?:Jr|Sr|2nd|3rd|[4-9]th|II|III|IV)\.?")
_GROUP = re.compile(
    r"\b(?:group|trial|investigators?|study|committee|society|association|collaboration|consortium|network|team"
    r"|cent(?:er|re)|university|institute|department|ministry|organi[sz]ation|panel|registry)\b",
    re.I,
)


def inverted(text: str) -> Author | None:
    """Return the author in a text that has the family name first, or None when it is empty.

    Without a comma, initials at the end are the given names, and otherwise everything is the family name. A comma at
    the very end marks a group, as reference managers do.

    Examples
    --------
    >>> inverted("Casbon, James A, Jr")
    Author(family='Casbon', given='James A', suffix='Jr', is_group=False)
    >>> inverted("van der Berg J.-P."), inverted("VERTOS Study Group")  # doctest: +NORMALIZE_WHITESPACE
    (Author(family='van der Berg', given='J.-P.', suffix='', is_group=False),
     Author(family='VERTOS Study Group', given='', suffix='', is_group=True))
    """
    text = text.strip(" ;")
    if not text.strip(" ,"):
        return None
    if "," not in text:
        return _without_comma(text)
    family, _, rest = (part.strip() for part in text.partition(","))
    if not rest:
        return Author(family, is_group=True)
    given, _, suffix = (part.strip() for part in rest.partition(","))
    if not suffix:
        given, suffix = _behind(given)
    elif _SUFFIX.fullmatch(given):
        given, suffix = suffix, given
    return Author(family, given, suffix)


def natural(text: str) -> Author | None:
    """Return the author in a text that may have the given names first.

    Examples
    --------
    >>> natural("James A. Casbon"), natural("Casbon JA")  # doctest: +NORMALIZE_WHITESPACE
    (Author(family='Casbon', given='James A.', suffix='', is_group=False),
     Author(family='Casbon', given='JA', suffix='', is_group=False))
    """
    found = inverted(text)
    if found is None or "," in text or found.given or found.is_group or " " not in found.family:
        return found
    given, _, family = found.family.rpartition(" ")
    return Author(family, given, found.suffix)


def written(author: Author) -> str:
    """Return an author as :func:`inverted` reads it.

    Examples
    --------
    >>> written(Author("Casbon", "James A", "Jr")), written(Author("VERTOS", is_group=True))
    ('Casbon, James A, Jr', 'VERTOS,')
    """
    if author.is_group:
        return f"{author.family},"
    return ", ".join(part for part in (author.family, author.given, author.suffix) if part)


def _behind(given: str) -> tuple[str, str]:
    before, _, last = given.rpartition(" ")
    return (before, last) if before and _SUFFIX.fullmatch(last) else (given, "")


def _without_comma(text: str) -> Author:
    text, suffix = _behind(text)
    family, _, last = text.rpartition(" ")
    if family and _INITIALS.fullmatch(last):
        return Author(family, last, suffix)
    return Author(text, suffix=suffix, is_group=bool(_GROUP.search(text)))
