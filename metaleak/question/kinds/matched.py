"""Compare two imaging methods on the same units: ``kind = "matched"``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, model_validator

from metaleak.effects.detection_table import DetectionTable
from metaleak.errors import SelectionError
from metaleak.pooling.result import Estimate, MetaResult
from metaleak.question.kinds.base import NoFigures, Prepared, Strict
from metaleak.question.question import Group, Rows, Selecting, wrong_words
from metaleak.question.review import Review
from metaleak.question.rows import described, rows_csv, rows_with_numbers
from metaleak.question.select import Selection
from metaleak.question.study_table import PooledRow, pooled_rows
from metaleak.synthesis.matched import MatchedContrast, matched_contrast
from metaleak.synthesis.matched_rows import ENDS, Cells, MatchedRow

__all__ = ["Question", "prepare", "wrong_words"]

#: What a row of the result holds beside its words.
KEYS = (
    "rate",
    "n",
    "reference",
    "index",
    "both",
    "both_range",
    "index_range",
    "sensitivity",
    "relative",
    "difference",
    "only_index",
    "only_reference",
    "odds_ratio",
    "p_value",
    "mid_p",
    "reason",
)


class PairRows(Rows):
    """Rows of ``pairs.csv``."""

    sheet: Literal["pairs"]


class MatchedModel(Strict):
    """The pools of ratio and difference by inverse variance; odds ratio and sensitivity are binomial-normal."""

    method: Literal["DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM"] = "REML"
    ci_method: Literal["wald", "t", "hksj", "hksj-adhoc"] = "hksj-adhoc"
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class Question(Selecting):
    """One ``analyses/NAME.toml`` that compares an index with a reference on the same units."""

    kind: Literal["matched"] = "matched"
    rows: PairRows
    groups: Annotated[list[Group], Field(alias="group", min_length=1)]
    model: MatchedModel = MatchedModel()
    figures: NoFigures = NoFigures()

    @model_validator(mode="after")
    def _names_fit(self) -> Question:
        names = [group.name for group in self.groups]
        twice = [name for i, name in enumerate(names) if name in names[:i]]
        if twice:
            raise ValueError(f"two groups are called {twice[0]!r}")
        return self

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {**self.selection_settings(), "model": self.model.model_dump(), "figures": []}


@dataclass(frozen=True, slots=True)
class Counts:
    """What a row of ``pairs.csv`` prints; None where it does not."""

    n: int
    reference: int
    index: int | None
    both: int | None


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Take the comparisons that print enough to be compared.

    Raises
    ------
    SelectionError
        When no comparison is left.
    """
    selection = _with_positives(review.select(name))
    if selection.taken.empty:
        raise SelectionError(
            "the reference shows nothing in any comparison",
            required="a comparison with reference_positive above 0",
            where=f"analyses/{name}.toml",
        )
    rows = pooled_rows(question, selection, review.study_labels)
    counts = _counts(selection)
    return Prepared(
        identity=[[row.group, row.study_id, row.label, *_plain(counts[row.sheet_rows[0]])] for row in rows],
        numbers=partial(_numbers, question, rows, counts),
        selection=described(review, selection, rows),
        rows=partial(rows_with_numbers, review, rows, keys=KEYS),
        rows_csv=rows_csv(question.rows.sheet, selection),
    )


def _with_positives(selection: Selection) -> Selection:
    """Leave out comparisons in which the reference shows nothing: there is no share of it."""
    frame = selection.candidates.copy()
    empty = (frame["taken"] & frame["reference_positive"].eq(0).fillna(False).astype(bool)).to_numpy()
    frame["taken"] = frame["taken"] & ~empty
    frame["group"] = frame["group"].mask(empty, "")
    frame["reason"] = frame["reason"].mask(empty, "reference_positive is 0")
    return replace(selection, candidates=frame)


def _counts(selection: Selection) -> dict[int, Counts]:
    """Return the counts of every taken row by its place in the sheet."""
    return {
        int(row["sheet_row"]): Counts(
            int(row["n_total"]),
            int(row["reference_positive"]),
            _whole(row["index_positive"]),
            _whole(row["both_positive"]),
        )
        for row in selection.taken.to_dict("records")
    }


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _plain(counts: Counts) -> tuple[int | None, ...]:
    return counts.n, counts.reference, counts.index, counts.both


def _numbers(question: Question, rows: Sequence[PooledRow], counts: Mapping[int, Counts]) -> dict[str, Any]:
    names = [group.name for group in question.groups]
    found = {
        name: _contrast(question, [row for row in rows if row.group == name], counts)
        for name in names
        if any(row.group == name for row in rows)
    }
    return {
        "groups": {},
        "matched": [_pooled(name, contrast) for name, contrast in found.items()],
        "rows": [_row(item) for contrast in found.values() for item in contrast.rows],
        "notes": [
            *(f"no comparison for: {name}" for name in names if name not in found),
            *(f"{name}: {note}" for name, contrast in found.items() for note in contrast.notes),
        ],
    }


def _contrast(question: Question, rows: Sequence[PooledRow], counts: Mapping[int, Counts]) -> MatchedContrast:
    printed = [counts[row.sheet_rows[0]] for row in rows]
    nan = float("nan")
    table = DetectionTable.from_counts(
        [item.n for item in printed],
        ct=[item.reference for item in printed],
        index=[nan if item.index is None else item.index for item in printed],
        both=[nan if item.both is None else item.both for item in printed],
        index_modality=[row.modality for row in rows],
        label=[row.label for row in rows],
        study=[row.study_id for row in rows],
    )
    model = question.model
    return matched_contrast(table, method=model.method, ci_method=model.ci_method, level=model.level)


def _pooled(name: str, found: MatchedContrast) -> dict[str, Any]:
    pooled = found.sensitivity
    ratio = found.odds_ratio
    return {
        "name": name,
        "k": len(found.rows),
        "k_studies": len({row.study for row in found.rows}),
        "k_known": sum(row.is_known for row in found.rows),
        "k_totals": sum(row.both is None and not row.is_known for row in found.rows),
        "k_overlap": sum(row.index is None and not row.is_known for row in found.rows),
        "sensitivity": None if pooled is None else _fitted(pooled),
        "relative": {end: _or_none(found.relative[end]) for end in ENDS},
        "difference": {end: _turned(found.difference[end]) for end in ENDS},
        "odds_ratio": None
        if ratio is None or found.conditional is None
        else {**_estimate(ratio), "k": found.conditional.k, "tau2": found.conditional.tau2},
        "reasons": dict(found.reasons),
        "notes": list(found.notes),
    }


def _or_none(fit: MetaResult | None) -> dict[str, Any] | None:
    return None if fit is None else _fitted(fit)


def _fitted(fit: MetaResult) -> dict[str, Any]:
    natural = fit.natural()
    return {
        "value": natural.estimate,
        "ci_low": natural.ci.low,
        "ci_high": natural.ci.high,
        "ci_method": natural.ci.method,
        "tau2": fit.tau2,
        "k": fit.k,
    }


def _turned(fit: MetaResult | None) -> dict[str, Any] | None:
    """Return a pooled difference as reference minus index, inside -1..1."""
    if fit is None:
        return None
    found = _fitted(fit)
    low, high = max(-1.0, -found["ci_high"]), min(1.0, -found["ci_low"])
    return {**found, "value": -found["value"], "ci_low": low, "ci_high": high}


def _estimate(item: Estimate) -> dict[str, Any]:
    ci = item.ci
    return {
        "value": item.value,
        "ci_low": None if ci is None else ci.low,
        "ci_high": None if ci is None else ci.high,
        "ci_method": "" if ci is None else ci.method,
    }


def _row(row: MatchedRow) -> dict[str, Any]:
    near, far = (row.cells[end] for end in ENDS)
    known = row.is_known
    return {
        "rate": near.both / row.reference,
        "n": int(row.ni),
        "reference": int(row.reference),
        "index": None if row.index is None else int(row.index),
        "both": None if row.both is None else int(row.both),
        "both_range": _range(far.both, near.both),
        "index_range": _range(_index(near), _index(far)),
        "sensitivity": list(row.sensitivity or ()),
        "relative": {end: _estimate(row.relative[end]) for end in ENDS},
        "difference": {end: _turned_row(row.difference[end]) for end in ENDS},
        "only_index": int(near.only_index) if known else None,
        "only_reference": int(near.only_reference) if known else None,
        "odds_ratio": None if row.odds_ratio is None else _estimate(row.odds_ratio),
        "p_value": row.p_value,
        "mid_p": row.mid_p,
        "reason": row.reason,
    }


def _turned_row(item: Estimate) -> dict[str, Any]:
    found = _estimate(item)
    return {
        **found,
        "value": -found["value"],
        "ci_low": None if found["ci_high"] is None else -found["ci_high"],
        "ci_high": None if found["ci_low"] is None else -found["ci_low"],
    }


def _range(low: float, high: float) -> list[int]:
    return [int(low), int(high)]


def _index(cells: Cells) -> float:
    return cells.both + cells.only_index
