"""What would change the answer: further studies for a wanted precision, and the next one: ``kind = "future"``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from metaleak.effects.table import StudyTable
from metaleak.errors import SelectionError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.result import MetaResult
from metaleak.question.kinds.base import Prepared, Strict
from metaleak.question.question import Selecting
from metaleak.question.question import wrong_words as wrong_selection
from metaleak.question.review import Review
from metaleak.question.rows import described, observed_rates, rows_csv, rows_with_numbers
from metaleak.question.select import ALL
from metaleak.question.study_table import PooledRow, pooled_rows, table_of
from metaleak.sheets.codebook import Codebook
from metaleak.synthesis.difference import odds_ratio_between
from metaleak.synthesis.future import Simulation, fewest, widths_of
from metaleak.synthesis.next_study import next_study

Floats = npt.NDArray[np.float64]

#: Fewer rows say nothing of the spread that further studies are drawn with.
FEWEST_ROWS = 3

#: Rates and sizes of the next study that are pooled.
RATES, SIZES = 23, 11

#: By how many margins the pooled rate moves along a contour.
STEPS = (-3, -2, -1, 0, 1, 2, 3)

Percent = Annotated[float, Field(gt=0, lt=50)]


class FutureModel(Strict):
    """The model whose interval is to be narrowed."""

    name: Literal["BinomialNormal"] = "BinomialNormal"
    ci_method: Literal["profile", "wald", "t"] = "profile"
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class Further(Strict):
    """``[further]``: the precision that is wanted, and what further studies are taken to be.

    Attributes
    ----------
    half_width : float
        Half of the wanted width of the interval, in percentage points.
    units : "median" or int
        Units of every further study; the median of today's, or a number.
    assurance : float
        In which share of the replicates the interval has to be narrow enough.
    most : int
        The most further studies that are tried.
    replicates, seed : int
        Of the simulation.
    """

    half_width: Percent = 5.0
    units: Literal["median"] | Annotated[int, Field(ge=1, le=10_000)] = "median"
    assurance: Annotated[float, Field(gt=0, lt=1)] = 0.8
    most: Annotated[int, Field(ge=1, le=1000)] = 256
    replicates: Annotated[int, Field(ge=20, le=10_000)] = 200
    seed: Annotated[int, Field(ge=0)] = 1


class Next(Strict):
    """``[next_study]``: what the next one would have to move.

    Attributes
    ----------
    margin : float
        By how many percentage points the pooled rate would have to move to matter.
    against : str, optional
        The group whose contrast is watched; a next study of its own is asked about, too.
    smallest, largest : int
        Units of a next study, from and to.
    """

    margin: Percent = 2.0
    against: str | None = None
    smallest: Annotated[int, Field(ge=2)] = 10
    largest: Annotated[int, Field(le=100_000)] = 1000

    @model_validator(mode="after")
    def _rising(self) -> Next:
        if self.smallest >= self.largest:
            raise ValueError("next_study: smallest is not below largest")
        return self


class FutureFigures(Strict):
    """Which figures are drawn."""

    draw: tuple[Literal["precision", "extended_funnel"], ...] = ("precision", "extended_funnel")


class Question(Selecting):
    """One ``analyses/NAME.toml`` that asks what further studies would change; ``group`` names whose rate."""

    kind: Literal["future"] = "future"
    of: str | None = None
    model: FutureModel = FutureModel()
    further: Further = Further()
    next_study: Next = Next()
    figures: FutureFigures = FutureFigures()

    @model_validator(mode="after")
    def _names_fit(self) -> Question:
        names = [group.name for group in self.groups] or [ALL]
        for key, name in (("of", self.of), ("next_study.against", self.next_study.against)):
            if name is not None and name not in names:
                raise ValueError(f"{key} names no group: {name!r}; groups: {', '.join(names)}")
        if self.next_study.against == self.group:
            raise ValueError("next_study.against is the group itself")
        return self

    @property
    def group(self) -> str:
        """The group whose rate is asked about: the first, where none is named."""
        return self.of or (self.groups[0].name if self.groups else ALL)

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            **self.selection_settings(),
            "of": self.group,
            "model": self.model.model_dump(),
            "further": self.further.model_dump(),
            "next_study": self.next_study.model_dump(),
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
        When a group has fewer than three observations.
    """
    selection = review.select(name)
    rows = pooled_rows(question, selection, review.study_labels)
    for group in (question.group, question.next_study.against):
        count = sum(row.group == group for row in rows)
        if group is not None and count < FEWEST_ROWS:
            raise SelectionError(
                f"{group} has too few observations to draw further ones from",
                required=f"{FEWEST_ROWS} observations or more",
                got=count,
                where=f"analyses/{name}.toml",
            )
    return Prepared(
        identity=[[row.group, row.study_id, row.label, row.xi, row.ni] for row in rows],
        numbers=partial(_numbers, question, rows),
        selection=described(review, selection, rows),
        rows=partial(rows_with_numbers, review, rows, keys=("rate", "ci_low", "ci_high", "ci_method")),
        rows_csv=rows_csv(question.rows.sheet, selection),
    )


def _numbers(question: Question, rows: Sequence[PooledRow]) -> dict[str, Any]:
    model = BinomialNormal(ci_method=question.model.ci_method, level=question.model.level)
    further = question.further
    table = table_of([row for row in rows if row.group == question.group])
    units = round(float(np.median(table.ni))) if further.units == "median" else further.units
    drawn = Simulation(model, table, units=units, replicates=further.replicates, seed=further.seed)
    now = drawn.now
    return {
        "groups": {},
        "group": question.group,
        **_rate(now),
        "k": table.k,
        "k_studies": table.k_studies,
        "tau2": now.tau2,
        "further": _further(drawn, question, now),
        "next_study": _next(question, model, rows),
        "rows": observed_rates(rows, level=question.model.level),
        "notes": [],
    }


def _rate(fit: MetaResult) -> dict[str, float]:
    natural = fit.natural()
    return {"estimate": natural.estimate, "ci_low": natural.ci.low, "ci_high": natural.ci.high}


def _further(drawn: Simulation, question: Question, now: MetaResult) -> dict[str, Any]:
    asked, ci = question.further, now.heterogeneity.tau2_ci
    width = 2 * asked.half_width / 100

    def needed(simulation: Simulation, tau2: float | None) -> dict[str, Any]:
        found = fewest(simulation, width=width, assurance=asked.assurance, most=asked.most)
        tried = max(found.reached, default=0) if found.studies is None else found.studies
        share = found.reached.get(tried)
        return {
            "tau2": tau2,
            "studies": found.studies,
            "share": share,
            "share_se": None if share is None else math.sqrt(share * (1 - share) / asked.replicates),
        }

    wanted = needed(drawn, now.tau2)
    limits = [] if ci is None else [tau2 for tau2 in (ci.low, ci.high) if math.isfinite(tau2)]
    curve = widths_of(drawn, _numbers_of_studies(wanted["studies"] or asked.most, asked.most))
    return {
        "units": drawn.units,
        "half_width_now": drawn.width_now / 2,
        "wanted": wanted,
        "at_limits_of_tau2": [needed(drawn.with_tau2(tau2), tau2) for tau2 in limits],
        "curve": [
            {
                "studies": int(row["studies"]),
                "half_width": row["width"] / 2,
                "half_width_se": row["width_se"] / 2,
                "low": row["low"] / 2,
                "high": row["high"] / 2,
            }
            for row in curve.to_dict("records")
        ],
    }


def _numbers_of_studies(needed: int, most: int) -> list[int]:
    """Return numbers of further studies from none to beyond what is needed, close together where curves bend."""
    last = min(most, max(8, math.ceil(1.25 * needed)))
    return sorted({0, 1, *(round(last * (i / 8) ** 1.7) for i in range(1, 9))})


def _next(question: Question, model: BinomialNormal, rows: Sequence[PooledRow]) -> dict[str, Any]:
    """Ask about a next study of the group, and of the one that it is compared with."""
    asked, groups = question.next_study, [question.group]
    if asked.against is not None:
        groups.append(asked.against)
    tables = {group: table_of([row for row in rows if row.group == group]) for group in groups}
    return {
        "contrast": _contrast(tables, question, model),
        "panels": [
            _panel(
                group, tables[group], tables.get(groups[1 - i]) if len(groups) > 1 else None, question, model
            )
            for i, group in enumerate(groups)
        ],
    }


def _contrast(
    tables: dict[str, StudyTable], question: Question, model: BinomialNormal
) -> dict[str, Any] | None:
    against = question.next_study.against
    if against is None:
        return None
    ratio, p_value, _ = odds_ratio_between(model, tables[against], tables[question.group])
    limits = ratio.ci
    return {
        "of": against,
        "against": question.group,
        "odds_ratio": ratio.value,
        "ci_low": None if limits is None else limits.low,
        "ci_high": None if limits is None else limits.high,
        "p_value": p_value,
    }


def _panel(
    group: str, table: StudyTable, others: StudyTable | None, question: Question, model: BinomialNormal
) -> dict[str, Any]:
    """Return where a next study of a group moves its pooled rate by margins, and turns the contrast's verdict."""
    asked = question.next_study
    span = math.log(asked.largest / asked.smallest)
    sizes = sorted({round(asked.smallest * math.exp(i / (SIZES - 1) * span)) for i in range(SIZES)})
    # Close together at both ends, where rates move most.
    rates = [(1 - math.cos(math.pi * i / (RATES - 1))) / 2 for i in range(RATES)]
    frame = next_study(model, table, rates=rates, units=sizes, others=others)
    now = _rate(model.fit(table))
    margin, alpha = asked.margin / 100, 1 - question.model.level
    found: dict[str, list[Any]] = {f"moves_{step}": [] for step in STEPS}
    excludes: list[list[list[float]]] = []
    for size in sizes:
        part = frame[frame["units"] == size].drop_duplicates("events")
        at = part["events"].to_numpy(dtype=np.float64) / size
        moved = part["estimate"].to_numpy(dtype=np.float64) - now["estimate"]
        for step in STEPS:
            found[f"moves_{step}"].append(crossing(at, moved - step * margin))
        if others is not None:
            excludes.append(spans(at, np.log(alpha / part["p_value"].to_numpy(dtype=np.float64))))
    moved = frame["estimate"].to_numpy(dtype=np.float64) - now["estimate"]
    low, high = int(np.argmin(moved)), int(np.argmax(moved))
    return {
        "group": group,
        **now,
        "k": table.k,
        "sizes": sizes,
        "contours": [{"points": step * margin, "rates": found[f"moves_{step}"]} for step in STEPS],
        "lowest": _cell(frame, low),
        "highest": _cell(frame, high),
        "within_margin": [float(min(moved)) >= -margin, float(max(moved)) <= margin],
        "excludes": excludes if others is not None else None,
        "p_range": None if others is None else [float(frame["p_value"].min()), float(frame["p_value"].max())],
    }


def _cell(frame: Any, i: int) -> dict[str, Any]:
    row = frame.iloc[i]
    return {
        "rate": float(row["events"]) / float(row["units"]),
        "units": int(row["units"]),
        "estimate": float(row["estimate"]),
    }


def crossing(at: Floats, value: Floats) -> float | None:
    """Return the first place where values rise through 0, between the places that were looked at, or None."""
    for i in range(len(at) - 1):
        if value[i] <= 0 < value[i + 1]:
            return float(at[i] + (at[i + 1] - at[i]) * -value[i] / (value[i + 1] - value[i]))
    return None


def spans(at: Floats, value: Floats) -> list[list[float]]:
    """Return from where to where values lie above 0, between the places that were looked at."""
    found: list[list[float]] = []
    for i, above in enumerate(value > 0):
        before = i > 0 and value[i - 1] > 0
        if above and not before:
            found.append([_zero(at, value, i - 1) if i else float(at[0])])
        if before and not above:
            found[-1].append(_zero(at, value, i - 1))
    if found and len(found[-1]) == 1:
        found[-1].append(float(at[-1]))
    return found


def _zero(at: Floats, value: Floats, i: int) -> float:
    """Return where a line through two neighbours crosses 0."""
    return float(at[i] + (at[i + 1] - at[i]) * value[i] / (value[i] - value[i + 1]))
