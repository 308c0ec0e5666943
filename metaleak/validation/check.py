"""Check every sheet of a review against every rule, all findings at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from metaleak.errors import SheetError
from metaleak.screening.judgements import section_in
from metaleak.sheets.cells import CELLS, clean
from metaleak.sheets.codebook import CODEBOOK, judge_codebook
from metaleak.sheets.problems import READING, Rule
from metaleak.sheets.reader import RawSheet
from metaleak.validation import (
    appraisal_rules,
    arm_rules,
    cell_rules,
    conduct_rules,
    count_rules,
    pair_rules,
    record_rules,
    reference_rules,
    screening_rules,
    study_rules,
)
from metaleak.validation.all_sheets import ALL_SHEETS, read_all
from metaleak.validation.findings import Finding
from metaleak.validation.rules import MEANING
from metaleak.validation.screening_rules import SECTION
from metaleak.validation.view import make_view

#: Importing them registers their rules.
RULE_MODULES = (
    cell_rules,
    reference_rules,
    study_rules,
    count_rules,
    arm_rules,
    pair_rules,
    conduct_rules,
    record_rules,
    appraisal_rules,
    screening_rules,
)

_CODEBOOK_RULE = Rule(
    id="R17", severity="error", reason="The codebook can be read: it holds the words of the sheets."
)

#: How errors call the codebook where a sheet's name would stand.
_BOOK = "codebook.toml"

_SEVERITIES = ("error", "warning")


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything that the checks found, sorted by sheet, row and column.

    ``answered`` are warnings whose row names their rule in its note: somebody has looked, and said so.
    """

    findings: tuple[Finding, ...]
    answered: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop the pooling."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are printed and land on the page."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    def raise_if_errors(self) -> None:
        """Raise one SheetError with every error in it, if there is one."""
        if self.errors:
            count = len(self.errors)
            lines = "\n".join(f"  {finding}" for finding in self.errors)
            raise SheetError(
                f"the sheets have {count} error{'' if count == 1 else 's'}; nothing was pooled\n{lines}\n",
                where="extraction",
                todo="mend them, then: metaleak check",
            )


def all_rules() -> dict[str, Rule]:
    """Return every rule by id, in the order of the ids."""
    rules = {
        **READING,
        _CODEBOOK_RULE.id: _CODEBOOK_RULE,
        **CELLS,
        **{id: rule for id, (rule, _) in MEANING.items()},
    }
    return dict(sorted(rules.items()))


def check_review(root: Path) -> CheckReport:
    """Check the sheets and the codebook of the review in ``root``.

    Whatever is wrong is a finding with its place: a broken sheet gives no traceback, and no row is left
    out in silence.
    """
    codebook, wrong = judge_codebook(root / CODEBOOK)
    raw = read_all(Path(root))
    findings = [_about_codebook(text) for text in wrong]
    findings += [finding for name, sheet in raw.items() for finding in _read_findings(name, sheet)]
    view, cells = make_view(raw, codebook)
    view.memo[SECTION] = section_in(Path(root))
    for cell in cells:
        problem = cell.problem
        findings.append(
            _finding(
                CELLS[problem.rule], cell.sheet, cell.row, cell.column, cell.value, problem.text, problem.todo
            )
        )
    for rule, check in MEANING.values():
        for broken in check(view):
            findings.append(
                _finding(
                    rule, broken.sheet, broken.row, broken.column, broken.value, broken.text, broken.todo
                )
            )
    answered = _answered(findings, raw)
    return CheckReport(
        tuple(sorted((f for f in findings if f not in answered), key=_order)),
        tuple(sorted(answered, key=_order)),
    )


def _answered(findings: list[Finding], raw: Mapping[str, RawSheet]) -> set[Finding]:
    warned = {f for f in findings if f.severity == "warning" and f.row is not None}
    notes = {
        (name, row.number): clean(row.cells.get("note", ""))
        for name, sheet in raw.items()
        for row in sheet.rows
        if not row.broken
    }
    return {f for f in warned if re.search(rf"\b{f.rule}\b", notes.get((f.sheet, f.row or 0), ""))}


def _about_codebook(text: str) -> Finding:
    return _finding(_CODEBOOK_RULE, _BOOK, None, "", "", text, "mend the codebook, then run again")


def _read_findings(name: str, raw: RawSheet) -> Iterator[Finding]:
    for p in raw.problems:
        yield _finding(READING[p.rule], name, p.row, p.column, p.value, p.text, p.todo)


def _finding(
    rule: Rule, sheet: str, row: int | None, column: str, value: str, text: str, todo: str
) -> Finding:
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        sheet=sheet,
        row=row,
        column=column,
        value=value[:80],
        message=text,
        todo=todo,
    )


def _order(finding: Finding) -> tuple[int, int, int, str, str, str]:
    names = [_BOOK, *ALL_SHEETS]
    return (
        names.index(finding.sheet),
        finding.row or 0,
        _SEVERITIES.index(finding.severity),
        finding.column,
        finding.rule,
        finding.message,
    )
