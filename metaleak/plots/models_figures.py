"""Figures of one pooled rate under many models: estimators beside each other, shrunken rates, p-value functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.plots.chart import Chart, ChartRow, chart_plan
from metaleak.plots.drawn_values import values_csv
from metaleak.plots.field import Field, curve, foot_height, frame, one_page, percents, rule
from metaleak.plots.figures import result_values
from metaleak.plots.forest_data import Value
from metaleak.plots.forest_frame import Options
from metaleak.plots.languages import said
from metaleak.plots.plan import FigurePlan
from metaleak.plots.shapes import Shape, Text
from metaleak.plots.source import source_of
from metaleak.plots.strips import baseline
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style
from metaleak.plots.text_metrics import checked, width
from metaleak.plots.words import TAU2, capital
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

DEFAULT = Options()

_SECTIONS = {"median": "Rate in the median study", "mean": "Mean rate over studies"}

#: Height of the curtain, in millimetres.
_HEIGHT_MM = 84.0


def plan_estimators(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the same rows under every model and estimator of tau2.

    Parameters
    ----------
    result : mapping, path or analysis
        A result of kind ``"models"``.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them.
    """
    values = result_values(result)
    level = _level(values)
    pooled = [item for item in values["models"] if item["reason"] is None]
    rows = [
        ChartRow(
            label=capital(item["name"]),
            value=Value(number(item["estimate"]), number(item["ci_low"]), number(item["ci_high"])),
            cells=(numbers.fixed(number(item["tau2"]), 2),),
            wide=_range(item["pi_low"], item["pi_high"]),
            mark="diamond" if i == 0 else "square",
            section=_SECTIONS[item["of"]],
        )
        for i, item in enumerate(pooled)
    ]
    chart = Chart(
        kind="estimators",
        source=source_of(values),
        rows=rows,
        heading="Model",
        columns=((TAU2,),),
        value_heading=("Rate, %", f"[{level} interval]"),
        axis_title="Rate, % of the units counted",
        reference=number(values["estimate"]),
        lines=tuple(
            f"{capital(item['name'])}: {item['reason']}"
            for item in values["models"]
            if item["reason"] is not None
        ),
        caption=(
            f"The same {numbers.count(values['k'])} observations under every model; diamond and line: the headline "
            f"model; {level} intervals; grey bars: prediction intervals. Inverse variance: logits with Hartung-Knapp "
            "intervals, never narrower than Wald, by the estimator of τ² named. The mean rate lies nearer to 50 % "
            "than that of the median study wherever studies differ."
        ),
    )
    return chart_plan(chart, style=style, options=options)


def plan_caterpillar(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan every study's shrunken rate beside its observed one; parameters and errors as :func:`plan_estimators`."""
    values = result_values(result)
    level = _level(values)
    order = sorted(values["rows"], key=lambda row: (row["shrunken"], row["label"]))
    rows = [
        ChartRow(
            label="All observations",
            value=Value(number(values["estimate"]), number(values["ci_low"]), number(values["ci_high"])),
            cells=("",),
            wide=_range(values["pi_low"], values["pi_high"]),
            mark="diamond",
            section="Median study",
        ),
        *(
            ChartRow(
                label=str(row["label"]),
                value=Value(
                    number(row["shrunken"]), number(row["shrunken_low"]), number(row["shrunken_high"])
                ),
                cells=(f"{numbers.count(row['events'])}/{numbers.count(row['total'])}",),
                wide=_range(row["ci_low"], row["ci_high"]),
                also=number(row["rate"]),
                section="From the lowest to the highest shrunken rate",
            )
            for row in order
        ),
    ]
    chart = Chart(
        kind="caterpillar",
        source=source_of(values),
        rows=rows,
        heading="Study",
        columns=(("Events/total",),),
        value_heading=("Shrunken rate, %", f"[{level} interval]"),
        axis_title="Rate, % of the units counted",
        reference=number(values["estimate"]),
        caption=(
            "Squares: rate of the study drawn towards the others (conditional mode of the binomial-normal model) with "
            f"{level} intervals that hold the uncertainty of the pooled rate, {TAU2} as estimated. Open squares: "
            f"observed rates; grey bars: their exact {level} intervals. Diamond: rate of the median study, on its "
            "prediction interval."
        ),
    )
    return chart_plan(chart, style=style, options=options)


def plan_drapery(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan p-value functions of pooled rate and studies; parameters and errors as :func:`plan_estimators`."""
    values = result_values(result)
    source, level = source_of(values), values["settings"]["model"]["level"]
    for row in values["rows"]:
        checked(str(row["label"]), where="figure drapery")
    size, margin = style.text_pt, style.margin_mm * POINTS_PER_MM
    top = 3.1 * style.row_pt
    field = Field(
        left=margin + 4.5 * size,
        right=style.width_pt - margin - 0.8 * size,
        top=top,
        bottom=top + _HEIGHT_MM * POINTS_PER_MM,
        x_low=0,
        x_high=1,
        y_low=0,
        y_high=1,
    )
    caption = (
        "Every curve shows the limits of the intervals at all levels: a rate has the p value at which it leaves the "
        f"interval of level 1 − p. Thin: {numbers.count(len(values['rows']))} observations, exact intervals; thick: "
        "rate in the median study, binomial-normal model; dashed: a new study's true rate. Horizontal line: "
        f"{numbers.percent(level, 0)} intervals. After Rücker and Schwarzer 2021."
    )
    at = 1 - level
    shapes: list[Shape] = [
        *frame(
            field,
            style=style,
            x_title="Rate, % of the units counted",
            y_title="p value (1 − level of the interval)",
            x_ticks=(0, 0.2, 0.4, 0.6, 0.8, 1),
            y_ticks=(0, 0.2, 0.4, 0.6, 0.8, 1),
            x_text=percents((0, 0.2, 1)),
        ),
        *(
            line
            for row in values["rows"]
            for line in _curtain(
                row["curve"],
                field,
                size=style.thin_pt,
                colour="prediction",
                part="study",
            )
        ),
        rule(field.left, field.y(at), field.right, field.y(at), style.thin_pt, "rule", "level"),
        *_curtain(
            values["prediction_curve"],
            field,
            size=1.6 * style.line_pt,
            colour="study",
            part="prediction",
            dashed=True,
        ),
        *_curtain(
            values["curve"],
            field,
            size=2.4 * style.line_pt,
            colour="pooled",
            part="pooled",
        ),
        *_legend(field, style),
    ]
    return one_page(
        "drapery",
        shapes,
        height=field.bottom + foot_height(style),
        source=source,
        style=style,
        options=options,
        caption=caption,
        alt_text=_drapery_alt(values, source.title, source.caveat),
        drawn_values=values_csv(list(_curve_values(values))),
    )


def _curtain(
    limits: Sequence[Sequence[float]],
    field: Field,
    *,
    size: float,
    colour: str,
    part: str,
    dashed: bool = False,
) -> Iterator[Shape]:
    """Yield the curve through the limits of every level; exact intervals leave it a flat top."""
    left = [(field.x(low), field.y(p)) for p, low, _ in reversed(limits)]
    right = [(field.x(high), field.y(p)) for p, _, high in limits]
    yield from curve([*left, *right], size=size, colour=colour, part=part, dashed=dashed)


def _legend(field: Field, style: Style) -> Iterator[Shape]:
    size = style.text_pt
    x, y = style.margin_mm * POINTS_PER_MM, 0.6 * style.row_pt
    for text, colour, thick, dashed in (
        ("Median study", "pooled", 2.4 * style.line_pt, False),
        ("A new study", "study", 1.6 * style.line_pt, True),
        ("Observations", "prediction", style.thin_pt, False),
    ):
        told = said(text, style.language)
        yield rule(x, y, x + 2.6 * size, y, thick, colour, "legend", dashed=dashed)
        yield Text(
            x=x + 3.1 * size,
            y=baseline(y - size / 2, size, size),
            text=told,
            size=size,
            row="legend",
            column="legend",
        )
        x += 3.1 * size + width(told, size) + 2.0 * size


def _drapery_alt(values: Json, title: str, caveat: str) -> str:
    shown = [item for item in values["curve"] if item[0] in (0.5, 0.05, 0.01)]
    told = "; ".join(
        f"p = {numbers.fixed(p, 2)} at {numbers.percent(low)} and {numbers.percent(high)}"
        for p, low, high in shown
    )
    text = (
        f"{title}: p-value functions of {numbers.count(len(values['rows']))} observations and of the pooled rate, "
        f"whose peak is at {numbers.percent(number(values['estimate']))}; {told}."
    )
    return f"{text} {caveat}".strip()


def _curve_values(values: Json) -> Iterator[dict[str, Any]]:
    curves = [("pooled", "", values["curve"]), ("prediction", "", values["prediction_curve"])]
    curves += [("study", row["label"], row["curve"]) for row in values["rows"]]
    for kind, label, limits in curves:
        for p, low, high in limits:
            yield {"kind": kind, "label": label, "scale": "share", "at": p, "low": low, "high": high}


def _range(low: Any, high: Any) -> Value | None:
    ends = number(low), number(high)
    return None if None in ends else Value(None, *ends)


def _level(values: Json) -> str:
    return numbers.percent(values["settings"]["model"]["level"], 0)
