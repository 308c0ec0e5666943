"""Funnel plots: rates against the size of their studies, odds ratios against their standard errors; Doi plots."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.errors import InputError
from metaleak.plots.doi_panel import RADIUS_MM, doi_field, doi_shapes, doi_values
from metaleak.plots.drawn_values import values_csv
from metaleak.plots.field import (
    Field,
    along,
    around,
    curve,
    dot,
    foot_height,
    frame,
    labels,
    one_page,
    percents,
    plain,
    rule,
    ticks,
)
from metaleak.plots.figures import result_values
from metaleak.plots.forest_frame import Options
from metaleak.plots.funnel_words import curve as rate_at
from metaleak.plots.funnel_words import doi_words, expit, told
from metaleak.plots.plan import FigurePlan
from metaleak.plots.scale import RatioScale
from metaleak.plots.shapes import Polygon, Shape
from metaleak.plots.source import source_of
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style
from metaleak.plots.text_metrics import checked
from metaleak.plots.two_arm import side
from metaleak.plots.words import TAU2

Json = Mapping[str, Any]

DEFAULT = Options()

#: Height of the funnel in millimetres.
_HEIGHT_MM = 78.0

#: 95 of 100 studies lie within so many standard errors.
_WITHIN = 1.959963984540054

#: Steps of a curve.
_STEPS = 30


def plan_funnel(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the funnel of a result that was asked about small studies.

    Parameters
    ----------
    result : mapping, path or analysis
        A result of kind ``"influence"`` (rates against n) or ``"two_arm"`` (odds ratios against their standard
        errors) with ``[small_study]``.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them, and where nobody asked about small studies.
    """
    values = result_values(result)
    found = values.get("small_study")
    if not found:
        raise InputError(
            "the result says nothing about small studies",
            required="a table [small_study] in the analysis",
            where="figure funnel",
        )
    source = source_of(values)
    for row in values["rows"]:
        checked(str(row["label"]), where="figure funnel")
    rates = found["scale"] == "rate"
    margin, top = style.margin_mm * POINTS_PER_MM, 1.7 * style.row_pt
    shape = {
        "left": margin + 5.0 * style.text_pt,
        "right": style.width_pt - margin - 1.5 * style.text_pt,
        "top": top,
        "bottom": top + _HEIGHT_MM * POINTS_PER_MM,
    }
    if rates:
        field = _rates_field(values["rows"], shape)
        shapes = list(_rates(values, found, field, style))
    else:
        field = _contrasts_field(found, shape)
        shapes = list(_contrasts(values, found, field, style))
    height = field.bottom + foot_height(style)
    if found["doi"] is not None:
        doi = doi_field(found["doi"], style, top=height + 2.5 * style.row_pt)
        shapes += doi_shapes(found, doi, rates, style)
        height = doi.bottom + foot_height(style)
    lines = [*told(found, _sizes(values["rows"]) if rates else None), doi_words(found)]
    lines = [line for line in lines if line]
    caption = _rates_caption(found) if rates else _contrasts_caption(values, found)
    caption += " Below: the Doi plot, dashed at its tip." if found["doi"] is not None else ""
    return one_page(
        "funnel",
        shapes,
        height=height,
        source=source,
        style=style,
        options=options,
        lines=lines,
        caption=caption,
        alt_text=f"{source.title}: {_alt(values, found)} {' '.join(lines)} {source.caveat}".strip(),
        drawn_values=values_csv(
            [*(_rate_values if rates else _contrast_values)(values, found), *doi_values(found)]
        ),
    )


def _sizes(rows: Sequence[Json]) -> tuple[float, float]:
    totals = [float(row["total"]) for row in rows]
    return min(totals), max(totals)


def _rates_field(rows: Sequence[Json], shape: Mapping[str, float]) -> Field:
    low, high = (math.sqrt(n) for n in _sizes(rows))
    return Field(**shape, x_low=0.0, x_high=1.0, y_low=0.85 * low, y_high=1.04 * high)


def _rates(values: Json, found: Json, field: Field, style: Style) -> Iterator[Shape]:
    rows, x_ticks = values["rows"], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    sizes = _size_ticks(field, style)
    yield from _pale(_expected(found, field, with_spread=True), field)
    yield from frame(
        field,
        style=style,
        x_title="Rate, % of the units counted",
        y_title="Units counted (n; distances as their square roots)",
        x_ticks=x_ticks,
        y_ticks=[math.sqrt(n) for n in sizes],
        x_text=percents(x_ticks),
        y_text=lambda root: numbers.count(round(root**2)),
    )
    lines: list[Shape] = []
    for edge in _expected(found, field, with_spread=False):
        lines += curve(
            [(field.x(x), field.y(y)) for x, y in edge],
            size=style.line_pt,
            colour="prediction",
            part="limit",
        )
    lines += _pooled(expit(float(found["estimate"])), field, style)
    lines += curve(
        [(field.x(x), field.y(y)) for x, y in _rate_line(found, rows)],
        size=2 * style.line_pt,
        colour="pooled",
        part="line",
    )
    yield from lines
    points = [(float(row["rate"]), math.sqrt(row["total"])) for row in rows]
    yield from _points(points, field, style)
    outside = [
        (field.x(x), field.y(y), str(row["label"]))
        for row, (x, y) in zip(rows, points, strict=True)
        if not _expected_holds(found, x, y * y)
    ]
    radius = RADIUS_MM * POINTS_PER_MM
    taken = [*(around(field.x(x), field.y(y), radius) for x, y in points), *along(lines)]
    yield from labels(outside, field=field, style=style, gap=1.6 * radius, taken=taken)


def _size_ticks(field: Field, style: Style) -> list[int]:
    """Return round sizes, far enough apart for their numbers."""
    low, high = field.y_low**2, field.y_high**2
    round_sizes = [
        digit * 10**power for power in range(9) for digit in (1, 2, 5) if low <= digit * 10**power <= high
    ]
    kept: list[int] = []
    for n in reversed(round_sizes):
        if not kept or field.y(math.sqrt(n)) - field.y(math.sqrt(kept[-1])) >= 1.2 * style.text_pt:
            kept.append(n)
    return kept


def _limits(found: Json, n: float, *, with_spread: bool) -> tuple[float, float]:
    """Return between what 95 of 100 rates of ``n`` units lie, by sampling error alone or with tau2."""
    middle = float(found["estimate"])
    rate = expit(middle)
    variance = 1 / (n * rate * (1 - rate)) + (float(found["tau2"] or 0.0) if with_spread else 0.0)
    half = _WITHIN * math.sqrt(variance)
    return expit(middle - half), expit(middle + half)


def _expected_holds(found: Json, rate: float, n: float) -> bool:
    low, high = _limits(found, n, with_spread=True)
    return low <= rate <= high


def _expected(found: Json, field: Field, *, with_spread: bool) -> list[list[tuple[float, float]]]:
    """Return both edges of where rates are expected, from the smallest to the largest size."""
    roots = [field.y_low + i / _STEPS * (field.y_high - field.y_low) for i in range(_STEPS + 1)]
    ends = [_limits(found, root**2, with_spread=with_spread) for root in roots]
    return [[(end[i], root) for end, root in zip(ends, roots, strict=True)] for i in (0, 1)]


def _rate_line(found: Json, rows: Sequence[Json]) -> list[tuple[float, float]]:
    """Return the regression line between the smallest and the largest study, by rate and root of the size."""
    if found["line"] is None:
        return []
    low, high = (math.sqrt(n) for n in _sizes(rows))
    roots = [low + i / _STEPS * (high - low) for i in range(_STEPS + 1)]
    return [(rate_at(found, root**2), root) for root in roots]


def _contrasts_field(found: Json, shape: Mapping[str, float]) -> Field:
    points = _all_points(found)
    if not points:
        return Field(**shape, x_low=math.log(0.2), x_high=math.log(5), y_low=1.0, y_high=0.0)
    error = max(point["sei"] for point in points) * 1.06
    middle = float(found["estimate"])
    ends = [middle - _WITHIN * error, middle + _WITHIN * error, *(point["yi"] for point in points)]
    room = 0.03 * (max(ends) - min(ends))
    return Field(**shape, x_low=min(ends) - room, x_high=max(ends) + room, y_low=error, y_high=0.0)


def _all_points(found: Json) -> list[Json]:
    filled = found["trim_and_fill"]
    return [*found["points"], *(filled["points"] if filled else [])]


def _contrasts(values: Json, found: Json, field: Field, style: Style) -> Iterator[Shape]:
    arms, middle = values["settings"]["arms"], float(found["estimate"] or 0.0)
    scale = RatioScale(left=0, right=1, low=math.exp(field.x_low), high=math.exp(field.x_high))
    x_ticks = [math.log(tick) for tick in scale.ticks]
    y_ticks = ticks(0, field.y_low)
    corner = [_WITHIN * field.y_low * sign for sign in (-1, 1)]
    edges = [[(middle, 0.0), (middle + end, field.y_low)] for end in corner]
    if found["points"]:
        yield from _pale(edges, field)
    yield from frame(
        field,
        style=style,
        x_title=f"Odds ratio of a leak, {side(arms['treatment'])} against {side(arms['control'])}",
        y_title="Standard error of the log odds ratio",
        x_ticks=x_ticks,
        y_ticks=y_ticks,
        x_text=lambda value: scale.label(math.exp(value)),
        y_text=plain(y_ticks),
    )
    if not found["points"]:
        return
    slope = _contrast_line(found, field)
    lines: list[Shape] = [
        *_pooled(middle, field, style),
        *curve(
            [(field.x(x), field.y(y)) for x, y in slope],
            size=2 * style.line_pt,
            colour="pooled",
            part="line",
        ),
    ]
    yield from lines
    points = [(float(point["yi"]), float(point["sei"])) for point in found["points"]]
    yield from _points(points, field, style)
    filled = found["trim_and_fill"]
    radius = RADIUS_MM * POINTS_PER_MM
    for point in filled["points"] if filled else []:
        yield dot(
            field.x(point["yi"]),
            field.y(point["sei"]),
            radius,
            fill="paper",
            edge="study",
            width_pt=style.line_pt,
            row="points",
            part="filled",
        )
    outside = [
        (field.x(x), field.y(y), str(point["label"]))
        for point, (x, y) in zip(found["points"], points, strict=True)
        if abs(x - middle) > _WITHIN * y
    ]
    taken = [around(field.x(point["yi"]), field.y(point["sei"]), radius) for point in _all_points(found)]
    taken += along(lines)
    yield from labels(outside, field=field, style=style, gap=1.6 * radius, taken=taken)


def _contrast_line(found: Json, field: Field) -> list[tuple[float, float]]:
    """Return Egger's line from no error down to where it leaves the plot."""
    if found["line"] is None:
        return []
    start, slope = float(found["line"]["intercept"]), float(found["line"]["slope"])
    steps = [i / _STEPS * field.y_low for i in range(_STEPS + 1)]
    # In steps, not as one line: labels keep away from each of them.
    return [(start + slope * se, se) for se in steps if field.x_low <= start + slope * se <= field.x_high]


def _pale(edges: Sequence[Sequence[tuple[float, float]]], field: Field) -> Iterator[Polygon]:
    left, right = edges
    corners = [(field.x(x), field.y(y)) for x, y in (*left, *reversed(right))]
    yield Polygon(points=tuple(corners), fill="shade-1", row="expected", part="expected")


def _pooled(value: float, field: Field, style: Style) -> Iterator[Shape]:
    x = field.x(value)
    yield rule(x, field.top, x, field.bottom, style.line_pt, "rule", "pooled", dashed=True)


def _points(points: Sequence[tuple[float, float]], field: Field, style: Style) -> Iterator[Polygon]:
    for x, y in points:
        yield dot(
            field.x(x),
            field.y(y),
            RADIUS_MM * POINTS_PER_MM,
            fill="study",
            edge="paper",
            width_pt=style.thin_pt,
            row="points",
            part="point",
        )


def _rates_caption(found: Json) -> str:
    line = " Thick line: the regression on 1/n." if found["line"] is not None else ""
    return (
        f"Circles: {numbers.count(found['k'])} observed rates against their sizes. Dashed: the pooled rate (inverse "
        "variance with random effects on the logit). Thin lines: where 95 of 100 rates of that size lie by sampling "
        f"error alone; pale: with {TAU2}. Those outside are named where there is room.{line} "
        "Small-study effects are no proof of publication bias."
    )


def _contrasts_caption(values: Json, found: Json) -> str:
    line = " Thick line: Egger’s regression." if found["line"] is not None else ""
    filled = found["trim_and_fill"]
    added = " Open circles: studies that trim and fill adds." if filled and filled["missing"] else ""
    less = len(values["rows"]) - int(found["k"])
    left = f" {numbers.count(less)} without events are not drawn." if less else ""
    return (
        f"Circles: odds ratios of {numbers.count(found['k'])} comparisons against their standard errors. Dashed: the "
        "pooled odds ratio (inverse variance with random effects). Pale: where 95 of 100 would lie by sampling error "
        f"alone; those outside are named where there is room.{line}{added}{left}"
    )


def _alt(values: Json, found: Json) -> str:
    if found["scale"] == "rate":
        low, high = _sizes(values["rows"])
        return (
            f"{numbers.count(found['k'])} observed rates against their sizes, {numbers.count(int(low))} to "
            f"{numbers.count(int(high))} units, around a pooled rate of "
            f"{numbers.percent(expit(float(found['estimate'])))}."
        )
    if not found["points"]:
        return "no comparison has an event that tells its arms apart."
    return (
        f"{numbers.count(found['k'])} odds ratios against their standard errors, around a pooled odds ratio of "
        f"{numbers.fixed(math.exp(float(found['estimate'])))}."
    )


def _rate_values(values: Json, found: Json) -> Iterator[dict[str, Any]]:
    for row in values["rows"]:
        yield {
            "kind": "study",
            "label": row["label"],
            "study_id": row["study_id"],
            "events": row["events"],
            "total": row["total"],
            "at": row["total"],
            "scale": "share",
            "value": row["rate"],
        }
    yield {"kind": "pooled", "scale": "share", "value": expit(float(found["estimate"]))}
    for rate, root in _rate_line(found, values["rows"]):
        yield {"kind": "line", "at": root**2, "scale": "share", "value": rate}
    for n in sorted({float(row["total"]) for row in values["rows"]}):
        low, high = _limits(found, n, with_spread=True)
        yield {"kind": "expected", "at": n, "scale": "share", "low": low, "high": high}


def _contrast_values(values: Json, found: Json) -> Iterator[dict[str, Any]]:
    names = {row["label"]: row["study_id"] for row in values["rows"]}
    for point in found["points"]:
        yield {
            "kind": "study",
            "label": point["label"],
            "study_id": names.get(point["label"], ""),
            "at": point["sei"],
            "scale": "odds ratio",
            "value": math.exp(point["yi"]),
        }
    if found["estimate"] is not None:
        yield {"kind": "pooled", "scale": "odds ratio", "value": math.exp(float(found["estimate"]))}
    if found["line"] is not None:
        for se in (0.0, max(point["sei"] for point in found["points"])):
            value = float(found["line"]["intercept"]) + float(found["line"]["slope"]) * se
            yield {"kind": "line", "at": se, "scale": "odds ratio", "value": math.exp(value)}
    filled = found["trim_and_fill"]
    for point in filled["points"] if filled else []:
        yield {"kind": "filled", "at": point["sei"], "scale": "odds ratio", "value": math.exp(point["yi"])}
