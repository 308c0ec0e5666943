"""Rules about what searches brought: records, decisions about them, links to studies, the log."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from metaleak.errors import InputError
from metaleak.numbers import count
from metaleak.records.compare import Verdict
from metaleak.records.decisions import Decision, decision_of, latest
from metaleak.records.notices import Notice, Notices, joined, notices_of
from metaleak.records.record import Record
from metaleak.records.studies import IDENTIFIERS, StudyLink, study_of
from metaleak.records.table import cells_of, record_of
from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import TypedRow, View

#: Columns whose cells are made of parts: a person who edits one may leave a part out.
_PARTED = ("links", "origins", "abstract")
#: Counts of the log that are rows of records.csv.
_NEW = ("n_articles", "n_books")
#: Where the notices about studies are kept between rules.
_NOTICES = "notices"


def _record(row: TypedRow, *columns: str) -> Record | None:
    cells = {name: cell or "" for name, cell in cells_of(row.raw).items()}
    try:
        return record_of({name: cells.get(name, "") for name in columns} if columns else cells)
    except (ValueError, TypeError):
        return None


def _read(view: View) -> list[tuple[TypedRow, Record | None]]:
    # Ten thousand records take a second to read, and five rules look at them.
    if "records" not in view.memo:
        view.memo["records"] = [(row, _record(row)) for row in view.rows["records"]]
    found: list[tuple[TypedRow, Record | None]] = view.memo["records"]
    return found


def _records(view: View) -> list[tuple[TypedRow, Record]]:
    return [(row, record) for row, record in _read(view) if record is not None]


def decisions_of(view: View) -> list[tuple[TypedRow, Decision]]:
    """Return the decisions about two records, with their rows."""
    found = []
    for row in view.rows["duplicates"]:
        try:
            found.append((row, decision_of({name: str(row.get(name) or "") for name in row.values})))
        except InputError:
            continue
    return found


def _links(view: View) -> list[tuple[TypedRow, StudyLink]]:
    names = ("record_id", "study_id", "reason", "by")
    return [
        (row, StudyLink(**{name: str(row.get(name) or "") for name in names})) for row in view.rows["reports"]
    ]


def known_records(view: View) -> set[str]:
    """Return the keys of the records."""
    return {str(key) for row in view.rows["records"] if (key := row.get("record_id")) is not None}


@rule(
    "R80",
    "error",
    "A cell of several parts can be taken apart again.",
    *(f"records.{column}" for column in _PARTED),
)
def whole_records(view: View) -> Iterator[Broken]:
    """Find cells of records that hold too few or too many parts."""
    for row, record in _read(view):
        for column in _PARTED if record is None else ():
            if _record(row, column) is None:
                yield Broken(
                    sheet="records",
                    row=row.number,
                    column=column,
                    value=row.raw.get(column, "")[:80],
                    text="the parts of the cell do not fit its column",
                    todo="take the row back from git, or import again; a | or ; inside a part needs \\ in front",
                )


@rule(
    "R81",
    "warning",
    "Whether a publication was withdrawn follows from its type, its links and its title.",
    "records.is_retracted",
)
def flags_of_retraction(view: View) -> Iterator[Broken]:
    """Find flags that the record does not bear out."""
    for row, record in _records(view):
        flag = row.values["is_retracted"]
        if isinstance(flag, bool) and flag != record.is_retracted:
            yield Broken(
                sheet="records",
                row=row.number,
                column="is_retracted",
                value=row.raw["is_retracted"],
                text="the record says that it was withdrawn"
                if record.is_retracted
                else "nothing in the record says that it was withdrawn",
                todo="write Retracted Publication into publication_types if it was, and the flag to match",
            )


@rule(
    "R82",
    "warning",
    "A decision is about two records of records.csv.",
    "duplicates.left",
    "duplicates.right",
)
def known_pairs(view: View) -> Iterator[Broken]:
    """Find decisions about records that are not there, or about one record."""
    known = known_records(view)
    for row in view.rows["duplicates"]:
        for column in ("left", "right"):
            key = row.get(column)
            if key is not None and key not in known:
                yield Broken(
                    sheet="duplicates",
                    row=row.number,
                    column=column,
                    value=str(key),
                    text="records.csv has no such record",
                    todo="mend the key, or import the record again; the decision counts for nothing",
                )
        if row.get("left") is not None and row.get("left") == row.get("right"):
            yield Broken(
                sheet="duplicates",
                row=row.number,
                column="right",
                value=str(row.get("right")),
                text="both keys are the same record",
                todo="write the key of the other record",
            )


@rule("R83", "warning", "Two records that nobody decided about are counted as two.", "duplicates.verdict")
def open_pairs(view: View) -> Iterator[Broken]:
    """Tell how many pairs wait for a person, at the first of them."""
    rows = decisions_of(view)
    known, same = known_records(view), joined(decision for _, decision in rows)
    waiting = {
        pair
        for pair, each in latest(decision for _, decision in rows).items()
        if each.verdict is Verdict.MAYBE
        and known.issuperset(pair)
        and same.get(pair[0], pair[0]) != same.get(pair[1], pair[1])
    }
    if waiting:
        first = next(row for row, decision in rows if decision.pair in waiting)
        many = len(waiting)
        yield Broken(
            sheet="duplicates",
            row=first.number,
            column="verdict",
            value=str(first.get("verdict")),
            text="a pair waits for a decision"
            if many == 1
            else f"{count(many)} pairs wait for a decision, this one first",
            todo="decide: metaleak duplicates",
        )


@rule("R84", "warning", "Records that are one publication report one study.", "reports.study_id")
def one_study_per_publication(view: View) -> Iterator[Broken]:
    """Find duplicates that are linked to different studies."""
    same = joined(decision for _, decision in decisions_of(view))
    first: dict[str, tuple[str, str]] = {}
    for key, (row, link) in counting_links(view).items():
        if not link.study_id:
            continue
        publication = same.get(key, key)
        other, study = first.setdefault(publication, (key, link.study_id))
        if study != link.study_id:
            yield Broken(
                sheet="reports",
                row=row.number,
                column="study_id",
                value=link.study_id,
                text=f"{other} is the same publication and is linked to {study}",
                todo="link both to one study, or take the decision back: metaleak duplicates undo",
            )


@rule(
    "R85",
    "error",
    "A link leads from a record of records.csv to a study of studies.csv.",
    "reports.record_id",
    "reports.study_id",
)
def known_links(view: View) -> Iterator[Broken]:
    """Find links that count and lead nowhere."""
    records, studies = known_records(view), view.study_ids("studies")
    for row, link in counting_links(view).values():
        for column, value, known, sheet in (
            ("record_id", link.record_id, records, "records.csv"),
            ("study_id", link.study_id, studies, "studies.csv"),
        ):
            if value and link.study_id and value not in known:
                yield Broken(
                    sheet="reports",
                    row=row.number,
                    column=column,
                    value=value,
                    text=f"{sheet} has no such {'record' if column == 'record_id' else 'study'}",
                    todo="add a row with the right key behind this one, and one with an empty study_id for this record"
                    if column == "record_id"
                    else "link it again: metaleak duplicates link, or unlink",
                )


@rule(
    "R86",
    "warning",
    "A study whose publication was withdrawn is not evidence as it stands.",
    "studies.study_id",
    "records.is_retracted",
)
def retracted_studies(view: View) -> Iterator[Broken]:
    """Find studies of the review with a publication that was withdrawn."""
    for row, said in _noticed(view):
        reports = said.get(Notice.RETRACTED, ())
        if reports:
            yield Broken(
                sheet="studies",
                row=row.number,
                column="study_id",
                value=str(row.get("study_id")),
                text="a publication of the study was withdrawn: "
                + ", ".join(record.record_id for record in reports),
                todo="read the notice; move the study to dropped.csv with the reason, or say in the note why it stays",
            )


@rule(
    "R89",
    "warning",
    "What editors wrote later about a publication of a study, a concern or an erratum, is read beside it.",
    "studies.study_id",
    "records.links",
)
def doubted_or_corrected_studies(view: View) -> Iterator[Broken]:
    """Find studies with a publication that has an expression of concern or an erratum."""
    for row, said in _noticed(view):
        for what in (Notice.CONCERN, Notice.CORRECTED):
            if said.get(what):
                yield Broken(
                    sheet="studies",
                    row=row.number,
                    column="study_id",
                    value=str(row.get("study_id")),
                    text=f"{what.sentence} of the study: "
                    + ", ".join(record.record_id for record in said[what]),
                    todo="read the notice, mend the rows where it changes a count, and say in the note what it says",
                )


def _noticed(view: View) -> Iterator[tuple[TypedRow, Mapping[Notice, tuple[Record, ...]]]]:
    """Return the rows of studies with a notice, and what it says."""
    found: Notices | None = view.memo.get(_NOTICES)
    if found is None:
        studies = {
            str(row.get("study_id")): {name: str(row.get(name) or "") for name in IDENTIFIERS}
            for row in view.rows["studies"]
        }
        found = view.memo[_NOTICES] = notices_of(
            [record for _, record in _records(view)],
            studies,
            [link for _, link in _links(view)],
            [decision for _, decision in decisions_of(view)],
        )
    for row in view.rows["studies"]:
        said = found.get(str(row.get("study_id")))
        if said:
            yield row, said


@rule(
    "R87",
    "warning",
    "The log counts the records that are there.",
    *(f"searches.{column}" for column in _NEW),
)
def counts_of_the_log(view: View) -> Iterator[Broken]:
    """Find runs that count other numbers of new records than records.csv holds."""
    records = _records(view)
    if len(records) < len(view.raw["records"].rows):
        return  # Rows that cannot be read are reported, and cannot be counted.
    held: Counter[tuple[str, str]] = Counter()
    for _, record in records:
        firsts: dict[str, str] = {}
        for origin in record.origins:
            firsts.setdefault(origin.source, origin.run)
        held.update(firsts.items())
    for row in view.rows["searches"]:
        numbers = [row.get(column) for column in _NEW]
        if row.get("source") is None or row.get("run") is None or None in numbers:
            continue
        found = held[str(row.get("source")), str(row.get("run"))]
        if sum(numbers) != found:
            yield Broken(
                sheet="searches",
                row=row.number,
                column=_NEW[0],
                value=" + ".join(str(number) for number in numbers),
                text=f"records.csv holds {count(found)} new records of this run",
                todo="take searches.csv and records.csv back from git together",
            )


@rule("R88", "warning", "A record names searches of the log.", "records.origins")
def known_runs(view: View) -> Iterator[Broken]:
    """Find runs of records that the log does not know, each once."""
    known = {str(row.get("run")) for row in view.rows["searches"]}
    unknown: defaultdict[str, list[TypedRow]] = defaultdict(list)
    for row, record in _records(view):
        for run in dict.fromkeys(origin.run for origin in record.origins):
            if run not in known:
                unknown[run].append(row)
    for run, rows in unknown.items():
        many = f"; {count(len(rows))} records name it" if len(rows) > 1 else ""
        yield Broken(
            sheet="records",
            row=rows[0].number,
            column="origins",
            value=run,
            text=f"searches.csv has no such run{many}" if run else f"the origin names no run{many}",
            todo="take searches.csv back from git, or import again",
        )


def counting_links(view: View) -> dict[str, tuple[TypedRow, StudyLink]]:
    """Return the link that counts for each record, with its row."""
    rows = _links(view)
    counting = study_of(link for _, link in rows)
    latest_rows = {link.record_id: (row, link) for row, link in rows if link.record_id}
    return {key: found for key, found in latest_rows.items() if key in counting}
