"""The columns of a forest plot: how wide each is, and where its text stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from metaleak.errors import SettingError
from metaleak.plots.languages import said
from metaleak.plots.shapes import Anchor, Text
from metaleak.plots.strips import Strip, baseline
from metaleak.plots.style import POINTS_PER_MM, Style
from metaleak.plots.text_metrics import Weight, width, wrap

#: Line distance inside a cell that is broken, as a multiple of the type size.
CELL_LEADING = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its heading, one line each, and the room it takes in points from ``left``."""

    name: str
    heading: tuple[str, ...]
    left: float
    room: float
    anchor: Anchor = "left"

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.room

    @property
    def x(self) -> float:
        """Where its texts are anchored."""
        return {"left": self.left, "center": self.left + self.room / 2, "right": self.right}[self.anchor]

    def text(self, text: str, y: float, *, style: Style, row: str, weight: Weight = "regular") -> Text:
        """Return a cell's text on the baseline ``y``, in the language of the style."""
        return Text(
            x=self.x,
            y=y,
            text=said(text, style.language),
            size=style.text_pt,
            row=row,
            column=self.name,
            anchor=self.anchor,
            weight=weight,
        )

    def lines(self, text: str, y: float, *, style: Style, row: str) -> list[Text]:
        """Return a cell broken to the column from the baseline ``y`` down, cut with an ellipsis."""
        broken = wrap(said(text, style.language), self.room, style.text_pt, lines=style.cell_lines)
        step = CELL_LEADING * style.text_pt
        return [self.text(line, y + i * step, style=style, row=row) for i, line in enumerate(broken)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a column asks for: its heading and its cells, some of them bold; ``widest`` limits its room.

    ``least`` is the room that it needs for marks.
    """

    name: str
    heading: tuple[str, ...]
    cells: Sequence[str] = ()
    bold: Sequence[str] = ()
    anchor: Anchor = "left"
    widest: float | None = None
    least: float = 0.0

    def said(self, language: str) -> Wanted:
        """Return the same in a language."""
        heading, cells, bold = (
            tuple(said(text, language) for text in texts) for texts in (self.heading, self.cells, self.bold)
        )
        return replace(self, heading=heading, cells=cells, bold=bold)

    def room(self, style: Style) -> float:
        """Return the width of the widest heading line or cell, up to ``widest``."""
        heads = max((width(line, style.text_pt, "bold") for line in self.heading), default=0.0)
        cells = [width(cell, style.text_pt) for cell in self.cells]
        cells += [width(cell, style.text_pt, "bold") for cell in self.bold]
        natural = max(cells, default=0.0)
        return max(heads, self.least, natural if self.widest is None else min(natural, self.widest))


#: The name of the column that takes what the others leave: the plot.
PLOT = "plot"

#: Below this a plot cannot be read.
NARROWEST_PLOT_MM = 20.0


def arranged(wanted: Sequence[Wanted], style: Style) -> dict[str, Column]:
    """Place the columns from left to right; the one called ``"plot"`` fills the width of the figure.

    Raises
    ------
    SettingError
        When the other columns leave no room for the plot.
    """
    margin, gap = style.margin_mm * POINTS_PER_MM, style.column_gap_mm * POINTS_PER_MM
    wanted = [want.said(style.language) for want in wanted]
    rooms = {want.name: want.room(style) for want in wanted if want.name != PLOT}
    rooms[PLOT] = style.width_pt - 2 * margin - sum(rooms.values()) - gap * (len(wanted) - 1)
    if rooms[PLOT] < NARROWEST_PLOT_MM * POINTS_PER_MM:
        missing = NARROWEST_PLOT_MM - rooms[PLOT] / POINTS_PER_MM
        raise SettingError(
            "the columns leave no room for the plot",
            required=f"a figure at least {style.width_mm + missing:.0f} mm wide",
            got=f"{style.width_mm:.0f} mm",
            todo="make it wider, or its type smaller",
        )
    columns, left = {}, margin
    for want in wanted:
        columns[want.name] = Column(
            name=want.name, heading=want.heading, left=left, room=rooms[want.name], anchor=want.anchor
        )
        left += rooms[want.name] + gap
    return columns


def heading_strip(columns: dict[str, Column], style: Style) -> Strip:
    """Return the headings of all columns, standing on one line at the bottom."""
    lines = max(len(column.heading) for column in columns.values())
    step = CELL_LEADING * style.text_pt
    shapes = [
        Text(
            x=column.x,
            y=baseline((lines - len(column.heading) + i) * step, step, style.text_pt),
            text=line,
            size=style.text_pt,
            row="heading",
            column=column.name,
            anchor=column.anchor,
            weight="bold",
        )
        for column in columns.values()
        for i, line in enumerate(column.heading)
    ]
    return Strip(height=lines * step + 0.3 * style.text_pt, shapes=tuple(shapes), keep=True)


def taller(cells: Sequence[Sequence[Text]], style: Style) -> float:
    """Return by how much the cell with the most lines makes its row taller."""
    return (max(len(lines) for lines in cells) - 1) * CELL_LEADING * style.text_pt


def counts(
    events: str,
    total: str,
    column: Column,
    y: float,
    *,
    style: Style,
    row: str,
    slash: float,
    weight: Weight = "regular",
) -> Text:
    """Return ``35/56`` with its slash at ``slash``."""
    return Text(
        x=slash - width(events, style.text_pt, weight),
        y=y,
        text=f"{events}/{total}",
        size=style.text_pt,
        row=row,
        column=column.name,
        weight=weight,
    )


def slash_at(column: Column, cells: Sequence[tuple[str, str]], style: Style) -> float:
    """Return where the slashes of all counts stand, so that the widest events and total fit."""
    left = max(width(events, style.text_pt, "bold") for events, _ in cells)
    right = max(width(f"/{total}", style.text_pt, "bold") for _, total in cells)
    return column.left + (column.room - left - right) / 2 + left
