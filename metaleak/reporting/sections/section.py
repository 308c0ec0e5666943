"""One analysis on the page, as plain data that one template shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metaleak.reporting.answer import Line
from metaleak.reporting.data import ReportInput
from metaleak.reporting.links import anchor
from metaleak.reporting.passages import Passage, in_full
from metaleak.reporting.pictures import Picture, picture
from metaleak.reporting.tables import Table


@dataclass(frozen=True, slots=True)
class View:
    """One of several ways to see the numbers of a section: the word that links carry, and what is read."""

    key: str
    text: str


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
        What was found, in plain words, ahead of the figures: the first stands out.
    passages : tuple of Passage
        More of what was found, behind folds.
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
    views : tuple of View
        What its tables and figures can be narrowed to; all of it is shown at first, on paper and without scripts.
    """

    name: str
    title: str
    short: str
    question: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]
    passages: tuple[Passage, ...] = ()
    folded: tuple[Table, ...] = ()
    fold: str = "More tables of this analysis"
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    methods: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lines: tuple[Line, ...] = ()
    views: tuple[View, ...] = ()

    @property
    def id(self) -> str:
        """Where links to the section lead."""
        return anchor(self.name)

    @property
    def all_sentences(self) -> tuple[str, ...]:
        """Every sentence, also those behind folds."""
        return in_full(self.sentences, self.passages)

    def id_of(self, passage: Passage) -> str:
        """Where links to a passage lead."""
        return anchor(self.name, "words", passage.key)


def pictures_of(
    report: ReportInput,
    name: str,
    *,
    summaries: Mapping[str, str],
    views: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[Picture, ...]:
    """Return the drawn figures of an analysis.

    ``summaries`` names each kind where it is folded away; ``views`` leads, for a kind, from ids of its lines to
    the view of the section that they belong to.
    """
    of_kind = views or {}
    wanted = report.results[name]["settings"]["figures"]
    return tuple(
        picture(report, name, kind, summary=summaries.get(kind, kind), views=of_kind.get(kind))
        for kind in wanted
        if f"{name}-{kind}" in report.figures
    )
