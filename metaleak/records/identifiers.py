"""Identifiers in one form each, so that equal ones are equal."""

from __future__ import annotations

import re
from urllib.parse import unquote

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+")
_PMID = re.compile(r"[1-9]\d{0,7}")
_PMCID = re.compile(r"PMC([1-9]\d{0,9})", re.I)
_ISSN = re.compile(r"(?<![\dX-])(\d{4})-?(\d{3}[\dXx])(?![\dX-])")
_ISBN = re.compile(r"97[89][-\s]?(?:\d[-\s]?){9}\d|(?:\d[-\s]?){9}[\dXx]")
#: Numbers of trial registers, as they stand in fields and in abstracts.
_REGISTERED = re.compile(
    r"\b(NCT\d{8}|ISRCTN\d{8}|ChiCTR[-\w]*\d{6,}|ACTRN\d{14}|DRKS\d{8}|NTR\d{3,4}|UMIN\d{9}|EUCTR\d{4}-\d{6}-\d\d)\b",
    re.I,
)
_BEHIND = ".,;:'\")]}>"
_CLOSING = {")": "(", "]": "[", "}": "{", ">": "<"}

#: CENTRAL gives its own number a DOI; the article has another.
_NOT_OF_THE_ARTICLE = ("10.1002/central/",)


def doi(text: str) -> str:
    """Return the DOI in a text: lower case, without resolver, label or what stands behind it.

    Examples
    --------
    >>> doi("https://dx.doi.org/10.1097/BRS.0000000000001234."), doi("doi: 10.1016/S0140-6736(05)1%2F2")
    ('10.1097/brs.0000000000001234', '10.1016/s0140-6736(05)1/2')
    >>> doi("10.1234"), doi("10.1002/central/CN-01054867")
    ('', '')
    """
    if "%" in text:
        text = unquote(text)
    found = _DOI.search(text)
    if not found:
        return ""
    value = found.group().lower()
    if value[-1] in _BEHIND:
        while value and (value[-1] in ".,;:'\"" or _unopened(value)):
            value = value[:-1]
        if not _DOI.fullmatch(value):
            return ""
    return "" if value.startswith(_NOT_OF_THE_ARTICLE) else value


def _unopened(value: str) -> bool:
    opening = _CLOSING.get(value[-1])
    return opening is not None and value.count(value[-1]) > value.count(opening)


def pmid(text: str) -> str:
    """Return a PubMed number without zeros in front, or nothing.

    Examples
    --------
    >>> pmid(" 0016403221"), pmid("PMID: 1"), pmid("0"), pmid("123456789")
    ('16403221', '', '', '')
    """
    if text.isdecimal() and text.isascii() and text[0] != "0" and len(text) <= 8:
        return text
    bare = text.strip().lstrip("0")
    return bare if bare.isascii() and _PMID.fullmatch(bare) else ""


def pmcid(text: str) -> str:
    """Return a PubMed Central number, or nothing.

    Examples
    --------
    >>> pmcid("pmc1373603"), pmcid("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1373603/")
    ('PMC1373603', 'PMC1373603')
    """
    found = _PMCID.search(text)
    return f"PMC{found.group(1)}" if found else ""


def issns(*texts: str) -> tuple[str, ...]:
    """Return the ISSNs in texts, each once.

    Examples
    --------
    >>> issns("1471-2105 (Electronic)", "1471-2105; 1528116x")
    ('1471-2105', '1528-116X')
    """
    found = [f"{a}-{b.upper()}" for text in texts if text for a, b in _ISSN.findall(text)]
    return tuple(dict.fromkeys(found))


def registered(text: str) -> list[str]:
    """Return the numbers of trial registers in a text, in capitals.

    Examples
    --------
    >>> registered("CTgov NCT00231894; chictr-inr-16009292")
    ['NCT00231894', 'CHICTR-INR-16009292']
    """
    return [number.upper() for number in _REGISTERED.findall(text)]


def isbn(text: str) -> str:
    """Return the first ISBN in a text, without hyphens.

    Examples
    --------
    >>> isbn("978-1-4831-0000-9 (print)")
    '9781483100009'
    """
    found = _ISBN.search(text)
    return re.sub(r"[-\s]", "", found.group()).upper() if found else ""
