"""The rows of a forest plot as strips: headings, studies, and what closes a group."""

from __future__ import annotations

from collections.abc import Iterator

from metaleak import numbers
from metaleak.plots import marks, words
from metaleak.plots.columns import counts, taller
from metaleak.plots.forest_bias import bias_marks
from metaleak.plots.forest_data import GroupData, StudyRow
from metaleak.plots.forest_frame import AVERAGE, JOINED, POOLED, PREDICTION, Frame, group_key, study_key
from metaleak.plots.languages import said
from metaleak.plots.shapes import Shape, Text
from metaleak.plots.strips import Strip, baseline
from metaleak.plots.text_metrics import Weight, width, wrap


def group_strips(frame: Frame, place: int, group: GroupData) -> Iterator[Strip]:
    """Return the strips of one group: heading, studies, pooled values, heterogeneity, a gap."""
    yield heading(frame, place, group)
    for j, row in enumerate(group.rows):
        last = j >= len(group.rows) - 2
        yield _study(frame, group, row, key=study_key(place, j), keep=j == 0 or last)
    if group.pooled is not None:
        yield from _pooled(frame, group, place)
    elif group.k > 1:
        yield _joined(frame, group, place)
    told = words.heterogeneity(group) if group.pooled is not None else words.capital(group.reason)
    if told:
        yield _note(frame, group, told, row=group_key("note", place))
    yield Strip(height=0.55 * frame.style.row_pt, group=group.name)


def heading(frame: Frame, place: int, group: GroupData, *, more: bool = False) -> Strip:
    """Return a group's heading: its name and how many rows and studies it has."""
    style, size, key = frame.style, frame.style.heading_pt, group_key("group", place)
    left = frame.columns["label"].left
    name = words.OVERALL if group is frame.data.overall else group.name
    name = said(f"{name} (continued)" if more else name, style.language)
    told = said(words.rows_of_studies(group.k, group.k_studies), style.language)
    lines = wrap(name, frame.columns["counts"].right - left, size, weight="bold")
    step = size * style.leading
    shapes = [
        _text(frame, line, left, baseline(i * step, step, size), row=key, size=size, weight="bold")
        for i, line in enumerate(lines)
    ]
    behind = left + width(lines[-1], size, "bold") + 0.8 * size
    if behind + width(told, style.text_pt) > frame.columns["rate"].left:
        behind, lines = left, (*lines, told)
    y = baseline((len(lines) - 1) * step, step, size)
    shapes.append(_text(frame, told, behind, y, row=key, colour="quiet"))
    return Strip(height=len(lines) * step, shapes=tuple(shapes), group=group.name, keep=True)


def _study(frame: Frame, group: GroupData, row: StudyRow, *, key: str, keep: bool) -> Strip:
    style, columns = frame.style, frame.columns
    y = baseline(0, style.row_pt, style.text_pt)
    words_of = {
        "label": row.label,
        "procedure": row.procedure,
        "unit": row.unit,
        "modality": row.modality,
        "year": row.year,
    }
    cells = [
        columns[name].lines(text, y, style=style, row=key)
        for name, text in words_of.items()
        if name in columns
    ]
    shapes: list[Shape] = [line for lines in cells for line in lines]
    shapes.append(_counts(frame, row, y, key))
    shapes.append(columns["rate"].text(frame.rates[key], y, style=style, row=key))
    if row.share is not None and "share" in columns:
        share = numbers.percent(row.share, sign=False)
        shapes.append(columns["share"].text(share, y, style=style, row=key))
    largest = max((other.share or 0.0 for other in group.rows), default=0.0)
    size = row.share / largest if row.share and largest else 0.5
    middle = style.row_pt / 2
    shapes += marks.study(row.rate, middle, scale=frame.scale, style=style, size=size, row=key)
    shapes += bias_marks(frame.blocks, columns, row.bias, middle, style=style, row=key)
    return Strip(
        height=style.row_pt + taller(cells, style),
        shapes=tuple(shapes),
        group=group.name,
        gridded=True,
        reference=_reference(group),
        keep=keep,
    )


def _pooled(frame: Frame, group: GroupData, place: int) -> Iterator[Strip]:
    scale, style, middle = frame.scale, frame.style, frame.style.row_pt / 2
    key = group_key("pooled", place)
    if group.pooled is not None:
        yield _gap(frame, group)
        drawn = marks.diamond(group.pooled, middle, scale=scale, style=style, row=key)
        yield _summary(frame, group, POOLED, key=key, marks=drawn, counted=True, weight="bold")
    key = group_key("prediction", place)
    if group.prediction is not None:
        drawn = marks.bar(group.prediction, middle, scale=scale, style=style, row=key, pale=group.is_small)
        yield _summary(frame, group, PREDICTION, key=key, marks=drawn)
    key = group_key("average", place)
    if group.average is not None:
        drawn = marks.circle(group.average, middle, scale=scale, style=style, row=key)
        yield _summary(frame, group, AVERAGE, key=key, marks=drawn)


def _gap(frame: Frame, group: GroupData) -> Strip:
    """Return what keeps the pooled values apart from the studies."""
    return Strip(
        height=0.2 * frame.style.row_pt,
        group=group.name,
        gridded=True,
        reference=_reference(group),
        keep=True,
    )


def _joined(frame: Frame, group: GroupData, place: int) -> Strip:
    """Return the summed counts of a group that no model pools."""
    key = group_key("joined", place)
    middle = frame.style.row_pt / 2
    drawn = marks.joined(group.joined, middle, scale=frame.scale, style=frame.style, row=key)
    return _summary(frame, group, JOINED, key=key, marks=drawn, counted=True)


def _summary(
    frame: Frame,
    group: GroupData,
    label: str,
    *,
    key: str,
    marks: Iterator[Shape],
    counted: bool = False,
    weight: Weight = "regular",
) -> Strip:
    style, rate = frame.style, frame.columns["rate"]
    y = baseline(0, style.row_pt, style.text_pt)
    shapes: list[Shape] = [
        _text(frame, said(label, style.language), frame.columns["label"].left, y, row=key, weight=weight)
    ]
    if counted:
        shapes.append(_counts(frame, group, y, key, weight=weight))
    shapes.append(rate.text(frame.rates[key], y, style=style, row=key, weight=weight))
    return Strip(
        height=style.row_pt,
        shapes=(*shapes, *marks),
        group=group.name,
        gridded=True,
        reference=_reference(group),
        keep=True,
    )


def _note(frame: Frame, group: GroupData, text: str, *, row: str) -> Strip:
    style = frame.style
    step = style.row_pt
    lines = wrap(said(text, style.language), frame.text_room, style.text_pt)
    left = frame.columns["label"].left
    shapes = tuple(
        _text(frame, line, left, baseline(i * step, step, style.text_pt), row=row, colour="quiet")
        for i, line in enumerate(lines)
    )
    return Strip(height=len(lines) * step, shapes=shapes, group=group.name, keep=True)


def _counts(
    frame: Frame, item: StudyRow | GroupData, y: float, key: str, *, weight: Weight = "regular"
) -> Text:
    events, total = numbers.count(item.events), numbers.count(item.total)
    column = frame.columns["counts"]
    return counts(events, total, column, y, style=frame.style, row=key, slash=frame.slash, weight=weight)


def _reference(group: GroupData) -> float | None:
    return group.pooled.value if group.pooled is not None else None


def _text(
    frame: Frame,
    text: str,
    x: float,
    y: float,
    *,
    row: str,
    column: str = "label",
    size: float | None = None,
    weight: Weight = "regular",
    colour: str = "text",
) -> Text:
    return Text(
        x=x,
        y=y,
        text=text,
        size=size or frame.style.text_pt,
        row=row,
        column=column,
        weight=weight,
        colour=colour,
    )
