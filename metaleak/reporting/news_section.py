"""What is new since the last search, from the log and the records that its last runs brought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from metaleak import numbers
from metaleak.reporting.data import ReportInput, SheetRow
from metaleak.reporting.links import source_links
from metaleak.reporting.noticed import notice_lines
from metaleak.reporting.sections.section import Section
from metaleak.reporting.tables import Cell, Column, Row, Table, of_digits, of_text
from metaleak.reporting.words import counted
from metaleak.search.log import last_runs
from metaleak.search.sources import Source

#: New records that the page lists; records.csv has them all.
_LISTED = 100
#: Numbers that a sentence names; searches.csv has more.
_NAMED = 10


def news_section(report: ReportInput) -> Section:
    """Return what the last search of each database brought, and what was said about studies here."""
    table, told = None, [_no_log(report)]
    if report.searches:
        of_run: dict[str, list[SheetRow]] = {}
        for row in report.arrivals:
            of_run.setdefault(row["run"], []).append(row)
        last = sorted(last_runs(report.searches), key=lambda row: row["date"][:10], reverse=True)
        dates = {row["run"]: row["date"][:10] for row in report.searches}
        told = [sentence for row in last for sentence in _sentences(row, of_run.get(row["run"], ()), dates)]
        fresh = [each for row in last if row["updates"] for each in of_run.get(row["run"], ())]
        table = _table([row for row in fresh if row["is_duplicate"] == "0"])
    lines = notice_lines(report)
    return Section(
        name="news",
        title="What is new",
        short="New",
        question="What did the last searches bring since the ones before?",
        sentences=(*told, *(line.says for line in lines)),
        tables=(),
        folded=() if table is None else (table,),
        fold="The new publications",
        # An erratum is no reason to doubt the answer: it stands with its study.
        lines=tuple(line for line in lines if line.term != "Corrected"),
    )


def _no_log(report: ReportInput) -> str:
    many = len(report.studies)
    return (
        "No search is logged yet, so nothing can be called new: "
        f"{counted(many, 'study')} {'was' if many == 1 else 'were'} identified before the first logged search."
    )


def _sentences(row: SheetRow, brought: Sequence[SheetRow], before: Mapping[str, str]) -> Iterator[str]:
    new = _number(row, "n_articles") + _number(row, "n_books")
    books, spare = _number(row, "n_books"), sum(each["is_duplicate"] == "1" for each in brought)
    parts = [
        f"{numbers.count(books)} of them {'a book' if books == 1 else 'books'}" if books else "",
        "1 a duplicate of a record of another search" if spare == 1 else "",
        f"{numbers.count(spare)} duplicates of records of other searches" if spare > 1 else "",
    ]
    apart = "".join(f", {part}" for part in parts if part)
    where, day = _name(row["source"]), row["date"][:10]
    if row["updates"]:
        since = before.get(row["updates"], "")
        told = f" since the search of {since}" if since else f" since {row['updates']}"
        yield (
            f"{where} was searched again on {day} ({row['strategy']}): "
            f"{counted(new, 'new record') if new else 'no new record'}{told}{apart}."
        )
    else:
        yield f"{where} was first searched on {day} ({row['strategy']}): {counted(new, 'record')}{apart}."
    for name, said in (
        ("n_revised", "{} held before {} revised since"),
        ("n_retracted", "{} held before {} retracted"),
        ("n_missing", "{} that it lists {} not delivered"),
    ):
        many = _number(row, name)
        if many:
            verb = ("was", "were") if name != "n_retracted" else ("is", "are")
            yield said.format(counted(many, "record"), verb[many != 1]) + "."
    yield from _no_longer(row)


def _no_longer(row: SheetRow) -> Iterator[str]:
    """Yield what is said of held records that the strategy or the database has no more."""
    unmatched, gone = (_items(row.get(name, "")) for name in ("unmatched", "gone"))
    both = len(set(unmatched) & set(gone))
    if many := _number(row, "n_unmatched"):
        of_them = f", {numbers.count(both)} of them no longer in the database" if both and many > 1 else ""
        yield (
            f"{counted(many, 'record')} that the strategy matched before no longer "
            f"{'matches' if many == 1 else 'match'}{_named(unmatched, many)}{of_them}."
        )
    if many := _number(row, "n_gone"):
        yield (
            f"{counted(many, 'record')} held before {'is' if many == 1 else 'are'} no longer in the database"
            f"{_named(gone, many)}; {'it stays' if many == 1 else 'they stay'} in the review."
        )


def _items(cell: str) -> list[str]:
    return cell.split("; ") if cell else []


def _named(items: Sequence[str], many: int) -> str:
    """Return the first of some numbers in brackets.

    Examples
    --------
    >>> _named(["7", "9"], 2), _named([], 2)
    (' (7, 9)', '')
    """
    shown = items[:_NAMED]
    more = f" and {numbers.count(many - _NAMED)} more" if shown and many > _NAMED else ""
    return f" ({', '.join(shown)}{more})" if shown else ""


def _name(source: str) -> str:
    try:
        return Source(source).sentence.partition(",")[0]
    except ValueError:
        return source


def _number(row: SheetRow, name: str) -> int:
    cell = row.get(name, "")
    return int(cell) if cell.isdecimal() else 0


def _table(rows: Sequence[SheetRow]) -> Table | None:
    if not rows:
        return None
    many = counted(len(rows), "publication")
    rest = f"; the first {_LISTED} are listed" if len(rows) > _LISTED else ""
    return Table(
        id="new-records-table",
        caption=f"New since the search before, and in no other search: {many}{rest}.",
        columns=(Column("Record", "long"), Column("Year", "number"), Column("Source"), Column("Key")),
        rows=tuple(
            Row(
                (
                    of_text(row["cited"]),
                    of_digits(row["year"]),
                    Cell(links=source_links(row)),
                    Cell(text=row["record_id"], code=True),
                )
            )
            for row in rows[:_LISTED]
        ),
    )
