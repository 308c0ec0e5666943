"""The marks of a forest plot as shapes: squares, interval lines, diamonds, bars, circles, arrow heads."""

from __future__ import annotations

import math
from collections.abc import Iterator

from metaleak.plots.forest_data import Value
from metaleak.plots.scale import Scale
from metaleak.plots.shapes import Line, Polygon
from metaleak.plots.style import POINTS_PER_MM, Style

Mark = Line | Polygon


def study(value: Value, y: float, *, scale: Scale, style: Style, size: float, row: str) -> Iterator[Mark]:
    """Return the interval line of a study and its square; ``size`` is the share of the largest area."""
    yield from interval(value, y, scale=scale, style=style, row=row)
    if value.value is not None and scale.holds(value.value):
        smallest, largest = (mm * POINTS_PER_MM for mm in style.square_mm)
        half = max(smallest, largest * math.sqrt(size)) / 2
        x = scale.x(value.value)
        yield Polygon(points=_corners(x, y, half), fill="study", row=row, part="square")
        yield from _inside(value, x - half, x + half, y, scale=scale, style=style, row=row)


def joined(value: Value, y: float, *, scale: Scale, style: Style, row: str) -> Iterator[Mark]:
    """Return the interval line and the open square of summed counts that no model pools."""
    yield from interval(value, y, scale=scale, style=style, row=row)
    if value.value is not None and scale.holds(value.value):
        corners = _corners(scale.x(value.value), y, 0.35 * style.square_mm[1] * POINTS_PER_MM)
        yield Polygon(
            points=corners, fill="paper", edge="study", width=style.line_pt, row=row, part="open square"
        )


def _corners(x: float, y: float, half: float) -> tuple[tuple[float, float], ...]:
    return ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))


def _inside(
    value: Value, left: float, right: float, y: float, *, scale: Scale, style: Style, row: str
) -> Iterator[Line]:
    """Return the interval once more, in the colour of paper, where the square hides it."""
    if value.low is None or value.high is None:
        return
    low, high = scale.x(value.low), scale.x(value.high)
    if left <= low < high <= right:
        yield Line(x1=low, y1=y, x2=high, y2=y, width=style.line_pt, colour="paper", row=row, part="inside")


def interval(value: Value, y: float, *, scale: Scale, style: Style, row: str) -> Iterator[Mark]:
    """Return the line between the limits, clipped to the axis; a cut end gets an arrow head."""
    if value.low is None or value.high is None:
        return
    low, high = scale.x(value.low), scale.x(value.high)
    if high > low:
        yield Line(
            x1=low, y1=y, x2=high, y2=y, width=style.line_pt, colour="interval", row=row, part="interval"
        )
    yield from arrows(value, y, scale=scale, style=style, colour="interval", row=row)


def diamond(value: Value, y: float, *, scale: Scale, style: Style, row: str) -> Iterator[Mark]:
    """Return the diamond of a pooled value: its ends are the limits, its tips the value."""
    if value.value is None or value.low is None or value.high is None:
        return
    half = 0.32 * style.row_pt
    low, middle, high = scale.x(value.low), scale.x(value.value), scale.x(value.high)
    corners = ((low, y), (middle, y - half), (high, y), (middle, y + half))
    yield Polygon(points=corners, fill="pooled", edge="rule", width=style.thin_pt, row=row, part="diamond")
    yield from arrows(value, y, scale=scale, style=style, colour="rule", row=row)


def bar(
    value: Value, y: float, *, scale: Scale, style: Style, row: str, pale: bool = False
) -> Iterator[Mark]:
    """Return the bar of a prediction interval, pale where it is hardly known."""
    if value.low is None or value.high is None:
        return
    half = 0.13 * style.row_pt
    low, high = scale.x(value.low), scale.x(value.high)
    corners = ((low, y - half), (high, y - half), (high, y + half), (low, y + half))
    yield Polygon(points=corners, fill="grid" if pale else "prediction", row=row, part="prediction")
    yield from arrows(value, y, scale=scale, style=style, colour="prediction", row=row)


def circle(value: Value, y: float, *, scale: Scale, style: Style, row: str) -> Iterator[Mark]:
    """Return the hollow circle of a mean over studies, with its interval line."""
    yield from interval(value, y, scale=scale, style=style, row=row)
    if value.value is None or not scale.holds(value.value):
        return
    x, radius = scale.x(value.value), 0.21 * style.row_pt
    turns = [2 * math.pi * i / 24 for i in range(24)]
    points = tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns)
    yield Polygon(points=points, fill="paper", edge="interval", width=style.line_pt, row=row, part="circle")


def arrows(value: Value, y: float, *, scale: Scale, style: Style, colour: str, row: str) -> Iterator[Polygon]:
    """Return an arrow head at each end of the axis that the interval leaves."""
    long, half = 0.42 * style.text_pt, 0.26 * style.text_pt
    if value.low is not None and value.low < scale.low:
        yield _head(scale.left, y, -long, half, colour=colour, row=row)
    if value.high is not None and value.high > scale.high:
        yield _head(scale.right, y, long, half, colour=colour, row=row)


def _head(x: float, y: float, reach: float, half: float, *, colour: str, row: str) -> Polygon:
    points = ((x, y - half), (x + reach, y), (x, y + half))
    return Polygon(points=points, fill=colour, row=row, part="arrow")
