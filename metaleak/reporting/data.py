"""What the page is made from: plain data, read before, never a live fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from metaleak.screening.flow import Flow

#: One row of a sheet: column -> text as it stands there.
SheetRow = Mapping[str, str]

#: One ``NAME.result.json``.
Result = Mapping[str, Any]

#: The kind of analysis behind the answer.
POOL = "pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawn figure: its sheets of paper as SVG, what it shows in words, and its caption."""

    sheets: tuple[str, ...]
    alt: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInput:
    """Everything that the page shows.

    Attributes
    ----------
    title, question, status : str
        From ``metaleak.toml``; ``status`` is ``"rehearsal"`` or ``"released"``.
    results : mapping of str to mapping
        Analysis name -> its ``NAME.result.json``, in the order in which the page shows them.
    rows : mapping of str to rows
        Analysis name -> the rows of its ``NAME.rows.csv``.
    studies, leaks, pairs, dropped, reviews, risk_of_bias, certainty : rows
        The sheets, every cell a string. ``leaks`` and ``pairs`` carry ``sheet_row``, the row number in
        the spreadsheet.
    findings : sequence of mapping
        ``rule, severity, sheet, row, column, value, message, todo``.
    figures : mapping of str to Figure
        ``"<analysis>-<figure>"`` -> figure, such as ``"modality-forest"``.
    digests, software : mapping of str to str
        File -> SHA-256 of what was read, package -> version.
    searches : rows
        The log of searches.
    arrivals : rows
        Records that the last run of a strategy in a source brought first: ``record_id, run, cited, year,
        pmid, doi, url, is_duplicate``.
    notices : mapping
        Study -> ``retracted``, ``concern`` or ``corrected`` -> keys of the records that say so of its publications.
    protocol, files : sequence of str
        The headings of ``extraction/PROTOCOL.md``, and the files of the review that hold more than a header.
    flow : Flow, optional
        What became of the records that searches brought.
    main : str
        The analysis behind the answer; when it is not among ``results``, the first one
        that pools by group.
    paired : str
        The analysis of two imaging methods in the same patients; the page does without when absent.
    no_modality : str
        The codebook's word for imaging that a text does not report.
    filtered : mapping, optional
        What the main analysis can be filtered by and the numbers of every combination, as
        :func:`metaleak.question.filters.filtered` gives them.
    citation, changelog : str
        The texts of ``CITATION.cff`` and ``CHANGELOG.md``, empty where there are none.
    """

    title: str
    question: str
    status: str
    results: Mapping[str, Result]
    rows: Mapping[str, Sequence[SheetRow]] = field(default_factory=dict)
    studies: Sequence[SheetRow] = ()
    leaks: Sequence[SheetRow] = ()
    pairs: Sequence[SheetRow] = ()
    dropped: Sequence[SheetRow] = ()
    reviews: Sequence[SheetRow] = ()
    risk_of_bias: Sequence[SheetRow] = ()
    certainty: Sequence[SheetRow] = ()
    findings: Sequence[Mapping[str, Any]] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    software: Mapping[str, str] = field(default_factory=dict)
    searches: Sequence[SheetRow] = ()
    arrivals: Sequence[SheetRow] = ()
    notices: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    flow: Flow | None = None
    protocol: Sequence[str] = ()
    files: Sequence[str] = ()
    main: str = "modality"
    paired: str = "pairs"
    no_modality: str = "not_reported"
    filtered: Mapping[str, Any] | None = None
    citation: str = ""
    changelog: str = ""

    @property
    def main_name(self) -> str:
        """The name of the analysis behind the answer."""
        return self.main if self.main in self.pooled else next(iter(self.pooled))

    @property
    def pooled(self) -> tuple[str, ...]:
        """The names of the analyses that pool by group, in order."""
        return tuple(name for name, result in self.results.items() if result.get("kind", POOL) == POOL)

    @property
    def others(self) -> tuple[str, ...]:
        """The names of the other analyses that pool by group, in order."""
        return tuple(name for name in self.pooled if name != self.main_name)

    @property
    def sections(self) -> tuple[str, ...]:
        """The names of the analyses of other kinds, in order: each has a section of its own."""
        return tuple(name for name in self.results if name not in self.pooled)
