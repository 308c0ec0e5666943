"""Page ranges in full."""

from __future__ import annotations

import re

_DASHES = re.compile(r"\s*(?:[-\u2010-\u2015\u2212]|--)+\s*")
_RANGE = re.compile(r"([A-Za-z]{0,3})(\d{1,9})-([A-Za-z]{0,3})(\d{1,9})")


def in_full(text: str) -> str:
    """Return a page range with its last page in full; what is no plain range stays as it is.

    Examples
    --------
    >>> in_full("123-9"), in_full("S113--25"), in_full("e12\u2013e14"), in_full("7-7"), in_full("101-3; discussion 104")
    ('123-129', 'S113-S125', 'e12-e14', '7', '101-3; discussion 104')
    """
    found = _RANGE.fullmatch(text) or _RANGE.fullmatch(_DASHES.sub("-", text.strip()))
    if not found:
        return text.strip()
    before, first, behind, last = found.groups()
    if len(last) < len(first):
        last = first[: len(first) - len(last)] + last
    behind = behind or before
    if (before, first) == (behind, last):
        return f"{before}{first}"
    return f"{before}{first}-{behind}{last}"


def joined(first: str, last: str) -> str:
    """Return the range of a first and a last page that a source keeps apart.

    Examples
    --------
    >>> joined("123", "9"), joined("123-129", ""), joined("", "")
    ('123-129', '123-129', '')
    """
    first, last = first.strip(), last.strip()
    if not first or not last or _RANGE.fullmatch(_DASHES.sub("-", first)):
        return in_full(first or last)
    return in_full(f"{first}-{last}")


def ends(pages: str) -> tuple[str, str]:
    """Return the first and the last page of a range in full; the last is empty for a single page.

    Examples
    --------
    >>> ends("123-129"), ends("e12"), ends("101-3; discussion 104")
    (('123', '129'), ('e12', ''), ('101-3; discussion 104', ''))
    """
    if not _RANGE.fullmatch(pages):
        return pages, ""
    first, _, last = pages.partition("-")
    return first, last
