"""Figures of further studies: how precise more of them would make a rate, and what the next one could move."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.plots.drawn_values import values_csv
from metaleak.plots.field import Field, curve, dot, foot_height, frame, one_page, percents, plain, rule, ticks
from metaleak.plots.figures import result_values
from metaleak.plots.forest_frame import Options
from metaleak.plots.future_words import contrast_words, moves_words, needed_words
from metaleak.plots.plan import FigurePlan
from metaleak.plots.shapes import Polygon, Shape, Text
from metaleak.plots.source import source_of
from metaleak.plots.strips import baseline
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style
from metaleak.plots.text_metrics import checked, width
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

DEFAULT = Options()

#: Heights of the precision curve and of a funnel, and the radius of a study's mark, in millimetres.
_CURVE_MM, _FUNNEL_MM, _RADIUS_MM = 62.0, 62.0, 0.9

#: Room between two funnels, in rows.
_BETWEEN = 3.4


def plan_precision(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the expected half width of the interval against the number of further studies.

    Parameters
    ----------
    result : mapping, path or analysis
        A result of kind ``"future"``.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them.
    """
    values = result_values(result)
    source, found = source_of(values), values["further"]
    points = found["curve"]
    goal = float(values["settings"]["further"]["half_width"]) / 100
    size, margin, top = style.text_pt, style.margin_mm * POINTS_PER_MM, 1.7 * style.row_pt
    last = points[-1]["studies"]
    field = Field(
        left=margin + 4.5 * size,
        right=style.width_pt - margin - 1.5 * size,
        top=top,
        bottom=top + _CURVE_MM * POINTS_PER_MM,
        x_low=0.0,
        x_high=float(last),
        y_low=0.0,
        y_high=1.06 * max(max(point["high"] for point in points), goal),
    )
    x_ticks, y_ticks = ticks(0, last), ticks(0, field.y_high)
    shapes: list[Shape] = [
        Polygon(
            points=tuple(
                (field.x(point["studies"]), field.y(point[end]))
                for end, side in (("low", points), ("high", list(reversed(points))))
                for point in side
            ),
            fill="shade-1",
            row="spread",
            part="spread",
        ),
        *frame(
            field,
            style=style,
            x_title="Further studies",
            y_title="Half width of the interval, percentage points",
            x_ticks=x_ticks,
            y_ticks=y_ticks,
            x_text=plain(x_ticks),
            y_text=percents(y_ticks),
        ),
        *curve(
            [(field.x(point["studies"]), field.y(point["half_width"])) for point in points],
            size=2 * style.line_pt,
            colour="study",
            part="mean",
        ),
        rule(
            field.left,
            field.y(goal),
            field.right,
            field.y(goal),
            style.line_pt,
            "pooled",
            "goal",
            dashed=True,
        ),
        *_needed_mark(found["wanted"], goal, field, style),
    ]
    lines = list(needed_words(values))
    caption = (
        f"Line: mean half width of the interval over {numbers.count(values['settings']['further']['replicates'])} "
        f"simulations with further studies of {numbers.count(found['units'])} units; pale: the middle 80 of 100. "
        "Dashed: the wanted precision; diamond: the fewest studies that reach it in "
        f"{numbers.percent(values['settings']['further']['assurance'], 0)} of the simulations."
    )
    return one_page(
        "precision",
        shapes,
        height=field.bottom + foot_height(style),
        source=source,
        style=style,
        options=options,
        lines=lines,
        caption=caption,
        alt_text=f"{source.title}. {' '.join(lines)} {source.caveat}".strip(),
        drawn_values=values_csv([*_precision_values(values, goal)]),
    )


def _needed_mark(wanted: Json, goal: float, field: Field, style: Style) -> Iterator[Shape]:
    if wanted["studies"] is None or not field.holds(wanted["studies"], goal):
        return
    x, y = field.x(wanted["studies"]), field.y(goal)
    half = 0.6 * style.square_mm[1] * POINTS_PER_MM
    yield rule(x, y, x, field.bottom, style.thin_pt, "pooled", "needed", dashed=True)
    yield Polygon(
        points=((x - half, y), (x, y - half), (x + half, y), (x, y + half)),
        fill="pooled",
        row="needed",
        part="diamond",
    )


def _precision_values(values: Json, goal: float) -> Iterator[dict[str, Any]]:
    for point in values["further"]["curve"]:
        yield {
            "kind": "half width",
            "scale": "share",
            "at": point["studies"],
            "value": point["half_width"],
            "low": point["low"],
            "high": point["high"],
        }
    yield {"kind": "wanted", "scale": "share", "at": values["further"]["wanted"]["studies"], "value": goal}


def plan_extended_funnel(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan where a next study of a rate and size would move the pooled rate; parameters as :func:`plan_precision`."""
    values = result_values(result)
    source, found = source_of(values), values["next_study"]
    for row in values["rows"]:
        checked(str(row["label"]), where="figure extended_funnel")
    shapes: list[Shape] = []
    top = 3.0 * style.row_pt
    for panel in found["panels"]:
        field = _funnel_field(values, panel, top, style)
        shapes += _panel(values, panel, field, style)
        top = field.bottom + foot_height(style) + _BETWEEN * style.row_pt
    lines = [*moves_words(values), *contrast_words(values)]
    caption = _caption(values)
    return one_page(
        "extended_funnel",
        shapes,
        height=top - _BETWEEN * style.row_pt,
        source=source,
        style=style,
        options=options,
        lines=lines,
        caption=caption,
        alt_text=f"{source.title}. {' '.join(lines)} {source.caveat}".strip(),
        drawn_values=values_csv([*_funnel_values(values)]),
    )


def _funnel_field(values: Json, panel: Json, top: float, style: Style) -> Field:
    size, margin = style.text_pt, style.margin_mm * POINTS_PER_MM
    sizes = [float(n) for n in panel["sizes"]]
    return Field(
        left=margin + 5.0 * size,
        right=style.width_pt - margin - 1.5 * size,
        top=top,
        bottom=top + _FUNNEL_MM * POINTS_PER_MM,
        x_low=0.0,
        x_high=1.0,
        y_low=math.log(sizes[0]),
        y_high=math.log(sizes[-1]),
    )


def _panel(values: Json, panel: Json, field: Field, style: Style) -> Iterator[Shape]:
    sizes = [math.log(n) for n in panel["sizes"]]
    size = style.text_pt
    yield from _excluded(panel, sizes, field)
    x_ticks = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    round_sizes = [
        digit * 10**power
        for power in range(6)
        for digit in (1, 2, 5)
        if panel["sizes"][0] <= digit * 10**power <= panel["sizes"][-1]
    ]
    yield Text(
        x=style.margin_mm * POINTS_PER_MM,
        y=baseline(field.top - 3.0 * style.row_pt, style.row_pt, size),
        text=f"Next study: {panel['group']}",
        size=size,
        weight="bold",
        row="axis",
        column="heading",
    )
    yield from frame(
        field,
        style=style,
        x_title="Rate in the next study, % of the units counted",
        y_title="Its units (n, logarithmic)",
        x_ticks=x_ticks,
        y_ticks=[math.log(n) for n in round_sizes],
        x_text=percents(x_ticks),
        y_text=lambda value: numbers.count(round(math.exp(value))),
    )
    yield from _contours(panel, sizes, field, style)
    for row in values["rows"]:
        if row["group"] == panel["group"] and field.holds(row["rate"], math.log(row["total"])):
            yield dot(
                field.x(row["rate"]),
                field.y(math.log(row["total"])),
                _RADIUS_MM * POINTS_PER_MM,
                fill="study",
                edge="paper",
                width_pt=style.thin_pt,
                row="points",
                part="point",
            )


def _excluded(panel: Json, sizes: Sequence[float], field: Field) -> Iterator[Polygon]:
    """Shade where the contrast's interval would exclude 1, from one size to the next."""
    spans = panel["excludes"] or [[]] * len(sizes)
    for i in range(len(sizes) - 1):
        for low, high in zip(spans[i], spans[i + 1], strict=False):
            yield Polygon(
                points=(
                    (field.x(low[0]), field.y(sizes[i])),
                    (field.x(low[1]), field.y(sizes[i])),
                    (field.x(high[1]), field.y(sizes[i + 1])),
                    (field.x(high[0]), field.y(sizes[i + 1])),
                ),
                fill="shade-2",
                row="excludes",
                part="excludes",
            )


def _contours(panel: Json, sizes: Sequence[float], field: Field, style: Style) -> Iterator[Shape]:
    size = style.text_pt
    right = -math.inf
    for contour in panel["contours"]:
        points = [
            (field.x(rate), field.y(y))
            for rate, y in zip(contour["rates"], sizes, strict=True)
            if rate is not None
        ]
        none = contour["points"] == 0
        yield from curve(
            points,
            size=style.line_pt if none else 1.4 * style.line_pt,
            colour="pooled",
            part="contour",
            dashed=none,
        )
        if not points or contour["rates"][-1] is None:
            continue
        text = _signed(contour["points"])
        x, half = points[-1][0], width(text, size) / 2
        # One label after the other; one without room is left out, the caption says how far apart they are.
        if x - half > right and x + half < field.right + 1.5 * size:
            right = x + half + 0.4 * size
            yield Text(
                x=x,
                y=baseline(field.top - 1.1 * size, size, size),
                text=text,
                size=size,
                row="contour",
                column="contour",
                anchor="center",
            )


def _signed(points: float) -> str:
    text = numbers.fixed(100 * points, 0 if abs(100 * points - round(100 * points)) < 1e-9 else 1)
    return f"+{text}" if points > 0 else text


def _caption(values: Json) -> str:
    margin = numbers.fixed(float(values["settings"]["next_study"]["margin"]), 1).removesuffix(".0")
    contrast = values["next_study"]["contrast"]
    shaded = (
        ""
        if contrast is None
        else f" Shaded: the interval of the odds ratio of {contrast['of']} against {contrast['against']} would "
        "exclude 1."
    )
    return (
        "A next study of that rate and size would move the pooled rate of its group by as many percentage points as "
        f"stand above the lines ({margin} apart; dashed: it would stay). Circles: the studies of today.{shaded}"
    )


def _funnel_values(values: Json) -> Iterator[dict[str, Any]]:
    for panel in values["next_study"]["panels"]:
        group = panel["group"]
        yield {
            "kind": "pooled",
            "group": group,
            "scale": "share",
            "value": number(panel["estimate"]),
            "low": number(panel["ci_low"]),
            "high": number(panel["ci_high"]),
        }
        for row in values["rows"]:
            if row["group"] == group:
                yield {
                    "kind": "study",
                    "group": group,
                    "label": row["label"],
                    "study_id": row["study_id"],
                    "events": row["events"],
                    "total": row["total"],
                    "at": row["total"],
                    "scale": "share",
                    "value": row["rate"],
                }
        for contour in panel["contours"]:
            for n, rate in zip(panel["sizes"], contour["rates"], strict=True):
                if rate is not None:
                    label = f"moves by {_signed(contour['points'])}"
                    yield {
                        "kind": "contour",
                        "group": group,
                        "label": label,
                        "at": n,
                        "scale": "share",
                        "value": rate,
                    }
        for n, ends in zip(panel["sizes"], panel["excludes"] or [], strict=False):
            for low, high in ends:
                yield {
                    "kind": "excludes 1",
                    "group": group,
                    "at": n,
                    "scale": "share",
                    "low": low,
                    "high": high,
                }
