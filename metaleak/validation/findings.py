"""What a check found: one broken rule at one place."""

from __future__ import annotations

from dataclasses import dataclass

from metaleak.sheets.problems import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule: its id, where it stands, what was found and what to do.

    ``row`` is the row in the spreadsheet (1 is the header), None for the file as a whole.
    """

    rule: str
    severity: Severity
    sheet: str
    row: int | None
    column: str
    value: str
    message: str
    todo: str

    @property
    def place(self) -> str:
        """Sheet, row and column in words: ``leaks, row 17, n_leak``."""
        parts = [self.sheet]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column:
            parts.append(self.column)
        return ", ".join(parts)

    def __str__(self) -> str:
        """Return one line: place, message, value, what to do, rule."""
        found = f" (found: {self.value!r})" if self.value else ""
        return f"{self.severity}: {self.place}: {self.message}{found}; {self.todo} [{self.rule}]"
