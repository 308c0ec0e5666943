"""Does a pooled rate hang on single studies: ``kind = "influence"``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from metaleak.effects.table import StudyTable
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.question.kinds.base import Prepared, Strict
from metaleak.question.moderators import moderated_table
from metaleak.question.question import Selecting
from metaleak.question.question import wrong_words as wrong_selection
from metaleak.question.review import Review
from metaleak.question.rows import described, enough_rows, observed_rates, rows_csv, rows_with_numbers
from metaleak.question.small_study import SmallStudy, asked_settings, of_rates, with_funnel
from metaleak.question.study_table import PooledRow
from metaleak.sheets.codebook import Codebook
from metaleak.synthesis.gosh import MOST_ROWS, gosh
from metaleak.synthesis.leave_out import cumulate, influence, leave_one_out

Floats = npt.NDArray[np.float64]
Masks = npt.NDArray[np.uint64]

#: Cells of the density of subsets that the result keeps: across the rates, and up the heterogeneity.
CELLS = (48, 32)

#: The share of the subsets at either end of either axis that the density leaves out.
_OUTERMOST = 0.001

#: Fewer rows have no subsets worth a look.
FEWEST_ROWS = 3


class InfluenceModel(Strict):
    """The model that is fitted again and again, and how many subsets the inverse-variance one pools.

    ``exact_subsets`` is how many of them the exact model pools, too. ``against`` is what the density of subsets sets
    the pooled rate against.
    """

    name: Literal["BinomialNormal"] = "BinomialNormal"
    ci_method: Literal["profile", "wald", "t"] = "profile"
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    subsets: Annotated[int, Field(ge=0, le=10_000_000)] = 100_000
    exact_subsets: Annotated[int, Field(ge=0, le=100_000)] = 2_000
    seed: Annotated[int, Field(ge=0)] = 1
    against: Literal["i2", "tau2"] = "i2"


class InfluenceFigures(Strict):
    """Which figures are drawn."""

    draw: tuple[Literal["leave_out", "cumulative", "gosh", "baujat", "influence", "funnel"], ...] = (
        "leave_out",
        "cumulative",
    )


class Question(Selecting):
    """One ``analyses/NAME.toml`` that pools its rows without each of them, in their order, and in subsets."""

    kind: Literal["influence"] = "influence"
    model: InfluenceModel = InfluenceModel()
    small_study: SmallStudy | None = None
    figures: InfluenceFigures = InfluenceFigures()

    _funnel = model_validator(mode="after")(with_funnel)

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            **self.selection_settings(),
            "model": self.model.model_dump(),
            **asked_settings(self.small_study),
            "figures": list(self.figures.draw),
        }


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say which words of the selection are unknown, one sentence each."""
    return wrong_selection(question, codebook)


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Take the rows.

    Raises
    ------
    SelectionError
        When fewer than three observations are left.
    """
    selection, rows = enough_rows(
        review, name, question, fewest=FEWEST_ROWS, otherwise="there is nothing to leave out"
    )
    table = moderated_table(review, rows, sheet=question.rows.sheet)
    return Prepared(
        identity=[
            [row.label, row.xi, row.ni, year]
            for row, year in zip(rows, table.moderators["year"], strict=True)
        ],
        numbers=partial(_numbers, question, rows, table),
        selection=described(review, selection, rows),
        rows=partial(
            rows_with_numbers, review, rows, keys=("rate", "ci_low", "ci_high", "ci_method", "diagnostics")
        ),
        rows_csv=rows_csv(question.rows.sheet, selection),
    )


def _numbers(question: Question, rows: Sequence[PooledRow], table: StudyTable) -> dict[str, Any]:
    settings = question.model
    model = BinomialNormal(ci_method=settings.ci_method, level=settings.level)
    whole = model.fit(table).natural()
    dated = [i for i in range(table.k) if table.moderators["year"][i] is not None]
    observed = observed_rates(rows, level=settings.level)
    inverse = RandomEffects(measure="PLO", level=settings.level)
    beside = inverse.fit(table)
    for values, found in zip(observed, _diagnostics(inverse, table), strict=True):
        values["diagnostics"] = found
    return {
        "groups": {},
        "estimate": whole.estimate,
        "ci_low": whole.ci.low,
        "ci_high": whole.ci.high,
        "k": table.k,
        "k_studies": table.k_studies,
        "inverse_variance": {"tau2": beside.tau2, "q": beside.heterogeneity.q},
        "without_row": _frame(leave_one_out(model, table), "left_out"),
        "without_study": _without_study(model, table, rows),
        "cumulative": _cumulative(model, table.take(dated)) if len(dated) > 1 else [],
        "undated": [rows[i].label for i in range(table.k) if i not in set(dated)],
        "subsets": _subsets(table, settings) if settings.subsets and table.k <= MOST_ROWS else None,
        **(
            {}
            if question.small_study is None
            else {"small_study": of_rates(inverse, table, question.small_study)}
        ),
        "rows": observed,
        "notes": [],
    }


def _frame(frame: Any, name: str) -> list[dict[str, Any]]:
    return [
        {
            "name": str(row[name]),
            "k": int(row["k"]),
            "estimate": row["natural"],
            "ci_low": row["natural_low"],
            "ci_high": row["natural_high"],
            "tau2": None if math.isnan(row["tau2"]) else row["tau2"],
        }
        for row in frame.to_dict("records")
    ]


def _without_study(
    model: BinomialNormal, table: StudyTable, rows: Sequence[PooledRow]
) -> list[dict[str, Any]]:
    """Return the fits without whole studies, where a study has several rows."""
    several = {s for s in table.study if list(table.study).count(s) > 1}
    found = _frame(leave_one_out(model, table, by="study"), "left_out") if several else []
    labels = {row.study_id: row.label.partition(" (")[0] for row in rows}
    return [{**item, "name": labels[item["name"]]} for item in found if item["name"] in several]


def _cumulative(model: BinomialNormal, table: StudyTable) -> list[dict[str, Any]]:
    order = sorted(range(table.k), key=lambda i: table.moderators["year"][i])
    years = [int(table.moderators["year"][i]) for i in order]
    found = _frame(cumulate(model, table, order="year"), "added")
    return [{**item, "year": year} for item, year in zip(found, years, strict=True)]


def _diagnostics(model: RandomEffects, table: StudyTable) -> list[dict[str, float]]:
    """Return the influence set of the inverse-variance model on the logit, one mapping per row."""
    frame = influence(model, table)
    kept = (
        "rstudent",
        "dffits",
        "cook_d",
        "cov_r",
        "tau2_deleted",
        "q_deleted",
        "hat",
        "dfbetas",
        "baujat_x",
        "baujat_y",
    )
    return [{name: float(row[name]) for name in kept} for row in frame.to_dict("records")]


def _subsets(table: StudyTable, settings: InfluenceModel) -> dict[str, Any]:
    """Pool subsets by inverse variance (DL) and say how far they spread, with and without each row."""
    model = RandomEffects(measure="PLO", method="DL")
    found = gosh(model, table, subsets=settings.subsets, seed=settings.seed)
    found = found[found["k"] >= 2]
    rate = 1 / (1 + np.exp(-found["estimate"].to_numpy(dtype=np.float64)))
    masks = found["subset"].to_numpy(dtype=np.uint64)
    gaps = []
    for i in range(table.k):
        inside = _holds(masks, i)
        gaps.append(float(np.median(rate[inside]) - np.median(rate[~inside])))
    largest = int(np.argmax(np.abs(gaps)))
    low, middle, high = (float(q) for q in np.quantile(rate, (0.025, 0.5, 0.975)))
    whole = model.fit(table)
    return {
        "subsets": len(found),
        "median": middle,
        "low": low,
        "high": high,
        "i2_median": float(np.median(found["i2"].to_numpy(dtype=np.float64))),
        "most": table.label[largest],
        "most_gap": gaps[largest],
        "all": {
            "estimate": whole.natural().estimate,
            "i2": whole.heterogeneity.i2,
            "tau2": whole.tau2,
        },
        "density": {
            "against": settings.against,
            **_density(
                rate, found[settings.against].to_numpy(dtype=np.float64), _holds(masks, largest), CELLS
            ),
        },
        "exact": _exact(table, settings),
    }


def _exact(table: StudyTable, settings: InfluenceModel) -> dict[str, Any] | None:
    """Pool fewer subsets by the exact model, and the same ones by inverse variance."""
    count = min(settings.exact_subsets, settings.subsets)
    if not count:
        return None
    frames = [
        gosh(model, table, subsets=count, seed=settings.seed)
        for model in (BinomialNormal(), RandomEffects(measure="PLO", method="DL"))
    ]
    several = (frames[0]["k"] >= 2).to_numpy()
    exact, inverse = (1 / (1 + np.exp(-f["estimate"].to_numpy(dtype=np.float64))) for f in frames)
    kept = several & np.isfinite(exact)
    if not kept.any():
        return None
    gap = np.abs(exact[kept] - inverse[kept])
    return {
        "subsets": int(kept.sum()),
        "not_pooled": int((several & ~kept).sum()),
        **_spread(exact[kept]),
        "inverse_variance": _spread(inverse[kept]),
        "gap_median": float(np.median(gap)),
        "gap_95": float(np.quantile(gap, 0.95)),
    }


def _spread(rates: Floats) -> dict[str, float]:
    low, middle, high = (float(q) for q in np.quantile(rates, (0.025, 0.5, 0.975)))
    return {"median": middle, "low": low, "high": high}


def _holds(masks: Masks, row: int) -> npt.NDArray[np.bool_]:
    return (masks >> np.uint64(row) & np.uint64(1)).astype(bool)


def _density(
    rate: Floats, spread: Floats, inside: npt.NDArray[np.bool_], cells: tuple[int, int]
) -> dict[str, Any]:
    """Return how many subsets lie in which cell: one text per line of cells, the lowest first.

    Texts, because a list would stand in the file with one line per cell.
    """
    x, y = _ends(rate), _ends(spread)
    seen = (x[0] <= rate) & (rate <= x[1]) & (y[0] <= spread) & (spread <= y[1])
    counts = np.histogram2d(rate[seen], spread[seen], bins=cells, range=(x, y))[0].astype(int)
    columns = np.histogram(rate[seen & inside], bins=cells[0], range=x)[0]
    return {
        "x": list(x),
        "y": list(y),
        "beyond": int((~seen).sum()),
        "cells": [" ".join(map(str, line)) for line in counts.T.tolist()],
        "with_most": " ".join(map(str, columns.tolist())),
    }


def _ends(values: Floats) -> tuple[float, float]:
    """Return what holds all values but the outermost, which would leave the others a corner."""
    low, high = (float(end) for end in np.quantile(values, (_OUTERMOST, 1 - _OUTERMOST)))
    return (low, high) if high - low > 1e-6 else (low - 0.005, high + 0.005)
