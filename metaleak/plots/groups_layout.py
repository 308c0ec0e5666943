"""The overview: one line per group, laid out as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from metaleak import numbers
from metaleak.plots import marks, words
from metaleak.plots.axis import axis_strip
from metaleak.plots.caption import groups_caption
from metaleak.plots.columns import (
    PLOT,
    Column,
    Wanted,
    arranged,
    counts,
    heading_strip,
    slash_at,
    taller,
)
from metaleak.plots.forest_data import ForestData, GroupData, Value
from metaleak.plots.forest_frame import INSET_MM, Options
from metaleak.plots.scale import Scale, axis_limits
from metaleak.plots.shapes import Layout, Shape
from metaleak.plots.strips import Stack, Strip, baseline, paragraphs, rule
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style

#: A few lines can breathe.
LEADING = 2.0

DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class _Cells:
    """The texts of one group's line."""

    label: str
    studies: str
    rows: str
    events: str
    total: str
    rate: str
    prediction: str


def groups_layout(data: ForestData, *, style: Style = PLAIN, options: Options = DEFAULT) -> Layout:
    """Lay out one line per group: counts, diamond over prediction bar, pooled rate, prediction interval.

    Raises
    ------
    SettingError
        When the axis has no room.
    """
    airy = replace(style, leading=LEADING)
    cells = _cells(data)
    columns = arranged(_wanted(data, cells, style), style)
    low, high = axis_limits(options.axis)
    inset = INSET_MM * POINTS_PER_MM
    plot = columns[PLOT]
    scale = Scale(left=plot.left + inset, right=plot.right - inset, low=low, high=high)
    stack = Stack(scale=scale, style=style, height=style.margin_mm * POINTS_PER_MM)
    stack.add([heading_strip(columns, style), rule(style, after=0.2 * style.row_pt)])
    slash = slash_at(columns["counts"], [(cell.events, cell.total) for cell in cells], style)
    for i, (group, cell) in enumerate(zip(data.groups, cells, strict=True)):
        stack.add([_line(group, cell, columns, scale=scale, style=airy, slash=slash, row=f"group-{i + 1}")])
    stack.add([axis_strip(scale, words.axis_title(data), style=style)])
    stack.add(_foot(data, style, options))
    height = stack.height + style.margin_mm * POINTS_PER_MM
    return Layout(width=style.width_pt, height=height, shapes=stack.drawn())


def _cells(data: ForestData) -> list[_Cells]:
    groups = data.groups
    rates = words.rates([group.pooled or group.joined for group in groups])
    predictions = words.intervals([group.prediction or Value(None) for group in groups])
    return [
        _Cells(
            label=group.name,
            studies=numbers.count(group.k_studies),
            rows=numbers.count(group.k),
            events=numbers.count(group.events),
            total=numbers.count(group.total),
            rate=rate,
            prediction=prediction,
        )
        for group, rate, prediction in zip(groups, rates, predictions, strict=True)
    ]


def _wanted(data: ForestData, cells: list[_Cells], style: Style) -> list[Wanted]:
    level = words.level(data)
    return [
        Wanted(
            name="label",
            heading=("Group",),
            cells=[cell.label for cell in cells],
            widest=style.label_mm * POINTS_PER_MM,
        ),
        Wanted(name="studies", heading=("Studies",), cells=[cell.studies for cell in cells], anchor="right"),
        Wanted(name="rows", heading=("Rows",), cells=[cell.rows for cell in cells], anchor="right"),
        Wanted(
            name="counts",
            heading=(words.counts_header(data),),
            bold=[max((c.events for c in cells), key=len) + "/" + max((c.total for c in cells), key=len)],
            anchor="center",
        ),
        Wanted(name=PLOT, heading=()),
        Wanted(
            name="rate",
            heading=("Median study, %", f"[{level} interval]"),
            cells=[cell.rate for cell in cells],
        ),
        Wanted(
            name="prediction",
            heading=("Prediction", "interval, %"),
            cells=[cell.prediction for cell in cells],
        ),
    ]


def _line(
    group: GroupData,
    cell: _Cells,
    columns: dict[str, Column],
    *,
    scale: Scale,
    style: Style,
    slash: float,
    row: str,
) -> Strip:
    y = baseline(0, style.row_pt, style.text_pt)
    label = columns["label"].lines(cell.label, y, style=style, row=row)
    shapes: list[Shape] = [*label]
    shapes += [
        columns[name].text(text, y, style=style, row=row)
        for name, text in (
            ("studies", cell.studies),
            ("rows", cell.rows),
            ("rate", cell.rate),
            ("prediction", cell.prediction),
        )
    ]
    shapes.append(counts(cell.events, cell.total, columns["counts"], y, style=style, row=row, slash=slash))
    shapes += _marks(group, style.row_pt / 2, scale=scale, style=style, row=row)
    return Strip(height=style.row_pt + taller([label], style), shapes=tuple(shapes), gridded=True)


def _marks(group: GroupData, y: float, *, scale: Scale, style: Style, row: str) -> Iterator[Shape]:
    if group.prediction is not None:
        yield from marks.bar(group.prediction, y, scale=scale, style=style, row=row, pale=group.is_small)
    if group.pooled is not None:
        yield from marks.diamond(group.pooled, y, scale=scale, style=style, row=row)
    else:
        yield from marks.joined(group.joined, y, scale=scale, style=style, row=row)


def _foot(data: ForestData, style: Style, options: Options) -> list[Strip]:
    said = [(line, "note") for line in words.reasons(data)]
    said += [(words.contrast(item), "contrast") for item in data.contrasts]
    return paragraphs(
        said,
        warning=data.source.caveat,
        caption=groups_caption(data) if options.caption else "",
        style=style,
    )
