"""One piece of XML as a tree, and mended where a byte of it is not allowed; the texts of its elements."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from metaleak.records.text import clean

#: Characters that XML forbids, as they stand and as numbers.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NUMBERED = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]));")


def parsed(xml: bytes) -> Element | None:
    """Return the tree of a piece, or None when it is no complete XML."""
    try:
        return ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError):
        return None


def mended(xml: bytes) -> bytes:
    r"""Return a piece without the characters that XML forbids; bytes that are not UTF-8 are read as cp1252.

    Examples
    --------
    >>> mended(b"<a>M\xfcller\x00&#1;</a>").decode()
    '<a>Müller</a>'
    """
    try:
        text = xml.decode("utf-8")
    except UnicodeDecodeError:
        text = xml.decode("cp1252", errors="replace")
    return _NUMBERED.sub("", _FORBIDDEN.sub("", text)).encode("utf-8")


def text(element: Element) -> str:
    """Return the text of an element and of all in it, cleaned."""
    return clean("".join(element.itertext()) if len(element) else element.text or "")
