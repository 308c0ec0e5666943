"""The forest plot of two arms inside studies: both arms' counts, odds ratios, what is pooled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.chart import Chart, ChartRow, chart_plan
from metaleak.plots.figures import result_values
from metaleak.plots.forest_data import Value
from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.source import source_of
from metaleak.plots.style import PLAIN, Style
from metaleak.plots.why import ratio_limits
from metaleak.plots.words import capital
from metaleak.storage.strict_json import number

DEFAULT = Options()


def side(words: Any) -> str:
    """Return one side of a comparison as a figure names it."""
    return " or ".join(str(word).replace("_", " ") for word in words)


def plan_arms(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the forest plot of a result of kind ``"two_arm"``.

    Parameters
    ----------
    result : mapping, path or analysis
        See above.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them.
    """
    values = result_values(result)
    arms, level = values["settings"]["arms"], numbers.percent(values["settings"]["model"]["level"], 0)
    treated, controls = side(arms["treatment"]), side(arms["control"])
    rows = [_study(row) for row in values["rows"]]
    rows += [_pooled(model, values) for model in values["models"] if model["name"].startswith("odds ratio")]
    head = values["models"][0]
    spread = ""
    if head["estimate"] is not None:
        spread = (
            f" τ² = {numbers.fixed(number(head['tau2']))}, I² = {numbers.percent(number(head['i2']), 0)}."
        )
    chart = Chart(
        kind="arms",
        source=source_of(values),
        rows=rows,
        heading="Study",
        columns=((capital(treated), "events/total"), (capital(controls), "events/total")),
        value_heading=("Odds ratio", f"[{level} interval]"),
        axis_title=f"Odds ratio of a leak, {treated} against {controls}",
        ratio=True,
        limits=ratio_limits(row.value for row in rows),
        reference=1.0,
        caption=(
            f"{capital(treated)} against {controls} inside {numbers.count(len(values['rows']))} comparisons of "
            f"{numbers.count(values['selection']['studies'])} studies, in the same unit and imaging. Squares: odds "
            f"ratios with {level} Wald intervals; diamonds: pooled; grey bar: prediction interval for a new study."
            f"{spread}"
        ),
    )
    return chart_plan(chart, style=style, options=options)


def _study(row: Mapping[str, Any]) -> ChartRow:
    return ChartRow(
        label=str(row["label"]),
        value=Value(number(row["odds_ratio"]), number(row["ci_low"]), number(row["ci_high"])),
        cells=(_counts(row["treated"]), _counts(row["controls"])),
        section="Inside studies",
    )


def _counts(pair: Any) -> str:
    return f"{numbers.count(pair[0])}/{numbers.count(pair[1])}"


def _pooled(model: Mapping[str, Any], values: Mapping[str, Any]) -> ChartRow:
    first = model is values["models"][0]
    low, high = (number(model.get(key)) for key in ("pi_low", "pi_high"))
    sums = [
        _counts([sum(row[side][i] for row in values["rows"]) for i in (0, 1)])
        for side in ("treated", "controls")
    ]
    return ChartRow(
        label=capital(model["name"].partition(", ")[2]),
        value=Value(number(model.get("estimate")), number(model.get("ci_low")), number(model.get("ci_high"))),
        cells=(sums[0], sums[1]) if first else ("", ""),
        wide=None if low is None or high is None else Value(None, low, high),
        mark="diamond",
        section="Pooled",
    )
