"""Figures of detection-adjusted rates: what was seen beside what CT would have shown, and every guard rail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.errors import InputError
from metaleak.plots.chart import Chart, ChartRow, chart_plan
from metaleak.plots.figures import result_values
from metaleak.plots.forest_data import Value
from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.source import source_of
from metaleak.plots.style import PLAIN, Style
from metaleak.plots.words import capital
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

DEFAULT = Options()

#: How imaging methods are called in print.
IMAGING = {"xray": "X-ray", "xray_lateral": "lateral X-ray"}


def imaging(word: str) -> str:
    """Return an imaging method as a figure names it."""
    return IMAGING.get(word, word.replace("_", " "))


def plan_adjusted(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the studies read on the index: the rate that they saw, and the rate that CT would have shown.

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
    index = imaging(values["index"])
    level = numbers.percent(values["settings"]["model"]["level"], 0)
    rows = [*_studies(values, index), *_pooled(values)]
    chart = Chart(
        kind="adjusted",
        source=source_of(values),
        rows=rows,
        heading="Study",
        columns=(("Events/total",),),
        value_heading=("Rate, %", f"[{level} interval]"),
        axis_title="Rate, % of the units counted",
        caption=(
            f"Open squares: rates as {index} or CT showed them, with exact {level} intervals. Circles: the rate that "
            "CT would have shown in the study, median and interval of the posterior, integrated over all "
            "parameters; arms of one study share its rate. Diamonds: rate of the median study; grey bar: prediction "
            f"interval of a new study's rate on CT. In the median study {index} shows "
            f"{_share(values['sensitivity'])} of what CT shows."
        ),
    )
    return chart_plan(chart, style=style, options=options)


def _studies(values: Json, index: str) -> Iterator[ChartRow]:
    sections = {"index": f"Read on {index}", "pairs": f"Read on CT and on {index}"}
    for key, section in sections.items():
        for row in values["rows"]:
            if row["ct_equivalent"] is None or key != ("pairs" if row["sheet"] == "pairs" else row["kind"]):
                continue
            seen = "seen on CT" if row["sheet"] == "pairs" else f"seen on {index}"
            yield ChartRow(
                label=f"{row['label']}: {seen}",
                value=_value(row, "rate", "ci_low", "ci_high"),
                cells=(f"{numbers.count(row['events'])}/{numbers.count(row['total'])}",),
                mark="open",
                section=section,
            )
            yield ChartRow(
                label="as CT would have shown it",
                value=_value(row, "ct_equivalent", "ct_low", "ct_high"),
                cells=("",),
                mark="circle",
                section=section,
            )


def adjusted_views(result: Json) -> dict[str, str]:
    """Return, for each line of :func:`plan_adjusted` that draws a study, which of its two rates the line shows.

    Parameters
    ----------
    result : mapping
        A result of kind ``"detection"``.

    Returns
    -------
    dict of str to str
        Id of the line in the figure -> ``"seen"`` or ``"adjusted"``.

    Examples
    --------
    >>> adjusted_views({"index": "xray", "rows": []})
    {}
    """
    rows = _studies(result, imaging(result["index"]))
    return {f"row-{i}": "seen" if row.mark == "open" else "adjusted" for i, row in enumerate(rows, start=1)}


def _pooled(values: Json) -> Iterator[ChartRow]:
    low, high = number(values["pi_low"]), number(values["pi_high"])
    yield ChartRow(
        label="Rate on CT, all kinds of studies",
        value=_value(values, "estimate", "ci_low", "ci_high"),
        cells=("",),
        wide=None if low is None or high is None else Value(None, low, high),
        mark="diamond",
        section="Median study",
    )
    pool = values["ct_pool"]
    if pool is not None:
        yield ChartRow(
            label="CT counts alone",
            value=_value(pool, "value", "ci_low", "ci_high"),
            cells=(f"k = {numbers.count(pool['k'])}",),
            mark="diamond",
            section="Median study",
        )


def plan_guard_rails(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the answer under every assumption; parameters and errors as :func:`plan_adjusted`."""
    values = result_values(result)
    index = imaging(values["index"])
    level = numbers.percent(values["settings"]["model"]["level"], 0)
    first = {**values, "group": "as assumed", "name": "headline", "reason": None}
    tried = [item for item in (first, *values["guard_rails"]) if item["estimate"] is not None]
    rows = [
        ChartRow(
            label=item["name"],
            value=_value(item, "estimate", "ci_low", "ci_high"),
            cells=(_share(item["sensitivity"]),),
            mark="diamond" if item is first else "square",
            section=capital(item["group"]),
        )
        for item in tried
    ]
    failed = [
        f"{item['group']}, {item['name']}: {item['reason']}"
        for item in values["guard_rails"]
        if item["reason"]
    ]
    chart = Chart(
        kind="guard_rails",
        source=source_of(values),
        rows=rows,
        heading="Assumption",
        columns=((f"Sensitivity of {index}", f"[{level} interval], %"),),
        value_heading=("Rate on CT, %", f"[{level} interval]"),
        axis_title="Rate that CT shows in the median study, % of the units counted",
        lines=tuple(failed),
        caption=(
            "The rate on CT and the sensitivity of "
            f"{index} under one changed assumption at a time; calibrated profile intervals. Without the pair of a "
            "study, its row in the comparison on the same patients or vertebrae is left out."
        ),
    )
    return chart_plan(chart, style=style, options=options)


def plan_unreported(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the rate over declared shares of unreported series that read CT; see :func:`plan_adjusted`.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them, and when no share was declared.
    """
    values = result_values(result)
    if not values["unreported"]:
        raise InputError(
            "there is no declared share to draw",
            required="unreported under [guard_rails], and rows that do not say their imaging",
            where=str(values["analysis"]),
        )
    index = imaging(values["index"])
    level = numbers.percent(values["settings"]["model"]["level"], 0)
    silent = sum(row["kind"] == "unreported" for row in values["rows"])
    rows = [
        ChartRow(
            label="without them",
            value=_value(values, "estimate", "ci_low", "ci_high"),
            mark="diamond",
            section="Series that do not say their imaging left out",
        ),
        *(
            ChartRow(
                label=f"{numbers.percent(item['share'], 0)} read CT",
                value=_value(item, "estimate", "ci_low", "ci_high"),
                section=f"{numbers.count(silent)} rows that do not say their imaging, if of them",
            )
            for item in values["unreported"]
        ),
    ]
    chart = Chart(
        kind="unreported",
        source=source_of(values),
        rows=rows,
        heading="Declared share",
        columns=(),
        value_heading=("Rate on CT, %", f"[{level} interval]"),
        axis_title="Rate that CT shows in the median study, % of the units counted",
        caption=(
            "The rate on CT if a declared share of the series that do not say their imaging read CT and the others "
            f"{index}. The sensitivity of {index} comes from the other rows and is held; its uncertainty is in the "
            "intervals, which mix the rate's normal curves over draws of it. No data tell which share is true."
        ),
    )
    return chart_plan(chart, style=style, options=options)


def _value(item: Json, value: str, low: str, high: str) -> Value:
    return Value(number(item[value]), number(item[low]), number(item[high]))


def _share(item: Json) -> str:
    limits = numbers.percent_interval(number(item["ci_low"]), number(item["ci_high"]), 0)
    return f"{numbers.percent(number(item['value']), 0)} {limits}"
