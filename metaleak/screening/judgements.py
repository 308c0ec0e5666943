"""Judgements of reviewers about publications: rows that are added and never changed, and what they come to."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from metaleak.screening.flow import Fate
from metaleak.sheets.columns import Column, Sheet
from metaleak.vocab import Word


class Stage(Word):
    """What a reviewer has read."""

    TITLE_ABSTRACT = "title-abstract", "title and abstract"
    FULL_TEXT = "full-text", "the report"


class Choice(Word):
    """What a reviewer says."""

    INCLUDE = "include", "it goes on to the next stage, or into the review"
    EXCLUDE = "exclude", "it is left out"
    MAYBE = "maybe", "by title and abstract: its report is read; by its report: somebody has to look again"
    TAKEN_BACK = "taken-back", "the reviewer's last word counts no more; the one before does"


class Standing(Word):
    """What the judgements of one stage come to."""

    OPEN = "open", "too few reviewers have judged"
    CONFLICT = "conflict", "reviewers differ; a judgement that settles it decides"
    MAYBE = "maybe", "the report was read and not decided"
    EXCLUDED = "excluded", "left out"
    PASSED = "passed", "it goes on, or is in"


#: The reason that is no exclusion: PRISMA counts these reports in a box of their own.
NOT_RETRIEVED = "not-retrieved"

#: Reasons to leave a report out, unless a review declares its own.
REASONS: Mapping[str, str] = {
    "population": "Other population",
    "intervention": "Other intervention",
    "outcome": "Outcome not reported",
    "no-counts": "Outcome without counts and denominator",
    "design": "Other design",
    "no-data": "Review, letter or protocol without data",
    "same-patients": "Reports patients of another report",
    "retracted": "Retracted publication",
}


class ScreeningSection(BaseModel):
    """The ``[screening]`` section of ``metaleak.toml``.

    Attributes
    ----------
    reviewers : int
        How many reviewers judge every publication; they have to agree.
    reasons : mapping of str to str
        Reasons to leave a report out: code -> the words of the flow. The list is closed.
    update_since : str, optional
        The day, YYYY-MM-DD, of the first search of this version of the review: what was found before belongs to the
        previous version, and the flow becomes that of an updated review.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewers: Annotated[int, Field(ge=1, le=9)] = 2
    reasons: Annotated[
        dict[
            Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")], Annotated[str, Field(min_length=1)]
        ],
        Field(min_length=1),
    ] = dict(REASONS)
    update_since: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")] | None = (
        None
    )

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes that a row may hold, that of a report that could not be had last."""
        return (*(code for code in self.reasons if code != NOT_RETRIEVED), NOT_RETRIEVED)


def section_in(root: Path) -> ScreeningSection:
    """Return the section of a review's ``metaleak.toml``; what cannot be read is another's to report.

    Examples
    --------
    >>> section_in(Path("no review")).reviewers
    2
    """
    try:
        keys = tomllib.loads((root / "metaleak.toml").read_text(encoding="utf-8"))
        return ScreeningSection.model_validate(keys.get("screening", {}))
    except (OSError, ValueError):
        return ScreeningSection()


def _text(name: str, sentence: str, *, required: bool = False) -> Column:
    return Column(name=name, kind="text", sentence=sentence, required=required)


def _choice(name: str, sentence: str, words: type[Word]) -> Column:
    return Column(
        name=name,
        kind="choice",
        sentence=sentence,
        choices=tuple(word.value for word in words),
        required=True,
    )


SCREENING = Sheet(
    name="screening",
    sentence="One row per judgement of a reviewer about a publication; rows are added, never changed.",
    key=(),
    columns=(
        _text("record_id", "Key of a record of the publication in records.csv.", required=True),
        _choice("stage", "What was read.", Stage),
        _choice("choice", "What the reviewer says.", Choice),
        _text(
            "reason", "Why it is left out: a code of [screening.reasons] in metaleak.toml, or not-retrieved."
        ),
        _text("by", "Initials or name of the reviewer.", required=True),
        Column(
            name="settles",
            kind="flag",
            sentence="1 when the judgement settles a conflict: it counts alone.",
            required=True,
        ),
        _text("date", "The day of the judgement, YYYY-MM-DD."),
        _text("note", "Whatever a later reader has to know."),
    ),
    may_be_empty=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One row of screening.csv; its attributes are the columns."""

    record_id: str
    stage: Stage
    choice: Choice
    by: str
    reason: str = ""
    settles: bool = False
    date: str = ""
    note: str = ""


def judgement_of(row: Mapping[str, str]) -> Judgement:
    """Return the judgement of a row.

    Raises
    ------
    ValueError
        When its stage or its choice is no known word.
    """
    return Judgement(
        record_id=row["record_id"],
        stage=Stage(row["stage"]),
        choice=Choice(row["choice"]),
        by=row["by"],
        reason=row.get("reason", ""),
        settles=row.get("settles") == "1",
        date=row.get("date", ""),
        note=row.get("note", ""),
    )


def row_of(judgement: Judgement) -> dict[str, str]:
    """Return the cells of a judgement by column."""
    cells = {name: str(getattr(judgement, name)) for name in SCREENING.names}
    return {**cells, "settles": str(int(judgement.settles))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the judgements about one publication at one stage come to.

    Attributes
    ----------
    standing : Standing
        Where it stands.
    reason : str
        Why it is left out, when it is.
    counting : tuple of Judgement
        The judgements that count, one per reviewer, in the order in which they came.
    """

    standing: Standing
    reason: str = ""
    counting: tuple[Judgement, ...] = ()


def outcomes_of(
    judgements: Iterable[Judgement], *, same: Mapping[str, str], reviewers: int
) -> dict[tuple[str, Stage], Outcome]:
    """Return what stands for each publication and stage about which somebody said something.

    A judgement about any record of a publication is one about the publication.

    Parameters
    ----------
    judgements : iterable of Judgement
        In the order in which they were made.
    same : mapping of str to str
        Record -> the record that stands for its publication; records that are missing stand for themselves.
    reviewers : int
        How many have to agree.

    Examples
    --------
    >>> stage = Stage.TITLE_ABSTRACT
    >>> said = [Judgement(record_id="a", stage=stage, choice=Choice.EXCLUDE, by=by) for by in ("WX", "YZ")]
    >>> outcomes_of(said, same={}, reviewers=2)["a", stage].standing
    <Standing.EXCLUDED: 'excluded'>
    """
    said: defaultdict[tuple[str, Stage], list[Judgement]] = defaultdict(list)
    for each in judgements:
        said[same.get(each.record_id, each.record_id), each.stage].append(each)
    found = {key: _outcome(rows, key[1], reviewers) for key, rows in said.items()}
    return {key: outcome for key, outcome in found.items() if outcome.counting}


def fate_of(title: Outcome | None, report: Outcome | None) -> Fate:
    """Return where a publication stands in the flow; one that is in awaits its study.

    Examples
    --------
    >>> fate_of(None, None), fate_of(Outcome(standing=Standing.PASSED), None)
    (<Fate.AWAITING_SCREENING: 'awaiting-screening'>, <Fate.AWAITING_REPORT: 'awaiting-report'>)
    """
    if title is None or title.standing is not Standing.PASSED:
        left_out = title is not None and title.standing is Standing.EXCLUDED
        return Fate.SCREENED_OUT if left_out else Fate.AWAITING_SCREENING
    if report is None:
        return Fate.AWAITING_REPORT
    if report.standing is Standing.EXCLUDED:
        return Fate.NOT_RETRIEVED if report.reason == NOT_RETRIEVED else Fate.EXCLUDED
    return Fate.AWAITING_EXTRACTION if report.standing is Standing.PASSED else Fate.AWAITING_ASSESSMENT


def _outcome(rows: Sequence[Judgement], stage: Stage, reviewers: int) -> Outcome:
    stacks: defaultdict[tuple[str, bool], list[Judgement]] = defaultdict(list)
    for row in rows:
        stack = stacks[row.by, row.settles]
        if row.choice is not Choice.TAKEN_BACK:
            stack.append(row)
        elif stack:
            stack.pop()
    last = [stack[-1] for stack in stacks.values() if stack]
    place = {id(row): at for at, row in enumerate(rows)}
    counting = tuple(sorted(last, key=lambda row: place[id(row)]))
    settling = [row for row in counting if row.settles]
    if settling:
        return Outcome(
            standing=_standing(settling[-1:], stage), reason=settling[-1].reason, counting=counting
        )
    standing = _standing(counting, stage)
    if standing is not Standing.CONFLICT and len(counting) < reviewers:
        standing = Standing.OPEN
    reason = counting[0].reason if standing is Standing.EXCLUDED else ""
    return Outcome(standing=standing, reason=reason, counting=counting)


def _standing(rows: Sequence[Judgement], stage: Stage) -> Standing:
    """Return what rows agree on: by title and abstract maybe goes on, by the report the reasons have to agree."""
    if stage is Stage.TITLE_ABSTRACT:
        said = {Standing.EXCLUDED if row.choice is Choice.EXCLUDE else Standing.PASSED for row in rows}
        return said.pop() if len(said) == 1 else Standing.CONFLICT
    told = {(row.choice, row.reason if row.choice is Choice.EXCLUDE else "") for row in rows}
    if len(told) > 1:
        return Standing.CONFLICT
    return (
        {
            Choice.INCLUDE: Standing.PASSED,
            Choice.EXCLUDE: Standing.EXCLUDED,
            Choice.MAYBE: Standing.MAYBE,
        }[rows[0].choice]
        if rows
        else Standing.OPEN
    )
