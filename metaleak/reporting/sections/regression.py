"""A regression on the page: one contrast by its routes, the coefficients, what they rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.plots.why import bare_p, called, ratio_of
from metaleak.plots.words import greek
from metaleak.reporting.answer import Line
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.passages import Passage, in_full, passage
from metaleak.reporting.sections.routes import beside_said, limits_said, routes_said, routes_table
from metaleak.reporting.sections.section import Section, pictures_of
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_number, of_share, of_text
from metaleak.reporting.words import capital, counted, listed, plain
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]


def sentences(result: Result) -> tuple[str, ...]:
    """Say what each route gives, whether they agree, and what the moderators explain."""
    return in_full(_leading(result), _passages(result))


def _leading(result: Result) -> tuple[str, ...]:
    routes = result["routes"]
    if not routes:
        return (_explained(result),)
    return (routes_said(result, routes), *map(beside_said, _beside(routes)))


def _passages(result: Result) -> tuple[Passage, ...]:
    routes = result["routes"]
    beside = _beside(routes)
    return (
        *passage(
            "limits",
            "What the comparison of the routes rests on",
            [limits_said(routes[0], beside)] if beside else [],
        ),
        *passage(
            "explained",
            "What the moderators explain, and observations left out" if routes else "Observations left out",
            [*([_explained(result)] if routes else []), *_left_out(result)],
        ),
    )


def _beside(routes: Sequence[Json]) -> list[Json]:
    return [route for route in routes if route["beside_within"] is not None]


def _left_out(result: Result) -> Iterator[str]:
    missing = Counter(name for item in result["left_out"] for name in item["missing"])
    if missing:
        told = listed([f"{counted(n, 'observation')} without {plain(name)}" for name, n in missing.items()])
        yield f"Left out: {told}; they are listed below."


def _explained(result: Result) -> str:
    before, after = (numbers.fixed(number(result[key])) for key in ("tau2_without", "tau2"))
    formula = _formula(result)
    return (
        f"In {counted(result['k'], 'observation')} of {counted(result['k_studies'], 'study')} the moderators together "
        f"({formula}) take the variance between studies from {before} to {after}."
    )


def _formula(result: Result) -> str:
    return str(result["settings"]["moderators"]).lstrip("~ ")


def section(report: ReportInput, name: str) -> Section:
    """Return the regression's part of the page."""
    result = report.results[name]
    summaries = {
        "routes": "One contrast, three routes",
        "coefficients": "Coefficients",
        "means": "Marginal means",
    }
    told = _leading(result)
    tables = (
        routes_table(name, result),
        _contrasts_table(name, result),
        _coefficients_table(name, result),
        _means_table(name, result),
    )
    return Section(
        name=name,
        title=result["title"],
        short="Together",
        question=result["question"],
        sentences=told,
        passages=_passages(result),
        tables=tuple(table for table in tables if table.rows),
        folded=tuple(
            table
            for table in (
                _tests_table(name, result),
                _makeup_table(name, result),
                _left_out_table(name, result),
            )
            if table.rows
        ),
        fold="Tests, how the moderators hang together, observations left out",
        pictures=pictures_of(report, name, summaries={**summaries, "bubble": "Rates against a number"}),
        notes=tuple(f"{capital(greek(note))}." for note in _notes(result)),
        methods=tuple(_methods(result)),
        lines=(Line("Imaging, the rest held equal", told[0]),) if result["routes"] else (),
    )


def _notes(result: Result) -> Iterator[str]:
    yield from (note for note in result["notes"] if not note.startswith("left out"))
    reasons = Counter(item["permuted_reason"] for item in result["tests"] if item["permuted_reason"])
    for item in result["contrasts"]:
        if item["reason"]:
            yield f"{item['of']} against {item['against']}: {item['reason']}"
    yield from (f"no permutation test: {reason}" for reason in reasons)


def _methods(result: Result) -> Iterator[tuple[str, tuple[str, ...]]]:
    level = numbers.percent(result["settings"]["model"]["level"], 0)
    yield (
        f"Rates were regressed on {_formula(result)} in one binomial-normal model (tests by likelihood ratio, {level} "
        "intervals), with the inverse-variance model beside it (tests by F). No p value is corrected for the number "
        "of moderators tested.",
        ("thompson2002",),
    )
    if result["means"]:
        yield (
            "Marginal means give every observation one level in turn, the other moderators as they are.",
            ("searle1980",),
        )
    if any(route["route"] == "within" for route in result["routes"]):
        yield (
            "The share that the index shows of the reference's positives within the same patients or vertebrae was "
            "turned into an odds ratio at the reference's pooled rate, and set beside the comparison of different "
            "studies, which differ in more than their imaging.",
            ("takwoingi2013",),
        )


def _contrasts_table(name: str, result: Result) -> Table:
    return Table(
        id=anchor(name, "contrasts"),
        caption="Adjusted differences between groups, as odds ratios, the other moderators held equal.",
        columns=(
            Column("Difference"),
            Column("Odds ratio", "number"),
            Column("p"),
            Column("Observations"),
            Column("Studies"),
            Column("Method"),
        ),
        rows=tuple(
            Row(
                (
                    of_text(f"{item['of']} against {item['against']}"),
                    of_number(item["odds_ratio"], limits=(item["ci_low"], item["ci_high"])),
                    of_text(bare_p(number(item["p_value"]))),
                    of_text(" against ".join(numbers.count(k) for k in item["k"])),
                    of_text(" against ".join(numbers.count(k) for k in item["k_studies"])),
                    of_text(item["method"]),
                )
            )
            for item in result["contrasts"]
        ),
    )


def _coefficients_table(name: str, result: Result) -> Table:
    rows = []
    for item in result["coefficients"]:
        if item["name"] == "intercept":
            continue
        ours, other = ratio_of(item), ratio_of(item["beside"])
        rows.append(
            Row(
                (
                    of_text(_term(item["name"])),
                    of_number(ours.value, limits=(ours.low, ours.high)),
                    of_text(bare_p(number(item["p_value"]))),
                    of_number(other.value, limits=(other.low, other.high)),
                    of_text(bare_p(number(item["beside"]["p_value"]))),
                    of_count(item["rows"]),
                    of_count(item["studies"]),
                    of_number(item["vif"], digits=1),
                )
            )
        )
    references = [
        note.partition("reference: ")[2] for note in result["notes"] if note.startswith("reference: ")
    ]
    against = f" Reference: {'; '.join(_term(text) for text in references)}." if references else ""
    return Table(
        id=anchor(name, "coefficients"),
        caption=f"Odds ratios of each moderator, the others held equal.{against}",
        columns=(
            Column("Moderator"),
            Column("Binomial-normal", "number"),
            Column("p"),
            Column("Inverse variance", "number"),
            Column("p"),
            Column("Observations", "number"),
            Column("Studies", "number"),
            Column("Variance inflation", "number"),
        ),
        rows=tuple(rows),
    )


def _term(text: str) -> str:
    head, equals, level = text.partition(" = ")
    return f"{called(head)}: {level}" if equals else called(head)


def _means_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row(
            (
                of_text(called(moderator)),
                of_text(item["level"]),
                of_count(item["k"]),
                of_share(item),
                Cell(
                    text=numbers.percent_interval(number(item["pi_low"]), number(item["pi_high"])),
                    order=number(item["pi_low"]),
                ),
            )
        )
        for moderator, items in result["means"].items()
        for item in items
    )
    return Table(
        id=anchor(name, "means"),
        caption="Marginal means: the rate of the median study if every observation had the level.",
        columns=(
            Column("Moderator"),
            Column("Level"),
            Column("Observations", "number"),
            Column("Rate", "number"),
            Column("Prediction", "number"),
        ),
        rows=rows,
    )


def _tests_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row(
            (
                of_text(called(item["name"])),
                of_text(_test(item["headline"])),
                of_text(_test(item["beside"])),
                of_text(
                    numbers.NONE
                    if item["permuted"] is None
                    else f"p {numbers.p_value(item['permuted']['p_value'])}"
                ),
            )
        )
        for item in result["tests"]
    )
    return Table(
        id=anchor(name, "tests"),
        caption="Tests of each moderator given the others.",
        columns=(
            Column("Moderator"),
            Column("Binomial-normal"),
            Column("Inverse variance"),
            Column("By permutation"),
        ),
        rows=rows,
    )


def _test(test: Json) -> str:
    df = test["df"] if isinstance(test["df"], list) else [test["df"]]
    degrees = " and ".join(numbers.fixed(float(d), 0 if float(d).is_integer() else 1) for d in df)
    statistic, p = numbers.fixed(number(test["statistic"])), numbers.p_value(number(test["p_value"]))
    return f"{test['method']}: {statistic}, df {degrees}, p {p}"


def _permuted(test: Json | None) -> str:
    return numbers.NONE if test is None else f"p {numbers.p_value(number(test['p_value']))}"


def _makeup_table(name: str, result: Result) -> Table:
    """Return how the groups differ in the other words: what a regression has to tell apart."""
    entered = [row for row in result["rows"] if row["entered"]]
    groups = list(dict.fromkeys(row["group"] for row in entered))
    rows = tuple(
        Row(
            (
                of_text(group),
                of_count(sum(row["group"] == group for row in entered)),
                of_text(_tally(entered, group, "procedure")),
                of_text(_tally(entered, group, "unit")),
                of_text(_tally(entered, group, "confidence")),
            )
        )
        for group in groups
    )
    return Table(
        id=anchor(name, "makeup"),
        caption="How the moderators hang together: where a group has one word only, no model tells the two apart.",
        columns=(
            Column("Group"),
            Column("Observations", "number"),
            Column("Procedure"),
            Column("Unit"),
            Column("Confidence"),
        ),
        rows=rows,
    )


def _tally(rows: Sequence[Json], group: str, key: str) -> str:
    found = Counter(str(row[key]) for row in rows if row["group"] == group)
    return ", ".join(f"{n} {plain(word)}" for word, n in found.most_common())


def _left_out_table(name: str, result: Result) -> Table:
    return Table(
        id=anchor(name, "without"),
        caption="Observations that lack a moderator and are left out of the regression.",
        columns=(Column("Observation"), Column("Lacks")),
        rows=tuple(
            Row((of_text(item["label"]), of_text(listed([plain(name) for name in item["missing"]]))))
            for item in result["left_out"]
        ),
    )
