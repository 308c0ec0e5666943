"""What went wrong, or was decided, while a file of records was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "note"]

#: Letters of a damaged record that a problem shows.
_SHOWN = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a file of records that a person may have to look at.

    Attributes
    ----------
    severity : str
        ``error``: a record was not read; ``warning``: it was read and something is odd; ``note``: what was decided.
    text : str
        What it is.
    record, line : int, optional
        The record in the order of the file and its line; both count from 1.
    excerpt : str
        The beginning of what was not read.
    """

    severity: Severity
    text: str
    record: int | None = None
    line: int | None = None
    excerpt: str = ""

    def __str__(self) -> str:
        place = [f"{name} {at}" for name, at in (("record", self.record), ("line", self.line)) if at]
        told = f"{', '.join(place)}: {self.text}" if place else self.text
        return f"{told}: {self.excerpt!r}" if self.excerpt else told


@dataclass(slots=True)
class Problems:
    """Problems as a reader meets them."""

    found: list[Problem] = field(default_factory=list)

    def error(self, text: str, *, record: int | None = None, line: int | None = None, lost: str = "") -> None:
        """Tell of a record that was not read."""
        excerpt = " ".join(lost[: 2 * _SHOWN].split())[:_SHOWN]
        self.found.append(Problem(severity="error", text=text, record=record, line=line, excerpt=excerpt))

    def warning(self, text: str, *, record: int | None = None, line: int | None = None) -> None:
        """Tell of something odd in what was read."""
        self.found.append(Problem(severity="warning", text=text, record=record, line=line))

    def note(self, text: str) -> None:
        """Tell of a decision."""
        self.found.append(Problem(severity="note", text=text))
