"""Rules about judgements: what they are about, why reports are left out, where reviewers differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from metaleak.numbers import count
from metaleak.records.notices import joined
from metaleak.records.studies import StudyLink
from metaleak.screening.judgements import (
    NOT_RETRIEVED,
    Choice,
    Judgement,
    Outcome,
    ScreeningSection,
    Stage,
    Standing,
    judgement_of,
    outcomes_of,
)
from metaleak.validation.record_rules import counting_links, decisions_of, known_records
from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import TypedRow, View

#: Where the check leaves the section of metaleak.toml for the rules.
SECTION = "screening section"


def _section(view: View) -> ScreeningSection:
    section: ScreeningSection = view.memo.get(SECTION) or ScreeningSection()
    return section


def _judgements(view: View) -> list[tuple[TypedRow, Judgement]]:
    found = []
    for row in view.rows["screening"]:
        cells = {name: row.get(name) for name in row.values}
        if all(cells.get(name) is not None for name in ("record_id", "stage", "choice", "by", "settles")):
            text = {name: "" if cell is None else str(cell) for name, cell in cells.items()}
            found.append((row, judgement_of({**text, "settles": str(int(cells["settles"]))})))
    return found


def _outcomes(view: View) -> dict[tuple[str, Stage], Outcome]:
    same = joined(decision for _, decision in decisions_of(view))
    judgements = [judgement for _, judgement in _judgements(view)]
    return outcomes_of(judgements, same=same, reviewers=_section(view).reviewers)


@rule("R90", "warning", "A judgement is about a record of records.csv.", "screening.record_id")
def judged_records(view: View) -> Iterator[Broken]:
    """Find judgements about records that are not there."""
    known = known_records(view)
    for row, judgement in _judgements(view):
        if judgement.record_id not in known:
            yield Broken(
                sheet="screening",
                row=row.number,
                column="record_id",
                value=judgement.record_id,
                text="records.csv has no such record",
                todo="mend the key, or import the record again; the judgement counts for nothing",
            )


@rule(
    "R91",
    "error",
    "A report is left out for one reason of a closed list, so that the flow can count them.",
    "screening.reason",
)
def reasons_of_the_list(view: View) -> Iterator[Broken]:
    """Find reasons that are missing, unknown, or stand beside what is not left out."""
    codes = _section(view).codes
    for row, judgement in _judgements(view):
        allowed = (
            codes if judgement.stage is Stage.FULL_TEXT else tuple(c for c in codes if c != NOT_RETRIEVED)
        )
        text = ""
        if judgement.choice is not Choice.EXCLUDE:
            text = "only what is left out has a reason" if judgement.reason else ""
        elif not judgement.reason:
            text = "a report is left out without a reason" if judgement.stage is Stage.FULL_TEXT else ""
        elif judgement.reason not in allowed:
            text = "the reason is none of the list"
        if text:
            yield Broken(
                sheet="screening",
                row=row.number,
                column="reason",
                value=judgement.reason,
                text=text,
                todo="leave the cell empty"
                if judgement.choice is not Choice.EXCLUDE
                else f"write one of {', '.join(allowed)}; metaleak.toml may declare others: [screening.reasons]",
            )


@rule("R92", "warning", "A report is judged once its title and abstract have passed.", "screening.stage")
def stages_in_order(view: View) -> Iterator[Broken]:
    """Find publications whose report was judged too early, each at its first row."""
    outcomes = _outcomes(view)
    same = joined(decision for _, decision in decisions_of(view))
    seen: set[str] = set()
    for row, judgement in _judgements(view):
        key = same.get(judgement.record_id, judgement.record_id)
        passed = outcomes.get((key, Stage.TITLE_ABSTRACT))
        early = passed is None or passed.standing is not Standing.PASSED
        if (
            judgement.stage is Stage.FULL_TEXT
            and (key, Stage.FULL_TEXT) in outcomes
            and early
            and key not in seen
        ):
            seen.add(key)
            yield Broken(
                sheet="screening",
                row=row.number,
                column="stage",
                value=judgement.stage,
                text="its title and abstract have not passed; the flow does not count the report",
                todo=f"metaleak screen decide {judgement.record_id} include --by WHO, or take this judgement back",
            )


@rule("R93", "warning", "Where reviewers differ, somebody settles it.", "screening.choice")
def open_conflicts(view: View) -> Iterator[Broken]:
    """Tell how many publications reviewers differ about, at the first of them."""
    differing = [outcome for outcome in _outcomes(view).values() if outcome.standing is Standing.CONFLICT]
    if not differing:
        return
    rows = _judgements(view)
    first = differing[0].counting[-1]
    row = next(row for row, judgement in reversed(rows) if judgement == first)
    many = len(differing)
    yield Broken(
        sheet="screening",
        row=row.number,
        column="choice",
        value=first.choice,
        text="reviewers differ about this publication"
        if many == 1
        else f"reviewers differ about {count(many)} publications, this one first",
        todo="settle it: metaleak screen list --show conflicts",
    )


@rule("R94", "warning", "What is taken back was said before.", "screening.choice")
def taken_back_before_said(view: View) -> Iterator[Broken]:
    """Find rows that take back what nobody said."""
    same = joined(decision for _, decision in decisions_of(view))
    said: Counter[tuple[str, Stage, str, bool]] = Counter()
    for row, judgement in _judgements(view):
        key = (
            same.get(judgement.record_id, judgement.record_id),
            judgement.stage,
            judgement.by,
            judgement.settles,
        )
        if judgement.choice is not Choice.TAKEN_BACK:
            said[key] += 1
        elif said[key]:
            said[key] -= 1
        else:
            yield Broken(
                sheet="screening",
                row=row.number,
                column="choice",
                value=judgement.choice,
                text=f"{judgement.by} has said nothing about this record that could be taken back",
                todo="delete the row, or mend its key, stage or reviewer",
            )


@rule(
    "R98",
    "warning",
    "A publication that is linked to a study of the review was judged to be in.",
    "reports.study_id",
    "screening.choice",
)
def linked_and_judged(view: View) -> Iterator[Broken]:
    """Find links to studies of publications that reviewers left out, and tell how many are not judged yet."""
    outcomes = _outcomes(view)
    same = joined(decision for _, decision in decisions_of(view))
    studies, known = view.study_ids("studies"), known_records(view)
    open_ones: list[tuple[TypedRow, StudyLink]] = []
    for row, link in counting_links(view).values():
        if link.study_id not in studies or link.record_id not in known:
            continue
        key = same.get(link.record_id, link.record_id)
        found = [outcomes.get((key, stage)) for stage in Stage]
        out = next((each for each in found if each is not None and each.standing is Standing.EXCLUDED), None)
        if out is not None:
            yield Broken(
                sheet="reports",
                row=row.number,
                column="study_id",
                value=link.study_id,
                text="reviewers left the publication out"
                + (f" ({out.reason})" if out.reason else "")
                + "; the flow counts it as they say",
                todo=f"metaleak duplicates unlink {link.record_id}, or judge it again",
            )
        elif any(each is None or each.standing is not Standing.PASSED for each in found):
            open_ones.append((row, link))
    if open_ones and view.rows["screening"]:
        row, link = open_ones[0]
        many = len(open_ones)
        yield Broken(
            sheet="reports",
            row=row.number,
            column="study_id",
            value=link.study_id,
            text="the publication is not judged to the end; the flow counts it as included"
            if many == 1
            else f"{count(many)} linked publications are not judged to the end, this one first; "
            "the flow counts them as included",
            todo=f"metaleak screen decide {link.record_id} include --by WHO, at both stages",
        )
