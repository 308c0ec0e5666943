"""Rules about single cells: empty ones, invisible letters, formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator

from metaleak.storage.formulas import is_formula, neutral
from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import View

#: Control characters, soft hyphens, zero-width letters, and marks that turn the direction of writing.
_HIDDEN = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

#: What may be one letter of UTF-8 that a program read as several of its own.
_NOT_ASCII = re.compile("[^\x00-\x7f]{2,}")


def _text_columns(view: View, sheet: str) -> list[str]:
    return [column.name for column in view.raw[sheet].sheet.columns if column.kind == "text"]


@rule("R40", "error", "A cell that every row needs is not empty.")
def required_cells(view: View) -> Iterator[Broken]:
    """Find empty cells in required columns."""
    for name, rows in view.rows.items():
        for column in view.raw[name].sheet.columns:
            for row in rows if column.required else ():
                if row.values[column.name] in ("", None):
                    yield Broken(
                        sheet=name,
                        row=row.number,
                        column=column.name,
                        text="the cell is empty",
                        todo=f"fill it: {column.sentence[0].lower()}{column.sentence[1:]}",
                    )


@rule("R57", "warning", "A text that begins like a formula is run by spreadsheet programs.")
def formulas(view: View) -> Iterator[Broken]:
    """Find formula cells in text columns."""
    for name, rows in view.rows.items():
        for column in _text_columns(view, name):
            for row in rows:
                cell = row.raw.get(column, "")
                if is_formula(cell) and len(cell) > 1:
                    yield Broken(
                        sheet=name,
                        row=row.number,
                        column=column,
                        value=cell[:80],
                        text="a spreadsheet program would run this text as a formula",
                        todo=f"write an apostrophe in front of it: {neutral(cell)[:40]}",
                    )


@rule("R58", "warning", "Letters that cannot be seen make equal texts differ and turn lines around.")
def hidden_letters(view: View) -> Iterator[Broken]:
    """Find control characters and invisible letters."""
    for name, rows in view.by_hand.items():
        for row in rows:
            for column, value in row.values.items():
                match = _HIDDEN.search(value) if isinstance(value, str) else None
                if match:
                    yield Broken(
                        sheet=name,
                        row=row.number,
                        column=column,
                        value=value.encode("unicode_escape").decode("ascii")[:80],
                        text=f"the cell holds an invisible letter (U+{ord(match[0]):04X})",
                        todo="delete it: retype the text around it",
                    )


@rule("R62", "warning", "Letters that a wrong encoding left behind are not what the author wrote.")
def garbled_letters(view: View) -> Iterator[Broken]:
    """Find marks of lost letters, and letters that were UTF-8 before a program misread them."""
    for name, rows in view.by_hand.items():
        for row in rows:
            for column, value in row.values.items():
                garbled = _garbled(value) if isinstance(value, str) and not value.isascii() else None
                if garbled:
                    yield Broken(
                        sheet=name,
                        row=row.number,
                        column=column,
                        value=value[:80],
                        text=f"a wrong encoding left {garbled[0]!r} here",
                        todo=garbled[1],
                    )


@rule("R61", "warning", "A cell is one line: a line break inside it splits the row for many programs.")
def line_breaks(view: View) -> Iterator[Broken]:
    """Find line breaks inside cells."""
    for name, rows in view.by_hand.items():
        for row in rows:
            for column, value in row.values.items():
                if isinstance(value, str) and re.search("[\r\n]", value):
                    yield Broken(
                        sheet=name,
                        row=row.number,
                        column=column,
                        value=value[:80],
                        text="the cell holds a line break",
                        todo="write the text on one line",
                    )


def _garbled(value: str) -> tuple[str, str] | None:
    """Return letters that a wrong encoding left, and what to do about them."""
    if "\ufffd" in value:
        return "\ufffd", "a letter is lost: copy the text from the source again"
    for run in _NOT_ASCII.findall(value):
        for encoding in ("cp1252", "latin-1"):
            try:
                meant = run.encode(encoding).decode("utf-8")
            except UnicodeError:
                continue
            return run, f"write {meant!r}, and open the file as UTF-8 from now on"
    return None
