"""Rates adjusted for what X-ray misses, with every guard rail: ``kind = "detection"``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from metaleak.errors import SelectionError
from metaleak.pooling.detection.detail import DetectionDetail
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.question import as_json
from metaleak.question.conduct import is_selected
from metaleak.question.detection.answers import answer, ct_pool
from metaleak.question.detection.beside import (
    assumed_rates,
    compared_sources,
    facts_worth,
    printed_only,
    under_priors,
    unreported_curve,
)
from metaleak.question.detection.file import Question
from metaleak.question.detection.file import wrong_words as wrong_file
from metaleak.question.detection.further_pairs import counts_of_leaks
from metaleak.question.detection.guard_rails import Guarded, guard_rails
from metaleak.question.detection.moderated import regressions, wrong_formulas
from metaleak.question.detection.rows import counts, row_numbers, rows_csv, told_rows
from metaleak.question.detection_table import Reading, detection_table, readings
from metaleak.question.kinds.base import Prepared
from metaleak.question.moderators import OF_STUDIES
from metaleak.question.review import Review
from metaleak.question.rows import described
from metaleak.question.select import Selection, select_rows
from metaleak.question.study_table import pooled_rows
from metaleak.sheets.codebook import Codebook

__all__ = ["Question", "prepare", "wrong_words"]


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say which words and formulas of the file are unknown, one sentence each."""
    return [*wrong_file(question, codebook), *wrong_formulas(question.moderators)]


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """Everything that the numbers are computed from."""

    question: Question
    rows: list[Reading]
    pairs: pd.DataFrame
    labels: Mapping[str, str]
    #: The rows of ``studies.csv`` by their key, where moderators ask for them.
    studies: Mapping[str, Mapping[str, Any]]


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Take the rows of both sheets.

    Raises
    ------
    SelectionError
        When no row of a sheet is left.
    """
    selection = review.select(name)
    leaks = pooled_rows(question, selection, review.study_labels)
    pairs = _pairs(review, name, question)
    main = question.parts.index[0]
    rows, again = readings(
        leaks,
        pairs.taken,
        parts=question.parts.model_dump(),
        labels=review.study_labels,
        main_index=main,
    )
    taken = _Taken(question, rows, pairs.candidates, review.study_labels, _studies(review, question))
    return Prepared(
        identity=[
            [[row.label, row.index_modality, *counts(row)] for row in rows],
            [row.label for row in rows if is_selected(row.conduct)],
            list(printed_only(pairs.candidates)),
            [
                [study, *(as_json.text(row[name]) for name in OF_STUDIES)]
                for study, row in taken.studies.items()
            ],
            [further.name for further in counts_of_leaks(pairs.candidates, review.study_labels, main)],
        ],
        numbers=partial(_numbers, taken),
        selection={**described(review, selection, leaks), "pairs": len(pairs.taken)},
        rows=partial(told_rows, review, rows),
        rows_csv=rows_csv(selection, pairs, {n for row in again for n in row.sheet_rows}),
    )


def _studies(review: Review, question: Question) -> dict[str, Mapping[str, Any]]:
    if not question.moderators:
        return {}
    records = review.sheets.frame("studies").to_dict("records")
    return {str(row["study_id"]): {str(name): value for name, value in row.items()} for row in records}


def _pairs(review: Review, name: str, question: Question) -> Selection:
    """Return every row of ``pairs.csv`` with its verdict."""
    frame = review.sheets.frame("pairs")
    wanted = question.pairs
    try:
        return select_rows(question.pair_rows, frame, name=name)
    except SelectionError as error:
        raise SelectionError(
            "no pair is left: only series read on CT and on the index, on the same patients or vertebrae, tell what"
            " the index misses",
            required=f"a row of pairs.csv with leak_site {' or '.join(wanted.leak_site)}, reference"
            f" {' or '.join(wanted.reference)}, unit {' or '.join(wanted.unit)} and the counts of both",
            got=error.got,
            where=f"analyses/{name}.toml, [pairs]",
            todo='add the pairs to pairs.csv or loosen [pairs]; without pairs, pool the rows read on CT: kind = "pool"',
        ) from None


def _guarded(taken: _Taken, headline: DetectionAdjusted) -> Guarded:
    return Guarded(
        rows=taken.rows,
        pairs=taken.pairs,
        labels=taken.labels,
        index=taken.question.parts.index[0],
        headline=headline,
    )


def _numbers(taken: _Taken) -> dict[str, Any]:
    model, wanted = taken.question.model, taken.question.guard_rails
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
        "guard_rails": list(guard_rails(wanted, _guarded(taken, headline))),
        "unreported": unreported_curve(wanted.unreported, headline, table),
        "priors": under_priors(wanted.tau_priors, wanted.omega_priors, headline, table),
        "assumed": assumed_rates(
            wanted.assumed,
            [model.specificity, *wanted.specificity],
            headline,
            table,
            index=next(iter(detail.sensitivity)),
        ),
        "two_sources": compared_sources(headline, table, replicates=wanted.bootstrap),
        "next_facts": facts_worth(headline, table) if wanted.next_facts else [],
        "moderators": list(regressions(taken.question.moderators, taken.rows, taken.studies, headline)),
        "printed_only": list(printed_only(taken.pairs)),
        "rows": [
            row_numbers(row, str(kind), rates, left_out, model.level)
            for row, kind in zip(taken.rows, table.kind, strict=True)
        ],
        "notes": [
            note for note in fit.notes if not note.endswith("of the index") and "left out: fewer" not in note
        ],
    }
