"""The part of the page that each kind of analysis writes, and what it says in the terminal.

A section's module has two names:

``sentences(result)``
    What was found, in plain sentences: they lead the section, and ``metaleak pool`` prints them.
``section(report, name)``
    The tables, figures and words of one analysis on the page, a
    :class:`metaleak.reporting.sections.section.Section`.

Analyses that pool by group are not listed here: their part of the page is older and has its own view.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any, Protocol

from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.mixed_units import mixed_units
from metaleak.reporting.noticed import in_words
from metaleak.reporting.sections.section import Section

#: Kind -> the module of its section.
SECTIONS: dict[str, str] = {
    "detection": "metaleak.reporting.sections.detection",
    "influence": "metaleak.reporting.sections.influence",
    "models": "metaleak.reporting.sections.models",
    "matched": "metaleak.reporting.sections.matched",
    "two_arm": "metaleak.reporting.sections.two_arm",
    "ledger": "metaleak.reporting.sections.ledger",
    "regression": "metaleak.reporting.sections.regression",
    "risk_of_bias": "metaleak.reporting.sections.risk_of_bias",
    "specifications": "metaleak.reporting.sections.specifications",
    "certainty": "metaleak.reporting.sections.certainty",
    "future": "metaleak.reporting.sections.future",
    "units": "metaleak.reporting.sections.units",
}


class SectionModule(Protocol):
    """The names of a section's module."""

    def sentences(self, result: Result) -> tuple[str, ...]:
        """Say what was found."""

    def section(self, report: ReportInput, name: str) -> Section:
        """Return the analysis' part of the page."""


def section_module(kind: str) -> SectionModule:
    """Return the module that writes the sections of a kind."""
    module: Any = import_module(SECTIONS[kind])
    return module  # type: ignore[no-any-return]


def section_of(report: ReportInput, name: str) -> Section:
    """Return the part of the page of one analysis; pools of two units and notices of studies are told."""
    result = report.results[name]
    told = (
        replace(report, results={**report.results, name: in_words(result)}) if "notices" in result else report
    )
    found = section_module(result["kind"]).section(told, name)
    return replace(found, notes=(*mixed_units(result, report.results), *found.notes))
