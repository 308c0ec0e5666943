"""One analysis on the page, as plain data that one template shows."""

from __future__ import annotations

from dataclasses import dataclass

from metaleak.reporting.answer import Line
from metaleak.reporting.data import ReportInput
from metaleak.reporting.links import anchor
from metaleak.reporting.pictures import Picture, picture
from metaleak.reporting.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What the page shows of an analysis.

    Attributes
    ----------
    name, title, question : str
        Of the analysis.
    short : str
        One or two words for the list of sections on top of the page.
    sentences : tuple of str
        What was found, in plain words: the first stands out.
    tables, folded : tuple of Table
        Tables that are shown, and tables behind a fold.
    fold : str
        What stands on the fold: what its tables hold.
    pictures : tuple of Picture
        Its figures.
    notes : tuple of str
        What to mind.
    methods : tuple of (str, tuple of str)
        Sentences for the methods text, each with the keys of its references.
    lines : tuple of Line
        Short lines for the answer on top of the page.
    """

    name: str
    title: str
    short: str
    question: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]
    folded: tuple[Table, ...] = ()
    fold: str = "More tables of this analysis"
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    methods: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lines: tuple[Line, ...] = ()

    @property
    def id(self) -> str:
        """Where links to the section lead."""
        return anchor(self.name)


def pictures_of(report: ReportInput, name: str, *, summaries: dict[str, str]) -> tuple[Picture, ...]:
    """Return the drawn figures of an analysis; ``summaries`` names each kind where it is folded away."""
    wanted = report.results[name]["settings"]["figures"]
    return tuple(
        picture(report, name, kind, summary=summaries.get(kind, kind))
        for kind in wanted
        if f"{name}-{kind}" in report.figures
    )
