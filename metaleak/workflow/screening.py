"""``metaleak screen``: what waits for a judgement, what reviewers decide, and what they take back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from metaleak.errors import UsageError
from metaleak.numbers import count
from metaleak.records.record import Record
from metaleak.reporting.agreement import agreement_sentence, agreement_values
from metaleak.screening.flow import Fate
from metaleak.screening.judgements import (
    NOT_RETRIEVED,
    SCREENING,
    Choice,
    Judgement,
    ScreeningSection,
    Stage,
    Standing,
    row_of,
)
from metaleak.search.clock import Clock, SystemClock, stamp
from metaleak.sheets.codebook import nearest
from metaleak.sheets.logs import add_rows, sheet_path
from metaleak.storage.formulas import neutral
from metaleak.storage.lock import review_lock
from metaleak.workflow.records import RECORDS
from metaleak.workflow.screened import Screening, read_screening
from metaleak.workflow.terminal import cited, printable

#: Publications that are printed; the JSON has all.
_SHOWN = 20

#: What ``--show`` may name.
LISTS = ("title-abstract", "full-text", "conflicts", "extraction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What waits: a list of publications, and how many stand where."""

    screening: Screening
    name: str
    records: tuple[Record, ...]

    def document(self) -> dict[str, Any]:
        """Return plain values for scripts."""
        return {
            "list": self.name,
            "reviewers": self.screening.section.reviewers,
            "standing": {str(fate): n for fate, n in self._fates().items()},
            "agreement": [agreement_values(each) for each in self.screening.agreements],
            "publications": [
                {
                    "record_id": record.record_id,
                    "title": record.title,
                    "fate": str(self.screening.fate(record.record_id)),
                    "judgements": [row_of(row) for row in self._counting(record.record_id)],
                }
                for record in self.records
            ],
        }

    def lines(self, *, everything: bool = False) -> list[str]:
        """Return what a person reads; ``everything`` lists more than the first publications."""
        if not self.screening.library.records:
            return [f"There are no records yet: metaleak search or metaleak import fill {RECORDS}."]
        reviewers = self.screening.section.reviewers
        whose = "1 reviewer judges" if reviewers == 1 else f"{reviewers} reviewers judge"
        lines = [f"{whose} every publication; of {count(sum(self._fates().values()))}:"]
        lines += [f"  {count(n)} {fate}: {fate.sentence}" for fate, n in self._fates().items()]
        lines += [f"  {printable(agreement_sentence(each))}" for each in self.screening.agreements]
        lines += ["", f"{self.name}: {count(len(self.records))}"]
        for record in self.records[: None if everything else _SHOWN]:
            lines.append(f"  {printable(record.record_id)}  {cited(record)}")
            lines += [f"      {_said(row)}" for row in self._counting(record.record_id)]
        if len(self.records) > _SHOWN and not everything:
            lines.append(f"  and {count(len(self.records) - _SHOWN)} more: --all lists them")
        if self.records:
            lines += ["", self._hint()]
        return lines

    def _hint(self) -> str:
        key = self.records[0].record_id
        if self.name == "extraction":
            return f'Next: metaleak add, then metaleak duplicates link {key} STUDY --reason "..."'
        stage = Stage.TITLE_ABSTRACT if self.name == "title-abstract" else Stage.FULL_TEXT
        if self.name == "conflicts" and self.screening.fate(key) is Fate.AWAITING_SCREENING:
            stage = Stage.TITLE_ABSTRACT
        settle = " --settle" if self.name == "conflicts" else ""
        return f"Decide: metaleak screen decide {key} include|exclude|maybe --stage {stage} --by WHO{settle}"

    def _fates(self) -> dict[Fate, int]:
        found = Counter(
            self.screening.fate(record.record_id) for record in self.screening.library.deduplicated.records
        )
        return {fate: found[fate] for fate in Fate if found[fate]}

    def _counting(self, key: str) -> Iterator[Judgement]:
        for stage in Stage:
            outcome = self.screening.outcome(key, Stage(stage))
            if outcome is not None:
                yield from outcome.counting


def list_screening(root: Path, name: str, *, by: str = "") -> Listed:
    """Return a list of publications that wait.

    Raises
    ------
    UsageError
        When there is no such list.
    ConfigError, SheetError
        When the sheets cannot be trusted.
    """
    if name not in LISTS:
        raise UsageError(
            f"there is no list {name!r}{nearest(name, LISTS)}", required="one of " + ", ".join(LISTS)
        )
    screening = read_screening(root)
    records = screening.listed(name, by=" ".join(by.split()))
    return Listed(screening=screening, name=name, records=tuple(records))


def decide(
    root: Path,
    record_id: str,
    choice: str,
    *,
    stage: str,
    by: str,
    reason: str = "",
    settles: bool = False,
    note: str = "",
    clock: Clock | None = None,
) -> list[str]:
    """Add a reviewer's judgement about a publication, and return what it comes to.

    Raises
    ------
    UsageError
        When a word is not known, a reason is missing or stands where none belongs, or the stage is not reached.
    ConfigError, SheetError, LockedError, StorageError
        When the sheets cannot be read or written.
    """
    with review_lock(root):
        screening = read_screening(root)
        record = _record(screening, record_id)
        word, where = _choice(choice), _stage(stage)
        judgement = Judgement(
            record_id=record.record_id,
            stage=where,
            choice=word,
            reason=_reason(screening.section, where, word, reason),
            by=_person(by),
            settles=settles,
            date=stamp((clock or SystemClock()).now())[:10],
            note=" ".join(note.split()),
        )
        _refuse_too_early(screening, judgement)
        _refuse_no_conflict(screening, judgement)
        return _added(root, screening, judgement, record)


def undo(
    root: Path, record_id: str, *, stage: str, by: str, settles: bool = False, clock: Clock | None = None
) -> list[str]:
    """Take a reviewer's last judgement about a publication back, by a row of its own, and return what counts now.

    Raises
    ------
    UsageError
        When the reviewer has said nothing that counts.
    ConfigError, SheetError, LockedError, StorageError
        When the sheets cannot be read or written.
    """
    with review_lock(root):
        screening = read_screening(root)
        record = _record(screening, record_id)
        where, who = _stage(stage), _person(by)
        outcome = screening.outcome(screening.same[record.record_id], where)
        said = (
            [row for row in outcome.counting if row.by == who and row.settles == settles] if outcome else []
        )
        if not said:
            raise UsageError(
                "there is nothing to take back",
                required=f"a judgement by {who} about {record.record_id} at the stage {where}",
                todo="metaleak screen list shows who said what",
            )
        judgement = Judgement(
            record_id=record.record_id,
            stage=where,
            choice=Choice.TAKEN_BACK,
            by=who,
            settles=settles,
            date=stamp((clock or SystemClock()).now())[:10],
        )
        return _added(root, screening, judgement, record)


def _added(root: Path, screening: Screening, judgement: Judgement, record: Record) -> list[str]:
    cells = {name: neutral(cell) for name, cell in row_of(judgement).items()}
    add_rows(root, SCREENING, [cells])
    after = replace(screening, judgements=(*screening.judgements, judgement))
    key = after.same[record.record_id]
    outcome = after.outcome(key, judgement.stage)
    standing = Standing.OPEN if outcome is None else outcome.standing
    fate = after.fate(key)
    return [
        f"{record.record_id}: {_said(judgement)}",
        f"  {cited(record)}",
        f"  {judgement.stage}: {standing} ({standing.sentence}); the publication is {fate}: {fate.sentence}",
        f"  a row of {sheet_path(SCREENING)} says so; metaleak screen undo takes it back",
    ]


def _said(row: Judgement) -> str:
    parts = [f"{row.stage}: {row.choice}", *([f"({row.reason})"] if row.reason else [])]
    return printable(f"{' '.join(parts)}, {row.by}" + (", settles it" if row.settles else ""))


def _record(screening: Screening, key: str) -> Record:
    of = {record.record_id: record for record in screening.library.records}
    if key in of:
        return of[key]
    raise UsageError(
        f"there is no record {key!r}{nearest(key, tuple(of))}",
        required=f"a record_id of {RECORDS}",
        todo="metaleak screen list shows the keys",
    )


def _choice(text: str) -> Choice:
    words = tuple(word.value for word in Choice if word is not Choice.TAKEN_BACK)
    if text in words:
        return Choice(text)
    raise UsageError(f"{text!r} is no choice{nearest(text, words)}", required="one of " + ", ".join(words))


def _stage(text: str) -> Stage:
    words = tuple(word.value for word in Stage)
    if text in words:
        return Stage(text)
    raise UsageError(f"{text!r} is no stage{nearest(text, words)}", required="one of " + ", ".join(words))


def _person(by: str) -> str:
    name = " ".join(by.split())
    if name:
        return name
    raise UsageError("nobody decides", required="--by with initials or a name, or METALEAK_BY", got=by)


def _reason(section: ScreeningSection, stage: Stage, choice: Choice, reason: str) -> str:
    codes = (
        section.codes if stage is Stage.FULL_TEXT else tuple(c for c in section.codes if c != NOT_RETRIEVED)
    )
    if choice is not Choice.EXCLUDE:
        if reason:
            raise UsageError("only what is left out has a reason", got=reason, todo="write it as a --note")
    elif reason not in codes and (reason or stage is Stage.FULL_TEXT):
        raise UsageError(
            f"{reason!r} is no reason{nearest(reason, codes)}"
            if reason
            else "a report is left out for a reason",
            required="--reason, one of " + ", ".join(codes),
            where="metaleak.toml, [screening.reasons]",
        )
    return reason


def _refuse_too_early(screening: Screening, judgement: Judgement) -> None:
    if judgement.stage is Stage.TITLE_ABSTRACT:
        return
    outcome = screening.outcome(screening.same[judgement.record_id], Stage.TITLE_ABSTRACT)
    if outcome is None or outcome.standing is not Standing.PASSED:
        standing = Standing.OPEN if outcome is None else outcome.standing
        raise UsageError(
            "its title and abstract did not pass yet",
            got=f"{standing}: {standing.sentence}",
            todo=f"metaleak screen decide {judgement.record_id} include --stage title-abstract, by every reviewer",
        )


def _refuse_no_conflict(screening: Screening, judgement: Judgement) -> None:
    if not judgement.settles:
        return
    outcome = screening.outcome(screening.same[judgement.record_id], judgement.stage)
    told: Sequence[Judgement] = () if outcome is None else outcome.counting
    is_settled = any(row.settles for row in told)
    if not is_settled and (outcome is None or outcome.standing is not Standing.CONFLICT):
        raise UsageError("there is no conflict to settle", got=judgement.record_id, todo="leave --settle out")
