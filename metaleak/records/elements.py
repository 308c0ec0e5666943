"""One piece of XML as a tree, mended where a byte of it is not allowed; and texts of its elements."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from metaleak.records.text import clean

#: Characters that XML forbids, as they stand and as numbers.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NUMBERED = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]));")


def without(xml: bytes, openings: tuple[bytes, ...]) -> bytes:
    """Return XML without the elements that begin with these tags, which are not read: the rest is parsed faster.

    Examples
    --------
    >>> without(b'<a><r>1</r>2<s T="3">3</s><s>4</s></a>', (b"<r>", b'<s T="3">'))
    b'<a>2<s>4</s></a>'
    """
    for opening in openings:
        if opening in xml:
            closing = b"</%s>" % opening[1:-1].split(b" ")[0]
            first, *rest = xml.split(opening)
            xml = first + b"".join([part[part.find(closing) + len(closing) :] for part in rest])
    return xml


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


def text(element: Element | None) -> str:
    """Return the text of an element and of all in it, cleaned; empty for None."""
    if element is None:
        return ""
    if len(element):
        return clean("".join(element.itertext()))
    return clean(element.text or "")


def child_text(element: Element | None, name: str) -> str:
    """Return the text of the first child of a name."""
    return "" if element is None else text(element.find(name))


def children(element: Element | None, name: str) -> list[Element]:
    """Return the children of a name; none for None."""
    return [] if element is None else element.findall(name)


def child_texts(element: Element | None, name: str) -> list[str]:
    """Return the texts of the children of a name."""
    return [text(child) for child in children(element, name)]


def child(element: Element | None, name: str) -> Element | None:
    """Return the first child of a name."""
    return None if element is None else element.find(name)
