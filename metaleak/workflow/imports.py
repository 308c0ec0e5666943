"""``metaleak import``: records exported from a database, logged as a search and kept as they came."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import metaleak
from metaleak.errors import ConfigError, InputError
from metaleak.numbers import count
from metaleak.records.read import Records, read_records
from metaleak.search import log
from metaleak.search.clock import Clock, SystemClock, stamp
from metaleak.search.runs import SEARCHES, free_name, run_folder
from metaleak.search.sources import Source
from metaleak.search.strategy import SearchSection
from metaleak.storage import atomic, digest
from metaleak.storage.lock import review_lock
from metaleak.workflow.library import COLUMNS, EXPORT
from metaleak.workflow.project import PROJECT, load_project
from metaleak.workflow.records import RECORDS, Added, add_records, retracted
from metaleak.workflow.terminal import printable

#: The name of a strategy in the log of a review that declares none.
_UNNAMED = "import"

#: Findings that are printed; all of them are in the JSON.
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an export brought; ``added`` is None when the same file had been imported before."""

    run: str
    source: str
    records: Records
    added: Added | None
    updates: str

    def document(self) -> dict[str, Any]:
        """Return plain values for scripts."""
        added = self.added or Added((), tuple(self.records), ())
        return {
            "run": self.run,
            "source": self.source,
            "format": self.records.format,
            "already_imported": self.added is None,
            "found": len(self.records),
            "new": len(added.new),
            "held": len(added.held),
            "from_another_source": len(added.elsewhere),
            "retracted": [record.record_id for record in retracted(self.records)],
            "problems": [f"{each.severity}: {each}" for each in self.records.problems],
        }

    def lines(self) -> list[str]:
        """Return what a person reads."""
        if self.added is None:
            return [f"the same file was imported before, as {self.run}; nothing is added"]
        added, gone = self.added, retracted(self.records)
        since = f" since {self.updates}" if self.updates else ""
        lines = [
            f"{self.source}: {count(len(self.records))} records in the export ({self.records.format})",
            f"  {count(len(added.new))} new{since}; {count(len(added.held))} were held from {self.source}, "
            f"{count(len(added.elsewhere))} from another source",
        ]
        if gone:
            told = "; ".join(
                f"{record.record_id} ({printable(record.title[:60])})" for record in gone[:_SHOWN]
            )
            lines.append(f"  retracted: {count(len(gone))}: {told}")
        lines += [f"  {each.severity}: {each}" for each in self.records.problems[:_SHOWN]]
        rest = len(self.records.problems) - _SHOWN
        if rest > 0:
            lines.append(f"  {count(rest)} further findings: --json lists all")
        lines.append(f"  logged as {self.run} in {log.LOG}; records stand in {RECORDS}")
        return lines


def import_file(
    root: Path,
    file: Path,
    *,
    source: str,
    strategy: str | None = None,
    date: str | None = None,
    note: str = "",
    accept_errors: bool = False,
    clock: Clock | None = None,
    columns: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Imported:
    """Add an export to the records of a review, and the search behind it to the log.

    Parameters
    ----------
    root : Path
        The review.
    file : Path
        NBIB, PubMed XML, RIS, BibTeX or CSV, told apart by content; it may be packed with gzip.
    source : str
        A word of :class:`~metaleak.search.sources.Source`, such as ``"embase"``.
    strategy : str, optional
        Its name in ``metaleak.toml``; when left out, the one that has a text for the source.
    date : str, optional
        The day of the export, YYYY-MM-DD; today when left out.
    note : str
        What a later reader has to know.
    accept_errors : bool
        Import what can be read although some of the file cannot; the log counts what could not.
    clock : Clock, optional
        Tells the day.
    columns : mapping, optional
        For CSV: what a column holds and its name.
    tell : callable
        Called with a sentence before each step.

    Raises
    ------
    InputError
        When the file cannot be read, or parts of it cannot and ``accept_errors`` is not set; nothing is written then.
    ConfigError
        For an unknown source or strategy, or a date that is none.
    SheetError, StorageError, LockedError
        When the sheets cannot be read or written.
    """
    word = _source(source)
    day = _day(date, clock or SystemClock())
    data = atomic.read_bytes(file)
    payload = digest.of_bytes(data)
    section = load_project(root).search
    name, query = _strategy(section, strategy, word)
    with review_lock(root):
        rows = log.read_log(root)
        before = next((row for row in rows if (row["payload"], row["source"]) == (payload, word)), None)
        run = before["run"] if before else free_name(root, rows, f"{word}-{day}")
        tell(f"reading {file.name}")
        records = read_records(data, source=word, run=run, columns=columns)
        _refuse(records, file, accept_errors=accept_errors)
        earlier = [row for row in rows if row["source"] == word and row["run"] != run]
        updates = max(earlier, key=lambda row: row["date"])["run"] if earlier else ""
        if before:
            return Imported(run=run, source=word, records=records, added=None, updates=updates)
        keep = section is not None and section.keep_abstracts
        # The export first: records and log can be made again from it.
        if columns:
            run_folder(root, run).write(COLUMNS, dict(columns))
        atomic.write_bytes(root / SEARCHES / run / EXPORT, gzip.compress(data, mtime=0))
        logged = {each["run"] for each in rows}
        added = add_records(root, records, source=word, abstracts=keep, logged=logged)
        row = log.import_row(
            run=run,
            source=word,
            platform=file.name,
            strategy=name,
            date=day,
            query=query,
            updates=updates,
            counts={
                "n_found": len(records) + len(records.errors),
                "n_held": len(added.held),
                "n_articles": sum(not record.is_book for record in (*added.new, *added.elsewhere)),
                "n_books": sum(record.is_book for record in (*added.new, *added.elsewhere)),
                "n_missing": len(records.errors),
                "n_retracted": len(retracted(added.held)),
            },
            payload=payload,
            software=metaleak.__version__,
            note=note,
        )
        log.append(root, row)
    return Imported(run=run, source=word, records=records, added=added, updates=updates)


def _source(source: str) -> str:
    known = [str(word) for word in Source]
    if source not in known:
        raise ConfigError(f"there is no source {source!r}", required="one of " + ", ".join(known), got=source)
    return source


def _day(date: str | None, clock: Clock) -> str:
    from datetime import date as calendar

    if date is None:
        return stamp(clock.now())[:10]
    try:
        return calendar.fromisoformat(date).isoformat()
    except ValueError:
        raise ConfigError("the date is none", required="YYYY-MM-DD", got=date) from None


def _strategy(section: SearchSection | None, strategy: str | None, source: str) -> tuple[str, str]:
    """Return the name of the strategy for the log, and its text for the source; empty where none is declared."""
    strategies = {} if section is None else section.strategies
    if strategy is not None and strategies and strategy not in strategies:
        raise ConfigError(
            f"there is no strategy {strategy!r}",
            required="one of " + ", ".join(strategies),
            where=f"{PROJECT}, [search.strategies]",
        )
    of_source = {name: texts[Source(source)] for name, texts in strategies.items() if Source(source) in texts}
    name = strategy or next(iter(of_source), None) or next(iter(strategies), _UNNAMED)
    return name, of_source.get(name, "")


def _refuse(records: Records, file: Path, *, accept_errors: bool) -> None:
    if not records.errors or accept_errors:
        return
    told = "; ".join(str(each) for each in records.errors[:_SHOWN])
    more = len(records.errors) - _SHOWN
    raise InputError(
        f"{count(len(records.errors))} records of the export cannot be read, {count(len(records))} can",
        got=told + (f"; and {count(more)} more" if more > 0 else ""),
        where=file.name,
        todo="export again, or import what can be read with --accept-errors: the log then counts the others as missing",
    )
