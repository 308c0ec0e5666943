"""How figures look: sizes, fonts and colours in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

POINTS_PER_MM = 72 / 25.4

FONT_FOLDER = Path(__file__).parent / "fonts"

#: First the font that is shipped and measured, then what a viewer without it may take: same widths.
FONT_FAMILY = ("Liberation Sans", "Arial", "Helvetica", "sans-serif")

FONT_FILES = {"regular": "LiberationSans-Regular.ttf", "bold": "LiberationSans-Bold.ttf"}

#: What draws the characters that the first font has not: a subset, see ``tools/subset_noto.py``.
SECOND_FAMILY = "Noto Sans SC"
SECOND_FILES = {"regular": "NotoSansSC-Regular.ttf", "bold": "NotoSansSC-Bold.ttf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours by what they are for.

    Blue and vermilion are Okabe and Ito's, which stay apart for colour-blind eyes; in grey they fall
    close together, therefore shape, not colour, tells a study from a pooled value.
    """

    text: str = "#1a1a1a"
    quiet: str = "#4d4d4d"
    rule: str = "#1a1a1a"
    grid: str = "#dcdcdc"
    interval: str = "#333333"
    study: str = "#0072b2"
    pooled: str = "#d55e00"
    prediction: str = "#8a8a8a"
    paper: str = "#ffffff"
    series: tuple[str, ...] = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
    shades: tuple[str, ...] = ("#e3eef7", "#bdd7ea", "#8abbdb", "#5398c7", "#2171ac", "#08407a")

    def colour(self, role: str) -> str:
        """Return the colour of a role, such as ``"pooled"``, of a series (``"series-1"``...), or of a shade.

        Shades grow darker: ``"shade-1"`` to ``"shade-6"``.
        """
        if role.startswith("series-"):
            return self.series[(int(role.removeprefix("series-")) - 1) % len(self.series)]
        if role.startswith("shade-"):
            return self.shades[min(int(role.removeprefix("shade-")), len(self.shades)) - 1]
        return str(getattr(self, role))


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The look of a figure at its printed size.

    Attributes
    ----------
    width_mm : float
        Width of the printed figure.
    page_mm : float
        Height of the tallest page of the PDF; a longer plot continues on the next page.
    text_pt, heading_pt : float
        Type sizes: everything but the group headings, and these.
    leading : float
        Line distance as a multiple of the type size.
    label_mm : float
        Widest column of labels; longer ones are broken to ``cell_lines`` lines, then end in an ellipsis.
    word_mm : float
        Widest columns of procedures and units, broken in the same way.
    columns : tuple of str
        Which of a forest plot's optional columns stand beside label, counts, plot and rate where nothing
        else is asked for; see :class:`metaleak.plots.forest_frame.Options`.
    language : str
        Of the words; see :mod:`metaleak.plots.languages`.
    """

    width_mm: float = 180.0
    page_mm: float = 247.0
    margin_mm: float = 2.0
    text_pt: float = 7.0
    heading_pt: float = 8.0
    leading: float = 1.4
    column_gap_mm: float = 2.6
    label_mm: float = 46.0
    word_mm: float = 22.0
    cell_lines: int = 2
    columns: tuple[str, ...] = ("procedure", "unit", "share")
    thin_pt: float = 0.5
    line_pt: float = 0.8
    square_mm: tuple[float, float] = (0.7, 2.1)
    palette: Palette = Palette()
    language: str = "en"

    @property
    def width_pt(self) -> float:
        """The width in points."""
        return self.width_mm * POINTS_PER_MM

    @property
    def row_pt(self) -> float:
        """The height of one row of text in points."""
        return self.text_pt * self.leading


#: The plain style of the report.
PLAIN = Style()
