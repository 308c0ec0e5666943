"""One rate under many models on the page: what of the answer is the model's doing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.words import capital as capital_of_sentence
from metaleak.plots.words import greek
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.sections.rates import percent, rate
from metaleak.reporting.sections.section import Section, pictures_of
from metaleak.reporting.tables import Column, Row, Table, of_number, of_share, of_text
from metaleak.reporting.words import counted
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

_OF = {"median": "median study", "mean": "mean over studies"}


def sentences(result: Result) -> tuple[str, ...]:
    """Say how far the models lie apart, what a common effect would hide, and how far studies are drawn in."""
    return tuple(_sentences(result))


def _sentences(result: Result) -> Iterator[str]:
    of_median = [item for item in result["models"] if item["of"] == "median" and item["reason"] is None]
    random = [item for item in of_median if "common effect" not in item["name"]]
    low, high = (pick(random, key=lambda item: item["estimate"]) for pick in (min, max))
    least, most = (f"{numbers.percent(number(item['estimate']))} ({item['name']})" for item in (low, high))
    yield (
        f"The same {counted(result['k'], 'observation')} give {rate(result)} in the headline model and from {least} "
        f"to {most} in {numbers.count(len(random))} models and estimators with random effects."
    )
    common = next((item for item in of_median if "common effect" in item["name"]), None)
    if common is not None:
        yield (
            f"A common effect would claim {rate(common)}: an interval that narrow holds only where the studies do "
            "not differ."
        )
    mean = next((item for item in result["models"] if item["of"] == "mean" and item["reason"] is None), None)
    if mean is not None:
        yield f"The mean rate over studies, another quantity, is {rate(mean)}."
    furthest = max(result["rows"], key=lambda row: abs(row["rate"] - row["shrunken"]))
    yield (
        f"Drawn towards the others most is {furthest['label']}: from {percent(furthest['rate'])} to "
        f"{percent(furthest['shrunken'])}."
    )


def section(report: ReportInput, name: str) -> Section:
    """Return the models' part of the page."""
    result = report.results[name]
    return Section(
        name=name,
        title=result["title"],
        short="Models",
        question=result["question"],
        sentences=sentences(result),
        tables=(_models_table(name, result),),
        folded=(_shrunken_table(name, result),),
        fold="Every observation, seen and drawn towards the others",
        pictures=pictures_of(
            report,
            name,
            summaries={
                "estimators": "Every model",
                "caterpillar": "Every study, drawn towards the others",
                "drapery": "Intervals at all levels",
            },
        ),
        notes=tuple(f"{capital_of_sentence(greek(note))}." for note in result["notes"]),
        methods=(
            (
                "The same observations were pooled by the binomial-normal model with three kinds of interval and with "
                "priors, by inverse variance on the logit with each estimator of the variance between studies, and by "
                "the beta-binomial model; studies' rates are the conditional modes of the binomial-normal model.",
                ("stijnen2010", "morris1983"),
            ),
            ("Intervals were drawn at all levels as p-value functions.", ("ruecker2021",)),
        ),
    )


def _models_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row(
            (
                of_text(capital_of_sentence(item["name"])),
                of_text(_OF[item["of"]]),
                of_share(item),
                of_share({**item, "nothing": None}, key="nothing", low="pi_low", high="pi_high"),
                of_number(item["tau2"]),
            )
        )
        for item in result["models"]
    )
    return Table(
        id=anchor(name, "models"),
        caption="The same observations under every model.",
        columns=(
            Column("Model"),
            Column("Rate of the"),
            Column("Rate", "number"),
            Column("Prediction interval", "number"),
            Column("τ²", "number"),
        ),
        rows=rows,
    )


def _shrunken_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row(
            (
                of_text(row["label"]),
                of_share(row, key="rate"),
                of_share(row, key="shrunken", low="shrunken_low", high="shrunken_high"),
            )
        )
        for row in result["rows"]
    )
    return Table(
        id=anchor(name, "shrunken"),
        caption="Every observation: as it was seen, and drawn towards the others.",
        columns=(Column("Observation"), Column("Observed", "number"), Column("Shrunken", "number")),
        rows=rows,
    )
