"""A set of PubMed's XML in pieces of one record each, so that a damaged one costs itself alone.

No piece holds a DOCTYPE: whatever a file declares, nothing is resolved, expanded or loaded.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import Any

from metaleak.errors import InputError
from metaleak.records.problems import Problems
from metaleak.records.shapes import Shape

#: Elements that hold one record each, and never each other.
RECORDS = ("PubmedArticle", "PubmedBookArticle", "DeleteCitation")

_START = re.compile(rb"<(%s)(?=[\s>])" % "|".join(RECORDS).encode())
_SETS = rb"</?(?:PubmedArticleSet|PubmedBookArticleSet)\b[^<>]*>"
_BETWEEN = re.compile(_SETS + rb"|<!DOCTYPE[^<>\[]*>|<\?.*?\?>|<!--.*?-->|\xef\xbb\xbf", re.S)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z][\w.-]*)["']""")
_ROOT = re.compile(rb"<([A-Za-z][\w:.-]*)")
_KNOWN = (b"PubmedArticleSet", b"PubmedBookArticleSet", b"PubmedArticle", b"PubmedBookArticle")


class Piece:
    """One record as it stands in the file, until the next one is asked for.

    Attributes
    ----------
    name : bytes
        Of its element.
    number : int
        Its place among the records, from 1.
    found : list, optional
        What the scanner found in it.
    start, end : int
        Where it stands in the data.
    """

    __slots__ = ("_counted", "_data", "_line", "end", "found", "name", "number", "start")

    def __init__(self, data: bytes) -> None:
        self.name = b""
        self.number = 0
        self.found: list[Any] | None = None
        self.start = self.end = 0
        self._data = data
        self._line = 1
        self._counted = 0

    @property
    def xml(self) -> bytes:
        """Its bytes in UTF-8."""
        return self._data[self.start : self.end]

    @property
    def line(self) -> int:
        """The line of the file in which it begins."""
        self._line += self._data.count(b"\n", self._counted, self.start)
        self._counted = self.start
        return self._line


def pieces(data: bytes, problems: Problems, shapes: Sequence[Shape]) -> Iterator[Piece]:
    """Yield every record of a set of PubMed, always as the same object; what stands between records is a problem.

    Parameters
    ----------
    data : bytes
        The file.
    problems : Problems
        Takes what is wrong.
    shapes : sequence of Shape
        What to look for in the elements of records.

    Raises
    ------
    InputError
        When the file declares entities, or is XML of another kind.
    """
    encoding = _encoding(data)
    if encoding != "utf-8":
        data = data.decode(encoding, errors="replace").encode("utf-8")
    _refuse_foreign(data)
    scanners = {shape.name.encode(): shape.scan for shape in shapes}
    piece = Piece(data)
    at = 0
    while opening := _START.search(data, at):
        piece.start, piece.end = at, opening.start()
        if at < piece.end:
            _look_between(piece, problems)
        piece.number += 1
        piece.name = opening[1]
        piece.start = piece.end
        piece.found, end = scanners[piece.name](data, piece.start)
        if end < 0:
            end = _end(data, piece, problems)
        at = abs(end)
        if end > 0:
            piece.end = end
            yield piece
    piece.start, piece.end = at, len(data)
    _look_between(piece, problems)


def _end(data: bytes, piece: Piece, problems: Problems) -> int:
    """Return the place behind a record that was not scanned; below 0 when it does not end, and is lost up to there."""
    closing = b"</%s>" % piece.name
    found = data.find(closing, piece.start)
    end = found + len(closing) if found >= 0 else len(data)
    inside = _START.search(data, piece.start + 1, end)
    if found >= 0 and not inside:
        return end
    end = inside.start() if inside else end
    told = "the record does not end: the file is cut or damaged here"
    lost = data[piece.start : end].decode("utf-8", "replace")
    problems.error(told, record=piece.number, line=piece.line, lost=lost)
    return -end


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declared = _DECLARED.match(data[:200])
    try:
        return codecs.lookup(declared.group(1).decode("ascii")).name if declared else "utf-8"
    except LookupError:
        return "utf-8"


def _refuse_foreign(data: bytes) -> None:
    root = _ROOT.search(data)
    before = data[: root.start()] if root else data
    if b"<!ENTITY" in before:
        raise InputError(
            "the file declares entities, which can hide or multiply text",
            required="XML as PubMed sends it",
            todo="export the records again",
        )
    if root is None or root.group(1) not in _KNOWN:
        raise InputError(
            "the file is XML, but not PubMed's",
            required="PubmedArticleSet or PubmedBookArticleSet",
            got=(root.group(1) if root else before[:60]).decode("utf-8", "replace"),
            todo="export it as RIS, NBIB or CSV",
        )


def _look_between(gap: Piece, problems: Problems) -> None:
    xml = gap.xml
    rest = b"" if not xml or xml.isspace() else _BETWEEN.sub(b"", xml).strip()
    if rest:
        place = f"behind record {gap.number}" if gap.number else "before the first record"
        problems.error(f"something {place} is no record", line=gap.line, lost=rest.decode("utf-8", "replace"))
