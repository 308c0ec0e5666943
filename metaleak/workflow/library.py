"""The records of a review together: in the order in which they came, with abstracts, decisions and links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from metaleak.errors import InputError, SheetError
from metaleak.records.decisions import Decision, decision_of, row_of
from metaleak.records.duplicates import Deduplicated, SourceCount, count_sources, deduplicate
from metaleak.records.read import read_records
from metaleak.records.record import Origin, Record, Section
from metaleak.records.studies import StudyLink
from metaleak.search import log
from metaleak.search.runs import SEARCHES, run_folder
from metaleak.search.sources import Source
from metaleak.sheets.bibliography import DUPLICATES, REPORTS
from metaleak.sheets.logs import add_rows, read_rows, sheet_path
from metaleak.storage.formulas import neutral
from metaleak.workflow.records import held_records, records_of_run

#: The file of an import inside the folder of its run, and what was declared of its columns.
EXPORT, COLUMNS = "export.gz", "columns.json"


@dataclass(frozen=True)
class Library:
    """What the sheets say about records; make one with :func:`read_library`.

    Attributes
    ----------
    records : tuple of Record
        As they stand in records.csv, those of the first run first: what comes later is the duplicate.
    decisions : tuple of Decision
        The rows of duplicates.csv.
    links : tuple of StudyLink
        The rows of reports.csv.
    """

    records: tuple[Record, ...]
    decisions: tuple[Decision, ...]
    links: tuple[StudyLink, ...]

    @cached_property
    def deduplicated(self) -> Deduplicated:
        """One record per publication, with the keys of those behind it and the queue."""
        return deduplicate(self.records, self.decisions)

    @property
    def sources(self) -> list[SourceCount]:
        """What each source brought: every record once for each source that has it."""
        sightings = [
            replace(record, record_id=f"{source} {record.record_id}", origins=_of(record, source))
            for record in self.records
            for source in record.sources
        ]
        names = {record.record_id: record.sources for record in self.records}
        groups = [
            [f"{source} {key}" for key in keys for source in names[key]] for keys in self.deduplicated.groups
        ]
        return count_sources(sightings, [group for group in groups if group])


def read_library(root: Path) -> Library:
    """Return what the sheets of a review say about its records.

    Raises
    ------
    SheetError
        When one of the sheets cannot be trusted.
    """
    arrived = {row["run"]: number for number, row in enumerate(log.read_log(root))}

    def arrival(record: Record) -> tuple[int, str]:
        runs = (arrived.get(origin.run, len(arrived)) for origin in record.origins)
        return min(runs, default=len(arrived)), record.record_id

    return Library(
        records=tuple(sorted(held_records(root).values(), key=arrival)),
        decisions=tuple(_decisions(root)),
        links=tuple(StudyLink(**_cells(row, REPORTS.names)) for row in read_rows(root, REPORTS)),
    )


def add_decisions(root: Path, decisions: Sequence[Decision]) -> None:
    """Add rows to duplicates.csv; the caller holds the lock of the review."""
    if decisions:
        add_rows(root, DUPLICATES, [_guarded(row_of(decision)) for decision in decisions])


def add_link(root: Path, link: StudyLink) -> None:
    """Add a row to reports.csv; the caller holds the lock of the review."""
    add_rows(root, REPORTS, [_guarded({name: str(getattr(link, name)) for name in REPORTS.names})])


def with_abstracts(root: Path, records: Iterable[Record]) -> tuple[list[Record], bool]:
    """Return records with the abstracts that came with them, and whether what every run brought is at hand.

    The sheet holds abstracts on request only; the payloads of the searches have them all.
    """
    runs = log.read_log(root)
    found: dict[str, tuple[Section, ...]] = {}
    for row in runs:
        for record in _as_they_came(root, row):
            if record.abstract and record.record_id not in found:
                found[record.record_id] = record.abstract
    whole = all(_is_at_hand(root, row) for row in runs)
    return [
        record if record.abstract else replace(record, abstract=found.get(record.record_id, ()))
        for record in records
    ], whole


def _of(record: Record, source: str) -> tuple[Origin, ...]:
    return tuple(origin for origin in record.origins if origin.source == source)


def _decisions(root: Path) -> Iterator[Decision]:
    for number, row in enumerate(read_rows(root, DUPLICATES), start=2):
        try:
            yield decision_of(_cells(row, DUPLICATES.names))
        except InputError as error:
            raise SheetError(
                error.what,
                required=error.required,
                got=error.got,
                where=f"{sheet_path(DUPLICATES)}, row {number}",
                todo="mend the row: metaleak check says more",
            ) from None


def _cells(row: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: row.get(name, "") for name in names}


def _guarded(row: Mapping[str, str]) -> dict[str, str]:
    return {name: neutral(" ".join(cell.split())) for name, cell in row.items()}


def _as_they_came(root: Path, row: log.Row) -> Iterator[Record]:
    folder = run_folder(root, row["run"])
    if (folder.path / EXPORT).is_file():
        columns = folder.read(COLUMNS)
        yield from read_records(folder.path / EXPORT, source=row["source"], run=row["run"], columns=columns)
    elif row["source"] == Source.PUBMED and folder.is_complete:
        yield from records_of_run(folder, row["run"])


def _is_at_hand(root: Path, row: log.Row) -> bool:
    return (root / SEARCHES / row["run"] / EXPORT).is_file() or run_folder(root, row["run"]).is_complete
