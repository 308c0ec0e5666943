"""Which rows are taken: every candidate row gets a verdict and, where it is left out, the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from metaleak.errors import SelectionError
from metaleak.question.question import Group, Selecting

#: What makes rows of ``leaks.csv`` readings of the same people: preferences work inside these keys.
READINGS = ("study_id", "arm", "procedure", "leak_site", "symptomatic")

#: The group of every row where a question names no groups.
ALL = "all"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a row is taken, into which group, and why not."""

    group: str = ""
    reason: str = ""

    @property
    def taken(self) -> bool:
        """Whether the row goes into the pool."""
        return not self.reason


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Every row of the sheet with its verdict.

    Attributes
    ----------
    candidates : DataFrame
        The sheet's typed rows with ``taken`` (bool), ``group`` and ``reason``, in sheet order, and
        the counts ``xi`` and ``ni`` of the taken ones.
    matching : int
        How many rows hold the words that the question asks for.
    """

    candidates: pd.DataFrame
    matching: int

    @property
    def taken(self) -> pd.DataFrame:
        """The rows that go into the pool."""
        return self.candidates[self.candidates["taken"]]


def select_rows(
    question: Selecting,
    frame: pd.DataFrame,
    *,
    name: str,
    all_arms: str = "all",
    of_leaks: Sequence[str] = (),
) -> Selection:
    """Judge every row of ``frame`` by what the question declares.

    ``all_arms`` is the codebook's word for everybody in a study, ``of_leaks`` its words for leaks that are set
    against vertebrae: a vertebra may leak at several places, so that such a count is no share of vertebrae.

    Raises
    ------
    SelectionError
        When no row is left, naming the condition that left none.
    """
    records: list[dict[str, Any]] = frame.to_dict("records")  # type: ignore[assignment]
    rows: dict[Any, Row] = dict(zip(frame.index, records, strict=True))
    verdicts = {index: _filtered(row, question.rows.where) for index, row in rows.items()}
    matching = sum(verdict.taken for verdict in verdicts.values())
    for step in _steps(question, all_arms, of_leaks):
        verdicts = step(rows, verdicts)
    counts = {index: _counts(rows[index]) for index, verdict in verdicts.items() if verdict.taken}
    if not counts:
        raise SelectionError(
            "the question selects no row",
            required="at least one row",
            got=_told(verdicts, len(rows)),
            where=f"analyses/{name}.toml",
            todo="loosen [rows] or add a [[group]]",
        )
    judged = frame.assign(
        taken=[verdicts[i].taken for i in frame.index],
        group=[verdicts[i].group if verdicts[i].taken else "" for i in frame.index],
        reason=[verdicts[i].reason for i in frame.index],
        xi=pd.array([counts.get(i, (None, None))[0] for i in frame.index], dtype="Int64"),
        ni=pd.array([counts.get(i, (None, None))[1] for i in frame.index], dtype="Int64"),
    )
    return Selection(judged, matching)


Row = Mapping[str, Any]
Verdicts = dict[Any, Verdict]
Step = Callable[[Mapping[Any, Row], Verdicts], Verdicts]


def _steps(question: Selecting, all_arms: str, of_leaks: Sequence[str]) -> list[Step]:
    several = question.several_rows
    steps: list[Step | None] = [_with_counts]
    if question.rows.sheet == "leaks":
        steps.append(_shares_only(of_leaks))
        steps.append(_arm_step(several.arm, all_arms))
        steps += [_preferring("unit", several.unit), _preferring("modality", several.modality)]
    steps.append(_grouping(question.groups))
    return [step for step in steps if step is not None]


def _filtered(row: Row, where: Mapping[str, list[str]]) -> Verdict:
    for column, words in where.items():
        if row[column] not in words:
            return Verdict(reason=f"{column} is {row[column] or 'empty'}, not {' or '.join(words)}")
    return Verdict()


def _with_counts(rows: Mapping[Any, Row], verdicts: Verdicts) -> Verdicts:
    return {
        index: replace(verdict, reason=_missing_count(rows[index])) if verdict.taken else verdict
        for index, verdict in verdicts.items()
    }


def _shares_only(of_leaks: Sequence[str]) -> Step | None:
    if not of_leaks:
        return None

    def step(rows: Mapping[Any, Row], verdicts: Verdicts) -> Verdicts:
        return {
            index: replace(
                verdict, reason=f"unit {rows[index]['unit']}: leaks against vertebrae are no share of them"
            )
            if verdict.taken and rows[index]["unit"] in of_leaks
            else verdict
            for index, verdict in verdicts.items()
        }

    return step


def _missing_count(row: Row) -> str:
    if "reference_positive" in row:
        if _empty(row["reference_positive"]):
            return "reference_positive is not printed"
        if _empty(row["both_positive"]) and _empty(row["index_positive"]):
            return "neither both_positive nor index_positive is printed"
        return ""
    missing = [column for column in ("n_leak", "n_total") if _empty(row[column])]
    return f"{' and '.join(missing)} still empty" if missing else ""


def _counts(row: Row) -> tuple[int, int]:
    if "reference_positive" in row:
        positive = row["index_positive"] if _empty(row["both_positive"]) else row["both_positive"]
        return int(positive), int(row["reference_positive"])
    return int(row["n_leak"]), int(row["n_total"])


def _arm_step(rule: str, all_arms: str) -> Step | None:
    if rule == "keep":
        return None

    def step(rows: Mapping[Any, Row], verdicts: Verdicts) -> Verdicts:
        arms: dict[tuple[Any, ...], set[str]] = {}
        for index, verdict in verdicts.items():
            if verdict.taken:
                arms.setdefault(_without_arm(rows[index]), set()).add(rows[index]["arm"])
        result = {}
        for index, verdict in verdicts.items():
            row = rows[index]
            split = len(arms.get(_without_arm(row), ())) > 1
            both = split and all_arms in arms[_without_arm(row)]
            if verdict.taken and both and (row["arm"] == all_arms) == (rule == "arms-before-all"):
                kept = "its arms are taken" if rule == "arms-before-all" else "the row of all arms is taken"
                verdict = replace(verdict, reason=f"arm {row['arm']}: {kept}")
            result[index] = verdict
        return result

    return step


def _preferring(column: str, words: list[str] | None) -> Step | None:
    if words is None:
        return None

    def step(rows: Mapping[Any, Row], verdicts: Verdicts) -> Verdicts:
        present: dict[tuple[Any, ...], set[str]] = {}
        for index, verdict in verdicts.items():
            if verdict.taken:
                present.setdefault(_reading(rows[index]), set()).add(rows[index][column])
        result = {}
        for index, verdict in verdicts.items():
            row = rows[index]
            if verdict.taken:
                best = next((word for word in words if word in present[_reading(row)]), None)
                if best is None:
                    verdict = replace(verdict, reason=f"{column} {row[column]} is not among the preferences")
                elif row[column] != best:
                    verdict = replace(
                        verdict, reason=f"{column} {best} of the same arm is taken before {row[column]}"
                    )
            result[index] = verdict
        return result

    return step


def _grouping(groups: list[Group]) -> Step:
    def step(rows: Mapping[Any, Row], verdicts: Verdicts) -> Verdicts:
        result = {}
        for index, verdict in verdicts.items():
            if verdict.taken:
                row = rows[index]
                name = next((g.name for g in groups if _filtered(row, g.where).taken), "") if groups else ALL
                verdict = (
                    Verdict(group=name) if name else Verdict(reason="belongs to no group of the question")
                )
            result[index] = verdict
        return result

    return step


def _without_arm(row: Row) -> tuple[Any, ...]:
    return tuple(row[key] for key in ("study_id", "leak_site", "symptomatic"))


def _reading(row: Row) -> tuple[Any, ...]:
    return tuple(row[key] for key in READINGS)


def _empty(value: Any) -> bool:
    return bool(pd.isna(value))


def _told(verdicts: Verdicts, total: int) -> str:
    if not total:
        return "a sheet without usable rows"
    reasons = pd.Series([verdict.reason for verdict in verdicts.values()]).value_counts()
    return f"{total} rows left out, most often because {reasons.index[0]} ({reasons.iloc[0]})"
