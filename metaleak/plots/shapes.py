"""A figure as plain data: what stands where, in points, with y growing downwards from the top."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from metaleak.plots.style import POINTS_PER_MM
from metaleak.plots.text_metrics import CAP_HEIGHT, DESCENT, Weight, width

Anchor = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box, *, slack: float = 0.01) -> bool:
        """Whether the two share more than a border."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > slack and down > slack


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One line of text: its baseline is at ``y``, ``anchor`` says which end stands at ``x``.

    ``row`` and ``column`` name its place in the figure: a row's key, ``"label"``, ``"caption"``. Text that is
    ``turned`` reads upwards: its baseline is at ``x``, and ``anchor`` says which end stands at ``y``.
    """

    x: float
    y: float
    text: str
    size: float
    row: str = ""
    column: str = ""
    anchor: Anchor = "left"
    weight: Weight = "regular"
    colour: str = "text"
    turned: bool = False

    @property
    def box(self) -> Box:
        """The room it takes, from the capitals' height to the descenders' depth."""
        wide = width(self.text, self.size, self.weight)
        if self.turned:
            bottom = {"left": self.y, "center": self.y + wide / 2, "right": self.y + wide}[self.anchor]
            return Box(
                left=self.x - CAP_HEIGHT * self.size,
                top=bottom - wide,
                right=self.x + DESCENT * self.size,
                bottom=bottom,
            )
        left = {"left": self.x, "center": self.x - wide / 2, "right": self.x - wide}[self.anchor]
        return Box(
            left=left,
            top=self.y - CAP_HEIGHT * self.size,
            right=left + wide,
            bottom=self.y + DESCENT * self.size,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    colour: str
    row: str = ""
    part: str = ""
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Polygon:
    """A closed shape: squares, diamonds, bars, arrow heads; ``fill`` None leaves it hollow."""

    points: tuple[tuple[float, float], ...]
    fill: str | None
    edge: str | None = None
    width: float = 0.0
    row: str = ""
    part: str = ""

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of its box."""
        xs, ys = [x for x, _ in self.points], [y for _, y in self.points]
        return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


Shape = Text | Line | Polygon


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A page of a figure: its size in points and its shapes, in the order of drawing."""

    width: float
    height: float
    shapes: tuple[Shape, ...]

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height on paper."""
        return self.width / POINTS_PER_MM, self.height / POINTS_PER_MM

    def texts(self, *, column: str | None = None, row: str | None = None) -> Iterator[Text]:
        """Return the texts of a column, of a row, or all."""
        for shape in self.shapes:
            if isinstance(shape, Text) and column in (None, shape.column) and row in (None, shape.row):
                yield shape

    def parts(self, part: str, *, row: str | None = None) -> list[Line | Polygon]:
        """Return the lines and polygons that are ``part``: "square", "diamond", "interval", "arrow"."""
        return [
            shape
            for shape in self.shapes
            if not isinstance(shape, Text) and shape.part == part and row in (None, shape.row)
        ]


def moved(shape: Shape, down: float) -> Shape:
    """Return the shape moved down by so many points."""
    if isinstance(shape, Text):
        return replace(shape, y=shape.y + down)
    if isinstance(shape, Line):
        return replace(shape, y1=shape.y1 + down, y2=shape.y2 + down)
    return replace(shape, points=tuple((x, y + down) for x, y in shape.points))
