"""The axis as strips."""

from __future__ import annotations

from itertools import pairwise

from metaleak.plots.languages import said
from metaleak.plots.scale import Scale
from metaleak.plots.shapes import Line, Text
from metaleak.plots.strips import Strip, baseline
from metaleak.plots.style import POINTS_PER_MM, Style
from metaleak.plots.text_metrics import width, wrap


def axis_strip(scale: Scale, title: str, *, style: Style) -> Strip:
    """Return the axis: its line, ticks, percents and, below, what it counts."""
    tick, step = 0.35 * style.text_pt, style.text_pt * 1.25
    shapes: list[Line | Text] = [_line(scale.left, 0, scale.right, 0, style=style)]
    told = numbered(scale, style)
    for share in scale.ticks:
        shapes.append(_line(scale.x(share), 0, scale.x(share), tick, style=style))
        shapes += [_number(scale, share, tick, step, style=style)] if share in told else []
    lines = wrap(said(title, style.language), style.width_pt * 0.6, style.text_pt)
    for i, line in enumerate(lines):
        y = baseline(tick + (i + 1) * step, step, style.text_pt)
        x = _centred(line, scale, style)
        shapes.append(
            Text(x=x, y=y, text=line, size=style.text_pt, row="axis", column="axis", anchor="center")
        )
    height = tick + (len(lines) + 1) * step + 0.4 * style.text_pt
    return Strip(height=height, shapes=tuple(shapes), keep=True)


def top_axis_strip(scale: Scale, *, style: Style) -> Strip:
    """Return the percents once more for the top of a long plot."""
    step = style.text_pt * 1.25
    shapes = tuple(_number(scale, share, 0.0, step, style=style) for share in numbered(scale, style))
    return Strip(height=step, shapes=shapes, keep=True)


def numbered(scale: Scale, style: Style) -> tuple[float, ...]:
    """Return the ticks that bear a number: all, or every second, third, ... where the axis is too short for all."""
    for every in range(1, len(scale.ticks)):
        kept = scale.ticks[::every]
        places = [(scale.x(tick), width(scale.label(tick), style.text_pt) / 2) for tick in kept]
        apart = 0.3 * style.text_pt
        if all(x + half + apart <= y - other for (x, half), (y, other) in pairwise(places)):
            return kept
    return scale.ticks[:1]


def _number(scale: Scale, share: float, top: float, step: float, *, style: Style) -> Text:
    return Text(
        x=scale.x(share),
        y=baseline(top, step, style.text_pt),
        text=scale.label(share),
        size=style.text_pt,
        row="axis",
        column="axis",
        anchor="center",
    )


def _centred(text: str, scale: Scale, style: Style) -> float:
    """Return the middle of the axis, or as near to it as the figure's edges let the text be."""
    half, margin = width(text, style.text_pt) / 2, style.margin_mm * POINTS_PER_MM
    middle = (scale.left + scale.right) / 2
    return min(max(middle, margin + half), style.width_pt - margin - half)


def _line(x1: float, y1: float, x2: float, y2: float, *, style: Style) -> Line:
    return Line(x1=x1, y1=y1, x2=x2, y2=y2, width=style.thin_pt, colour="rule", part="axis")
