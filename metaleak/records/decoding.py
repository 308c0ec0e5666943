"""Bytes of an export as lines of text."""

from __future__ import annotations

import codecs

from metaleak.records.problems import Problems
from metaleak.storage.dialect import split_lines
from metaleak.storage.encodings import decode, likely_encoding, mended, wide_encoding

_WIDE = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NAMES = {"gb18030": "GB18030 (Chinese)", "cp1252": "cp1252 (Windows, Western European)"}


def lines_of(data: bytes, problems: Problems) -> list[str]:
    r"""Return the lines of a file without their ends; what had to be guessed is a problem.

    Lines end at LF, CRLF or CR. Where the file is not UTF-8, each line that is not is read as the encoding that all
    of them look like. NUL bytes are taken out.

    Examples
    --------
    >>> problems = Problems()
    >>> lines_of(b"AU  - M\xfcller\r\nTI  - Leaks", problems), problems.found[0].line
    (['AU  - Müller', 'TI  - Leaks'], 1)
    """
    if wide := _wide(data):
        text = data.decode(wide, errors="replace").removeprefix("\ufeff")
        problems.note(f"the file is {wide.upper()}")
        lines = split_lines(text)
    else:
        decoded = decode(data)
        lines = split_lines(decoded.text)
        if not decoded.is_utf8:
            lines = _mended(lines, problems)
    lines = [line.rstrip("\r\n") for line in lines]
    return _without_nul(lines, problems)


def _wide(data: bytes) -> str:
    for mark, name in _WIDE.items():
        if data.startswith(mark):
            return name
    if wide_encoding(data) is None:
        return ""
    # Letters of plain text leave their zero in front in one order of bytes and behind in the other.
    start = data[:4000]
    even, odd = start[::2].count(0), start[1::2].count(0)
    return ("utf-16-le" if odd > even else "utf-16-be") if max(even, odd) > 3 * min(even, odd) else ""


def _mended(lines: list[str], problems: Problems) -> list[str]:
    foreign = [at for at, line in enumerate(lines) if not line.isascii() and not mended(line, "cp1252")[1]]
    encoding = likely_encoding([lines[at] for at in foreign])
    first = foreign[0] + 1 if foreign else 1
    problems.warning(f"{len(foreign)} lines are not UTF-8; they were read as {_NAMES[encoding]}", line=first)
    return [line if line.isascii() else mended(line, encoding)[0] for line in lines]


def _without_nul(lines: list[str], problems: Problems) -> list[str]:
    holding = [at for at, line in enumerate(lines) if "\x00" in line]
    if not holding:
        return lines
    problems.warning(f"{len(holding)} lines hold NUL bytes, which were taken out", line=holding[0] + 1)
    return [line.replace("\x00", "") for line in lines]
