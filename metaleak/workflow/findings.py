"""Findings of the check as lines for a person and as plain values for scripts and the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from metaleak.validation.check import all_rules
from metaleak.validation.findings import Finding
from metaleak.workflow.terminal import printable


def finding_dict(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain JSON values."""
    return asdict(finding)


def finding_lines(findings: Sequence[Finding], *, answered: int = 0) -> list[str]:
    """Return what a person reads: sheet by sheet what is wrong where and what to do, then why.

    ``answered`` is how many warnings the notes of their rows answer.
    """
    told = f" {_counted(answered, 'warning')} answered in notes." if answered else ""
    if not findings:
        return [f"No findings: every cell of every sheet fits its rules.{told}"]
    return [*_by_sheet(findings), "", *_reasons(findings), "", _closing(findings) + told]


def _by_sheet(findings: Sequence[Finding]) -> Iterator[str]:
    for sheet, group in groupby(findings, key=lambda finding: finding.sheet):
        yield f"extraction/{sheet}" + ("" if "." in sheet else ".csv")
        for finding in group:
            yield f"  {_place(finding)}  {finding.severity} {finding.rule}: {printable(finding.message)}"
            if finding.value:
                yield f"      found:  {printable(finding.value)}"
            yield f"      to do:  {printable(finding.todo)}"


def _place(finding: Finding) -> str:
    row = "file" if finding.row is None else f"row {finding.row}"
    return f"{row}, {printable(finding.column)}" if finding.column else row


def _reasons(findings: Sequence[Finding]) -> Iterator[str]:
    broken = {finding.rule for finding in findings}
    yield "Why:"
    for id, rule in all_rules().items():
        if id in broken:
            yield f"  {id}  {rule.reason}"
    if any(finding.severity == "warning" and finding.row is not None for finding in findings):
        yield "  A warning is answered once the note of its row names its rule and says what was found."


def _closing(findings: Sequence[Finding]) -> str:
    errors = sum(finding.severity == "error" for finding in findings)
    told = f"{_counted(errors, 'error')}, {_counted(len(findings) - errors, 'warning')}"
    return f"{told}: errors stop the pooling." if errors else f"{told}: nothing stops the pooling."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
