"""The filters of the page: what may be chosen, and the numbers of every combination as a table to look up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.reporting import makeup
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_rate_bar, of_share, of_text
from metaleak.reporting.words import capital, counted, imaging, plain
from metaleak.storage.strict_json import number

#: Column -> what the control is called, and what stands for no choice.
_LABELS = {
    "modality": ("Imaging", "all imaging"),
    "procedure": ("Procedure", "all procedures"),
    "unit": ("Counted", "all units"),
    "year": ("Published", "all years"),
}

#: What is said of a choice that takes rows of several groups of the analysis.
MIXED = "A mixture of what the groups of the analysis keep apart: its mean describes this collection."

#: What is said of a choice of one study.
ONE_STUDY = "Fewer than two studies: not pooled, but joined, with an exact interval."

#: Below this many observations a prediction interval is drawn pale in the figures, and a word is said here.
FEW = 5
FEW_ROWS = "Fewer than five observations: the prediction interval says little."


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a control: what is read, and the words that links carry."""

    text: str
    key: str


@dataclass(frozen=True, slots=True)
class Control:
    """One filter as a list to choose from; the first entry keeps everything."""

    column: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterView:
    """The filters of the main analysis.

    Attributes
    ----------
    controls : tuple of Control
        What may be chosen.
    data : str
        JSON that may stand inside a script element: the numbers of every combination, as they are read.
    table : Table
        The numbers of every single choice, for paper and for browsers without scripts.
    combinations : str
        How many combinations have been pooled, in words.
    undated : str
        How many observations no choice of years keeps; empty when there are none.
    """

    controls: tuple[Control, ...]
    data: str
    table: Table
    combinations: str
    undated: str


def filter_view(report: ReportInput) -> FilterView | None:
    """Return the filters of the main analysis, or None when there is nothing to choose."""
    found = report.filtered
    if found is None:
        return None
    result = report.results[report.main_name]
    return FilterView(
        controls=tuple(_control(one) for one in found["filters"]),
        data=_data(report.main_name, result, found),
        table=_table(report.main_name, result, found),
        combinations=counted(len(found["at"]), "combination"),
        undated=_undated(result, found),
    )


def option_text(column: str, choice: Mapping[str, Any]) -> str:
    """Return a choice as a reader reads it.

    Examples
    --------
    >>> option_text("year", {"name": "", "values": ["2002", "2009"]})
    '2002 to 2009'
    >>> option_text("modality", {"name": "", "values": ["xray"]})
    'X-ray'
    """
    values = choice["values"]
    if choice["name"] or not values:
        return str(choice["name"]) or _LABELS[column][1]
    if column == "year":
        return values[0] if values[0] == values[1] else f"{values[0]} to {values[1]}"
    return imaging(values[0]) if column == "modality" else plain(values[0])


def _control(one: Mapping[str, Any]) -> Control:
    column = one["column"]
    options = tuple(
        Option(option_text(column, choice), ",".join(choice["values"])) for choice in one["choices"]
    )
    return Control(column, _LABELS[column][0], options)


def _data(name: str, result: Result, found: Mapping[str, Any]) -> str:
    """Return the look-up table as JSON without a character that could end a script element."""
    rows = result["rows"]
    kept = _rows_of_pools(len(rows), found)
    value = {
        "row": anchor(name, "row") + ".",
        "total": len(rows),
        "choices": [[choice["rows"] for choice in one["choices"]] for one in found["filters"]],
        "pools": [
            _said(pool, [rows[i] for i in held]) for pool, held in zip(found["pools"], kept, strict=True)
        ],
        "at": found["at"],
    }
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _rows_of_pools(k: int, found: Mapping[str, Any]) -> list[tuple[int, ...]]:
    """Return the rows behind every pool: those that all choices of one of its combinations keep."""
    sizes = [len(one["choices"]) for one in found["filters"]]
    kept: list[tuple[int, ...]] = [()] * len(found["pools"])
    for place, pool in enumerate(found["at"]):
        if pool >= 0 and not kept[pool]:
            chosen = zip(found["filters"], _digits(place, sizes), strict=True)
            held = set(range(k)).intersection(*(one["choices"][i]["rows"] for one, i in chosen))
            kept[pool] = tuple(sorted(held))
    return kept


def _digits(place: int, sizes: Sequence[int]) -> list[int]:
    digits = []
    for size in reversed(sizes):
        place, digit = divmod(place, size)
        digits.append(digit)
    return digits[::-1]


def _said(pool: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the numbers of a pool as they are read, and the ends of its bar in percent."""
    rate = _rate(pool)
    low, high = number(pool["pi_low"]), number(pool["pi_high"])
    limits = [number(pool["ci_low"]), rate, number(pool["ci_high"])]
    return {
        "k": numbers.count(pool["k"]),
        "studies": numbers.count(pool["k_studies"]),
        "leaks": f"{numbers.count(pool['events'])} / {numbers.count(pool['total'])}",
        "rate": numbers.percent(rate),
        "ci": numbers.percent_interval(limits[0], limits[2]),
        "mean": _with_limits(pool["mean"], pool["mean_low"], pool["mean_high"]),
        "pi": numbers.percent_interval(low, high),
        "tau2": numbers.fixed(None if pool["tau"] is None else pool["tau"] ** 2),
        "bar": [numbers.fixed(None if x is None else 100 * x, 1) for x in limits],
        "wide": None if low is None or high is None else [numbers.fixed(100 * x, 1) for x in (low, high)],
        "pooled": pool["estimate"] is not None,
        "of": makeup.made_of(rows),
        "why": _why(pool),
        "mixed": MIXED if len({row["group"] for row in rows}) > 1 else "",
    }


def _rate(pool: Mapping[str, Any]) -> float:
    estimate = number(pool["estimate"])
    return pool["events"] / pool["total"] if estimate is None else estimate


def _with_limits(value: Any, low: Any, high: Any) -> str:
    if value is None:
        return numbers.NONE
    return f"{numbers.percent(number(value))} {numbers.percent_interval(number(low), number(high))}"


def _why(pool: Mapping[str, Any]) -> str:
    if pool["estimate"] is not None:
        return FEW_ROWS if pool["pi_low"] is not None and pool["k"] < FEW else ""
    return ONE_STUDY if pool["k_studies"] < 2 else f"{capital(pool['reason'])}."


def _undated(result: Result, found: Mapping[str, Any]) -> str:
    years = [one for one in found["filters"] if one["column"] == "year"]
    if not years:
        return ""
    dated = {row for choice in years[0]["choices"][1:] for row in choice["rows"]}
    n = len(result["rows"]) - len(dated)
    stand = "stands" if n == 1 else "stand"
    return f"{counted(n, 'observation')} without a year {stand} only under all years." if n else ""


def _table(name: str, result: Result, found: Mapping[str, Any]) -> Table:
    columns = (
        Column("Filter"),
        Column("Choice"),
        Column("Observations", "number"),
        Column("Studies", "number"),
        Column("Leaks / n" if result["settings"]["sheet"] != "pairs" else "Seen / positive", "number"),
        Column("0 to 100 %", "bar"),
        Column("Median study", "number"),
        Column("Mean over studies", "number"),
        Column("Prediction", "number"),
    )
    sizes = [len(one["choices"]) for one in found["filters"]]
    rows = []
    for i, one in enumerate(found["filters"]):
        step = 1
        for size in sizes[i + 1 :]:
            step *= size
        for j, choice in enumerate(one["choices"][1:], start=1):
            pool = found["pools"][found["at"][j * step]]
            rows.append(_table_row(_LABELS[one["column"]][0], option_text(one["column"], choice), pool))
    return Table(
        id=anchor(name, "filters"),
        caption=(
            "The same numbers, one choice at a time. Median study, mean over studies and prediction as in the "
            "table of results; every choice has a τ² of its own."
        ),
        columns=columns,
        rows=tuple(rows),
    )


def _table_row(label: str, said: str, pool: Mapping[str, Any]) -> Row:
    low, high = number(pool["pi_low"]), number(pool["pi_high"])
    rate = {**pool, "rate": _rate(pool)}
    return Row(
        (
            of_text(label),
            of_text(said),
            of_count(pool["k"]),
            of_count(pool["k_studies"]),
            Cell(
                text=f"{numbers.count(pool['events'])} / {numbers.count(pool['total'])}", order=pool["total"]
            ),
            of_rate_bar(rate, pooled=pool["estimate"] is not None),
            of_share(rate, key="rate"),
            of_share(pool, key="mean", low="mean_low", high="mean_high"),
            Cell(text=numbers.percent_interval(low, high), order=-1.0 if low is None else low),
        )
    )
