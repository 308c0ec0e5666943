"""Small-study effects on the page: the tests in a table, what they say and what they are not in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from metaleak import numbers
from metaleak.plots.funnel_words import NAMES, caveat, doi_words, told
from metaleak.reporting.data import Result
from metaleak.reporting.links import anchor
from metaleak.reporting.tables import Column, Row, Table, of_count, of_number, of_text
from metaleak.reporting.words import capital
from metaleak.storage.strict_json import number


def asked(result: Result) -> Any:
    """Return what a result says of small studies, or None where nobody asked."""
    return result.get("small_study")


def small_study_sentences(result: Result) -> Iterator[str]:
    """Say whether small studies differ, what the test is not, and why it was not done."""
    found = asked(result)
    if not found:
        return
    totals = [float(row["total"]) for row in result["rows"]]
    yield from told(found, (min(totals), max(totals)) if found["scale"] == "rate" else None)
    if found["enough"]:
        yield caveat(found)
    if found["doi"] is not None:
        yield doi_words(found)


def small_study_tables(name: str, result: Result) -> tuple[Table, ...]:
    """Return the table of the tests, or none where none was done."""
    found = asked(result)
    if not found or not found["tests"]:
        return ()
    rows = tuple(
        Row(
            (
                of_text(capital(NAMES[test["kind"]])),
                of_number(test["statistic"]),
                of_text(numbers.NONE if test["df"] is None else numbers.fixed(number(test["df"]), 0)),
                of_text(test["reason"] or numbers.p_value(number(test["p_value"])).removeprefix("= ")),
            )
        )
        for test in found["tests"]
    )
    return (
        Table(
            id=anchor(name, "small-studies"),
            caption=f"Do small studies differ? Tests of {numbers.count(found['k'])} observations.",
            columns=(Column("Test"), Column("Statistic", "number"), Column("df"), Column("p")),
            rows=rows,
        ),
        *_selection_table(name, found.get("selection_model")),
    )


def _selection_table(name: str, model: Any) -> tuple[Table, ...]:
    """Return the weights of a selection model that was fitted."""
    if model is None or model["reason"] is not None:
        return ()
    rows = tuple(
        Row(
            (
                of_text(f"{number(weight['low']):g} to {number(weight['high']):g}"),
                of_count(weight["rows"]),
                of_number(weight["weight"]),
                of_number(weight["se"]),
            )
        )
        for weight in model["weights"]
    )
    return (
        Table(
            id=anchor(name, "selection"),
            caption="If p values decided on publication: how often each would appear, beside the smallest.",
            columns=(
                Column("p value"),
                Column("Comparisons", "number"),
                Column("Weight", "number"),
                Column("Standard error", "number"),
            ),
            rows=rows,
        ),
    )


def small_study_methods(result: Result) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the sentences for the methods text."""
    found = asked(result)
    if not found:
        return ()
    keys: tuple[str, ...]
    if found["scale"] == "rate":
        text = (
            "Small-study effects of rates were looked for on sample size (regression of the logit on 1/n, weighted by "
            "inverse variance)"
        )
        keys = ("peters2006", "hunter2014")
    else:
        text = (
            "Small-study effects of odds ratios were looked for by regression on the standard error and on 1/n, rank "
            "correlation, trim and fill, and a selection model (step function of the p value)"
        )
        keys = ("egger1997", "begg1994", "peters2006", "duval2000", "vevea1995")
    told_limit = f", where there were {numbers.count(found['fewest'])} observations or more."
    sentences: list[tuple[str, tuple[str, ...]]] = [(text + told_limit, (*keys, "sterne2011"))]
    if found["doi"] is not None:
        sentences.append(
            (
                "The Doi plot and its LFK index were asked for; simulation speaks against them.",
                ("furuyakanamori2018", "schwarzer2024"),
            )
        )
    return tuple(sentences)
