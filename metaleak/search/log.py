"""``searches.csv``: one row per search, with what PRISMA-S asks of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from metaleak.search.run import Result
from metaleak.search.sources import Source
from metaleak.sheets.columns import Column, Sheet
from metaleak.sheets.logs import add_rows, read_rows
from metaleak.storage.formulas import neutral

Row = dict[str, str]

#: Where the log lies inside a review.
LOG = "extraction/searches.csv"

#: The platform of the searches that metaleak runs itself.
E_UTILITIES = "E-utilities"

#: Between the items of one cell.
_BETWEEN = "; "

#: Numbers in one cell of those that a changed text makes many: spreadsheet programs cut a cell at 32,767 letters.
_MOST = 2_000


def _text(name: str, sentence: str, *, required: bool = False) -> Column:
    return Column(name=name, kind="text", sentence=sentence, required=required)


def _count(name: str, sentence: str) -> Column:
    return Column(name=name, kind="count", sentence=sentence, unit="records", required=True)


def _later(name: str, kind: str, sentence: str) -> Column:
    """Return a column that logs of earlier versions lack."""
    unit = "records" if kind == "count" else ""
    return Column(name=name, kind=kind, sentence=sentence, unit=unit, may_be_missing=True)


SEARCHES = Sheet(
    name="searches",
    sentence="One row per search; rows are added, never changed.",
    key=("run",),
    columns=(
        _text("run", "Name of the run; records.csv repeats it.", required=True),
        Column(
            name="source",
            kind="choice",
            sentence="What was searched.",
            choices=tuple(source.value for source in Source),
            required=True,
        ),
        _text("platform", "How it was reached: the programs asked, or the file that was exported."),
        _text("strategy", "The strategy's name in metaleak.toml.", required=True),
        _text("date", "When the search was run, in UTC; of a file, the day of its export.", required=True),
        _text("database_date", "When the database was last updated, as it says itself."),
        _text("query", "The text as it was run, in full."),
        _text("limits", "Limits that were set beside the text; empty when the text holds them all."),
        _text("translation", "How the database read the text."),
        _text("warnings", "What the database found wrong with the text."),
        _text("updates", "The run that this one updates; empty for a first search."),
        _count("n_found", "Records that match."),
        _count("n_held", "Of these, records that the review had from this source before."),
        _count("n_articles", "New records, without books."),
        _count("n_books", "New records of books and chapters."),
        _count("n_deleted", "New numbers that the database withdrew before their record was fetched."),
        _count("n_missing", "New numbers that the database lists and does not deliver."),
        _count("n_late", "Of the new records, those that match only since they were indexed."),
        _count("n_revised", "Held records that were revised since the last run and fetched again."),
        _count("n_retracted", "Held records that are retracted publications."),
        _later(
            "n_unmatched", "count", "Held records that the strategy matched before and no longer matches."
        ),
        _later("n_gone", "count", "Held records that the database no longer has."),
        _count("n_parts", "Parts in which the list was asked for; 1 when it fits one answer."),
        _text("missing", "The numbers behind n_missing."),
        _text("retracted", "The numbers behind n_retracted."),
        _later("unmatched", "text", "The numbers behind n_unmatched; of very many the first."),
        _later("gone", "text", "The numbers behind n_gone; of very many the first."),
        _text("payload", "SHA-256 of what came: of the file, or of the list of payload digests."),
        _text("software", "The version that searched."),
        _text("note", "Whatever a later reader has to know, such as who peer-reviewed the text."),
    ),
    may_be_empty=True,
    is_fetched=True,
)


def pubmed_row(result: Result, software: str) -> Row:
    """Return the row of a complete run."""
    return _row(
        run=result.order.run,
        source=Source.PUBMED,
        platform=E_UTILITIES,
        strategy=result.order.strategy,
        date=result.order.started,
        database_date=result.build,
        query=result.order.query,
        translation=result.translation,
        warnings=_BETWEEN.join(result.warnings),
        updates=result.order.previous,
        n_found=result.found,
        n_held=result.found - result.new,
        n_articles=len(result.articles),
        n_books=len(result.books),
        n_deleted=len(result.deleted),
        n_missing=len(result.missing),
        n_late=len(result.late),
        n_revised=len(result.revised),
        n_retracted=len(result.retracted),
        n_unmatched=len(result.unmatched),
        n_gone=len(result.gone),
        n_parts=len(result.parts),
        missing=_listed(result.missing),
        retracted=_listed(result.retracted),
        unmatched=_first(result.unmatched),
        gone=_first(result.gone),
        payload=result.payload,
        software=software,
    )


def import_row(
    *,
    run: str,
    source: str,
    platform: str,
    strategy: str,
    date: str,
    query: str,
    updates: str,
    counts: Mapping[str, int],
    payload: str,
    software: str,
    note: str,
) -> Row:
    """Return the row of an export that was read."""
    return _row(
        run=run,
        source=source,
        platform=platform,
        strategy=strategy,
        date=date,
        query=query,
        updates=updates,
        n_parts=1,
        payload=payload,
        software=software,
        note=note,
        **counts,
    )


def read_log(root: Path) -> list[Row]:
    """Return the rows of the log, none when there is no log yet.

    Raises
    ------
    SheetError
        When the sheet cannot be trusted, with the first reason.
    """
    return read_rows(root, SEARCHES)


def is_fetched(row: Mapping[str, str]) -> bool:
    """Whether metaleak asked PubMed itself; an export of PubMed is an import like that of any other database.

    Examples
    --------
    >>> [is_fetched({"source": "pubmed", "platform": name}) for name in ("E-utilities", "pubmed-set.nbib")]
    [True, False]
    """
    return row["source"] == Source.PUBMED and row["platform"] == E_UTILITIES


def last_runs(rows: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the last run of each strategy in each source, by name.

    Examples
    --------
    >>> rows = [{"strategy": "main", "source": "pubmed", "date": day, "run": day} for day in ("2026-10", "2026-11")]
    >>> [row["run"] for row in last_runs(rows)]
    ['2026-11']
    """
    last: dict[tuple[str, str], Mapping[str, str]] = {}
    for row in rows:
        key = row["strategy"], row["source"]
        if key not in last or row["date"] >= last[key]["date"]:
            last[key] = row
    return sorted(last.values(), key=lambda row: row["run"])


def append(root: Path, row: Mapping[str, str]) -> bool:
    """Add a row unless its run is logged already, and return whether it was added.

    Raises
    ------
    SheetError
        When the sheet cannot be trusted.
    StorageError
        When it cannot be written.
    """
    if any(known["run"] == row["run"] for known in read_log(root)):
        return False
    add_rows(root, SEARCHES, [row])
    return True


def _row(**values: object) -> Row:
    counts = {column.name: "0" for column in SEARCHES.columns if column.kind == "count"}
    given = {name: neutral(str(value)) for name, value in values.items()}
    return {**dict.fromkeys(SEARCHES.names, ""), **counts, **given}


def _listed(numbers: Sequence[int]) -> str:
    return _BETWEEN.join(map(str, numbers))


def _first(numbers: Sequence[int]) -> str:
    rest = len(numbers) - _MOST
    return _listed(numbers[:_MOST]) + (f"; and {rest} more in the folder of the run" if rest > 0 else "")
