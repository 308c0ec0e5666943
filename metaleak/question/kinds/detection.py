"""Rates adjusted for what X-ray misses, with every guard rail: ``kind = "detection"``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from metaleak.pooling.detection.detail import DetectionDetail
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.question.detection.answers import answer, ct_pool
from metaleak.question.detection.beside import compared_sources, printed_only, unreported_curve
from metaleak.question.detection.file import Question, wrong_words
from metaleak.question.detection.guard_rails import guard_rails
from metaleak.question.detection.rows import counts, row_numbers, rows_csv, told_rows
from metaleak.question.detection_table import Reading, detection_table, readings
from metaleak.question.kinds.base import Prepared
from metaleak.question.review import Review
from metaleak.question.rows import described
from metaleak.question.select import select_rows
from metaleak.question.study_table import PooledRow, pooled_rows

__all__ = ["Question", "prepare", "wrong_words"]


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
            [[row.label, row.index_modality, *counts(row)] for row in rows],
            list(printed_only(pairs.candidates)),
        ],
        numbers=partial(_numbers, taken),
        selection={**described(review, selection, leaks), "pairs": len(pairs.taken)},
        rows=partial(told_rows, review, rows),
        rows_csv=rows_csv(selection, pairs, {n for row in again for n in row.sheet_rows}),
    )


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
        **answer(fit),
        "information": dict(detail.information),
        "information_on_sensitivity": dict(detail.information_on_sensitivity),
        "kinds": dict(detail.rows),
        "identifiability": detail.identifiability,
        "effective_draws": detail.effective_draws,
        "penalised_stands_beside": detail.penalised_stands_beside,
        "ct_pool": ct_pool(detail),
        "guard_rails": list(guard_rails(taken.question.guard_rails, taken.rows, headline)),
        "unreported": unreported_curve(taken.question.guard_rails.unreported, headline, table),
        "two_sources": compared_sources(headline, table),
        "printed_only": list(printed_only(taken.pairs)),
        "rows": [
            row_numbers(row, str(kind), rates, left_out, model.level)
            for row, kind in zip(taken.rows, table.kind, strict=True)
        ],
        "notes": [
            note for note in fit.notes if not note.endswith("of the index") and "left out: fewer" not in note
        ],
    }
