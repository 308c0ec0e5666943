"""Findings of the check as lines for a person and as plain values for scripts and the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from metaleak.validation.findings import Finding


def finding_dict(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain JSON values."""
    return asdict(finding)


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """Return what a person reads: sheet by sheet, what is wrong where, and what to do."""
    if not findings:
        return ["No findings: every cell of every sheet fits its rules."]
    return [*_by_sheet(findings), "", _counted(findings)]


def _by_sheet(findings: Sequence[Finding]) -> Iterator[str]:
    for sheet, group in groupby(findings, key=lambda finding: finding.sheet):
        yield f"extraction/{sheet}" + ("" if "." in sheet else ".csv")
        for finding in group:
            yield f"  {_place(finding)}  {finding.severity} {finding.rule}: {finding.message}"
            if finding.value:
                yield f"      found:  {_shown(finding.value)}"
            yield f"      to do:  {finding.todo}"


def _place(finding: Finding) -> str:
    row = "file" if finding.row is None else f"row {finding.row}"
    return f"{row}, {finding.column}" if finding.column else row


def _shown(value: str) -> str:
    """Return a value on one line: control characters would move the cursor of a terminal."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in value)


def _counted(findings: Sequence[Finding]) -> str:
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    told = f"{errors} error{'' if errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}"
    return f"{told}: errors stop the pooling." if errors else f"{told}: nothing stops the pooling."
