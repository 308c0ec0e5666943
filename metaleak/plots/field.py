"""A plot with two numeric axes: where values stand, the frame with its ticks, round marks, labels beside points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from metaleak import numbers
from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.scale import Scale
from metaleak.plots.shapes import Box, Layout, Line, Polygon, Shape, Text
from metaleak.plots.source import Source
from metaleak.plots.strips import Stack, Strip, baseline, paragraphs
from metaleak.plots.style import POINTS_PER_MM, Style
from metaleak.plots.text_metrics import width

#: Corners of a circle.
_CORNERS = 20

Format = Callable[[float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The room between two axes, in points, and the values at its ends; y values grow upwards."""

    left: float
    right: float
    top: float
    bottom: float
    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        """Return the place of a value across."""
        return self.left + (value - self.x_low) / (self.x_high - self.x_low) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return the place of a value down the page."""
        return self.bottom - (value - self.y_low) / (self.y_high - self.y_low) * (self.bottom - self.top)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies between the axes' ends."""
        return self.x_low <= x <= self.x_high and self.y_low <= y <= self.y_high


def ticks(low: float, high: float, *, most: int = 7) -> list[float]:
    """Return round numbers from ``low`` to ``high``, at most ``most`` of them.

    Examples
    --------
    >>> ticks(0.13, 0.62)
    [0.2, 0.3, 0.4, 0.5, 0.6]
    """
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (s * power for s in (1.0, 2.0, 5.0, 10.0, 20.0)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            break
    return [float(f"{i * step:.10g}") for i in range(first, last + 1)]


def plain(values: Sequence[float]) -> Format:
    """Return how the ticks of one axis are written: all with the decimals that the finest needs."""
    digits = max((len(f"{value:.10g}".partition(".")[2]) for value in values), default=0)
    return lambda value: numbers.fixed(value, digits)


def percents(values: Sequence[float]) -> Format:
    """Return how shares at the ticks of one axis are written: percent without its sign."""
    digits = max((len(f"{100 * value:.8g}".partition(".")[2]) for value in values), default=0)
    return lambda value: numbers.percent(value, digits, sign=False)


def frame(
    field: Field,
    *,
    style: Style,
    x_title: str = "",
    y_title: str = "",
    x_ticks: Sequence[float],
    y_ticks: Sequence[float],
    x_text: Format | None = None,
    y_text: Format | None = None,
) -> Iterator[Shape]:
    """Return the grid, both axes, their numbers, and what they count: above the y axis, below the x axis."""
    size = style.text_pt
    x_text, y_text = x_text or plain(x_ticks), y_text or plain(y_ticks)
    for value in y_ticks:
        y = field.y(value)
        yield rule(field.left, y, field.right, y, style.thin_pt, "grid", "grid")
        yield Text(
            x=field.left - 0.5 * size,
            y=baseline(y - size / 2, size, size),
            text=y_text(value),
            size=size,
            row="axis",
            column="axis",
            anchor="right",
        )
    if y_title:
        yield Text(
            x=style.margin_mm * POINTS_PER_MM,
            y=baseline(field.top - 1.7 * style.row_pt, style.row_pt, size),
            text=y_title,
            size=size,
            row="axis",
            column="title",
        )
    yield rule(field.left, field.bottom, field.right, field.bottom, style.thin_pt, "rule", "axis")
    for value in x_ticks:
        x = field.x(value)
        yield rule(x, field.bottom, x, field.bottom + 0.35 * size, style.thin_pt, "rule", "axis")
        yield Text(
            x=x,
            y=baseline(field.bottom + 0.4 * size, 1.2 * size, size),
            text=x_text(value),
            size=size,
            row="axis",
            column="axis",
            anchor="center",
        )
    if x_title:
        yield Text(
            x=(field.left + field.right) / 2,
            y=baseline(field.bottom + 1.6 * size, 1.3 * size, size),
            text=x_title,
            size=size,
            row="axis",
            column="axis",
            anchor="center",
        )


def foot_height(style: Style) -> float:
    """Return the room that the numbers and the title of an x axis take, and a little air."""
    return 3.2 * style.row_pt


def rule(
    x1: float, y1: float, x2: float, y2: float, size: float, colour: str, part: str, *, dashed: bool = False
) -> Line:
    """Return a straight line of the frame."""
    return Line(x1=x1, y1=y1, x2=x2, y2=y2, width=size, colour=colour, row="axis", part=part, dashed=dashed)


def dot(
    x: float,
    y: float,
    radius: float,
    *,
    fill: str | None,
    edge: str | None,
    width_pt: float,
    row: str,
    part: str,
) -> Polygon:
    """Return a circle as a polygon."""
    turns = [2 * math.pi * i / _CORNERS for i in range(_CORNERS)]
    return Polygon(
        points=tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns),
        fill=fill,
        edge=edge,
        width=width_pt,
        row=row,
        part=part,
    )


def rhombus(x: float, y: float, half: float, *, fill: str, row: str, part: str) -> Polygon:
    """Return a square standing on its corner."""
    return Polygon(
        points=((x - half, y), (x, y - half), (x + half, y), (x, y + half)), fill=fill, row=row, part=part
    )


def curve(
    points: Sequence[tuple[float, float]],
    *,
    size: float,
    colour: str,
    part: str,
    dashed: bool = False,
) -> Iterator[Line]:
    """Return a line through points, given in points of the page."""
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        yield Line(x1=x1, y1=y1, x2=x2, y2=y2, width=size, colour=colour, row=part, part=part, dashed=dashed)


def labels(
    wanted: Sequence[tuple[float, float, str]],
    *,
    field: Field,
    style: Style,
    gap: float,
    taken: Sequence[Box] = (),
) -> Iterator[Text]:
    """Return labels beside their points, those first that come first; one without room is left out."""
    used = list(taken)
    size = style.text_pt
    for i, (x, y, text) in enumerate(wanted):
        long = width(text, size)
        places = (
            (x + gap, y, "left"),
            (x - gap, y, "right"),
            (x - long / 2, y - 0.9 * size - gap, "left"),
            (x - long / 2, y + 0.9 * size + gap, "left"),
            (x + gap, y - size, "left"),
            (x - gap, y - size, "right"),
            (x + gap, y + size, "left"),
            (x - gap, y + size, "right"),
        )
        for at, middle, anchor in places:
            label = Text(
                x=at,
                y=baseline(middle - size / 2, size, size),
                text=text,
                size=size,
                row=f"label-{i + 1}",
                column="label",
                anchor="left" if anchor == "left" else "right",
            )
            box = label.box
            inside = box.left >= field.left and box.right <= field.right
            inside = inside and box.top >= field.top and box.bottom <= field.bottom
            if inside and not any(box.overlaps(other) for other in used):
                used.append(box)
                yield label
                break


def around(x: float, y: float, radius: float) -> Box:
    """Return the box of a round mark."""
    return Box(left=x - radius, top=y - radius, right=x + radius, bottom=y + radius)


def along(shapes: Sequence[Shape]) -> list[Box]:
    """Return the boxes of the straight lines among some shapes: short ones, or upright."""
    return [
        Box(
            left=min(line.x1, line.x2) - line.width,
            top=min(line.y1, line.y2) - line.width,
            right=max(line.x1, line.x2) + line.width,
            bottom=max(line.y1, line.y2) + line.width,
        )
        for line in shapes
        if isinstance(line, Line)
    ]


def sheet(
    shapes: Sequence[Shape],
    *,
    height: float,
    style: Style,
    lines: Sequence[str] = (),
    warning: str,
    caption: str,
) -> Layout:
    """Return a page: the plot of that height, sentences, the caveat and the caption under it."""
    stack = Stack(scale=Scale(left=0, right=1), style=style, height=style.margin_mm * POINTS_PER_MM)
    stack.add([Strip(height=height, shapes=tuple(shapes))])
    stack.add(paragraphs([(line, "note") for line in lines], warning=warning, caption=caption, style=style))
    return Layout(
        width=style.width_pt,
        height=stack.height + style.margin_mm * POINTS_PER_MM,
        shapes=tuple(stack.shapes),
    )


def one_page(
    kind: str,
    shapes: Sequence[Shape],
    *,
    height: float,
    source: Source,
    style: Style,
    options: Options,
    caption: str,
    alt_text: str,
    drawn_values: str,
    lines: Sequence[str] = (),
) -> FigurePlan:
    """Return the plan of a figure that is one :func:`sheet`: its caption stands there where it is asked for."""
    whole = sheet(
        shapes,
        height=height,
        style=style,
        lines=lines,
        warning=source.caveat,
        caption=caption if options.caption else "",
    )
    return FigurePlan(
        kind=kind,
        source=source,
        style=style,
        whole=whole,
        pages=(whole,),
        caption=caption,
        alt_text=alt_text,
        values_csv=drawn_values,
    )
