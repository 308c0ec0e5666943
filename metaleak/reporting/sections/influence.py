"""Refits on the page: whether the pooled rate holds without single studies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.plots.funnel_words import JUDGED_AT
from metaleak.plots.words import greek
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.passages import Passage, in_full, passage
from metaleak.reporting.sections.rates import percent, rate
from metaleak.reporting.sections.section import Section, pictures_of
from metaleak.reporting.sections.small_study import (
    small_study_methods,
    small_study_sentences,
    small_study_tables,
)
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_number, of_share, of_text
from metaleak.reporting.words import capital, counted

Json = Mapping[str, Any]

#: An observation is called influential above these (Viechtbauer and Cheung 2010 name more rules).
_FAR = 1.96


def sentences(result: Result) -> tuple[str, ...]:
    """Say how far observations, studies, years and subsets move the rate, and whether small studies differ."""
    return in_full(_leading(result), _passages(result))


def _leading(result: Result) -> tuple[str, ...]:
    return (_in_short(result), _without_single(result))


def _passages(result: Result) -> tuple[Passage, ...]:
    return (
        *passage("refits", "Single observations, years and subsets", _further(result)),
        *passage("small-studies", "Small studies against large ones", small_study_sentences(result)),
    )


def _in_short(result: Result) -> str:
    """Say in one sentence whether the rate holds, and on what it leans."""
    refits = [*result["without_row"], *result["without_study"]]
    away = [item for item in refits if not result["ci_low"] <= item["estimate"] <= result["ci_high"]]
    parts = ["holds whichever single observation or study is left out"]
    if away:
        parts = [f"leaves its interval without {' or without '.join(str(item['name']) for item in away)}"]
    subsets = result["subsets"]
    if subsets is not None:
        parts.append(
            f"leans most on {subsets['most']} ({numbers.fixed(100 * abs(subsets['most_gap']), 1)} points between the "
            "subsets with and without it)"
        )
    small = result.get("small_study")
    if small and small["enough"]:
        differs = (
            small["tests"][0]["p_value"] is not None and float(small["tests"][0]["p_value"]) <= JUDGED_AT
        )
        parts.append(
            "goes with the size of the studies"
            if differs
            else "is not shown to go with the size of the studies"
        )
    return f"The pooled rate of {rate(result)} {_joined(parts)}."


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"


def _without_single(result: Result) -> str:
    refits = [*result["without_row"], *result["without_study"]]
    low, high = (pick(refits, key=lambda item: item["estimate"]) for pick in (min, max))
    inside = all(result["ci_low"] <= item["estimate"] <= result["ci_high"] for item in refits)
    holds = "no single one moves it out of its interval" if inside else "it hangs on single ones"
    least, most = (f"{percent(item['estimate'])} (without {item['name']})" for item in (low, high))
    return (
        f"All {counted(result['k'], 'observation')} give {rate(result)}; without one observation or study at a time "
        f"the rate runs from {least} to {most}: {holds}."
    )


def _further(result: Result) -> Iterator[str]:
    far = [row for row in result["rows"] if abs(row["diagnostics"]["rstudent"]) > _FAR]
    names = "; ".join(f"{row['label']} ({percent(row['rate'])})" for row in far)
    told = f"{counted(len(far), 'observation')} of {result['k']} {'lies' if len(far) == 1 else 'lie'} further"
    yield (
        f"{told} from the others than sampling error and the spread between studies explain (1 in 20 would by "
        f"chance){f': {names}' if names else ''}."
    )
    if result["cumulative"]:
        first = next(
            (item for item in result["cumulative"] if item["k"] >= result["k"] // 2), result["cumulative"][-1]
        )
        yield (
            f"In the order of publication the rate stood at {rate(first)} with the first {first['k']} observations "
            f"({first['year']}) and at {rate(result['cumulative'][-1])} with all that are dated."
        )
    subsets = result["subsets"]
    if subsets is not None:
        yield (
            f"Of {counted(subsets['subsets'], 'subset')} of the observations 95 of 100 pool to between "
            f"{percent(subsets['low'])} and {percent(subsets['high'])} (inverse variance); subsets with "
            f"{subsets['most']} lie {numbers.fixed(100 * abs(subsets['most_gap']), 1)} points "
            f"{'above' if subsets['most_gap'] > 0 else 'below'} those without, the most of any."
        )
        if subsets["exact"] is not None:
            yield exact_words(subsets["exact"])


def exact_words(exact: Json) -> str:
    """Set the exact model beside inverse variance on the same subsets."""
    ends, beside = (
        f"{_tenth(found['low'])} and {_tenth(found['high'])} (median {_tenth(found['median'])})"
        for found in (exact, exact["inverse_variance"])
    )
    left = exact["not_pooled"]
    told = (
        f"; {counted(left, 'subset')} of counts without spread {'is' if left == 1 else 'are'} left out"
        if left
        else ""
    )
    return (
        f"Of {counted(exact['subsets'], 'subset')} that the binomial-normal model pooled from exact counts 95 of 100 "
        f"lie between {ends}, by inverse variance on the same ones between {beside}; the two differ by "
        f"{numbers.fixed(100 * float(exact['gap_median']), 1)} points in the median subset and by less than "
        f"{numbers.fixed(100 * float(exact['gap_95']), 1)} in 95 of 100{told}."
    )


def _tenth(value: Any) -> str:
    return numbers.percent(float(value), 1)


def section(report: ReportInput, name: str) -> Section:
    """Return the influence part of the page."""
    result = report.results[name]
    return Section(
        name=name,
        title=result["title"],
        short="Robust",
        question=result["question"],
        sentences=_leading(result),
        passages=_passages(result),
        tables=(_diagnostics_table(name, result), *small_study_tables(name, result)),
        folded=(_refits_table(name, result),),
        fold="Every refit: without whole studies, and year by year",
        pictures=pictures_of(
            report,
            name,
            summaries={
                "leave_out": "Without each observation",
                "cumulative": "Year by year",
                "gosh": "Subsets of the observations",
                "baujat": "Heterogeneity against influence",
                "influence": "The influence set",
                "funnel": "Rates against the size of their studies",
            },
        ),
        notes=tuple(f"{capital(greek(note))}." for note in result["notes"]),
        methods=(
            (
                "Every observation, and every study of several observations, was left out in turn and the "
                "binomial-normal model fitted again; studentised residuals, Cook's distances and the other "
                "diagnostics are those of the inverse-variance model on the logit.",
                ("viechtbauer2010",),
            ),
            *(
                ()
                if result["subsets"] is None
                else (
                    (
                        f"{counted(result['subsets']['subsets'], 'subset')} of the observations were pooled "
                        f"(DerSimonian-Laird on the logit, seed {result['settings']['model']['seed']})"
                        + _exact_method(result["subsets"]["exact"]),
                        ("olkin2012",),
                    ),
                )
            ),
            *small_study_methods(result),
        ),
    )


def _exact_method(exact: Json | None) -> str:
    if exact is None:
        return "."
    return f", {numbers.count(exact['subsets'])} of them also by the binomial-normal model."


def _diagnostics_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row(
            (
                of_text(row["label"]),
                of_share(row, key="rate"),
                of_share(refit),
                *(
                    of_number(row["diagnostics"][key])
                    for key in ("rstudent", "cook_d", "dffits", "cov_r", "hat")
                ),
            )
        )
        for row, refit in zip(result["rows"], result["without_row"], strict=True)
    )
    return Table(
        id=anchor(name, "diagnostics"),
        caption="Every observation: its rate, the pooled rate without it, and its diagnostics.",
        columns=(
            Column("Observation"),
            Column("Rate", "number"),
            Column("Pooled without it", "number"),
            Column("Studentised residual", "number"),
            Column("Cook's distance", "number"),
            Column("DFFITS", "number"),
            Column("Covariance ratio", "number"),
            Column("Hat", "number"),
        ),
        rows=rows,
    )


def _refits_table(name: str, result: Result) -> Table:
    parts = [("without all rows of", item) for item in result["without_study"]]
    parts += [(f"up to {item['year']}, with", item) for item in result["cumulative"]]
    rows = tuple(
        Row(
            (
                of_text(capital(how)),
                of_text(item["name"]),
                of_count(item["k"]),
                of_share(item),
                of_number(item["tau2"]),
            )
        )
        for how, item in parts
    )
    return Table(
        id=anchor(name, "refits"),
        caption="Refits without whole studies, and year by year.",
        columns=(
            Column("Fit"),
            Column("Observation"),
            Column("Observations", "number"),
            Column("Rate", "number"),
            Column("τ²", "number"),
        ),
        rows=rows,
    )


def _refit(item: Json) -> tuple[Cell, ...]:
    return of_count(item["k"]), of_share(item), of_number(item["tau2"])
