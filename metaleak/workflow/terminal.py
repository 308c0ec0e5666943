"""Text from outside on the lines of a terminal."""

from __future__ import annotations

from metaleak.records.record import Record

#: Letters of a title that are shown on a line.
_TITLE = 90


def printable(text: str) -> str:
    r"""Return text on one line: control characters would move the cursor of a terminal.

    Examples
    --------
    >>> printable("Leaks\x1b[2J on CT")
    'Leaks\\x1b[2J on CT'
    """
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def cited(record: Record) -> str:
    """Return who wrote what where, on one line.

    Examples
    --------
    >>> from metaleak.records.record import Author
    >>> cited(Record(authors=(Author("Wang", "X"), Author("Li", "Y")), year=2015, title="Leaks", journal="Spine"))
    'Wang 2015: Leaks (Spine)'
    """
    who = record.authors[0].family if record.authors else "no author"
    title = record.title or record.original_title or "no title"
    short = title if len(title) <= _TITLE else title[:_TITLE].rstrip() + " ..."
    journal = record.journal_abbreviation or record.journal or record.book_title
    told = f"{who} {record.year or 'no year'}: {short}" + (f" ({journal})" if journal else "")
    return printable(f"RETRACTED, {told}" if record.is_retracted else told)
