"""From the rows of two sheets to a detection table: who was read on CT, on an index imaging, or on both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from metaleak.effects.detection_table import DetectionTable
from metaleak.errors import TableError
from metaleak.question.conduct import Conduct, conduct_of
from metaleak.question.study_table import PooledRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One row of a detection table, and where it stands.

    Attributes
    ----------
    label, study_id : str
        What it is called, and its study.
    sheet : str
        ``"leaks"`` or ``"pairs"``.
    sheet_rows : tuple of int
        Spreadsheet rows.
    ni, ct, index, both, joint, unreported : float
        Counts; NaN where not read or not printed.
    index_modality : str
        The index imaging.
    procedure, unit, confidence, source_location : str
        As in the sheet.
    informs : str
        ``"sensitivity"`` where ``ni`` counts leaks on CT: such a row never enters the incidence.
    conduct : mapping
        How leaks were looked for; see :mod:`metaleak.question.conduct`.
    """

    label: str
    study_id: str
    sheet: str
    sheet_rows: tuple[int, ...]
    ni: float
    ct: float = math.nan
    index: float = math.nan
    both: float = math.nan
    joint: float = math.nan
    unreported: float = math.nan
    index_modality: str
    procedure: str
    unit: str
    confidence: str
    source_location: str
    informs: str = "incidence"
    conduct: Conduct = field(default_factory=dict, hash=False)


#: Parts that a word of ``modality`` can play, with the count that its rows fill.
PARTS = ("ct", "index", "joint", "unreported")


def readings(
    leaks: Sequence[PooledRow],
    pairs: pd.DataFrame,
    *,
    parts: Mapping[str, Sequence[str]],
    labels: Mapping[str, str],
    main_index: str,
) -> tuple[list[Reading], list[PooledRow]]:
    """Return the rows of a detection table, and the observations that pairs count already.

    Parameters
    ----------
    leaks : sequence of PooledRow
        Observations of ``leaks.csv``.
    pairs : DataFrame
        The taken rows of ``pairs.csv``.
    parts : mapping of str to sequence of str
        Part (see :data:`PARTS`) -> words of ``modality``.
    labels : mapping of str to str
        Each study's display label.
    main_index : str
        The index imaging that is named where a row was not read on any.
    """
    paired = set(pairs["study_id"])
    single = [row for row in leaks if row.study_id not in paired]
    again = [row for row in leaks if row.study_id in paired]
    part_of = {word: part for part, words in parts.items() for word in words}
    from_leaks = [
        _single(row, part_of[row.modality], main_index) for row in single if row.modality in part_of
    ]
    return from_leaks + _pairs(pairs, labels), again


def detection_table(
    rows: Sequence[Reading], *, moderators: Mapping[str, Sequence[Any]] | None = None
) -> DetectionTable:
    """Return readings as a table; ``(study, label)`` is unique.

    Raises
    ------
    TableError
        For counts that make no kind of row, naming its place in the sheet.
    """
    for row in rows:
        _table([row], None)
    return _table(rows, moderators)


def _table(rows: Sequence[Reading], moderators: Mapping[str, Sequence[Any]] | None) -> DetectionTable:
    def column(name: str) -> list[Any]:
        return [getattr(row, name) for row in rows]

    try:
        return DetectionTable.from_counts(
            column("ni"),
            **{name: column(name) for name in ("ct", "index", "both", "joint", "unreported")},
            index_modality=column("index_modality"),
            informs=column("informs"),
            label=column("label"),
            study=column("study_id"),
            moderators=moderators,
        )
    except TableError as error:
        if len(rows) != 1:
            raise
        place = f"{rows[0].sheet}.csv, row {', '.join(map(str, rows[0].sheet_rows))} ({rows[0].label})"
        raise TableError(
            error.what,
            required=error.required,
            got=error.got,
            where=place,
            todo="mend the counts of this row, or leave it out by the words of the analysis",
        ) from None


def _single(row: PooledRow, part: str, main_index: str) -> Reading:
    counts: dict[str, Any] = {part: float(row.xi)}
    return Reading(
        label=row.label,
        study_id=row.study_id,
        sheet="leaks",
        sheet_rows=row.sheet_rows,
        ni=float(row.ni),
        index_modality=row.modality if part == "index" else main_index,
        procedure=row.procedure,
        unit=row.unit,
        confidence=row.confidence,
        source_location=row.source_location,
        conduct=row.conduct,
        **counts,
    )


def _pairs(pairs: pd.DataFrame, labels: Mapping[str, str]) -> list[Reading]:
    several = pairs["study_id"].value_counts()
    found = []
    for row in pairs.to_dict("records"):
        study = str(row["study_id"])
        label = labels.get(study, study)
        mark = f" ({row['index']})" if several[study] > 1 else ""
        found.append(
            Reading(
                label=f"{label}{mark}",
                study_id=study,
                sheet="pairs",
                sheet_rows=(int(row["sheet_row"]),),
                ni=float(row["n_total"]),
                ct=_count(row["reference_positive"]),
                index=_count(row["index_positive"]),
                both=_count(row["both_positive"]),
                index_modality=str(row["index"]),
                procedure=str(row["procedure"]),
                unit=str(row["unit"]),
                confidence=str(row["confidence"]),
                source_location=str(row["source_location"]),
                conduct=conduct_of([row]),
            )
        )
    return found


def _count(value: Any) -> float:
    return math.nan if pd.isna(value) else float(value)
