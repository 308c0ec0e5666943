"""Figures of what the index shows: every comparison, the two sources, and one rate at assumed sensitivities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.errors import InputError
from metaleak.plots.chart import Chart, ChartRow, chart_plan
from metaleak.plots.detection import imaging
from metaleak.plots.figures import result_values
from metaleak.plots.forest_data import Value
from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.source import source_of
from metaleak.plots.style import PLAIN, Style
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

DEFAULT = Options()


def plan_sensitivity(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan what the index shows of the leaks on CT: every comparison, then pooled, directly and indirectly.

    Parameters
    ----------
    result : mapping, path or analysis
        A result of kind ``"detection"``.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them.
    """
    values = result_values(result)
    index, level = imaging(values["index"]), numbers.percent(values["settings"]["model"]["level"], 0)
    rows = [*_compared(values), *_sources(values, index)]
    totals = any(row["seen"] and row["seen"]["least"] is not None for row in values["rows"])
    chart = Chart(
        kind="sensitivity",
        source=source_of(values),
        rows=rows,
        heading="Comparison",
        columns=(("Seen/", "leaks on CT"),),
        value_heading=("Share seen, %", f"[{level} interval]"),
        axis_title="Share of the leaks on CT that the index shows, %",
        caption=(
            f"Squares: share of the positives on CT that {index} or another index imaging shows, with exact {level} "
            "intervals"
            + (
                "; where only totals are printed, the most that they allow, and the grey bar reaches down to the least"
                if totals
                else ""
            )
            + ". Diamonds: sensitivity of the median study, from all data, from the comparisons alone, and from the "
            "contrast between studies alone; profile intervals of the penalised likelihood"
            + (", which has no upper limit where it reaches 100 %." if _endless(values) else ".")
        ),
    )
    return chart_plan(chart, style=style, options=options)


def _endless(values: Json) -> bool:
    found = values["two_sources"]
    return found["reason"] is None and None in (found["direct"]["ci_high"], found["indirect"]["ci_high"])


def _compared(values: Json) -> Iterator[ChartRow]:
    compared = [row for row in values["rows"] if row["seen"] is not None]
    # The main index first; another one stands behind it as a block of its own.
    for row in sorted(compared, key=lambda row: (row["modality"] != values["index"], row["modality"])):
        seen = row["seen"]
        word = imaging(row["modality"])
        beside = ", beside the model" if row["left_out"] else ""
        yield ChartRow(
            label=row["label"].partition(" (xray)")[0].partition(" (fluoroscopy)")[0],
            value=_value(seen, "value"),
            cells=(f"{numbers.count(seen['both'])}/{numbers.count(seen['ct'])}",),
            wide=None if seen["least"] is None else Value(None, float(seen["least"]), float(seen["value"])),
            mark="open" if row["left_out"] else "square",
            section=f"{word[:1].upper()}{word[1:]}{beside}",
        )


def _sources(values: Json, index: str) -> Iterator[ChartRow]:
    section = f"{index[:1].upper()}{index[1:]} in the median study"
    yield ChartRow(
        label="All data",
        value=_value(values["sensitivity"], "value"),
        cells=("",),
        mark="diamond",
        section=section,
    )
    found = values["two_sources"]
    if found["reason"] is not None:
        return
    for label, key in (
        ("Comparisons alone (direct)", "direct"),
        ("Between studies alone (indirect)", "indirect"),
    ):
        item = found[key]
        low = 0.0 if item["ci_low"] is None else number(item["ci_low"])
        high = 1.0 if item["ci_high"] is None else number(item["ci_high"])
        yield ChartRow(
            label=label,
            value=Value(number(item["value"]), low, high),
            cells=("",),
            mark="diamond",
            section=section,
        )


def plan_assumed(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the pooled rate of index rows, corrected by hand; parameters as :func:`plan_sensitivity`.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them, and when nothing was assumed.
    """
    values = result_values(result)
    assumed = values["assumed"]
    if assumed is None:
        raise InputError(
            "there is no assumed sensitivity to draw",
            required="assumed under [guard_rails], and two studies read on the index alone",
            where=str(values["analysis"]),
        )
    index, level = imaging(values["index"]), numbers.percent(values["settings"]["model"]["level"], 0)
    rows = [
        ChartRow(
            label=f"as {index} showed it",
            value=_value(assumed, "value"),
            mark="diamond",
            section=f"{numbers.count(assumed['k'])} rows read on {index} alone, pooled",
        ),
        *(
            ChartRow(
                label=f"{numbers.percent(item['sensitivity'], 0)} of what CT shows",
                value=_value(item, "value"),
                section=f"Rate on CT if its specificity were {numbers.percent(item['specificity'], 0)} and it showed",
            )
            for item in assumed["at"]
        ),
    ]
    chart = Chart(
        kind="assumed",
        source=source_of(values),
        rows=rows,
        heading="Assumed sensitivity",
        value_heading=("Rate, %", f"[{level} interval]"),
        axis_title="Rate, % of the units counted",
        caption=(
            f"What the pooled rate of the rows read on {index} alone (median study, binomial-normal) would be on CT: "
            "(p + Sp − 1)/(Se + Sp − 1) at assumed sensitivities Se and specificities Sp, cut at 0 and 100 %. The "
            "intervals hold the uncertainty of p alone; the model of the other figures estimates Se with its "
            f"uncertainty: {numbers.percent(number(values['sensitivity']['value']), 0)} "
            f"{_limits(values['sensitivity'])}."
        ),
    )
    return chart_plan(chart, style=style, options=options)


def _limits(item: Json) -> str:
    return numbers.percent_interval(number(item["ci_low"]), number(item["ci_high"]), 0)


def _value(item: Json, key: str) -> Value:
    return Value(number(item[key]), number(item["ci_low"]), number(item["ci_high"]))
