"""The analysis whose studies and rates are judged: its rows, and the columns that every result has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metaleak.errors import ConfigError
from metaleak.question.question import Question, Selecting
from metaleak.question.review import Review
from metaleak.question.select import Selection
from metaleak.question.study_table import PooledRow, pooled_rows


def judged_rows(review: Review, of: str) -> tuple[Selecting, Selection, list[PooledRow]]:
    """Return the analysis that is judged, every candidate row of it, and its observations.

    Raises
    ------
    ConfigError
        When there is none of this name, or it takes no rows of one sheet.
    SelectionError
        When no row is left.
    """
    question = review.selecting(of)
    selection = review.select(of)
    return question, selection, pooled_rows(question, selection, review.study_labels)


def judged_pool(review: Review, of: str, *, where: str) -> Question:
    """Return the analysis that is judged, which has to pool by group.

    Raises
    ------
    ConfigError
        When it is of another kind.
    """
    question = review.question(of)
    if not isinstance(question, Question):
        raise ConfigError(
            f"certainty is that of pooled rates, and {of!r} is an analysis of kind {question.kind!r}",
            required='the name of an analysis of kind "pool"',
            where=where,
        )
    return question


def units_by_study(rows: Sequence[PooledRow], labels: dict[str, str]) -> list[tuple[str, str, int]]:
    """Return each study once with its label and the units that it gives to the pool, by label."""
    units: dict[str, int] = {}
    for row in rows:
        units[row.study_id] = units.get(row.study_id, 0) + row.ni
    named = [(study, labels.get(study, study), count) for study, count in units.items()]
    return sorted(named, key=lambda item: (item[1].casefold(), item[0]))


def bias_answers(review: Review) -> dict[tuple[str, str], str]:
    """Return the rows of ``risk_of_bias.csv`` by study and item."""
    return {(study, item): word for study, told in review.bias_answers.items() for item, word in told.items()}


def identity_of_answers(answers: dict[tuple[str, str], str]) -> list[list[Any]]:
    """Return the answers as JSON values in a fixed order."""
    return [[study, item, answer] for (study, item), answer in sorted(answers.items())]
