"""Rates adjusted for what X-ray misses, with every guard rail: ``kind = "detection"``."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field

from metaleak import numbers
from metaleak.effects.detection_table import DetectionTable, RowKind
from metaleak.effects.proportions import study_intervals
from metaleak.errors import MetaleakError
from metaleak.pooling.detection.detail import DetectionDetail
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.pooling.result import Estimate, Interval, MetaResult
from metaleak.question import as_json
from metaleak.question.detection_table import Reading, detection_table, readings
from metaleak.question.kinds.base import Prepared, Strict
from metaleak.question.question import Rows, Selecting
from metaleak.question.question import wrong_words as wrong_selection
from metaleak.question.review import Review
from metaleak.question.rows import described
from metaleak.question.select import Selection, select_rows
from metaleak.question.study_table import PooledRow, pooled_rows
from metaleak.sheets.codebook import Codebook, nearest
from metaleak.synthesis.two_sources import two_sources
from metaleak.synthesis.unreported import over_declared_shares

Words = Annotated[list[str], Field(min_length=1)]


class Parts(Strict):
    """Which words of ``modality`` are CT, the index, both read together, and not reported."""

    ct: Words
    index: Words
    joint: list[str] = Field(default_factory=list)
    unreported: list[str] = Field(default_factory=list)


class PairRows(Strict):
    """Which rows of ``pairs.csv`` compare the two on the same patients or vertebrae."""

    leak_site: Words
    reference: Words
    unit: Words


class DetectionModel(Strict):
    """The model behind the headline."""

    name: Literal["DetectionAdjusted"] = "DetectionAdjusted"
    specificity: Annotated[float, Field(gt=0, le=1)] = 1.0
    ct_sensitivity: Annotated[float, Field(gt=0, le=1)] = 1.0
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    draws: Annotated[int, Field(ge=0, le=100_000)] = 400
    seed: Annotated[int, Field(ge=0)] = 1


class GuardRails(Strict):
    """Assumptions under which the answer is shown again."""

    specificity: list[Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=list)
    ct_sensitivity: list[Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=list)
    correlation: list[Annotated[float, Field(gt=-1, lt=1)]] = Field(default_factory=list)
    leave_out_pairs: bool = True
    joint_as_ct: bool = True
    shared_index: bool = True
    unreported: list[Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=list)


class DetectionFigures(Strict):
    """Which figures are drawn."""

    draw: tuple[Literal["adjusted", "guard_rails", "unreported"], ...] = ("adjusted", "guard_rails")


class Question(Selecting):
    """One ``analyses/NAME.toml`` that adjusts rates for imperfect detection."""

    kind: Literal["detection"] = "detection"
    parts: Parts
    pairs: PairRows
    model: DetectionModel = DetectionModel()
    guard_rails: GuardRails = GuardRails()
    figures: DetectionFigures = DetectionFigures()

    @property
    def sheets(self) -> tuple[str, ...]:
        """Both sheets."""
        return (self.rows.sheet, "pairs")

    @property
    def pair_rows(self) -> Selecting:
        """The selection of the pairs as a question of its own."""
        index = Rows(sheet="pairs", **self.pairs.model_dump())
        return Selecting(format=1, title=self.title, question=self.question, rows=index)

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            **self.selection_settings(),
            "parts": self.parts.model_dump(),
            "pairs": self.pairs.model_dump(),
            "model": self.model.model_dump(),
            "guard_rails": self.guard_rails.model_dump(),
            "figures": list(self.figures.draw),
        }


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say which words of the selection, the parts and the pairs are unknown, one sentence each."""
    wrong = wrong_selection(question, codebook) + wrong_selection(question.pair_rows, codebook)
    known = codebook.words("modality")
    given = [word for words in question.parts.model_dump().values() for word in words]
    wrong += [f"unknown word {word!r} in parts{nearest(word, known)}" for word in given if word not in known]
    wrong += [f"{word!r} plays two parts" for word, times in Counter(given).items() if times > 1]
    return wrong


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """Everything that the numbers are computed from."""

    question: Question
    rows: list[Reading]
    again: list[PooledRow]
    pairs: pd.DataFrame


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Take the rows of both sheets.

    Raises
    ------
    SelectionError
        When no row of a sheet is left.
    """
    selection = review.select(name)
    leaks = pooled_rows(question, selection, review.study_labels)
    pairs = select_rows(question.pair_rows, review.sheets.frame("pairs"), name=name)
    rows, again = readings(
        leaks,
        pairs.taken,
        parts=question.parts.model_dump(),
        labels=review.study_labels,
        main_index=question.parts.index[0],
    )
    taken = _Taken(question, rows, again, pairs.candidates)
    return Prepared(
        identity=[
            [[row.label, row.index_modality, *_counts(row)] for row in rows],
            list(_printed_only(pairs.candidates)),
        ],
        numbers=partial(_numbers, taken),
        selection={**described(review, selection, leaks), "pairs": len(pairs.taken)},
        rows=partial(_rows, review, taken),
        rows_csv=_rows_csv(selection, pairs, {n for row in again for n in row.sheet_rows}),
    )


def _counts(row: Reading) -> list[float | None]:
    values = (row.ni, row.ct, row.index, row.both, row.joint, row.unreported)
    return [None if math.isnan(value) else value for value in values]


def _numbers(taken: _Taken) -> dict[str, Any]:
    model = taken.question.model
    headline = DetectionAdjusted(
        specificity=model.specificity,
        ct_sensitivity=model.ct_sensitivity,
        level=model.level,
        draws=model.draws,
        seed=model.seed,
    )
    table = detection_table(taken.rows)
    fit = headline.fit(table)
    detail: DetectionDetail = fit.detail
    rates = {rate.study: rate for rate in detail.rates}
    left_out = {item.label: item.reason for item in detail.left_out}
    return {
        "groups": {},
        **_answer(fit),
        "information": dict(detail.information),
        "information_on_sensitivity": dict(detail.information_on_sensitivity),
        "kinds": dict(detail.rows),
        "identifiability": detail.identifiability,
        "effective_draws": detail.effective_draws,
        "penalised_stands_beside": detail.penalised_stands_beside,
        "ct_pool": _ct_pool(detail),
        "guard_rails": list(_guard_rails(taken, headline)),
        "unreported": _unreported(taken, headline, table),
        "two_sources": _two_sources(headline, table),
        "printed_only": list(_printed_only(taken.pairs)),
        "rows": [
            _row_numbers(row, str(kind), rates, left_out, model.level)
            for row, kind in zip(taken.rows, table.kind, strict=True)
        ],
        "notes": [
            note for note in fit.notes if not note.endswith("of the index") and "left out: fewer" not in note
        ],
    }


def _answer(fit: MetaResult) -> dict[str, Any]:
    """Return the rate and the sensitivity of a fit: what every guard rail shows again."""
    detail: DetectionDetail = fit.detail
    natural = fit.natural()
    index, sensitivity = next(iter(detail.sensitivity.items()))
    penalised = detail.penalised
    return {
        "estimate": natural.estimate,
        "ci_low": natural.ci.low,
        "ci_high": natural.ci.high,
        "ci_method": natural.ci.method,
        "pi_low": None if natural.prediction is None else natural.prediction.low,
        "pi_high": None if natural.prediction is None else natural.prediction.high,
        "population_average": _estimate(detail.population_average),
        "index": index,
        "sensitivity": _estimate(sensitivity),
        "share_missed": _estimate(detail.share_missed),
        "tau": math.sqrt(fit.tau2 or 0.0),
        "omega": math.sqrt(detail.omega2),
        "omega_ci": None if detail.omega2_ci is None else [math.sqrt(v) for v in _ends(detail.omega2_ci)],
        "penalised": None
        if penalised is None
        else {
            "estimate": penalised.incidence,
            "sensitivity": penalised.sensitivity[index],
            "omega": penalised.omega,
        },
    }


def _estimate(value: Estimate) -> dict[str, float | None]:
    low, high = (None, None) if value.ci is None else _ends(value.ci)
    return {"value": value.value, "ci_low": low, "ci_high": high}


def _ends(ci: Interval) -> tuple[float, float]:
    return max(ci.low, 0.0), ci.high


def _ct_pool(detail: DetectionDetail) -> dict[str, Any] | None:
    pool = detail.ct_pool
    return None if pool is None else {"k": pool.k, **_estimate(pool.estimate)}


def _guard_rails(taken: _Taken, headline: DetectionAdjusted) -> Iterator[dict[str, Any]]:
    wanted = taken.question.guard_rails
    table = detection_table(taken.rows)
    plain = DetectionAdjusted(level=headline.level, draws=0)
    shown = [
        ("specificity of the index", f"{v:g}", replace(plain, specificity=v)) for v in wanted.specificity
    ]
    shown += [
        ("sensitivity of CT", f"{v:g}", replace(plain, ct_sensitivity=v)) for v in wanted.ct_sensitivity
    ]
    shown += [
        ("correlation of rate and sensitivity", numbers.fixed(v, 1), replace(plain, correlation=v))
        for v in wanted.correlation
    ]
    if wanted.joint_as_ct:
        shown.append(("rows read on CT and the index together", "taken as CT", replace(plain, joint="ct")))
    if wanted.shared_index:
        shown.append(("every index imaging", "with one sensitivity", replace(plain, indexes="shared")))
    for group, name, model in shown:
        yield {"group": group, "name": name, **_tried(model, table)}
    if wanted.leave_out_pairs:
        for study, name in _paired_studies(taken.rows).items():
            kept = [row for row in taken.rows if row.study_id != study or row.sheet != "pairs"]
            yield {"group": "without the pair of", "name": name, **_tried(plain, detection_table(kept))}


def _unreported(
    taken: _Taken, headline: DetectionAdjusted, table: DetectionTable
) -> list[dict[str, float | None]]:
    """Return the rate over declared shares of the unreported rows that read CT."""
    wanted = taken.question.guard_rails.unreported
    if not wanted or not len(table.rows_of(RowKind.UNREPORTED)):
        return []
    return [asdict(item) for item in over_declared_shares(headline, table, wanted)]


def _two_sources(headline: DetectionAdjusted, table: DetectionTable) -> dict[str, Any]:
    """Return the sensitivity from pairs and from the contrast between studies, or why there are not both."""
    try:
        return {**asdict(two_sources(headline, table)), "reason": None}
    except MetaleakError as error:
        return {"reason": str(error)}


def _printed_only(pairs: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Return the sensitivities of ``pairs.csv`` by leak site, as they are printed; they are not pooled."""
    for row in pairs[pairs["index_sensitivity"].notna()].to_dict("records"):
        positive, both = row["reference_positive"], row["both_positive"]
        yield {
            "study_id": str(row["study_id"]),
            "leak_site": str(row["leak_site"]),
            "index": str(row["index"]),
            "unit": str(row["unit"]),
            "sensitivity": float(row["index_sensitivity"]),
            "positive": None if pd.isna(positive) else int(positive),
            "both": None if pd.isna(both) else int(both),
            "sheet_row": int(row["sheet_row"]),
        }


def _paired_studies(rows: Sequence[Reading]) -> dict[str, str]:
    """Return the studies of pairs with the name that each has without its index."""
    return {
        row.study_id: row.label.partition(f" ({row.index_modality})")[0]
        for row in rows
        if row.sheet == "pairs"
    }


def _tried(model: DetectionAdjusted, table: Any) -> dict[str, Any]:
    try:
        return {**_answer(model.fit(table)), "reason": None}
    except MetaleakError as error:
        return {"estimate": None, "reason": str(error)}


def _row_numbers(
    row: Reading, kind: str, rates: Mapping[str, Any], left_out: Mapping[str, str], level: float
) -> dict[str, Any]:
    events = next(v for v in (row.ct, row.index, row.both, row.joint, row.unreported) if not math.isnan(v))
    low, high = study_intervals([int(events)], [int(row.ni)], level=level)
    rate = rates.get(row.study_id) if row.label not in left_out else None
    return {
        "kind": kind,
        "events": int(events),
        "total": int(row.ni),
        "rate": events / row.ni,
        "ci_low": float(low[0]),
        "ci_high": float(high[0]),
        "ci_method": "Clopper-Pearson",
        "ct_equivalent": None if rate is None else rate.ct_equivalent,
        "ct_low": None if rate is None else rate.ci_low,
        "ct_high": None if rate is None else rate.ci_high,
        "counts": _counts(row),
        "left_out": left_out.get(row.label),
    }


_ROW = (
    "kind",
    "events",
    "total",
    "rate",
    "ci_low",
    "ci_high",
    "ci_method",
    "ct_equivalent",
    "ct_low",
    "ct_high",
    "counts",
    "left_out",
)


def _rows(review: Review, taken: _Taken, numbers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    studies = {row["study_id"]: row for row in review.sheets.frame("studies").to_dict("records")}
    return [
        {
            "label": row.label,
            "study_id": row.study_id,
            "sheet": row.sheet,
            "procedure": row.procedure,
            "unit": row.unit,
            "modality": row.index_modality
            if row.sheet == "pairs" or not math.isnan(row.index)
            else values["kind"],
            "group": values["kind"],
            **{key: values[key] for key in _ROW},
            "sheet_rows": list(row.sheet_rows),
            "confidence": row.confidence,
            "source_location": row.source_location,
            "year": as_json.text(studies.get(row.study_id, {}).get("year")),
            "url": as_json.text(studies.get(row.study_id, {}).get("url")),
        }
        for row, values in zip(taken.rows, numbers, strict=True)
    ]


def _rows_csv(leaks: Selection, pairs: Selection, again: set[int]) -> str:
    """Return the candidates of both sheets with their verdicts."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = (
        "study_id",
        "arm",
        "procedure",
        "unit",
        "modality",
        "leak_site",
        "symptomatic",
        "n_leak",
        "n_total",
    )
    writer.writerow([*columns, "taken", "group", "reason", "sheet_row", "sheet"])
    for row in leaks.candidates.to_dict("records"):
        twice = bool(row["taken"]) and row["sheet_row"] in again
        taken = int(bool(row["taken"]) and not twice)
        reason = "its study is counted in pairs.csv" if twice else row["reason"]
        told = [as_json.text(row[column]) for column in columns]
        writer.writerow([*told, taken, "leaks" if taken else "", reason, row["sheet_row"], "leaks"])
    for row in pairs.candidates.to_dict("records"):
        told = [as_json.text(row[c]) for c in ("study_id",)] + [""]
        told += [as_json.text(row[c]) for c in ("procedure", "unit", "index", "leak_site")]
        told += ["", as_json.text(row["index_positive"]), as_json.text(row["n_total"])]
        taken = int(row["taken"])
        writer.writerow([*told, taken, "pairs" if taken else "", row["reason"], row["sheet_row"], "pairs"])
    return out.getvalue()
