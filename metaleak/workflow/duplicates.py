"""``metaleak duplicates``: which records are one publication, what a person decided, which study they report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metaleak.errors import UsageError
from metaleak.numbers import count, fixed
from metaleak.records.compare import Verdict, compare
from metaleak.records.decisions import RULES, Decision, decide, latest, undo
from metaleak.records.duplicates import find_duplicates
from metaleak.records.profile import profile_of
from metaleak.records.record import Record
from metaleak.records.studies import StudyLink, Suggestion, study_of, suggest_studies
from metaleak.reporting.words import counted
from metaleak.sheets.bibliography import DUPLICATES, REPORTS
from metaleak.sheets.codebook import nearest
from metaleak.sheets.columns import STUDIES
from metaleak.sheets.logs import read_rows, sheet_path
from metaleak.storage import atomic
from metaleak.storage.lock import review_lock
from metaleak.workflow.library import Library, add_decisions, add_link, read_library, with_abstracts
from metaleak.workflow.records import RECORDS
from metaleak.workflow.terminal import cited, printable

#: Pairs of a kind that are printed; the JSON has all.
_SHOWN = 20

#: Pairs that are printed below a search.
_FEW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What is known of the duplicates of a review.

    Attributes
    ----------
    library : Library
        Records, decisions and links after the comparison.
    new : tuple of Decision
        The rows that this comparison added.
    suggestions : tuple of Suggestion
        Publications that may report one study and are not linked to one.
    """

    library: Library
    new: tuple[Decision, ...]
    suggestions: tuple[Suggestion, ...]

    @property
    def duplicates(self) -> list[Decision]:
        """The pairs that count as one publication, the surest last: the first are worth a look."""
        held = latest(self.library.decisions).values()
        found = [each for each in held if each.verdict is Verdict.DUPLICATE]
        return sorted(found, key=lambda each: (each.score, each.pair))

    def document(self) -> dict[str, Any]:
        """Return plain values for scripts."""
        found = self.library.deduplicated
        return {
            "records": len(self.library.records),
            "publications": len(found.records),
            "new_rows": len(self.new),
            "sources": [
                {
                    "source": each.source,
                    "found": each.found,
                    "duplicates": each.duplicates,
                    "only_here": each.only_here,
                }
                for each in self.library.sources
            ],
            "queue": [_plain(each) for each in found.queue],
            "duplicates": [_plain(each) for each in self.duplicates],
            "groups": [list(keys) for keys in found.groups if len(keys) > 1],
            "may_report_one_study": [
                {"left": each.left, "right": each.right, "reason": each.reason} for each in self.suggestions
            ],
        }

    def brief_document(self) -> dict[str, Any]:
        """Return plain values for scripts that asked for something else: what is new, and what waits."""
        found = self.library.deduplicated
        return {
            "records": len(self.library.records),
            "publications": len(found.records),
            "taken_as_one": [_plain(each) for each in self._new(Verdict.DUPLICATE)],
            "to_decide": [_plain(each) for each in found.queue],
        }

    def brief(self) -> list[str]:
        """Return a few lines below those of a search or an import: what was taken as one, what waits, what to type."""
        found = self.library.deduplicated
        one, waiting = self._new(Verdict.DUPLICATE), found.queue
        lines = [
            f"compared: {counted(len(one), 'new pair')} taken as one publication, "
            f"{counted(len(waiting), 'pair')} to decide; {counted(len(self.library.records), 'record')}, "
            f"{counted(len(found.records), 'publication')}"
        ]
        for each in one[:_FEW]:
            lines.append(f"  {printable(each.left)} = {printable(each.right)}: {printable(each.reason)}")
        if len(one) > _FEW:
            lines.append(f"  and {count(len(one) - _FEW)} more: metaleak duplicates lists them")
        if one:
            lines.append(f"  wrong? metaleak duplicates undo {one[0].left} {one[0].right}")
        if waiting:
            first, words = waiting[0], "|".join(Verdict)
            lines.append(
                f"next: metaleak duplicates lists them; metaleak duplicates decide {first.left} {first.right} {words} "
                '--reason "..."'
            )
        elif self.library.records:
            lines.append("next: metaleak screen list shows what waits for a judgement")
        return lines

    def _new(self, verdict: Verdict) -> list[Decision]:
        """Return the pairs that this comparison judged so and that count so, the least alike first."""
        held = latest(self.library.decisions)
        found = [each for each in self.new if each.verdict is verdict and held[each.pair] == each]
        return sorted(found, key=lambda each: (each.score, each.pair))

    def lines(self, *, everything: bool = False) -> list[str]:
        """Return what a person reads; ``everything`` lists more than the first pairs."""
        library, found = self.library, self.library.deduplicated
        if not library.records:
            return [f"There are no records yet: metaleak search or metaleak import fill {RECORDS}."]
        spare = len(library.records) - len(found.records)
        lines = [
            f"{counted(len(library.records), 'record')}, {counted(len(found.records), 'publication')}, "
            f"{counted(spare, 'duplicate')}; new in {sheet_path(DUPLICATES)}: {counted(len(self.new), 'row')}"
        ]
        lines += [
            f"  {each.source}: {counted(each.found, 'record')}, {counted(each.duplicates, 'duplicate')} of earlier "
            f"ones, {counted(each.only_here, 'publication')} nowhere else"
            for each in library.sources
        ]
        of = {record.record_id: record for record in library.records}
        shown = None if everything else _SHOWN
        lines += _pairs("taken as one publication, the least alike first", self.duplicates, of, shown)
        lines += _pairs("to decide", found.queue, of, shown)
        if found.queue:
            left, right = found.queue[0].left, found.queue[0].right
            words = "|".join(Verdict)
            lines += ["", f'Decide: metaleak duplicates decide {left} {right} {words} --reason "..."']
        return [*lines, *_suggested(self.suggestions, of, shown)]


def compare_records(root: Path) -> Compared:
    """Compare the records of a review, add what is new to the decisions, and return what is known.

    Raises
    ------
    SheetError
        When a sheet cannot be trusted.
    LockedError, StorageError
        When another process is writing, or the disk refuses.
    """
    with review_lock(root):
        atomic.sweep(root / "extraction")
        library = read_library(root)
        records, whole = with_abstracts(root, library.records)
        rows = find_duplicates(records, library.decisions)
        if not whole:
            # Without its abstracts a pair would be judged otherwise than on the machine that has them.
            known = latest(library.decisions)
            rows = [row for row in rows if row.pair not in known]
        add_decisions(root, rows)
        library = Library(library.records, (*library.decisions, *rows), library.links)
    return Compared(library=library, new=tuple(rows), suggestions=tuple(_open_links(library)))


def decide_pair(root: Path, left: str, right: str, verdict: str, *, reason: str, by: str) -> list[str]:
    """Add a person's decision about two records, and return what it does.

    Raises
    ------
    UsageError
        When a record is not known, both are the same, the verdict is no word, or no reason is given.
    SheetError, LockedError, StorageError
        When the sheets cannot be read or written.
    """
    word, by, reason = _verdict(verdict), _person(by), _reason(reason)
    with review_lock(root):
        library = read_library(root)
        one, other = _record(library, left), _record(library, right)
        _refuse_equal(one, other)
        held = latest(library.decisions).get(_pair(one, other))
        decision = decide(held or _judged(root, one, other), word, by=by, reason=reason)
        add_decisions(root, [decision])
        library = Library(library.records, (*library.decisions, decision), library.links)
    return [*_told(decision, one, other), *_consequence(library, decision)]


def undo_pair(root: Path, left: str, right: str, *, by: str) -> list[str]:
    """Take the last decision about two records back, by a row of its own, and return what counts now.

    Raises
    ------
    UsageError
        When a record is not known.
    InputError
        When nothing was decided about them.
    SheetError, LockedError, StorageError
        When the sheets cannot be read or written.
    """
    by = _person(by)
    with review_lock(root):
        library = read_library(root)
        one, other = _record(library, left), _record(library, right)
        decision = undo(library.decisions, one.record_id, other.record_id, by=by)
        add_decisions(root, [decision])
        library = Library(library.records, (*library.decisions, decision), library.links)
    return [*_told(decision, one, other), *_consequence(library, decision)]


def link_study(root: Path, record_id: str, study_id: str, *, reason: str, by: str) -> list[str]:
    """Link a publication to the study that it reports, or, with an empty study, take the link away.

    Raises
    ------
    UsageError
        When the record or the study is not known, or no reason is given.
    SheetError, LockedError, StorageError
        When the sheets cannot be read or written.
    """
    by, reason = _person(by), _reason(reason)
    with review_lock(root):
        library = read_library(root)
        record = _record(library, record_id)
        studies = tuple(row["study_id"] for row in read_rows(root, STUDIES))
        if study_id and study_id not in studies:
            raise UsageError(
                f"there is no study {study_id!r}{nearest(study_id, studies)}",
                required="a study_id of extraction/studies.csv",
                todo="add the study first: metaleak add",
            )
        link = StudyLink(record_id=record.record_id, study_id=study_id, reason=reason, by=by)
        add_link(root, link)
        of = study_of((*library.links, link))
    if not study_id:
        return [f"{record.record_id} is linked to no study now", f"  {cited(record)}"]
    others = [key for key, study in of.items() if study == study_id and key != record.record_id]
    with_them = f", beside {', '.join(others)}" if others else ""
    told = f"{record.record_id} is a report of {study_id} now{with_them}"
    return [told, f"  {cited(record)}", f"  a row of {sheet_path(REPORTS)} says so; no record was merged"]


def _verdict(text: str) -> Verdict:
    if text in tuple(Verdict):
        return Verdict(text)
    raise UsageError(
        f"{text!r} is no verdict{nearest(text, tuple(word.value for word in Verdict))}",
        required="one of " + ", ".join(Verdict),
    )


def _person(by: str) -> str:
    name = " ".join(by.split())
    if name and name != RULES:
        return name
    raise UsageError("nobody decides", required=f"initials or a name, other than {RULES!r}", got=by)


def _reason(reason: str) -> str:
    text = " ".join(reason.split())
    if text:
        return text
    raise UsageError("a decision needs a reason", required='--reason "why, in a few words"', got=reason)


def _record(library: Library, key: str) -> Record:
    of = {record.record_id: record for record in library.records}
    if key in of:
        return of[key]
    raise UsageError(
        f"there is no record {key!r}{nearest(key, tuple(of))}",
        required=f"a record_id of {RECORDS}",
        todo="metaleak duplicates shows the keys",
    )


def _refuse_equal(one: Record, other: Record) -> None:
    if one.record_id == other.record_id:
        raise UsageError("a record cannot be compared with itself", got=one.record_id)


def _pair(one: Record, other: Record) -> tuple[str, str]:
    keys = (one.record_id, other.record_id)
    return (min(keys), max(keys))


def _judged(root: Path, one: Record, other: Record) -> Decision:
    """Return what the rules say about a pair that they had no reason to compare."""
    records, _ = with_abstracts(root, (one, other))
    found = compare(*(profile_of(record) for record in records))
    return Decision(
        left=one.record_id,
        right=other.record_id,
        verdict=found.verdict,
        score=found.score,
        reason=found.reason,
        tie=found.tie,
    )


def _told(decision: Decision, one: Record, other: Record) -> list[str]:
    return [
        f"{one.record_id} and {other.record_id}: {decision.verdict} ({printable(decision.reason)})",
        f"  {cited(one)}",
        f"  {cited(other)}",
        f"  a row of {sheet_path(DUPLICATES)} says so; metaleak duplicates undo takes it back",
    ]


def _consequence(library: Library, decision: Decision) -> list[str]:
    found = library.deduplicated
    numbers = f"  {count(len(library.records))} records are {count(len(found.records))} publications now"
    apart = [
        f"  {each.left} and {each.right} stay apart: records that are one with them were told apart; decide that first"
        for each in found.queue
        if each.verdict is Verdict.DUPLICATE and each.by != RULES
    ]
    together = any(decision.left in keys and decision.right in keys for keys in found.groups)
    if decision.verdict is not Verdict.DUPLICATE and together:
        apart.append("  they stay together: a third record is one with both; decide those pairs too")
    return [numbers, *apart]


def _open_links(library: Library) -> Iterator[Suggestion]:
    study = study_of(library.links)
    for each in suggest_studies(library.deduplicated.records, library.decisions):
        if study.get(each.left) is None or study.get(each.left) != study.get(each.right):
            yield each


def _plain(decision: Decision) -> dict[str, Any]:
    return {
        "left": decision.left,
        "right": decision.right,
        "verdict": str(decision.verdict),
        "score": decision.score,
        "reason": decision.reason,
        "tie": decision.tie,
        "by": decision.by,
    }


def _pairs(title: str, pairs: Sequence[Decision], of: dict[str, Record], shown: int | None) -> Iterator[str]:
    if not pairs:
        return
    yield from ("", f"{counted(len(pairs), 'pair')} {title}:")
    for each in pairs[:shown]:
        yield f"  {fixed(each.score, 2)}  {printable(each.reason)} ({printable(each.by)})"
        yield from (_line(key, of) for key in (each.left, each.right))
    yield from _rest(len(pairs), shown)


def _suggested(suggestions: Sequence[Suggestion], of: dict[str, Record], shown: int | None) -> Iterator[str]:
    if not suggestions:
        return
    yield from ("", f"{count(len(suggestions))} times two publications may report one study:")
    for each in suggestions[:shown]:
        yield f"  {printable(each.reason)}"
        yield from (_line(key, of) for key in (each.left, each.right))
    yield from _rest(len(suggestions), shown)
    yield from ("", 'Link: metaleak duplicates link RECORD STUDY --reason "..."')


def _line(key: str, of: dict[str, Record]) -> str:
    told = cited(of[key]) if key in of else f"not in {RECORDS}"
    return f"        {printable(key)}  {told}"


def _rest(many: int, shown: int | None) -> Iterator[str]:
    if shown is not None and many > shown:
        yield f"  and {count(many - shown)} more: --all lists them"
