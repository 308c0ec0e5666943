"""A figure before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from metaleak.plots.languages import said
from metaleak.plots.shapes import Layout
from metaleak.plots.source import Source
from metaleak.plots.style import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurePlan:
    """A figure before it is drawn: its layouts and everything that is written beside it.

    Attributes
    ----------
    kind : str
        One of the names in ``planners``.
    source : Source
        Where it comes from.
    whole : Layout
        One sheet, as tall as needed: for SVG and PNG.
    pages : tuple of Layout
        The same for paper, for the PDF.
    values_csv : str
        The drawn values.
    """

    kind: str
    source: Source
    style: Style
    whole: Layout
    pages: tuple[Layout, ...]
    caption: str
    alt_text: str
    values_csv: str

    @property
    def title(self) -> str:
        """What the figure is called."""
        return self.source.title

    @property
    def caveat(self) -> str:
        """What the evidence is not; empty once the review is released."""
        return said(self.source.caveat, self.style.language)
