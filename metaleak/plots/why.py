"""Figures of ledgers and regressions: parts of the variance, coefficients, marginal means, contrasts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.chart import Chart, ChartRow, chart_plan
from metaleak.plots.figures import result_values
from metaleak.plots.forest_data import Value
from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.source import source_of
from metaleak.plots.style import PLAIN, Style
from metaleak.plots.words import capital, rows_of_studies
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

DEFAULT = Options()

#: Ends that a ratio axis has at most.
_WIDEST = (0.02, 50.0)

#: How moderators are called in figures.
NAMES = {"group": "imaging", "modality": "imaging"}


def plan_ledger(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the ledger: each part of the variance as a share, beside what chance alone gives.

    Parameters
    ----------
    result : mapping, path or analysis
        A result of kind ``"ledger"``.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them.
    """
    values = result_values(result)
    simulation = values["settings"]["simulation"]
    rows = [row for ledger in values["ledgers"] for row in _ledger_rows(ledger)]
    lows = [row.value.low for row in rows if row.value.low is not None]
    lowest = min([0.0, *lows])
    caption = (
        "Squares: share of the variance of rates between and within studies, on the logit scale of the "
        "binomial-normal model, with "
        f"{numbers.percent(simulation['level'], 0)} intervals ({numbers.count(simulation['replicates'])} simulated "
        "data sets). Shares of one block sum to 100 %; those of moderators are averaged over all orders in which "
        "moderators can enter, and may be negative. Grey bars: what the same moderators give in 95 of 100 shuffles "
        f"of their rows ({numbers.count(simulation['permutations'])} shuffles). Associated with, not caused by."
    )
    chart = Chart(
        kind="ledger",
        source=source_of(values),
        rows=rows,
        heading="Part of the variance",
        columns=(("Chance alone, %",),),
        value_heading=("Share, %", "[interval]"),
        axis_title="Share of the variance of rates, %",
        limits=(math.floor(10 * lowest) / 10, 1.0),
        reference=0.0 if lowest < 0 else None,
        caption=caption,
    )
    return chart_plan(chart, style=style, options=options)


def _ledger_rows(ledger: Json) -> Iterator[ChartRow]:
    section = f"{capital(ledger['name'])}: {rows_of_studies(ledger['k'], ledger['k_studies'])}"
    for name, part in ledger["parts"].items():
        chance = number(part["chance_high"])
        yield ChartRow(
            label=called(name),
            value=Value(number(part["share"]), number(part["low"]), number(part["high"])),
            cells=(numbers.percent(number(part["chance_mean"]), sign=False) if chance is not None else "",),
            wide=None if chance is None else Value(None, 0.0, chance),
            mark="diamond" if name == "unexplained" else "open" if name == "sampling error" else "square",
            section=section,
        )


def called(name: str) -> str:
    """Return a moderator or part as a figure names it."""
    return capital(NAMES.get(name, name).replace("_", " "))


def plan_coefficients(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the coefficients of a regression as odds ratios; parameters and errors as :func:`plan_ledger`."""
    values = result_values(result)
    told = [item for item in values["coefficients"] if item["name"] != "intercept"]
    rows = [
        ChartRow(
            label=_coefficient(item["name"], values),
            value=ratio_of(item),
            cells=(f"{item['rows']} ({item['studies']})", bare_p(number(item["p_value"]))),
        )
        for item in told
    ]
    level = numbers.percent(values["settings"]["model"]["level"], 0)
    chart = Chart(
        kind="coefficients",
        source=source_of(values),
        rows=rows,
        heading="Against its reference",
        columns=(("Rows", "(studies)"), ("p",)),
        value_heading=("Odds ratio", f"[{level} interval]"),
        axis_title="Odds ratio, the other moderators held equal",
        ratio=True,
        limits=ratio_limits(row.value for row in rows),
        reference=1.0,
        caption=(
            f"Odds ratios of one binomial-normal regression of {rows_of_studies(values['k'], values['k_studies'])} "
            f"({values['settings']['moderators'].lstrip('~ ')}), {level} intervals; rows and studies that stand "
            f"behind each. Residual τ² = {numbers.fixed(number(values['tau2']))} against "
            f"{numbers.fixed(number(values['tau2_without']))} without moderators."
        ),
    )
    return chart_plan(chart, style=style, options=options)


def _coefficient(name: str, values: Json) -> str:
    head, equals, level = name.partition(" = ")
    if not equals:
        return f"{called(name)}, per unit"
    references = [
        note.partition("reference: ")[2] for note in values["notes"] if note.startswith("reference: ")
    ]
    against = next((text.partition(" = ")[2] for text in references if text.startswith(f"{head} = ")), "")
    return f"{called(head)}: {level} against {against}" if against else f"{called(head)}: {level}"


def plan_means(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the marginal means of a regression; parameters and errors as :func:`plan_ledger`."""
    values = result_values(result)
    rows = [
        ChartRow(
            label=item["level"],
            value=Value(number(item["estimate"]), number(item["ci_low"]), number(item["ci_high"])),
            cells=(numbers.count(item["k"]),),
            wide=_prediction(item),
            mark="diamond",
            section=called(name),
        )
        for name, items in values["means"].items()
        for item in items
    ]
    level = numbers.percent(values["settings"]["model"]["level"], 0)
    chart = Chart(
        kind="means",
        source=source_of(values),
        rows=rows,
        heading="Level",
        columns=(("Rows",),),
        value_heading=("Rate, %", f"[{level} interval]"),
        axis_title="Rate in the median study, % of the units counted, the other moderators as they are",
        caption=(
            "Diamonds: rate in the median study if every row had the level, averaged over the rows' other "
            f"moderators, with {level} intervals; grey bars: prediction intervals of a new study's true rate "
            f"(t with k − p − 1 degrees of freedom). {rows_of_studies(values['k'], values['k_studies'])}."
        ),
    )
    return chart_plan(chart, style=style, options=options)


def _prediction(item: Json) -> Value | None:
    low, high = number(item["pi_low"]), number(item["pi_high"])
    return None if low is None or high is None else Value(None, low, high)


def ratio_of(item: Json) -> Value:
    """Return a coefficient on the logit as an odds ratio."""
    value, low, high = (_exp(number(item[key])) for key in ("value", "ci_low", "ci_high"))
    return Value(value, low, high)


def _exp(value: float | None) -> float | None:
    if value is None:
        return None
    return math.exp(value) if value < 700 else math.inf


def ratio_limits(values: Iterable[Value]) -> tuple[float, float]:
    """Return ends of a log axis that hold the values and, as far as a reader follows, their intervals."""
    seen = [x for v in values for x in (v.value, v.low, v.high) if x is not None and 0 < x < math.inf]
    low, high = min([0.5, *seen]), max([2.0, *seen])
    return max(_rounded(low, down=True), _WIDEST[0]), min(_rounded(high, down=False), _WIDEST[1])


def _rounded(value: float, *, down: bool) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1.0, 2.0, 5.0, 10.0)
    share = value / power
    chosen = (
        max(s for s in steps if s <= share * (1 + 1e-9))
        if down
        else min(s for s in steps if s >= share * (1 - 1e-9))
    )
    return chosen * power


def bare_p(p: float | None) -> str:
    """Return a p value for a column headed p."""
    return numbers.p_value(p).removeprefix("= ")


#: How a route is called in print.
ROUTES = {
    "within": "Within the same patients or vertebrae",
    "between": "Between studies",
    "adjusted": "Between studies, adjusted",
}


def plan_routes(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan one contrast by its routes, each as an odds ratio; parameters and errors as :func:`plan_ledger`."""
    values = result_values(result)
    routes = values["routes"]
    contrast = values["settings"]["contrasts"][0]
    rows = [
        ChartRow(
            label=ROUTES[route["route"]],
            value=Value(number(route["odds_ratio"]), number(route["ci_low"]), number(route["ci_high"])),
            cells=(" against ".join(numbers.count(side["k"]) for side in route["sides"]),),
        )
        for route in routes
    ]
    level = numbers.percent(values["settings"]["model"]["level"], 0)
    within = next((route for route in routes if route["route"] == "within"), None)
    told = ""
    if within is not None:
        share, at = (numbers.percent(number(within[key]), 0) for key in ("share", "at"))
        told = (
            f"Within the same patients or vertebrae: the share {share} of what the reference shows, as an odds "
            f"ratio where the reference shows {at}"
            + (
                f"; {numbers.count(within['bounds'])} of these print totals only: an upper bound"
                if within["bounds"]
                else ""
            )
            + ". "
        )
    chart = Chart(
        kind="routes",
        source=source_of(values),
        rows=rows,
        heading="Route",
        columns=(("Observations",),),
        value_heading=("Odds ratio", f"[{level} interval]"),
        axis_title=f"Odds ratio, {contrast['of']} against {contrast['against']}",
        ratio=True,
        limits=ratio_limits(row.value for row in rows),
        reference=1.0,
        caption=(
            f"{told}Between studies: binomial-normal with a common τ². Adjusted: regression on "
            f"{values['settings']['moderators'].lstrip('~ ')}. {level} intervals."
        ),
    )
    return chart_plan(chart, style=style, options=options)
