"""Which observations move the pooled value: the influence set beside each observation, and Baujat's plot."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.errors import InputError
from metaleak.plots.drawn_values import values_csv
from metaleak.plots.field import (
    Field,
    around,
    dot,
    foot_height,
    frame,
    labels,
    one_page,
    plain,
    rhombus,
    rule,
    sheet,
    ticks,
)
from metaleak.plots.figures import result_values
from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.shapes import Layout, Line, Polygon, Shape, Text
from metaleak.plots.source import Source, source_of
from metaleak.plots.strips import baseline
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style
from metaleak.plots.text_metrics import checked, shortened, width
from metaleak.plots.words import TAU2
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

DEFAULT = Options()

#: Line distance of the observations as a multiple of the type size.
_LEADING = 1.55

#: Half a mark, and the room between the ends of a panel and its values, in millimetres.
_MARK_MM = 0.55
_INSET_MM = 1.4

#: Height of Baujat's plot in millimetres.
_HEIGHT_MM = 80.0

#: Observations beyond this share of either axis are named in Baujat's plot.
_NAMED = 0.25


@dataclass(frozen=True, slots=True)
class Panel:
    """One measure: its key in the result, its heading, where no influence lies, and beyond what it is flagged."""

    key: str
    heading: tuple[str, ...]
    rest: float
    low: float = -math.inf
    high: float = math.inf

    def flagged(self, value: float) -> bool:
        """Whether a value lies beyond a limit."""
        return value < self.low or value > self.high


def panels(values: Json) -> tuple[Panel, ...]:
    """Return the measures of a result of kind ``"influence"``, with the limits of Viechtbauer and Cheung (2010).

    Raises
    ------
    InputError
        When the result holds none.
    """
    whole, k = values.get("inverse_variance"), len(values["rows"])
    if whole is None or k < 2:
        raise InputError(
            "the result holds no influence set",
            required="an analysis of kind influence",
            where="figure influence",
            todo="run metaleak pool again",
        )
    # Cook's limit is the median of chi2 with one degree of freedom.
    wide, cook = 3 / math.sqrt(k - 1), 0.4549364231
    return (
        Panel("rstudent", ("Studentised", "residual"), 0.0, -1.96, 1.96),
        Panel("dffits", ("DFFITS",), 0.0, -wide, wide),
        Panel("cook_d", ("Cook’s", "distance"), 0.0, high=cook),
        Panel("cov_r", ("Covariance", "ratio"), 1.0),
        Panel("tau2_deleted", (f"{TAU2}", "without it"), float(whole["tau2"])),
        Panel("q_deleted", ("Q", "without it"), float(whole["q"])),
        Panel("hat", ("Hat", "(weight)"), 1 / k, high=3 / k),
    )


def plan_influence(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the influence set: one line per observation, one panel per measure.

    Parameters
    ----------
    result : mapping, path or analysis
        A result of kind ``"influence"``.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them.
    """
    values = result_values(result)
    found, rows = panels(values), values["rows"]
    for row in rows:
        checked(str(row["label"]), where="figure influence")
    source, caption = source_of(values), _caption(values)
    told = caption if options.caption else ""
    whole = _page(found, rows, rows, source, style, caption=told, last=True)
    pages: tuple[Layout, ...] = (whole,)
    room = style.page_mm * POINTS_PER_MM
    if whole.height > room:
        step = style.text_pt * _LEADING
        fits = max(1, math.floor((room - (whole.height - len(rows) * step)) / step))
        parts = [rows[i : i + fits] for i in range(0, len(rows), fits)]
        pages = tuple(
            _page(found, rows, part, source, style, caption=told, last=part is parts[-1]) for part in parts
        )
    return FigurePlan(
        kind="influence",
        source=source,
        style=style,
        whole=whole,
        pages=pages,
        caption=caption,
        alt_text=_alt_text(values, found, source),
        values_csv=_values(rows, found),
    )


def _page(
    found: Sequence[Panel],
    rows: Sequence[Json],
    part: Sequence[Json],
    source: Source,
    style: Style,
    *,
    caption: str,
    last: bool,
) -> Layout:
    """Return some observations on the axes of all."""
    size, margin, gap = style.text_pt, style.margin_mm * POINTS_PER_MM, style.column_gap_mm * POINTS_PER_MM
    step = size * _LEADING
    room = min(style.label_mm * POINTS_PER_MM, max(width(str(row["label"]), size, "bold") for row in rows))
    wide = (style.width_pt - 2 * margin - room - gap * len(found)) / len(found)
    top = 2.3 * style.row_pt
    shapes: list[Shape] = []
    for i, panel in enumerate(found):
        left = margin + room + gap + i * (wide + gap)
        field = _field(panel, rows, left=left, wide=wide, top=top, height=step * len(part))
        shapes += _panel_frame(panel, field, style)
        shapes += _marks(panel, field, part, step, style)
    for i, row in enumerate(part):
        beyond = any(panel.flagged(_at(row, panel)) for panel in found)
        shapes.append(
            Text(
                x=margin,
                y=baseline(top + i * step, step, size),
                text=shortened(str(row["label"]), room, size, weight="bold"),
                size=size,
                row=f"row-{i + 1}",
                column="label",
                weight="bold" if beyond else "regular",
            )
        )
    return sheet(
        shapes,
        height=top + step * len(part) + 2.2 * style.row_pt,
        style=style,
        warning=source.caveat if last else "",
        caption=caption if last else "",
    )


def _at(row: Json, panel: Panel) -> float:
    value = number(row["diagnostics"][panel.key])
    return math.nan if value is None else value


def _field(
    panel: Panel, rows: Sequence[Json], *, left: float, wide: float, top: float, height: float
) -> Field:
    seen = [_at(row, panel) for row in rows]
    seen += [panel.rest, panel.low, panel.high]
    held = [value for value in seen if math.isfinite(value)]
    low, high = min(held), max(held)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    inset = _INSET_MM * POINTS_PER_MM
    return Field(
        left=left + inset,
        right=left + wide - inset,
        top=top,
        bottom=top + height,
        x_low=low,
        x_high=high,
        y_low=0,
        y_high=1,
    )


def _panel_frame(panel: Panel, field: Field, style: Style) -> Iterator[Shape]:
    size, inset = style.text_pt, _INSET_MM * POINTS_PER_MM
    middle = (field.left + field.right) / 2
    for i, line in enumerate(panel.heading):
        high = (2 - len(panel.heading) + i) * 1.1 * size
        yield Text(
            x=middle,
            y=baseline(high, 1.1 * size, size),
            text=line,
            size=size,
            row="heading",
            column=panel.key,
            anchor="center",
        )
    found = ticks(field.x_low, field.x_high, most=3)
    write, last = plain(found), -math.inf
    for value in found:
        x, half = field.x(value), width(write(value), size) / 2
        yield rule(x, field.top, x, field.bottom + 0.35 * size, style.thin_pt, "grid", "grid")
        if x - half < last:
            continue
        last = x + half + 0.4 * size
        yield Text(
            x=x,
            y=baseline(field.bottom + 0.4 * size, 1.2 * size, size),
            text=write(value),
            size=size,
            row="axis",
            column="axis",
            anchor="center",
        )
    x = field.x(panel.rest)
    yield rule(x, field.top, x, field.bottom, style.line_pt, "rule", "rest")
    for limit in (panel.low, panel.high):
        if math.isfinite(limit):
            x = field.x(limit)
            yield rule(x, field.top, x, field.bottom, style.line_pt, "pooled", "limit", dashed=True)
    yield rule(
        field.left - inset, field.bottom, field.right + inset, field.bottom, style.thin_pt, "rule", "axis"
    )


def _marks(
    panel: Panel, field: Field, part: Sequence[Json], step: float, style: Style
) -> Iterator[Line | Polygon]:
    half = _MARK_MM * POINTS_PER_MM
    for i, row in enumerate(part):
        value = _at(row, panel)
        if not math.isfinite(value):
            continue
        x, y, key = field.x(value), field.top + (i + 0.5) * step, f"{panel.key}-{i + 1}"
        yield Line(
            x1=field.x(panel.rest),
            y1=y,
            x2=x,
            y2=y,
            width=style.line_pt,
            colour="prediction",
            row=key,
            part="stem",
        )
        if panel.flagged(value):
            yield rhombus(x, y, 1.7 * half, fill="pooled", row=key, part="beyond")
        else:
            corners = ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
            yield Polygon(points=corners, fill="study", row=key, part="within")


def _caption(values: Json) -> str:
    return (
        f"The influence set of {numbers.count(len(values['rows']))} observations, by inverse variance with random "
        f"effects on the logit. Solid lines: no influence (the covariance ratio 1, {TAU2} and Q of all observations, "
        "equal weights). Dashed lines: limits of Viechtbauer and Cheung; diamonds lie beyond them, and their "
        "observations are in bold. With one mean the hat value is the weight."
    )


def _alt_text(values: Json, found: Sequence[Panel], source: Source) -> str:
    told = []
    for row in values["rows"]:
        beyond = [
            f"{' '.join(panel.heading).lower()} {numbers.fixed(_at(row, panel))}"
            for panel in found
            if panel.flagged(_at(row, panel))
        ]
        if beyond:
            told.append(f"{row['label']} ({', '.join(beyond)})")
    listed = f"beyond a limit: {'; '.join(told)}" if told else "none lies beyond a limit"
    text = f"{source.title}: the influence of {numbers.count(len(values['rows']))} observations; {listed}."
    return f"{text} {source.caveat}".strip()


def _values(rows: Sequence[Json], found: Sequence[Panel]) -> str:
    drawn: list[dict[str, Any]] = []
    for panel in found:
        limits = {
            "low": None if math.isinf(panel.low) else panel.low,
            "high": None if math.isinf(panel.high) else panel.high,
        }
        drawn.append({"kind": "limits", "group": panel.key, "value": panel.rest, **limits})
        drawn += [
            {
                "kind": "study",
                "group": panel.key,
                "label": row["label"],
                "study_id": row["study_id"],
                "value": number(row["diagnostics"][panel.key]),
            }
            for row in rows
        ]
    return values_csv(drawn)


def plan_baujat(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan what each observation adds to heterogeneity against how far it moves the pooled value.

    Parameters and errors are those of :func:`plan_influence`.
    """
    values = result_values(result)
    panels(values)
    rows, source = values["rows"], source_of(values)
    points = [
        (number(row["diagnostics"]["baujat_x"]) or 0.0, number(row["diagnostics"]["baujat_y"]) or 0.0)
        for row in rows
    ]
    for row in rows:
        checked(str(row["label"]), where="figure baujat")
    x_most, y_most = (max(*(point[i] for point in points), 1e-9) for i in (0, 1))
    size, margin = style.text_pt, style.margin_mm * POINTS_PER_MM
    top = 1.7 * style.row_pt
    field = Field(
        left=margin + 5.0 * size,
        right=style.width_pt - margin - 0.5 * size,
        top=top,
        bottom=top + _HEIGHT_MM * POINTS_PER_MM,
        x_low=0,
        x_high=1.06 * x_most,
        y_low=0,
        y_high=1.06 * y_most,
    )
    radius = 0.7 * POINTS_PER_MM
    places = [(field.x(x), field.y(y)) for x, y in points]
    share = [max(x / x_most, y / y_most) for x, y in points]
    order = sorted(range(len(rows)), key=lambda i: (-share[i], rows[i]["label"]))
    named = [(*places[i], str(rows[i]["label"])) for i in order if share[i] > _NAMED]
    shapes: list[Shape] = [
        *frame(
            field,
            style=style,
            x_title="Contribution to the heterogeneity (squared Pearson residual)",
            y_title="Influence on the pooled value (squared standardised change without the observation)",
            x_ticks=ticks(0, field.x_high),
            y_ticks=ticks(0, field.y_high),
        ),
        *(
            dot(x, y, radius, fill="study", edge="paper", width_pt=style.thin_pt, row="points", part="point")
            for x, y in places
        ),
        *labels(
            named,
            field=field,
            style=style,
            gap=1.6 * radius,
            taken=[around(x, y, radius) for x, y in places],
        ),
    ]
    caption = (
        f"Circles: {numbers.count(len(rows))} observations (inverse variance with random effects on the logit; Baujat "
        "2002). To the right: those that disagree with the others; further up: those that move the pooled value. "
        f"Named: beyond {numbers.percent(_NAMED, 0)} of either axis."
    )
    return one_page(
        "baujat",
        shapes,
        height=field.bottom + foot_height(style),
        source=source,
        style=style,
        options=options,
        caption=caption,
        alt_text=_baujat_alt(rows, points, order, source),
        drawn_values=values_csv(
            [
                {
                    "kind": "study",
                    "label": row["label"],
                    "study_id": row["study_id"],
                    "at": x,
                    "value": y,
                }
                for row, (x, y) in zip(rows, points, strict=True)
            ]
        ),
    )


def _baujat_alt(
    rows: Sequence[Json], points: Sequence[tuple[float, float]], order: Sequence[int], source: Source
) -> str:
    told = "; ".join(
        f"{rows[i]['label']} (contribution {numbers.fixed(points[i][0], 1)}, influence {numbers.fixed(points[i][1])})"
        for i in order[:5]
    )
    text = f"{source.title}: contribution to heterogeneity against influence of {numbers.count(len(rows))} observations"
    return f"{text}, most: {told}. {source.caveat}".strip()
