"""From bytes to text: UTF-8 is read, everything else is named."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

_UTF8_BOM = codecs.BOM_UTF8

#: First bytes of files that are taken for sheets by mistake.
_MAGIC = (
    (b"PK\x03\x04", "a workbook (XLSX or ODS)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (XLS)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a packed file (gzip)"),
    (b"{\\rtf", "a rich text document"),
    (b"SQLite format 3", "a database"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself"),
)

_MARKUP = ("<!doctype", "<html", "<?xml", "<table")

#: UTF-32 first: its mark begins with the mark of UTF-16.
_WIDE_BOMS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and whether it stood behind a byte order mark.

    When ``is_utf8`` is False the text maps every byte to one letter (Latin-1): quotes, delimiters and
    line ends keep their place, and :func:`mended` gives each cell its letters back.
    """

    text: str
    has_bom: bool
    is_utf8: bool


def foreign_format(data: bytes) -> str | None:
    """Return what the bytes are when they are no CSV text, else None."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    start = data[:200].removeprefix(_UTF8_BOM).lstrip().lower()
    return "a web page or XML" if start.startswith(tuple(mark.encode() for mark in _MARKUP)) else None


def wide_encoding(data: bytes) -> str | None:
    """Return UTF-16 or UTF-32 when the bytes look like it, else None."""
    for mark, name in _WIDE_BOMS:
        if data.startswith(mark):
            return name
    start = data[:4000]
    return "UTF-16" if len(start) > 3 and start.count(0) > 0.3 * len(start) else None


def decode(data: bytes) -> Decoded:
    """Decode UTF-8, or map bytes to letters one to one where that fails."""
    has_bom = data.startswith(_UTF8_BOM)
    body = data[len(_UTF8_BOM) :] if has_bom else data
    try:
        return Decoded(body.decode("utf-8"), has_bom, True)
    except UnicodeDecodeError:
        return Decoded(body.decode("latin-1"), has_bom, False)


def mended(cell: str, encoding: str) -> tuple[str, bool]:
    """Return a cell of Latin-1 letters as what its bytes mean, and whether they were UTF-8."""
    data = cell.encode("latin-1")
    try:
        return data.decode("utf-8"), True
    except UnicodeDecodeError:
        return data.decode(encoding, errors="replace"), False


def likely_encoding(cells: list[str]) -> str:
    r"""Name the encoding that cells of Latin-1 letters look like: ``"gb18030"`` or ``"cp1252"``.

    Chinese letters of GB18030 are pairs of high bytes; an accented letter of cp1252 is one high byte
    among plain ones.

    Examples
    --------
    >>> likely_encoding(["\u9aa8\u6c34\u6ce5".encode("gb18030").decode("latin-1")])
    'gb18030'
    >>> likely_encoding(["M\xfcller"])
    'cp1252'
    """
    high = paired = 0
    for cell in cells:
        data = cell.encode("latin-1")
        at = 0
        while at < len(data):
            if data[at] < 0x80:
                at += 1
                continue
            pair = data[at : at + 2]
            is_pair = len(pair) == 2 and 0xB0 <= pair[0] <= 0xF7 and pair[1] >= 0xA1
            paired += 2 * is_pair
            high += 2 if is_pair else 1
            at += 2 if is_pair else 1
    return "gb18030" if high and paired > 0.5 * high else "cp1252"
