"""Tables that let a reader check the page: findings, digests, versions, certificates of the fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.reporting.data import Result
from metaleak.reporting.links import anchor
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_number, of_text
from metaleak.reporting.words import counted
from metaleak.storage.strict_json import number


def findings_table(findings: Sequence[Mapping[str, Any]]) -> Table | None:
    """Return what the checks found in the sheets."""
    if not findings:
        return None
    keys = ("rule", "severity", "sheet", "row", "column", "value", "message", "todo")
    heads = ("Rule", "Severity", "Sheet", "Row", "Column", "Value", "What", "To do")
    long = ("What", "To do", "Value")
    return Table(
        id="findings-table",
        caption=f"What the checks found in the sheets: {counted(len(findings), 'finding')}.",
        columns=tuple(Column(head, "long" if head in long else "text") for head in heads),
        rows=tuple(Row(tuple(_finding_cell(finding.get(key)) for key in keys)) for finding in findings),
    )


def _finding_cell(value: Any) -> Cell:
    if isinstance(value, int):
        return of_count(value)
    return of_text("" if value is None else str(value))


def digests_table(digests: Mapping[str, str]) -> Table:
    """Return the SHA-256 of every file that was read."""
    return Table(
        id="digests-table",
        caption="What was read: the SHA-256 of every input file.",
        columns=(Column("File"), Column("SHA-256", "long")),
        rows=tuple(Row((of_text(file), Cell(text=digest, code=True))) for file, digest in digests.items()),
    )


def software_table(software: Mapping[str, str]) -> Table:
    """Return the versions of the programs that made the page."""
    return Table(
        id="software-table",
        caption="What made the page: versions.",
        columns=(Column("Package"), Column("Version")),
        rows=tuple(Row((of_text(name), of_text(version))) for name, version in software.items()),
    )


def fits_table(name: str, result: Result) -> Table:
    """Return the certificate of every fit of an analysis."""
    fits = {
        group: values["convergence"] for group, values in result["groups"].items() if values["convergence"]
    }
    columns = (
        Column("Group"),
        Column("Log-likelihood", "number"),
        Column("Quadrature points", "number"),
        Column("Iterations", "number"),
        Column("Converged"),
    )
    return Table(
        id=anchor(name, "fits"),
        caption=f"{result['title']}: certificates of the fits.",
        columns=columns,
        rows=tuple(
            Row(
                (
                    of_text(group),
                    of_number(fit["log_likelihood"], digits=4),
                    of_text(numbers.NONE)
                    if fit["quadrature_points"] is None
                    else of_count(fit["quadrature_points"]),
                    of_count(fit["iterations"]),
                    of_text("yes" if fit["converged"] else "no"),
                )
            )
            for group, fit in fits.items()
            if number(fit["log_likelihood"]) is not None
        ),
    )
