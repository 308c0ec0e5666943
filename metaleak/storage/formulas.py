"""Cells that spreadsheet programs would run.

The rule: text that comes from outside (a title fetched from a catalogue) and begins with ``= + - @``,
a tab or a carriage return is written with an apostrophe in front, which spreadsheet programs take as
"this is text". Readers take the apostrophe away again, so the value is the text itself.
"""

from __future__ import annotations

STARTS = ("=", "+", "-", "@", "\t", "\r")
_LOOKED_AT = (*STARTS, "'")


def neutral(text: str) -> str:
    """Return text that no spreadsheet program runs.

    Examples
    --------
    >>> neutral("=HYPERLINK(0)"), neutral("Vertebroplasty")
    ("'=HYPERLINK(0)", 'Vertebroplasty')
    """
    if not text.startswith(_LOOKED_AT):
        return text
    return f"'{text}" if text.startswith(STARTS) or original(text) != text else text


def original(cell: str) -> str:
    """Return the text of a cell, without the apostrophe that :func:`neutral` put in front.

    Examples
    --------
    >>> original("'=HYPERLINK(0)"), original("'t Hooft")
    ('=HYPERLINK(0)', "'t Hooft")
    """
    bare = cell.lstrip("'")
    return cell[1:] if bare != cell and bare.startswith(STARTS) else cell


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet program may run the cell."""
    return cell.startswith(STARTS)
