"""Tables of what an analysis found: groups, models beside each other, differences, tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.words import greek
from metaleak.reporting.data import Result
from metaleak.reporting.links import Link, anchor
from metaleak.reporting.tables import (
    Cell,
    Column,
    Row,
    Table,
    of_count,
    of_number,
    of_rate_bar,
    of_share,
    of_text,
)
from metaleak.reporting.text import one_observation
from metaleak.reporting.words import units
from metaleak.storage.strict_json import number


def groups_table(name: str, result: Result) -> Table:
    """Return one row per group: what was counted, both pooled rates, the prediction interval, tau, I2."""
    pairs = result["settings"]["sheet"] == "pairs"
    columns = (
        Column("Group"),
        Column("Observations", "number"),
        Column("Studies", "number"),
        Column("Seen / positive" if pairs else "Leaks / n", "number"),
        Column("0 to 100 %", "bar"),
        Column("Median study", "number"),
        Column("Mean over studies", "number"),
        Column("Prediction", "number"),
        Column("τ", "number"),
        Column("I²", "number"),
    )
    return Table(
        id=anchor(name, "groups"),
        caption=_caption(result),
        columns=columns,
        rows=tuple(_group_row(name, group, values) for group, values in result["groups"].items()),
    )


def _caption(result: Result) -> str:
    level = numbers.percent(result["settings"]["model"]["level"], 0)
    return (
        f"{result['title']}. {one_observation(result)}; {units(result['selection']['units'])}. Median study: "
        "conditional rate of the binomial-normal model; mean over studies: population-averaged rate; "
        f"prediction: interval of a new study's true rate; τ: on the logit scale; brackets: {level} intervals."
    )


def _group_row(name: str, group: str, values: Mapping[str, Any]) -> Row:
    average = values["population_average"]
    low, high = number(values["pi_low"]), number(values["pi_high"])
    new = Cell(text=numbers.percent_interval(low, high), order=-1.0 if low is None else low)
    pooled = values["estimate"] is not None
    median = of_share(values) if pooled else _as_it_is(values)
    return Row(
        (
            Cell(text=group, links=(Link(group, "#" + anchor(name, group)),)),
            of_count(values["k"]),
            of_count(values["k_studies"]),
            _events(values),
            of_rate_bar({**values, "estimate": median.order}, key="estimate", pooled=pooled),
            median,
            of_share(average, key="value"),
            new,
            _tau(values),
            _share_only(values["i2"]),
        )
    )


def _as_it_is(values: Mapping[str, Any]) -> Cell:
    """Return the plain share of a group that no model pools; a note says why."""
    share = values["events"] / values["total"]
    limits = numbers.percent_interval(number(values["ci_low"]), number(values["ci_high"]))
    return Cell(text=numbers.percent(share), small=limits, order=share)


def _events(values: Mapping[str, Any]) -> Cell:
    text = f"{numbers.count(values['events'])} / {numbers.count(values['total'])}"
    return Cell(text=text, order=values["events"] / values["total"])


def _share_only(value: Any) -> Cell:
    return Cell(text=numbers.percent(number(value)), order=-1.0 if value is None else number(value))


def _tau(values: Mapping[str, Any]) -> Cell:
    limits = values["tau2_ci"]
    roots = None if limits is None else [number(limit) for limit in limits]
    return of_number(values["tau"], limits=roots and [None if r is None else r**0.5 for r in roots])


def models_table(name: str, result: Result) -> Table:
    """Return the headline model, the common tau2 and the inverse-variance model beside each other."""
    beside = result["settings"]["beside"]
    columns = (
        Column("Group"),
        Column("Binomial-normal, own τ²", "number"),
        Column("Binomial-normal, common τ²", "number"),
        Column("Inverse variance", "number"),
        Column("Prediction, inverse variance", "number"),
        Column("τ², binomial-normal", "number"),
        Column("τ², inverse variance", "number"),
        Column("Heterogeneity", "long"),
        Column("Test of τ² = 0", "number"),
    )
    return Table(
        id=anchor(name, "models"),
        caption=(
            f"{result['title']}: the same groups under other models. Inverse variance: {beside['measure']}, "
            f"{beside['method']}, {ci_words(beside['ci_method'])}."
        ),
        columns=columns,
        rows=tuple(_model_row(name, group, values) for group, values in result["groups"].items()),
    )


def _model_row(name: str, group: str, values: Mapping[str, Any]) -> Row:
    beside = values["beside"]
    heading = Cell(text=group, links=(Link(group, "#" + anchor(name, group)),))
    if beside["estimate"] is None:
        reason = of_text(values["reason"] or beside["reason"])
        return Row((heading, reason, *(Cell(text=numbers.NONE, order=-1.0) for _ in range(7))))
    low, high = number(beside["pi_low"]), number(beside["pi_high"])
    return Row(
        (
            heading,
            of_share(values),
            of_share(values["common_tau2"]),
            of_share(beside),
            Cell(text=numbers.percent_interval(low, high), order=-1.0 if low is None else low),
            of_number(values["tau2"], limits=values["tau2_ci"]),
            of_number(beside["tau2"], limits=beside["tau2_ci"]),
            of_text(_heterogeneity(values)),
            of_text(_test_words(values["tau2_test"])),
        )
    )


def _heterogeneity(values: Mapping[str, Any]) -> str:
    if values["q"] is None:
        return numbers.NONE
    q = numbers.fixed(number(values["q"]), 1)
    return f"{q}, df = {numbers.count(values['q_df'])}, p {numbers.p_value(values['q_p'])} ({values['q_method']})"


def _test_words(test: Mapping[str, Any] | None) -> str:
    if test is None:
        return numbers.NONE
    return f"{numbers.fixed(number(test['statistic']))}, p {numbers.p_value(test['p_value'])}"


def contrasts_table(name: str, result: Result) -> Table | None:
    """Return the declared differences between groups, or None when the analysis declares none."""
    if not result["difference"]:
        return None
    columns = (
        Column("Difference"),
        Column("Observations", "number"),
        Column("Studies", "number"),
        Column("Odds ratio", "number"),
        Column("p", "number"),
        Column("Risk difference", "number"),
        Column("Common τ²", "number"),
        Column("How", "long"),
    )
    return Table(
        id=anchor(name, "contrasts"),
        caption=(
            f"{result['title']}: differences between groups of studies. Odds ratio: between median studies; "
            "risk difference: between population-averaged rates."
        ),
        columns=columns,
        rows=tuple(_contrast_row(d) for d in result["difference"]),
    )


def _contrast_row(values: Mapping[str, Any]) -> Row:
    return Row(
        (
            of_text(f"{values['of']} against {values['against']}"),
            of_text(" against ".join(numbers.count(k) for k in values["k"])),
            of_text(" against ".join(numbers.count(k) for k in values["k_studies"])),
            of_number(values["odds_ratio"], limits=(values["ci_low"], values["ci_high"])),
            Cell(text=_bare_p(values["p_value"]), order=values["p_value"]),
            of_share(values, key="risk_difference", low="rd_low", high="rd_high"),
            of_number(values["tau2"]),
            of_text(greek("; ".join([values["method"], values["rd_method"], *values["notes"]]))),
        )
    )


def _bare_p(p: float | None) -> str:
    return numbers.p_value(p).removeprefix("= ")


def tests_table(name: str, result: Result) -> Table | None:
    """Return the tests of one mean for all groups, or None for a single group."""
    rows = tuple(_test_rows(result))
    if not rows:
        return None
    columns = (
        Column("Test"),
        Column("Statistic", "number"),
        Column("df", "number"),
        Column("p", "number"),
        Column("How"),
    )
    return Table(
        id=anchor(name, "tests"),
        caption=f"{result['title']}: do the groups differ? Null hypothesis: all groups have one mean.",
        columns=columns,
        rows=rows,
    )


def _test_rows(result: Result) -> Iterator[Row]:
    # In the order of how well they hold their level (benchmarks/results/group-test.csv).
    said = {
        "beside": "Inverse variance, own τ² per group",
        "separate": "Binomial-normal, own τ² per group",
        "common": "Binomial-normal, common τ²",
    }
    for key, label in said.items():
        test = result["tests"].get(key)
        if test is not None:
            df = test["df"] if isinstance(test["df"], list) else [test["df"]]
            yield Row(
                (
                    of_text(label),
                    of_number(test["statistic"]),
                    of_text(", ".join(_df(value) for value in df)),
                    Cell(text=_bare_p(test["p_value"]), order=test["p_value"]),
                    of_text(greek("; ".join(part for part in (test["method"], test["note"]) if part))),
                )
            )


def _df(value: Any) -> str:
    amount = number(value)
    return numbers.fixed(amount, 0 if amount is None or amount == int(amount) else 1)


def ci_words(code: str) -> str:
    """Return an interval method as a reader says it."""
    said = {
        "profile": "profile likelihood",
        "wald": "Wald",
        "t": "t",
        "hksj": "Hartung-Knapp-Sidik-Jonkman",
        "hksj-adhoc": "Hartung-Knapp-Sidik-Jonkman with a factor never below one",
    }
    return said.get(code, code)
