"""Moderators of observations: the words of their rows, and what the sheet of studies knows of their study."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from metaleak.effects.table import StudyTable
from metaleak.question.review import Review
from metaleak.question.study_table import PooledRow, table_of

#: Columns of ``studies.csv`` that can be moderators: numbers, and words.
OF_STUDIES = ("year", "n_patients", "country", "design", "source_depth")

#: Columns of ``leaks.csv`` that can be moderators: the words and numbers of an arm.
OF_ARMS = ("indication", "cement_viscosity", "cement_volume_ml", "approach")

#: Words that every observation has.
OF_ROWS = ("group", "procedure", "unit", "modality", "leak_site", "confidence")


def known_moderators(coded: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names that a formula or a list of players may hold."""
    return (*OF_ROWS, *OF_ARMS, *OF_STUDIES, *coded)


def moderated_table(
    review: Review,
    rows: Sequence[PooledRow],
    *,
    sheet: str,
    coded: Mapping[str, Sequence[str | None]] | None = None,
) -> StudyTable:
    """Return the study table of observations with the moderators of their arms and studies.

    ``sheet`` is where the rows stand: only those of ``leaks.csv`` have arms. ``coded`` adds columns, one value
    per observation, None where it has none. Where an observation sums arms, a word counts only when all of
    them have it, and a number is their mean, weighted by their totals.
    """
    arms = _arms(review, rows, sheet)
    of_arms = {
        name: [_summed([(arm[name], arm["n_total"]) for arm in each]) for each in arms] for name in OF_ARMS
    }
    studies = {row["study_id"]: row for row in review.sheets.frame("studies").to_dict("records")}
    table = table_of(rows)
    further = {name: [_value(studies.get(row.study_id, {}).get(name)) for row in rows] for name in OF_STUDIES}
    moderators = {**table.moderators, **of_arms, **further, **(coded or {})}
    return StudyTable.from_counts(
        table.xi.tolist(), table.ni.tolist(), label=table.label, study=table.study, moderators=moderators
    )


def _arms(review: Review, rows: Sequence[PooledRow], sheet: str) -> list[list[dict[Hashable, Any]]]:
    if sheet != "leaks":
        return [[] for _ in rows]
    leaks = {row["sheet_row"]: row for row in review.sheets.frame("leaks").to_dict("records")}
    return [[leaks[place] for place in row.sheet_rows] for row in rows]


def _summed(parts: Sequence[tuple[Any, Any]]) -> Any:
    """Return what the arms of one observation have in common: their word, or the mean of their numbers."""
    values = [_value(value) for value, _ in parts]
    if not values or any(value is None for value in values):
        return None
    if any(isinstance(value, str) for value in values):
        return values[0] if len(set(values)) == 1 else None
    weights = [int(total) for _, total in parts]
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)


def _value(value: Any) -> Any:
    if value is None or pd.isna(value) or value == "":
        return None
    return value if isinstance(value, str) else float(value)
