"""Further studies on the page: how many a wanted precision takes, and what the next one could move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.future_words import contrast_words, moves_words, needed_words, points
from metaleak.plots.words import capital, greek
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.passages import Passage, in_full, passage
from metaleak.reporting.sections.section import Section, pictures_of
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_number, of_text
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]


def sentences(result: Result) -> tuple[str, ...]:
    """Say what a wanted precision takes and what the next study could move."""
    return in_full(_leading(result), _passages(result))


def _leading(result: Result) -> tuple[str, ...]:
    """Say what the precision takes, and what the next study on the first group could move."""
    return (*needed_words(result), *tuple(moves_words(result))[:1])


def _passages(result: Result) -> tuple[Passage, ...]:
    return (
        *passage(
            "moves", "Which results of a next study would move the rate", tuple(moves_words(result))[1:]
        ),
        *passage("turns", "Whether the next study could turn the contrast", contrast_words(result)),
    )


def section(report: ReportInput, name: str) -> Section:
    """Return the part of the page about further studies."""
    result = report.results[name]
    asked = result["settings"]["further"]
    return Section(
        name=name,
        title=result["title"],
        short="Next",
        question=result["question"],
        sentences=_leading(result),
        passages=_passages(result),
        tables=(_needed_table(name, result), _next_table(name, result)),
        folded=(_curve_table(name, result),),
        pictures=pictures_of(
            report,
            name,
            summaries={
                "precision": "Precision by the number of further studies",
                "extended_funnel": "What the next study could move",
            },
        ),
        notes=tuple(f"{capital(greek(note))}." for note in result["notes"]),
        methods=(
            (
                f"Further studies of {numbers.count(result['further']['units'])} units were drawn "
                f"{numbers.count(asked['replicates'])} times from the fitted binomial-normal model (seed "
                f"{asked['seed']}) and pooled with those of today by the same model; the likelihood was taken from its "
                "Chebyshev polynomials, which agree with whole refits within 1e-8.",
                ("sutton2007",),
            ),
            (
                "One further study of every rate and size was pooled with those of today (extended funnel).",
                ("langan2012",),
            ),
        ),
    )


def _needed_table(name: str, result: Result) -> Table:
    found = result["further"]
    limits = found["at_limits_of_tau2"]
    told = [
        "as estimated",
        *(("lower limit", "upper limit") if len(limits) == 2 else ("a limit",) * len(limits)),
    ]
    rows = tuple(
        Row((of_text(text), of_number(item["tau2"]), _studies(item["studies"]), *_share(item)))
        for text, item in zip(told, [found["wanted"], *limits], strict=True)
    )
    goal = points(float(result["settings"]["further"]["half_width"]) / 100)
    return Table(
        id=anchor(name, "needed"),
        caption=f"Further studies that make the interval {goal} points or less to either side.",
        columns=(
            Column("Variance between studies"),
            Column("τ²", "number"),
            Column("Further studies", "number"),
            Column("Simulations that reach it", "number"),
            Column("Monte Carlo error, points", "number"),
        ),
        rows=rows,
    )


def _studies(count: int | None) -> Cell:
    return of_text("more than tried") if count is None else of_count(count)


def _share(item: Json) -> tuple[Cell, Cell]:
    if item["share"] is None:
        return of_text(numbers.NONE), of_text(numbers.NONE)
    return of_text(numbers.percent(number(item["share"]), 0)), of_text(points(item["share_se"]))


def _next_table(name: str, result: Result) -> Table:
    rows = []
    for panel in result["next_study"]["panels"]:
        for end, told in (("lowest", "lowest"), ("highest", "highest")):
            cell = panel[end]
            rows.append(
                Row(
                    (
                        of_text(panel["group"]),
                        of_text(numbers.percent(number(panel["estimate"]))),
                        of_text(told),
                        of_text(numbers.percent(number(cell["estimate"]))),
                        of_text(numbers.percent(number(cell["rate"]), 0)),
                        of_count(cell["units"]),
                    )
                )
            )
    return Table(
        id=anchor(name, "next"),
        caption="How far one next study could move the pooled rate.",
        columns=(
            Column("Next study on"),
            Column("Rate today", "number"),
            Column("Could be moved to the"),
            Column("Pooled rate", "number"),
            Column("By a study of", "number"),
            Column("Units", "number"),
        ),
        rows=tuple(rows),
    )


def _curve_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row(
            (
                of_count(point["studies"]),
                of_text(numbers.fixed(100 * float(point["half_width"]), 2)),
                of_text(numbers.fixed(100 * float(point["half_width_se"]), 2)),
                of_text(
                    f"{numbers.fixed(100 * float(point['low']), 1)} to {numbers.fixed(100 * float(point['high']), 1)}"
                ),
            )
        )
        for point in result["further"]["curve"]
    )
    return Table(
        id=anchor(name, "curve"),
        caption="Half width of the interval of the rate by the number of further studies, in percentage points.",
        columns=(
            Column("Further studies", "number"),
            Column("Mean half width", "number"),
            Column("Monte Carlo error", "number"),
            Column("Middle 80 of 100 simulations", "number"),
        ),
        rows=rows,
    )
