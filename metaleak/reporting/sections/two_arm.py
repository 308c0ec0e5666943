"""Two arms inside studies on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.two_arm import side
from metaleak.plots.words import greek
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.passages import Passage, in_full, passage
from metaleak.reporting.sections.section import Section, pictures_of
from metaleak.reporting.sections.small_study import (
    small_study_methods,
    small_study_sentences,
    small_study_tables,
)
from metaleak.reporting.tables import Cell, Column, Row, Table, of_number, of_text
from metaleak.reporting.words import capital, counted, imaging, plain
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]


def sentences(result: Result) -> tuple[str, ...]:
    """Say what the comparison inside studies gives, how much studies differ, and what other models give."""
    return in_full(_leading(result), _passages(result))


def _passages(result: Result) -> tuple[Passage, ...]:
    return passage("small-studies", "Small studies against large ones", small_study_sentences(result))


def _leading(result: Result) -> Iterator[str]:
    arms = result["settings"]["arms"]
    treated, controls = side(arms["treatment"]), side(arms["control"])
    head, *others = result["models"]
    size = f"{counted(len(result['rows']), 'comparison')} inside {counted(result['selection']['studies'], 'study')}"
    if head["estimate"] is None:
        yield f"{capital(treated)} against {controls}, {size}: not pooled, {head['reason']}."
        return
    yield (
        f"{capital(treated)} against {controls}, {size} with the same unit and imaging: odds ratio of a leak "
        f"{_with_limits(head)}, p {numbers.p_value(number(head['p_value']))}."
    )
    low, high = number(head["pi_low"]), number(head["pi_high"])
    if low is not None and high is not None:
        yield (
            f"A new study's true odds ratio would lie between {_end(low)} and {_end(high)}; "
            f"I² {numbers.percent(number(head['i2']), 0)}."
        )
    told = [f"{model['name']} {_with_limits(model)}" for model in others if model["estimate"] is not None]
    if told:
        yield f"By other measures and models: {'; '.join(told)}."


#: Beyond these a ratio says no more than that it is unknown.
_LEAST, _MOST = 0.01, 100.0


def _end(value: float) -> str:
    if value > _MOST:
        return f"more than {numbers.fixed(_MOST, 0)}"
    return f"less than {numbers.fixed(_LEAST)}" if value < _LEAST else numbers.fixed(value)


def _with_limits(model: Json) -> str:
    if model["name"].startswith("risk difference"):
        share = numbers.percent(number(model["estimate"]))
        return f"{share} {numbers.percent_interval(number(model['ci_low']), number(model['ci_high']))}"
    limits = numbers.interval(number(model["ci_low"]), number(model["ci_high"]))
    return f"{numbers.fixed(number(model['estimate']))} {limits}"


def section(report: ReportInput, name: str) -> Section:
    """Return the comparison's part of the page."""
    result = report.results[name]
    return Section(
        name=name,
        title=result["title"],
        short=capital(plain(result["settings"]["arms"]["column"]).split()[-1]),
        question=result["question"],
        sentences=tuple(_leading(result)),
        passages=_passages(result),
        tables=(_models_table(name, result), *small_study_tables(name, result)),
        folded=(_rows_table(name, result),),
        fold="Every comparison, with its rows in the sheet",
        pictures=pictures_of(
            report,
            name,
            summaries={
                "arms": "Both arms of every study",
                "funnel": "Odds ratios against their standard errors",
            },
        ),
        notes=tuple(f"{capital(greek(note))}." for note in result["notes"]),
        methods=(
            (
                "Arms were compared inside studies where unit and imaging are the same: odds ratio, risk ratio and "
                "risk difference by inverse variance with random effects, and the common odds ratio of Mantel and "
                "Haenszel and of Peto beside them.",
                ("mantel1959", "yusuf1985"),
            ),
            (
                "One-stage mixed logistic models take the counts as they are: with a level of its own for every "
                "study, with normal levels, and given the margins (profile-likelihood intervals).",
                ("stijnen2010", "jackson2018"),
            ),
            *small_study_methods(result),
        ),
    )


def _models_table(name: str, result: Result) -> Table:
    rows = []
    for model in result["models"]:
        if model["estimate"] is None:
            rows.append(
                Row(
                    (
                        of_text(capital(model["name"])),
                        of_text(model["reason"]),
                        *(of_text("") for _ in range(4)),
                    )
                )
            )
            continue
        text, _, limits = _with_limits(model).partition(" [")
        rows.append(
            Row(
                (
                    of_text(capital(model["name"])),
                    Cell(text=text, small=f"[{limits}", order=number(model["estimate"])),
                    of_text(numbers.p_value(number(model["p_value"])).removeprefix("= ")),
                    of_number(model["tau2"]),
                    Cell(text=numbers.percent(number(model["i2"]), 0), order=number(model["i2"])),
                    of_number(model["q"]),
                )
            )
        )
    return Table(
        id=anchor(name, "models"),
        caption=f"{result['title']}: the same comparisons by every measure and model.",
        columns=(
            Column("Measure and model"),
            Column("Estimate", "number"),
            Column("p"),
            Column("τ²", "number"),
            Column("I²", "number"),
            Column("Q", "number"),
        ),
        rows=tuple(rows),
    )


def _rows_table(name: str, result: Result) -> Table:
    arms = result["settings"]["arms"]
    rows = tuple(
        Row(
            (
                of_text(row["label"]),
                of_text(row["unit"]),
                of_text(imaging(row["modality"])),
                _counts(row["treated"]),
                _counts(row["controls"]),
                of_number(row["odds_ratio"], limits=(row["ci_low"], row["ci_high"])),
                of_text(", ".join(map(str, row["sheet_rows"]))),
            )
        )
        for row in result["rows"]
    )
    return Table(
        id=anchor(name, "comparisons"),
        caption="Every comparison, with the spreadsheet rows of leaks.csv that make it.",
        columns=(
            Column("Study"),
            Column("Unit"),
            Column("Imaging"),
            Column(capital(side(arms["treatment"])), "number"),
            Column(capital(side(arms["control"])), "number"),
            Column("Odds ratio", "number"),
            Column("Rows"),
        ),
        rows=rows,
    )


def _counts(pair: Any) -> Cell:
    return Cell(text=f"{numbers.count(pair[0])} / {numbers.count(pair[1])}", order=pair[0] / pair[1])
