"""The specification curve on the page: what each decision of the analysis does to the contrast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.words import greek
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.passages import Passage, in_full, passage
from metaleak.reporting.sections.section import Section, pictures_of
from metaleak.reporting.tables import Column, Row, Table, of_count, of_number, of_text
from metaleak.reporting.words import capital, counted
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]


def sentences(result: Result) -> tuple[str, ...]:
    """Say whether the contrast holds over the specifications, and on which decision it depends."""
    return in_full(_leading(result), _passages(result))


def _passages(result: Result) -> tuple[Passage, ...]:
    return (
        *passage("chance", "What chance alone would give", _chance(result)),
        *passage("beside", "The analysis that leads the page, and the mean rate", _beside(result)),
    )


def _leading(result: Result) -> Iterator[str]:
    told, contrast = result["odds_ratio"], result["settings"]["contrast"]
    yield (
        f"{capital(counted(told['k'], 'defensible specification'))} of one contrast differ: the odds ratio of "
        f"{contrast['of']} to {contrast['against']} runs from {_ratio(told['lowest'])} to {_ratio(told['highest'])}, "
        f"median {_ratio(told['median'])}; {_share(told['below_one'])} of them lie below 1, and "
        f"{_share(told['all_below'])} with their whole interval."
    )
    axis = told["by_axis"][0]
    parts = "; ".join(
        f"{choice['choice']}: median {_ratio(choice['median'])}, {_share(choice['below_one'])} below 1, "
        f"{_share(choice['all_below'])} with the whole interval ({choice['k']})"
        for choice in axis["choices"]
    )
    share = _share(axis["share_of_spread"])
    yield f"The decision that moves it most is “{axis['axis']}” ({share} of the spread): {parts}."
    yield _verdict(result)


def _beside(result: Result) -> Iterator[str]:
    contrast = result["settings"]["contrast"]
    headline = result["headline"]
    if headline is not None:
        yield (
            f"The analysis that leads the page is one of the specifications: {_ratio(headline['odds_ratio'])} "
            f"{numbers.interval(number(headline['ci_low']), number(headline['ci_high']))}."
        )
    rate = result["rate"]
    first = rate["by_axis"][0]
    moved = ", ".join(f"{choice['choice']} {_share(choice['median'])}" for choice in first["choices"])
    yield (
        f"The mean rate on {contrast['against']} runs from {_share(rate['lowest'])} to {_share(rate['highest'])} over "
        f"{counted(rate['k'], 'specification')}; “{first['axis']}” moves it most ({moved})."
    )


def _chance(result: Result) -> Iterator[str]:
    for item in result["chance"]:
        whole = item["axis"] is None
        where = (
            "Were the imaging exchanged at random between studies of the same procedure and unit"
            if whole
            else f"With “{item['axis']}: {item['choice']}”"
        )
        drawn = f" ({item['permutations']} permutations, {item['movable']} of {item['studies']} studies)"
        yield (
            f"{where}, a median as far from 1 as the {_ratio(item['median'])} of {item['specifications']} "
            f"specifications would come up in {_rarity(item['median_p'])} of curves, and a share of intervals beyond "
            f"1 like the {_share(item['share'])} here in {_rarity(item['share_p'])}{drawn if whole else ''}."
        )


def _verdict(result: Result) -> str:
    """Say in plain words what the contrast between studies depends on."""
    told = result["odds_ratio"]
    axis = told["by_axis"][0]
    signs = {choice["choice"]: choice["below_one"] for choice in axis["choices"]}
    clear = [choice for choice in axis["choices"] if choice["all_below"] >= 0.5 or choice["all_above"] >= 0.5]
    direction = (
        "keeps its direction in nearly all of them"
        if min(told["below_one"], 1 - told["below_one"]) < 0.05
        else "changes its direction with the decisions"
    )
    if len(clear) == len(signs):
        size = "most intervals leave 1 out whichever way the first decision goes"
    elif clear:
        names = " or ".join(f"“{axis['axis']}: {choice['choice']}”" for choice in clear)
        size = f"most intervals leave 1 out only with {names}"
    else:
        size = "most intervals hold 1 whichever way the first decision goes"
    return (
        f"So the contrast between studies {direction}, and {size}; it depends above all on “{axis['axis']}”."
    )


def _ratio(value: Any) -> str:
    return numbers.fixed(float(value), 2)


def _share(value: Any) -> str:
    return numbers.percent(float(value), 0)


def _rarity(value: Any) -> str:
    """Return a share of curves; the observed one is among them, so that it is never 0 %."""
    return numbers.percent(float(value), 0 if float(value) >= 0.01 else 1)


def section(report: ReportInput, name: str) -> Section:
    """Return the part of the page that the curve has."""
    result = report.results[name]
    models = result["settings"]["models"]
    permutations = result["settings"]["chance"]
    return Section(
        name=name,
        title=result["title"],
        short="Every analysis",
        question=result["question"],
        sentences=tuple(_leading(result)),
        passages=_passages(result),
        tables=(_axes_table(name, result),),
        folded=(_refused_table(name, result),),
        fold="Combinations that were not fitted, and why",
        pictures=pictures_of(report, name, summaries={"specifications": "The specification curve"}),
        notes=tuple(f"{capital(greek(note))}." for note in result["notes"]),
        methods=(
            (
                f"Of {numbers.count(result['declared'])} combinations declared beforehand "
                f"{numbers.count(result['fitted'])} were fitted, {numbers.count(result['distinct'])} of them with "
                f"different rows or model; intervals of {numbers.percent(models['level'], 0)}. Combinations that a "
                "rule refuses are listed with the rule.",
                ("simonsohn2020", "voracek2019"),
            ),
            *(
                (
                    (
                        f"The curve was drawn again {permutations['permutations'] - 1} times with the imaging "
                        "permuted over studies within procedure and unit, for the specifications by inverse "
                        f"variance with separate τ² (seed {permutations['seed']}).",
                        (),
                    ),
                )
                if result["chance"]
                else ()
            ),
        ),
    )


def _axes_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row(
            (
                of_text(f"{axis['axis']} ({_share(axis['share_of_spread'])} of the spread)"),
                of_text(choice["choice"]),
                of_count(choice["k"]),
                of_number(choice["median"]),
                of_number(choice["lowest"]),
                of_number(choice["highest"]),
                of_text(_share(choice["below_one"])),
                of_text(_share(choice["all_below"])),
                of_text(_share(choice["all_above"])),
            )
        )
        for axis in result["odds_ratio"]["by_axis"]
        for choice in axis["choices"]
    )
    return Table(
        id=anchor(name, "choices"),
        caption="Every choice: the odds ratios of the specifications that took it.",
        columns=(
            Column("Decision"),
            Column("Choice"),
            Column("Specifications", "number"),
            Column("Median", "number"),
            Column("Lowest", "number"),
            Column("Highest", "number"),
            Column("Below 1", "number"),
            Column("Whole interval below 1", "number"),
            Column("Whole interval above 1", "number"),
        ),
        rows=rows,
    )


def _refused_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row((of_text(capital(reason)), of_count(count))) for reason, count in result["refused"].items()
    )
    return Table(
        id=anchor(name, "refused"),
        caption="Combinations that were declared and not fitted, by the first rule that refuses them.",
        columns=(Column("Rule"), Column("Combinations", "number")),
        rows=rows,
    )
