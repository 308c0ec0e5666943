"""Folded tables on the page: what carries the answer, and what stands beside the model."""

from __future__ import annotations

import math
from typing import Any

from metaleak import numbers
from metaleak.plots.detection import imaging
from metaleak.reporting.data import Result
from metaleak.reporting.detection.told import Json, fact_told, percent
from metaleak.reporting.links import anchor
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_share, of_text
from metaleak.reporting.words import capital, plain
from metaleak.storage.strict_json import number

#: Kinds of rows in the likelihood as a reader says them.
KINDS = {"ct": "read on CT", "index": "read on the index alone", "margins": "pairs with totals only"}


def information_table(name: str, result: Result) -> Table:
    """Return which rows carry the answer."""
    about = result["information_on_sensitivity"]
    rows = tuple(
        Row(
            (
                of_text(KINDS.get(kind, f"pairs: {kind}")),
                Cell(text=numbers.percent(share, 0), order=share),
                Cell(text=numbers.percent(number(about.get(kind, 0.0)), 0), order=about.get(kind, 0.0)),
            )
        )
        for kind, share in result["information"].items()
    )
    return Table(
        id=anchor(name, "information"),
        caption="Which rows carry the answer: shares of the information about the mean rate and the mean sensitivity.",
        columns=(
            Column("Rows"),
            Column("About the rate", "number"),
            Column("About the sensitivity", "number"),
        ),
        rows=rows,
    )


def priors_table(name: str, result: Result, index: str) -> Table:
    """Return the answers of the model with priors."""
    rows = tuple(
        Row(
            (
                of_text(item["tau_prior"]),
                of_text(item["omega_prior"]),
                *(
                    of_share(item, key=key, low=f"{key}_low", high=f"{key}_high")
                    for key in ("estimate", "sensitivity", "share_missed")
                ),
                Cell(text=numbers.fixed(number(item["tau"])), order=item["tau"]),
                Cell(text=numbers.fixed(number(item["omega"])), order=item["omega"]),
                Cell(text=numbers.fixed(number(item["effective_draws"]), 0), order=item["effective_draws"]),
            )
        )
        for item in result["priors"]
    )
    return Table(
        id=anchor(name, "priors"),
        caption=(
            "The same likelihood with priors: posterior medians and equal-tailed intervals under half-normal priors of "
            "the two spreads; logits of rate and sensitivity have normal(0, 1.5)."
        ),
        columns=(
            Column("Prior of τ"),
            Column("Prior of ω"),
            Column("Rate on CT", "number"),
            Column(f"Sensitivity of {index}", "number"),
            Column("Share missed", "number"),
            Column("τ", "number"),
            Column("ω", "number"),
            Column("Draws are worth", "number"),
        ),
        rows=rows,
    )


def left_out_table(name: str, result: Result) -> Table:
    """Return the rows beside the model, and why."""
    rows = tuple(
        Row(
            (
                of_text(row["label"]),
                of_text(plain(row["kind"])),
                of_count(row["total"]),
                of_text(row["left_out"]),
            )
        )
        for row in result["rows"]
        if row["left_out"]
    )
    return Table(
        id=anchor(name, "beside"),
        caption="Rows that stand beside the model, and why.",
        columns=(Column("Study"), Column("Kind"), Column("n", "number"), Column("Reason", "long")),
        rows=rows,
    )


def unreported_table(name: str, result: Result) -> Table:
    """Return the rate over declared shares of the unreported series."""
    rows = tuple(
        Row((Cell(text=percent(item["share"]), order=item["share"]), of_share(item)))
        for item in result["unreported"]
    )
    return Table(
        id=anchor(name, "unreported"),
        caption=(
            "The rate on CT by the declared share of the series without a word on imaging that read CT. The "
            "sensitivity comes from the other rows and is held."
        ),
        columns=(Column("Share that read CT", "number"), Column("Rate on CT", "number")),
        rows=rows,
    )


def moderators_table(name: str, result: Result) -> Table:
    """Return what goes with the rate and with the sensitivity."""
    rows = []
    for one in result["moderators"]:
        test = (
            "" if one["reason"] else f"p {numbers.p_value(number(one['p']))}, {numbers.count(one['df'])} df"
        )
        formula = "; ".join(f"{part}: {one[part]}" for part in ("rate", "sensitivity") if one[part])
        if one["reason"]:
            rows.append(Row((of_text(formula), of_text(one["reason"]), of_text(""), of_text(""))))
        for c in one["coefficients"]:
            told = numbers.fixed(_odds(c["value"]))
            odds = f"{told} {numbers.interval(_odds(c['ci_low']), _odds(c['ci_high']))}"
            rows.append(
                Row((of_text(formula), of_text(c["name"]), Cell(text=odds, order=c["value"]), of_text(test)))
            )
    return Table(
        id=anchor(name, "moderators"),
        caption=(
            "What goes with the rate on CT and with the sensitivity: odds (first line of a model) and odds ratios. "
            "Differences between studies go with a moderator; they need not come from it."
        ),
        columns=(
            Column("Model"),
            Column("Coefficient"),
            Column("Odds or odds ratio", "number"),
            Column("Likelihood ratio against none"),
        ),
        rows=tuple(rows),
    )


def _odds(logit: Any) -> float | None:
    value = number(logit)
    return None if value is None else math.exp(value)


def next_facts_table(name: str, result: Result) -> Table:
    """Return what one more fact would be worth."""
    index = imaging(result["index"])
    rows = tuple(
        Row(
            (
                of_text(capital(fact_told(fact, index))),
                *(
                    Cell(text=percent(fact[key]), order=fact[key])
                    for key in ("narrows_sensitivity", "narrows_rate")
                ),
            )
        )
        for fact in result["next_facts"]
    )
    return Table(
        id=anchor(name, "next-facts"),
        caption=(
            "What the next fact is worth: by how much it would narrow the two intervals, from the information that "
            "such a study brings on average at the fitted values."
        ),
        columns=(
            Column("Fact"),
            Column("Narrows the sensitivity's interval", "number"),
            Column("Narrows the rate's interval", "number"),
        ),
        rows=rows,
    )


def printed_table(name: str, result: Result) -> Table:
    """Return the sensitivities by leak site as they are printed."""
    rows = tuple(
        Row(
            (
                of_text(item["study_id"]),
                of_text(plain(item["leak_site"])),
                of_text(imaging(item["index"])),
                Cell(text=percent(item["sensitivity"]), order=item["sensitivity"]),
                of_text(_counted_on_both(item)),
                of_text(f"pairs.csv, row {item['sheet_row']}"),
            )
        )
        for item in result["printed_only"]
    )
    return Table(
        id=anchor(name, "printed"),
        caption=(
            "Sensitivities as series print them, by leak site; not pooled. That sites differ is one reason why the "
            "sensitivity differs between studies (ω)."
        ),
        columns=(
            Column("Study"),
            Column("Leak site"),
            Column("Imaging"),
            Column("Sensitivity", "number"),
            Column("Seen on both / on CT", "number"),
            Column("Stands in"),
        ),
        rows=rows,
    )


def _counted_on_both(item: Json) -> str:
    if item["both"] is None or item["positive"] is None:
        return "not printed"
    return f"{numbers.count(item['both'])} / {numbers.count(item['positive'])}"
