"""From taken rows to a study table: what counts as one observation, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from metaleak.effects.table import StudyTable
from metaleak.question.conduct import Conduct, conduct_of
from metaleak.question.question import Selecting
from metaleak.question.select import ALL, Selection

#: Arms that agree in these are one observation when ``arms = "sum"``.
ONE_OBSERVATION = ("study_id", "procedure", "unit", "modality", "leak_site", "symptomatic")

#: From the surest to the least sure; a sum is as sure as its least sure part.
CONFIDENCE = ("high", "medium", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledRow:
    """One observation: the rows of a sheet that it sums, where they stand, and how their leaks were looked for."""

    label: str
    study_id: str
    group: str
    xi: int
    ni: int
    arms: tuple[str, ...]
    procedure: str
    unit: str
    modality: str
    leak_site: str
    sheet_rows: tuple[int, ...]
    confidence: str
    source_location: str
    conduct: Conduct = field(default_factory=dict, hash=False)


def pooled_rows(question: Selecting, selection: Selection, labels: dict[str, str]) -> list[PooledRow]:
    """Return the observations in the order of the groups, then of their labels.

    ``labels`` gives each study's display label. With ``arms = "sum"`` the counts of the arms of one
    study are added where procedure, unit, modality, site and symptom class agree.
    """
    taken = selection.taken
    if question.rows.sheet == "pairs" or question.several_rows.arms == "rows":
        parts = [taken.loc[[index]] for index in taken.index]
    else:
        parts = [part for _, part in taken.groupby(["group", *ONE_OBSERVATION], sort=False)]
    order = [group.name for group in question.groups] or [ALL]
    rows = _with_unique_labels([_observation(part, labels) for part in parts])
    return sorted(rows, key=lambda row: (order.index(row.group), row.label.casefold(), row.sheet_rows))


def table_of(rows: Sequence[PooledRow]) -> StudyTable:
    """Return the study table of the observations, with their group and words as moderators.

    Labels that repeat across groups get the group behind them: a table knows a row by its label.
    """
    words = ("group", "procedure", "unit", "modality", "leak_site", "confidence")
    names = [(row.study_id, row.label) for row in rows]
    labels = [
        f"{row.label}, {row.group}" if names.count(name) > 1 else row.label
        for row, name in zip(rows, names, strict=True)
    ]
    return StudyTable.from_counts(
        [row.xi for row in rows],
        [row.ni for row in rows],
        label=labels,
        study=[row.study_id for row in rows],
        moderators={word: [getattr(row, word) for row in rows] for word in words},
    )


def _observation(part: pd.DataFrame, labels: dict[str, str]) -> PooledRow:
    first = part.iloc[0]
    study = str(first["study_id"])
    return PooledRow(
        label=labels.get(study, study),
        study_id=study,
        group=str(first["group"]),
        xi=int(part["xi"].sum()),
        ni=int(part["ni"].sum()),
        arms=tuple(part["arm"]) if "arm" in part else ("all",),
        procedure=str(first["procedure"]),
        unit=str(first["unit"]),
        modality=str(first["modality"] if "modality" in part else first["index"]),
        leak_site=str(first["leak_site"]),
        sheet_rows=tuple(int(row) for row in part["sheet_row"]),
        confidence=max(part["confidence"], key=CONFIDENCE.index),
        source_location="; ".join(dict.fromkeys(part["source_location"])),
        conduct=conduct_of(part.to_dict("records")),
    )


def _with_unique_labels(rows: list[PooledRow]) -> list[PooledRow]:
    """Add the words that tell two rows of one study in one group apart, no more than needed."""
    result = []
    for row in rows:
        siblings = [
            other
            for other in rows
            if other is not row and (other.study_id, other.group) == (row.study_id, row.group)
        ]
        marks = []
        for word in ("leak_site", "procedure", "unit", "modality"):
            if any(getattr(other, word) != getattr(row, word) for other in siblings):
                marks.append(getattr(row, word).replace("_", " "))
        if any(_same_words(row, other) for other in siblings):
            marks.append(" + ".join(arm.replace("_", " ") for arm in row.arms))
        result.append(replace(row, label=f"{row.label} ({', '.join(marks)})" if marks else row.label))
    return result


def _same_words(row: PooledRow, other: PooledRow) -> bool:
    return all(getattr(row, w) == getattr(other, w) for w in ("leak_site", "procedure", "unit", "modality"))
