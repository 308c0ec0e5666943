"""Rates against a number: one circle per observation, the fitted line and its band."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.plots.drawn_values import values_csv
from metaleak.plots.field import one_page
from metaleak.plots.figures import result_values
from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.shapes import Line, Polygon, Shape, Text
from metaleak.plots.source import source_of
from metaleak.plots.strips import baseline
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style
from metaleak.plots.text_metrics import checked
from metaleak.plots.why import DEFAULT, called
from metaleak.storage.strict_json import number

#: The plot itself, and the largest circle, in millimetres.
_HEIGHT_MM = 78.0
_LARGEST_MM = 3.2
_SMALLEST_MM = 0.6

#: Corners of a circle.
_CORNERS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axes:
    """Where numbers and rates stand."""

    left: float
    right: float
    top: float
    bottom: float
    low: float
    high: float

    def x(self, value: float) -> float:
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)

    def y(self, rate: float) -> float:
        return self.bottom - rate * (self.bottom - self.top)


def plan_bubble(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the observed rates against a numeric moderator, with the regression's line.

    Parameters
    ----------
    result : mapping, path or analysis
        A result of kind ``"regression"`` whose settings name the moderator.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them.
    """
    values = result_values(result)
    name = values["settings"]["bubble"]
    drawn = [row for row in values["rows"] if row["entered"] and row["at"] is not None]
    for row in drawn:
        checked(str(row["label"]), where="figure bubble")
    source = source_of(values)
    level = numbers.percent(values["settings"]["model"]["level"], 0)
    largest = max((row["total"] for row in drawn), default=1)
    caption = (
        f"Circles: {numbers.count(len(drawn))} observed rates, area in proportion to the number of units (the "
        f"largest has {numbers.count(largest)}); line: rate in the median study, the other moderators as they are, "
        f"with its {level} band ({values['settings']['moderators'].lstrip('~ ')}). Rows without {name}: "
        f"{numbers.count(len(values['rows']) - len(drawn))}, not drawn."
    )
    axes = _axes(values, drawn, style)
    shapes = (
        *_frame(axes, name, style),
        *_band(values, axes),
        *_circles(drawn, axes, largest, style),
        *_curve(values, axes, style),
    )
    return one_page(
        "bubble",
        shapes,
        height=axes.bottom + 3.2 * style.row_pt,
        source=source,
        style=style,
        options=options,
        caption=caption,
        alt_text=_alt_text(values, drawn, name),
        drawn_values=_values(values, drawn),
    )


def _axes(values: Mapping[str, Any], drawn: Sequence[Mapping[str, Any]], style: Style) -> _Axes:
    at = [float(row["at"]) for row in drawn]
    low, high = min(at, default=0.0), max(at, default=1.0)
    room = max(high - low, 1e-9) * 0.04
    margin = style.margin_mm * POINTS_PER_MM
    return _Axes(
        left=margin + 5.5 * style.text_pt,
        right=style.width_pt - margin - 0.3 * style.text_pt,
        top=1.7 * style.row_pt,
        bottom=1.7 * style.row_pt + _HEIGHT_MM * POINTS_PER_MM,
        low=low - room,
        high=high + room,
    )


def _frame(axes: _Axes, name: str, style: Style) -> Iterator[Shape]:
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        y = axes.y(tick)
        yield _line(axes.left, y, axes.right, y, style.thin_pt, "grid", "grid")
        yield Text(
            x=axes.left - 0.5 * style.text_pt,
            y=baseline(y - style.text_pt / 2, style.text_pt, style.text_pt),
            text=numbers.percent(tick, 0, sign=False),
            size=style.text_pt,
            row="axis",
            column="axis",
            anchor="right",
        )
    yield Text(
        x=axes.left - 5.2 * style.text_pt,
        y=baseline(0, style.text_pt, style.text_pt) - 0.2 * style.text_pt,
        text="Rate, % of the units counted",
        size=style.text_pt,
        row="axis",
        column="title",
    )
    yield _line(axes.left, axes.bottom, axes.right, axes.bottom, style.thin_pt, "rule", "axis")
    for value in _ticks(axes.low, axes.high):
        x = axes.x(value)
        yield _line(x, axes.bottom, x, axes.bottom + 0.35 * style.text_pt, style.thin_pt, "rule", "axis")
        yield Text(
            x=x,
            y=baseline(axes.bottom + 0.4 * style.text_pt, 1.2 * style.text_pt, style.text_pt),
            text=_plain(value),
            size=style.text_pt,
            row="axis",
            column="axis",
            anchor="center",
        )
    yield Text(
        x=(axes.left + axes.right) / 2,
        y=baseline(axes.bottom + 1.6 * style.text_pt, 1.3 * style.text_pt, style.text_pt),
        text=called(name),
        size=style.text_pt,
        row="axis",
        column="axis",
        anchor="center",
    )


def _ticks(low: float, high: float) -> list[float]:
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / 5))
    step = next(s * power for s in (1.0, 2.0, 5.0, 10.0) if span / (s * power) <= 7)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _plain(value: float) -> str:
    return numbers.fixed(value, 0 if float(value).is_integer() else 1)


def _band(values: Mapping[str, Any], axes: _Axes) -> Iterator[Shape]:
    line = values["line"]
    upper = [(axes.x(at), axes.y(high)) for at, _, _, high in line]
    lower = [(axes.x(at), axes.y(low)) for at, _, low, _ in reversed(line)]
    if line:
        yield Polygon(points=tuple(upper + lower), fill="grid", row="band", part="band")


def _curve(values: Mapping[str, Any], axes: _Axes, style: Style) -> Iterator[Shape]:
    points = [(axes.x(at), axes.y(rate)) for at, rate, _, _ in values["line"]]
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        yield Line(
            x1=x1, y1=y1, x2=x2, y2=y2, width=1.6 * style.line_pt, colour="pooled", row="line", part="line"
        )


def _circles(drawn: Sequence[Mapping[str, Any]], axes: _Axes, largest: int, style: Style) -> Iterator[Shape]:
    # The largest come first, so that no small circle hides behind one.
    for row in sorted(drawn, key=lambda row: (-row["total"], row["label"])):
        share = math.sqrt(row["total"] / largest)
        radius = max(_SMALLEST_MM, _LARGEST_MM * share) * POINTS_PER_MM / 2
        x, y = axes.x(float(row["at"])), axes.y(row["rate"])
        turns = [2 * math.pi * i / _CORNERS for i in range(_CORNERS)]
        points = tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns)
        yield Polygon(
            points=points, fill=None, edge="study", width=style.line_pt, row="circles", part="circle"
        )


def _line(x1: float, y1: float, x2: float, y2: float, width: float, colour: str, part: str) -> Line:
    return Line(x1=x1, y1=y1, x2=x2, y2=y2, width=width, colour=colour, row="axis", part=part)


def _alt_text(values: Mapping[str, Any], drawn: Sequence[Mapping[str, Any]], name: str) -> str:
    line = values["line"]
    ends = ""
    if line:
        (first, low, *_), (last, high, *_) = line[0], line[-1]
        ends = (
            f" The line runs from {numbers.percent(number(low))} at {_plain(first)} to "
            f"{numbers.percent(number(high))} at {_plain(last)}."
        )
    source = source_of(values)
    told = f"{source.title}: {numbers.count(len(drawn))} observed rates against {called(name).lower()}.{ends}"
    return f"{told} {source.caveat}".strip()


def _values(values: Mapping[str, Any], drawn: Sequence[Mapping[str, Any]]) -> str:
    rows: list[dict[str, Any]] = [
        {
            "kind": "study",
            "label": row["label"],
            "study_id": row["study_id"],
            "procedure": row["procedure"],
            "unit": row["unit"],
            "modality": row["modality"],
            "events": row["events"],
            "total": row["total"],
            "at": row["at"],
            "scale": "share",
            "value": row["rate"],
            "low": row["ci_low"],
            "high": row["ci_high"],
            "sheet_rows": " ".join(str(place) for place in row["sheet_rows"]),
        }
        for row in drawn
    ]
    rows += [
        {"kind": "line", "at": at, "scale": "share", "value": rate, "low": low, "high": high}
        for at, rate, low, high in values["line"]
    ]
    return values_csv(rows)
