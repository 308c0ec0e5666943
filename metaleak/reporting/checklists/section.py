"""The checklists on the page, folded away, and as a page of their own."""

from __future__ import annotations

from metaleak.reporting.checklists import CHECKLISTS, answers, checklist_tables, items
from metaleak.reporting.data import ReportInput
from metaleak.reporting.sections.section import Section
from metaleak.reporting.words import listed


def checklists_section(report: ReportInput) -> Section:
    """Return the part of the page about reporting checklists: how many items have a place, tables folded."""
    told = []
    for name, (title, _) in CHECKLISTS.items():
        found = [bool(answers(report, item)) for item in items(name)]
        told.append(f"{sum(found)} of {len(found)} items of {title}")
    return Section(
        name="checklists",
        title="Reporting checklists",
        short="Checklists",
        question="Which items of the reporting guidelines does this review answer, and where?",
        sentences=(
            f"A place is named for {listed(told)}; the others are not answered. A heading of extraction/PROTOCOL.md "
            "such as Funding, Registration or Competing interests answers its item.",
        ),
        tables=(),
        folded=tuple(checklist_tables(report).values()),
        fold="Every item of the checklists",
        methods=(
            (
                "Reporting follows PRISMA 2020, MOOSE and PRISMA-S; the filled checklists name the place of each "
                "item.",
                tuple(key for _, key in CHECKLISTS.values()),
            ),
        ),
    )
