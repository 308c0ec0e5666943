"""A stream of XML in pieces of one record each, so that a damaged one costs itself alone.

No piece holds a DOCTYPE: whatever a file declares, nothing is resolved, expanded or loaded.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from metaleak.errors import InputError
from metaleak.records.problems import Problems
from metaleak.records.record import Record

#: Bytes that are read at once; more when a record is longer.
CHUNK = 1 << 20

_START = re.compile(rb"<(PubmedArticle|PubmedBookArticle|DeleteCitation)(?=[\s>])")
_SETS = rb"</?(?:PubmedArticleSet|PubmedBookArticleSet)\b[^<>]*>"
_BETWEEN = re.compile(_SETS + rb"|<!DOCTYPE[^<>\[]*>|<\?.*?\?>|<!--.*?-->|\xef\xbb\xbf", re.S)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z][\w.-]*)["']""")
_ROOT = re.compile(rb"<([A-Za-z][\w:.-]*)")
_ALLOWED = b"\t\n\r"
_KNOWN = (b"PubmedArticleSet", b"PubmedBookArticleSet", b"PubmedArticle", b"PubmedBookArticle")


@dataclass(frozen=True, slots=True)
class Piece:
    """One record as it stands in the file: its element, its bytes in UTF-8, its place."""

    name: str
    xml: bytes
    number: int
    line: int


def pieces(
    stream: BinaryIO, problems: Problems, quick: Callable[[bytes], Record | None] = lambda _: None
) -> Iterator[Piece | Record]:
    """Yield every record of a set of PubMed; what stands between records is a problem.

    Parameters
    ----------
    stream : binary file
        The file.
    problems : Problems
        Takes what is wrong.
    quick : callable
        Asked first for every article without a control character; what it makes is yielded in the piece's place. It
        may accept only what is one whole article.

    Raises
    ------
    InputError
        When the file declares entities, or is XML of another kind.
    """
    buffer = _Buffer(stream)
    _refuse_foreign(buffer)
    number = 0
    while True:
        start = buffer.find_start()
        gap = buffer.take(start.start() if start else len(buffer.data))
        if gap and not gap.isspace():
            _look_between(gap, number, buffer.line(len(gap)), problems)
        if start is None:
            return
        number += 1
        name = start.group(1)
        end = buffer.find_end(b"</%s>" % name)
        if end > 0 and name == b"PubmedArticle" and not buffer.has_controls:
            made = quick(buffer.data[buffer.at : end])
            if made is not None:
                buffer.at = end
                yield made
                continue
        line = buffer.line()
        inside = _START.search(buffer.data, buffer.at + 1, end if end > 0 else len(buffer.data))
        taken = buffer.take(inside.start() if inside else end if end > 0 else len(buffer.data))
        if end < 0 or inside:
            told = "the record does not end: the file is cut or damaged here"
            problems.error(told, record=number, line=line, lost=taken.decode("utf-8", "replace"))
        else:
            yield Piece(name.decode("ascii"), taken, number, line)


class _Buffer:
    """Bytes of a stream; ``at`` is where the reader stands in them.

    ``has_controls`` tells whether a control character that XML forbids stands in them, or stood before them.
    """

    def __init__(self, stream: BinaryIO) -> None:
        start = stream.read(CHUNK)
        encoding = _encoding(start)
        if encoding != "utf-8":
            start = (start + stream.read()).decode(encoding, errors="replace").encode("utf-8")
            stream = BytesIO()
        self.stream = stream
        self.data = start
        self.at = 0
        self.has_controls = bool(controls(start).strip(_ALLOWED))
        self._line = 1
        self._counted = 0

    def more(self) -> bool:
        """Read on, as much again as is held, so that long records cost no more than short ones."""
        rest = self.data[self.at :]
        added = self.stream.read(max(CHUNK, len(rest)))
        self._line += controls(self.data[self._counted : self.at]).count(b"\n")
        self._counted = 0
        self.has_controls = self.has_controls or bool(controls(added).strip(_ALLOWED))
        self.data = rest + added
        self.at = 0
        return bool(added)

    def line(self, back: int = 0) -> int:
        """Return the line of the place so many bytes back."""
        place = self.at - back
        line = self._line + self.data.count(b"\n", self._counted, place)
        self._line, self._counted = line, place
        return line

    def find_start(self) -> re.Match[bytes] | None:
        """Return where the next record begins, reading on until there is one."""
        while True:
            found = _START.search(self.data, self.at)
            if found or not self.more():
                return found

    def find_end(self, closing: bytes) -> int:
        """Return the place behind the next closing tag, reading on until there is one, or -1."""
        looked = 0
        while True:
            end = self.data.find(closing, self.at + looked)
            if end >= 0:
                return end + len(closing)
            looked = max(0, len(self.data) - self.at - len(closing))
            if not self.more():
                return -1

    def take(self, end: int) -> bytes:
        """Return the bytes up to a place and go on there."""
        taken = self.data[self.at : end]
        self.at = end
        return taken


def controls(data: bytes) -> bytes:
    r"""Return the characters below the space in data, in their order.

    Examples
    --------
    >>> controls(b"a b\n\x00c")
    b'\n\x00'
    """
    import numpy as np

    codes = np.frombuffer(data, np.uint8)
    return codes[codes < 32].tobytes()


def _encoding(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declared = _DECLARED.match(start[:200])
    try:
        return codecs.lookup(declared.group(1).decode("ascii")).name if declared else "utf-8"
    except LookupError:
        return "utf-8"


def _refuse_foreign(buffer: _Buffer) -> None:
    while not (root := _ROOT.search(buffer.data)) and buffer.more():
        pass
    before = buffer.data[: root.start()] if root else buffer.data
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


def _look_between(gap: bytes, number: int, line: int, problems: Problems) -> None:
    rest = _BETWEEN.sub(b"", gap).strip()
    if rest:
        place = f"behind record {number}" if number else "before the first record"
        problems.error(f"something {place} is no record", line=line, lost=rest.decode("utf-8", "replace"))
