"""Figures of refits: without each row, and in the order of the years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.plots.chart import Chart, ChartRow, chart_plan
from metaleak.plots.figures import result_values
from metaleak.plots.forest_data import Value
from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.source import source_of
from metaleak.plots.style import PLAIN, Style
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

DEFAULT = Options()


def plan_leave_out(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the pooled rate without each row and each study of several rows.

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
    rows = [_row(item, section="Without") for item in values["without_row"]]
    rows += [_row(item, section="Without all rows of") for item in values["without_study"]]
    told = "the pooled rate without one observation, or one study, at a time"
    return _plan("leave_out", values, [_whole(values), *rows], told=told, style=style, options=options)


def plan_cumulative(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the pooled rate year by year; parameters and errors as :func:`plan_leave_out`."""
    values = result_values(result)
    rows = [
        _row({**item, "name": f"{item['year']}: {item['name']}"}, section="Each row added to those before")
        for item in values["cumulative"]
    ]
    without = (
        f"; {numbers.count(len(values['undated']))} without a year are not drawn" if values["undated"] else ""
    )
    told = f"the pooled rate of all observations up to each, in the order of their years{without}"
    return _plan("cumulative", values, [*rows, _whole(values)], told=told, style=style, options=options)


def _row(item: Json, *, section: str) -> ChartRow:
    return ChartRow(
        label=str(item["name"]),
        value=Value(number(item["estimate"]), number(item["ci_low"]), number(item["ci_high"])),
        cells=(numbers.count(item["k"]),),
        section=section,
    )


def _whole(values: Json) -> ChartRow:
    return ChartRow(
        label="All observations",
        value=Value(number(values["estimate"]), number(values["ci_low"]), number(values["ci_high"])),
        cells=(numbers.count(values["k"]),),
        mark="diamond",
        section="Pooled",
    )


def _plan(
    kind: str, values: Json, rows: Sequence[ChartRow], *, told: str, style: Style, options: Options
) -> FigurePlan:
    level = numbers.percent(values["settings"]["model"]["level"], 0)
    chart = Chart(
        kind=kind,
        source=source_of(values),
        rows=rows,
        heading="Observation",
        columns=(("Rows",),),
        value_heading=("Rate, %", f"[{level} interval]"),
        axis_title="Rate in the median study, % of the units counted",
        reference=number(values["estimate"]),
        caption=f"Squares: {told}; every fit is exact (binomial-normal), {level} intervals. Line: all observations.",
    )
    return chart_plan(chart, style=style, options=options)
