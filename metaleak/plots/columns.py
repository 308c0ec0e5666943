"""The columns of a forest plot: how wide each is, and where its text stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metaleak.plots.shapes import Anchor, Text
from metaleak.plots.strips import Strip, baseline
from metaleak.plots.style import POINTS_PER_MM, Style
from metaleak.plots.text_metrics import width, wrap


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

    def text(self, text: str, y: float, *, style: Style, row: str, colour: str = "text") -> Text:
        """Return a cell's text on the baseline ``y``."""
        return Text(
            x=self.x,
            y=y,
            text=text,
            size=style.text_pt,
            row=row,
            column=self.name,
            anchor=self.anchor,
            colour=colour,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a column asks for: its heading and its cells; ``widest`` limits its room."""

    name: str
    heading: tuple[str, ...]
    cells: Sequence[str] = ()
    anchor: Anchor = "left"
    widest: float | None = None

    def room(self, style: Style) -> float:
        """Return the width of the widest heading line or cell, up to ``widest``."""
        heads = [width(line, style.text_pt, "bold") for line in self.heading]
        natural = max([width(cell, style.text_pt) for cell in self.cells] + heads, default=0.0)
        return natural if self.widest is None else min(natural, self.widest)


#: The name of the column that takes what the others leave: the plot.
PLOT = "plot"


def arranged(wanted: Sequence[Wanted], style: Style) -> dict[str, Column]:
    """Place the columns from left to right; the one called ``"plot"`` fills the width of the figure."""
    margin, gap = style.margin_mm * POINTS_PER_MM, style.column_gap_mm * POINTS_PER_MM
    rooms = {want.name: want.room(style) for want in wanted if want.name != PLOT}
    rooms[PLOT] = style.width_pt - 2 * margin - sum(rooms.values()) - gap * (len(wanted) - 1)
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
    step = style.text_pt * 1.2
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


def label_lines(text: str, column: Column, style: Style) -> tuple[str, ...]:
    """Return a label broken to its column, ending in an ellipsis where it is still too long."""
    return wrap(text, column.room, style.text_pt, lines=style.label_lines)


def counts(
    events: str, total: str, column: Column, y: float, *, style: Style, row: str, slash: float
) -> Text:
    """Return ``35/56`` with its slash at ``slash``."""
    return Text(
        x=slash - width(events, style.text_pt),
        y=y,
        text=f"{events}/{total}",
        size=style.text_pt,
        row=row,
        column=column.name,
    )


def slash_at(column: Column, cells: Sequence[tuple[str, str]], style: Style) -> float:
    """Return where the slashes of all counts stand, so that the widest events and total fit."""
    left = max(width(events, style.text_pt) for events, _ in cells)
    right = max(width(f"/{total}", style.text_pt) for _, total in cells)
    return column.left + (column.room - left - right) / 2 + left
