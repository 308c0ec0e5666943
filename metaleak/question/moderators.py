"""Moderators of observations: the words of their rows, and what the sheet of studies knows of their study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from metaleak.effects.table import StudyTable
from metaleak.question.review import Review
from metaleak.question.study_table import PooledRow, table_of

#: Columns of ``studies.csv`` that can be moderators: numbers, and words.
OF_STUDIES = ("year", "n_patients", "country", "design", "source_depth")

#: Words that every observation has.
OF_ROWS = ("group", "procedure", "unit", "modality", "leak_site", "confidence")


def known_moderators(coded: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names that a formula or a list of players may hold."""
    return (*OF_ROWS, *OF_STUDIES, *coded)


def moderated_table(
    review: Review, rows: Sequence[PooledRow], *, coded: Mapping[str, Sequence[str | None]] | None = None
) -> StudyTable:
    """Return the study table of observations with the moderators of their studies.

    ``coded`` adds columns, one value per observation, None where it has none.
    """
    studies = {row["study_id"]: row for row in review.sheets.frame("studies").to_dict("records")}
    table = table_of(rows)
    further = {name: [_value(studies.get(row.study_id, {}).get(name)) for row in rows] for name in OF_STUDIES}
    moderators = {**table.moderators, **further, **(coded or {})}
    return StudyTable.from_counts(
        table.xi.tolist(), table.ni.tolist(), label=table.label, study=table.study, moderators=moderators
    )


def _value(value: Any) -> Any:
    if value is None or pd.isna(value) or value == "":
        return None
    return value if isinstance(value, str) else float(value)
