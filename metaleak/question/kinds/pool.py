"""Pool rates by group: the kind of analysis that a file asks for when it names none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from metaleak.effects.table import StudyTable
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.question import as_json
from metaleak.question.kinds.base import Prepared
from metaleak.question.question import Question, wrong_words
from metaleak.question.review import Review
from metaleak.question.rows import described, observed_rates, rows_csv, rows_with_numbers
from metaleak.question.study_table import PooledRow, pooled_rows, table_of
from metaleak.synthesis.difference import Difference, group_difference
from metaleak.synthesis.subgroups import Subgroups, pool_by

__all__ = ["Question", "prepare", "wrong_words"]


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Take the rows of an analysis that pools by group.

    Raises
    ------
    SelectionError
        When no row is left.
    """
    selection = review.select(name)
    rows = pooled_rows(question, selection, review.study_labels)
    return Prepared(
        identity=[[row.group, row.study_id, row.label, row.xi, row.ni] for row in rows],
        numbers=partial(_numbers, question, rows),
        selection=described(review, selection, rows),
        rows=partial(_rows, review, rows),
        rows_csv=rows_csv(question.rows.sheet, selection),
    )


def _rows(
    review: Review, rows: list[PooledRow], numbers: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the observations as they are printed, with what was answered about the bias of their study."""
    answers = review.bias_answers
    return [
        {**row, "bias": answers[row["study_id"]]} if row["study_id"] in answers else row
        for row in rows_with_numbers(review, rows, numbers)
    ]


def _numbers(question: Question, rows: list[PooledRow]) -> dict[str, Any]:
    table = table_of(rows)
    model = BinomialNormal(ci_method=question.model.ci_method, level=question.model.level)
    beside = RandomEffects(
        measure=question.beside.measure,
        method=question.beside.method,
        ci_method=question.beside.ci_method,
        level=question.model.level,
    )
    separate = pool_by(model, table, by="group", tau2="separate")
    common = pool_by(model, table, by="group", tau2="common")
    inverse = pool_by(beside, table, by="group", tau2="separate")
    headline = separate if question.model.tau2 == "separate" else common
    differences = [
        _difference(model, table, contrast.of, contrast.against) for contrast in question.contrasts
    ]
    return {
        "groups": {
            name: as_json.group(
                result,
                common=common.groups[name],
                beside=inverse.groups[name],
                rows_taken=sum(len(row.sheet_rows) for row in rows if row.group == name),
            )
            for name, result in headline.groups.items()
        },
        "tests": {
            "separate": as_json.test(separate.test),
            "common": as_json.test(common.test),
            "beside": as_json.test(inverse.test),
        },
        "difference": [as_json.difference(item) for item in differences if item is not None],
        "rows": _row_numbers(question, rows, headline),
        "notes": _notes(question, rows, headline),
        **({"overall": _overall(model, beside, rows)} if question.figures.overall else {}),
    }


def _overall(model: BinomialNormal, beside: RandomEffects, rows: list[PooledRow]) -> dict[str, Any]:
    """Pool all rows as one group: an average over whatever the groups differ in."""
    table = table_of([replace(row, group="overall") for row in rows])
    pooled = pool_by(model, table, by="group").groups["overall"]
    return as_json.group(
        pooled,
        common=pooled,
        beside=pool_by(beside, table, by="group").groups["overall"],
        rows_taken=sum(len(row.sheet_rows) for row in rows),
    )


def _difference(model: BinomialNormal, table: StudyTable, of: str, against: str) -> Difference | None:
    present = set(table.moderators["group"])
    return (
        group_difference(model, table, by="group", of=of, against=against)
        if {of, against} <= present
        else None
    )


def _row_numbers(question: Question, rows: list[PooledRow], pooled: Subgroups) -> list[dict[str, Any]]:
    position: Counter[str] = Counter()
    numbers = observed_rates(rows, level=question.model.level)
    for row, values in zip(rows, numbers, strict=True):
        place = position[row.group]
        position[row.group] += 1
        values["share"], values["shrunken"] = as_json.row_shares(pooled.groups[row.group], place)
    return numbers


def _notes(question: Question, rows: list[PooledRow], pooled: Subgroups) -> list[str]:
    notes = [f"no row for: {g.name}" for g in question.groups if g.name not in pooled.groups]
    homes: dict[str, set[str]] = {}
    for row in rows:
        homes.setdefault(row.study_id, set()).add(row.group)
    shared = sum(len(groups) > 1 for groups in homes.values())
    if shared and len(pooled.groups) > 1:
        notes.append(
            f"{shared} studies stand in more than one group; the tests between groups treat their rows as independent"
        )
    if question.several_rows.arms == "rows":
        notes.append("arms of one study are treated as independent rows: intervals are too narrow")
    return notes
