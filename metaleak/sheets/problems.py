"""What can be wrong with a sheet before anybody looks at what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of the sheets: its id, whether breaking it stops the pooling, and why it stands.

    ``kinds`` are the kinds of columns and ``columns`` the single columns (``"leaks.n_leak"``) that it
    looks at.
    """

    id: str
    severity: Severity
    reason: str
    kinds: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProblem:
    """A broken rule at its place: the spreadsheet row (1 is the header) and the column."""

    rule: str
    row: int | None
    column: str = ""
    value: str = ""
    text: str
    todo: str


def _error(id: str, reason: str) -> Rule:
    return Rule(id=id, severity="error", reason=reason)


def _warning(id: str, reason: str) -> Rule:
    return Rule(id=id, severity="warning", reason=reason)


#: Rules that the reader of the files applies, by id.
READING = {
    rule.id: rule
    for rule in (
        _error("R01", "Every sheet is there, if only with its header."),
        _error("R02", "A sheet is a file that can be read."),
        _error("R03", "A sheet is a CSV text, not a workbook, a page or a packed file."),
        _error(
            "R04", "A sheet is UTF-8, with or without a byte order mark: another encoding is never guessed."
        ),
        _error("R05", "A sheet holds its header, and studies and leaks hold rows."),
        _error("R06", "The header stands in the first row, so that row numbers mean the same to everybody."),
        _error("R07", "A column name occurs once."),
        _error("R08", "Every column of the format is there."),
        _warning("R09", "A column that the format does not know is kept and never read."),
        _error("R10", "Quotes open and close around whole cells: an open quote swallows the rows below it."),
        _error("R11", "A row has as many cells as the header: otherwise values stand under the wrong name."),
        _error("R12", "A merge that is not finished leaves two versions of a row."),
        _warning("R13", "A blank row splits the table for spreadsheet programs."),
        _warning("R14", "A blank column or empty cells behind the last one come from a stray keystroke."),
        _warning("R15", "A column name is read without the spaces around it."),
        _error("R16", "A column that holds values has a name."),
    )
}
