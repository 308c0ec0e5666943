"""The rules about what a sheet means, registered once each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from metaleak.sheets.problems import Rule, Severity
from metaleak.validation.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Where a rule is broken and how; the rule itself adds id and severity."""

    sheet: str
    row: int | None
    column: str = ""
    value: str = ""
    text: str
    todo: str


Check = Callable[[View], Iterator[Broken]]

#: Every rule about meaning with its check, by id.
MEANING: dict[str, tuple[Rule, Check]] = {}


def rule(id: str, severity: Severity, reason: str, *columns: str) -> Callable[[Check], Check]:
    """Register a check under its id; ``columns`` are the single columns that it looks at."""

    def register(check: Check) -> Check:
        MEANING[id] = (Rule(id=id, severity=severity, reason=reason, columns=columns), check)
        return check

    return register
