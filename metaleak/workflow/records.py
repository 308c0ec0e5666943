"""``extraction/records.csv``: one row per bibliographic record, from searches and imports."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from metaleak.errors import SheetError
from metaleak.records.merging import merge
from metaleak.records.read import read_records
from metaleak.records.record import Record
from metaleak.records.table import cells_of, record_of, records_csv
from metaleak.search.folder import RunFolder
from metaleak.search.run import delivered
from metaleak.search.sources import Source
from metaleak.sheets import bibliography
from metaleak.sheets.logs import read_rows
from metaleak.storage import atomic
from metaleak.storage.dialect import cells_of_any_length

#: Where the records lie inside a review.
RECORDS = "extraction/records.csv"


@dataclass(frozen=True, slots=True)
class Added:
    """What a run brought: new records, records held from the same source before, and from another one."""

    new: tuple[Record, ...]
    held: tuple[Record, ...]
    elsewhere: tuple[Record, ...]


def held_records(root: Path) -> dict[str, Record]:
    """Return the records of a review by their key, none when there is no sheet yet.

    Raises
    ------
    SheetError
        When a row cannot be read.
    """
    path = root / RECORDS
    if not path.exists():
        return {}
    found: dict[str, Record] = {}
    for number, row in enumerate(_as_written(path) or read_rows(root, bibliography.RECORDS), start=2):
        try:
            record = record_of(cells_of(row))
        except (ValueError, TypeError) as error:
            raise SheetError(
                "the row is no record",
                got=str(error),
                where=f"{RECORDS}, row {number}",
                todo="take the sheet back from git, and import again",
            ) from None
        found[record.record_id] = record
    return found


def _as_written(path: Path) -> list[dict[str, str]] | None:
    """Return the rows of the sheet as metaleak writes it, None when a spreadsheet program has saved it since."""
    try:
        text = atomic.read_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text.startswith("record_id,"):
        return None
    with cells_of_any_length():
        names, *rows = csv.reader(text.splitlines(keepends=True))
    if any(len(row) != len(names) for row in rows):
        return None
    return [dict(zip(names, row, strict=True)) for row in rows]


def add_records(
    root: Path,
    records: Sequence[Record],
    *,
    source: str,
    abstracts: bool,
    logged: Collection[str] | None = None,
) -> Added:
    """Add records to the sheet, or what they say to those that are there; the sheet is written whole.

    Of two versions of a record the one that its source revised last counts; what only the other says stays. The caller
    holds the lock of the review. With ``logged``, what a run that is none of them brought counts for nothing: it was
    killed before its row was written. Rows are sorted by their key, so that the same records give the same bytes.

    Raises
    ------
    SheetError
        When the sheet cannot be read.
    StorageError
        When it cannot be written.
    """
    held = held_records(root)
    if logged is not None:
        _forget_unlogged(held, {record.record_id for record in records}, logged)
    new: list[Record] = []
    again: list[Record] = []
    elsewhere: list[Record] = []
    for record in records:
        known = held.get(record.record_id)
        if known is None:
            new.append(record)
        elif source in known.sources:
            again.append(record)
        else:
            elsewhere.append(record)
        held[record.record_id] = record if known is None else _renewed(known, record)
    if records:
        rows = records_csv((held[key] for key in sorted(held)), abstracts=abstracts)
        atomic.write_bytes(root / RECORDS, rows)
    return Added(tuple(new), tuple(again), tuple(elsewhere))


def _forget_unlogged(held: dict[str, Record], keys: Collection[str], logged: Collection[str]) -> None:
    for key in held.keys() & keys:
        origins = tuple(origin for origin in held[key].origins if origin.run in logged)
        if origins:
            held[key] = replace(held[key], origins=origins)
        else:
            del held[key]


def _renewed(known: Record, record: Record) -> Record:
    is_newer = record.revised >= known.revised
    merged = merge([record, known] if is_newer else [known, record])
    return replace(merged, origins=merge([known, record]).origins)


def records_of_run(folder: RunFolder, run: str) -> Iterator[Record]:
    """Return the records that a run in PubMed brought, as they were sent: what was asked for, each once."""
    seen: set[int] = set()
    for payload, wanted, _ in delivered(folder):
        for record in read_records(payload, source=Source.PUBMED, run=run):
            number = int(record.pmid or 0)
            if number in wanted and number not in seen:
                seen.add(number)
                yield record


def retracted(records: Iterable[Record]) -> list[Record]:
    """Return the records of withdrawn publications."""
    return [record for record in records if record.is_retracted]
