"""``metaleak search``: run the strategies of a review in PubMed, keep what is new, log what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import metaleak
from metaleak.errors import ConfigError, InputError
from metaleak.numbers import count
from metaleak.search import log
from metaleak.search.client import NCBI, Client, host_of
from metaleak.search.clock import Clock, SystemClock, stamp
from metaleak.search.credentials import find_credentials
from metaleak.search.folder import ORDER, RunFolder
from metaleak.search.limiter import Limiter, shared_folder
from metaleak.search.plan import Order
from metaleak.search.pubmed import PubMed
from metaleak.search.run import Result, carry_out, read_result
from metaleak.search.runs import (
    SEARCHES,
    all_runs,
    delivered_before,
    drop,
    matched_before,
    next_order,
    open_run,
    run_folder,
)
from metaleak.search.sources import Source
from metaleak.search.strategy import SearchSection
from metaleak.storage import atomic
from metaleak.storage.lock import review_lock, search_lock
from metaleak.workflow.project import PROJECT, load_project
from metaleak.workflow.records import add_records, held_records, records_of_run

#: Numbers that are shown of records that no longer match; the log has them.
_FEW = 20

#: Letters of PubMed's reading of a strategy that are shown; the log has all.
_SHOWN = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """A complete run; ``unread`` are the numbers whose records came and could not be read."""

    result: Result
    unread: tuple[int, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return plain values for scripts."""
        row = log.pubmed_row(self.result, metaleak.__version__)
        counts = {name: int(value) for name, value in row.items() if name.startswith("n_")}
        return {
            "run": self.result.order.run,
            "strategy": self.result.order.strategy,
            "started": self.result.order.started,
            "updates": self.result.order.previous or None,
            **counts,
            "missing": list(self.result.missing),
            "unread": list(self.unread),
            "retracted": list(self.result.retracted),
            "unmatched": list(self.result.unmatched),
            "gone": list(self.result.gone),
            "translation": self.result.translation,
            "warnings": list(self.result.warnings),
        }

    def lines(self) -> list[str]:
        """Return what a person reads."""
        result = self.result
        return [
            f"{result.order.strategy}: {count(result.found)} records match in PubMed (updated {result.build})",
            *_what_is_new(result, self.unread),
            *_warned(result.warnings),
            f"  PubMed read it as: {_cut(result.translation)}",
            f"  logged as {result.order.run} in {log.LOG}",
        ]


def search_review(
    root: Path,
    name: str | None = None,
    *,
    environment: Mapping[str, str],
    clock: Clock | None = None,
    base_url: str = NCBI,
    accept_missing: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Searched]:
    """Run one strategy of a review, or all, and return what each brought.

    Parameters
    ----------
    root : Path
        The review.
    name : str, optional
        A strategy; all that have a text for PubMed when left out.
    environment : mapping
        Where METALEAK_EMAIL and NCBI_API_KEY are looked for.
    clock : Clock, optional
        Tells the time and waits; the machine's when left out.
    base_url : str
        Where the E-utilities lie.
    accept_missing : bool
        Close a run although PubMed does not deliver some of its records.
    tell : callable
        Called with a sentence before each step and each wait.

    Raises
    ------
    ConfigError
        When ``metaleak.toml`` holds no such strategy.
    InputError
        When the log names runs whose records are not on this machine.
    IncompleteError
        Naming what PubMed lists and does not deliver.
    NetworkError
        When PubMed does not answer; the same command goes on where this one stopped.
    LockedError, StorageError
        When another process is searching, or the disk refuses.
    """
    clock = clock or SystemClock()
    section = _section(root)
    texts = section.for_pubmed(name)
    credentials = find_credentials(section.email, environment)
    folder = shared_folder(host_of(base_url), root / ".metaleak" / "limit")
    limiter = Limiter(folder=folder, per_second=credentials.per_second, clock=clock)
    client = Client(credentials, limiter, clock=clock, base_url=base_url, waiting=tell)
    with search_lock(root), closing(client):
        _log_what_is_complete(root)
        return [
            _run(root, strategy, text, PubMed(client), clock, accept_missing=accept_missing, tell=tell)
            for strategy, text in texts.items()
        ]


def _section(root: Path) -> SearchSection:
    section = load_project(root).search
    if section is None:
        raise ConfigError(
            "the review has no strategy",
            required="a table [search.strategies.NAME] with a key pubmed",
            where=PROJECT,
            todo='add [search.strategies.leakage], and below it pubmed = "...": the text as PubMed takes it',
        )
    return section


def _run(
    root: Path,
    strategy: str,
    text: str,
    pubmed: PubMed,
    clock: Clock,
    *,
    accept_missing: bool,
    tell: Callable[[str], None],
) -> Searched:
    folder, _ = _continued(root, strategy, text, tell) or _begun(root, strategy, text, clock)
    held = delivered_before(root) | _imported(root)
    matched = matched_before(root, strategy)
    result = carry_out(folder, pubmed, held, matched=matched, accept_missing=accept_missing, tell=tell)
    return _logged(root, result)


def _imported(root: Path) -> frozenset[int]:
    """Return the numbers of records that logged exports of PubMed brought."""
    runs = {row["run"] for row in log.read_log(root) if row["source"] == Source.PUBMED}
    records = held_records(root).values()
    return frozenset(
        int(each.pmid)
        for each in records
        if each.pmid and not runs.isdisjoint(origin.run for origin in each.origins)
    )


def _continued(
    root: Path, strategy: str, text: str, tell: Callable[[str], None]
) -> tuple[RunFolder, Order] | None:
    found = open_run(root, strategy)
    if found is None:
        return None
    folder, order = found
    if order.query != text:
        tell(f"{strategy}: the text has changed since {order.run} began; that run is given up")
        drop(folder)
        return None
    tell(f"{strategy}: going on with {order.run}")
    return found


def _begun(root: Path, strategy: str, text: str, clock: Clock) -> tuple[RunFolder, Order]:
    rows = log.read_log(root)
    _refuse_lost_runs(root, rows)
    order = next_order(root, rows, strategy=strategy, query=text, started=stamp(clock.now()))
    folder = run_folder(root, order.run)
    folder.write(ORDER, asdict(order))
    return folder, order


def _refuse_lost_runs(root: Path, rows: list[log.Row]) -> None:
    # Without the numbers of earlier runs everything would count as new, and twice in the flow.
    lost = [
        row["run"] for row in rows if log.is_fetched(row) and not run_folder(root, row["run"]).is_complete
    ]
    if lost:
        raise InputError(
            "what earlier searches brought is not on this machine, so nothing can be told to be new",
            got=", ".join(lost),
            where=f"{log.LOG} and {SEARCHES}/",
            todo=f"copy {SEARCHES}/ from where they were run, or take their rows out of the log to begin anew",
        )


def _log_what_is_complete(root: Path) -> None:
    # A process may have died between the end of a run and its row in the log.
    logged = {row["run"] for row in log.read_log(root)}
    for folder, order in all_runs(root):
        if folder.is_complete and order.run not in logged:
            folder.clear_answers()
            _logged(root, read_result(folder))


def _logged(root: Path, result: Result) -> Searched:
    run = result.order.run
    with review_lock(root):
        atomic.sweep(root / "extraction")
        brought = list(records_of_run(run_folder(root, run), run))
        add_records(root, brought, source=Source.PUBMED, abstracts=_section(root).keep_abstracts)
        log.append(root, log.pubmed_row(result, metaleak.__version__))
    came = {int(record.pmid) for record in brought}
    asked = (*result.articles, *result.books, *result.revised)
    return Searched(result=result, unread=tuple(number for number in asked if number not in came))


def _what_is_new(result: Result, unread: tuple[int, ...]) -> Iterator[str]:
    held = result.found - result.new
    books = f", {count(len(result.books))} of them books" if result.books else ""
    yield f"  {count(len(result.articles) + len(result.books))} new{books}; {count(held)} were held"
    for told, many in (
        ("in PubMed before, matching only now", len(result.late)),
        ("withdrawn by PubMed while they were fetched", len(result.deleted)),
        ("held, revised since the last search, fetched again", len(result.revised)),
    ):
        if many:
            yield f"  {told}: {count(many)}"
    for told, numbers in (
        ("listed and not delivered", result.missing + result.stale),
        ("delivered, and the record cannot be read", unread),
        ("held and retracted", result.retracted),
    ):
        if numbers:
            yield f"  {told}: {count(len(numbers))} ({', '.join(map(str, numbers))})"
    both = len(set(result.unmatched) & set(result.gone))
    of_them = f", {count(both)} of them no longer in PubMed" if both and len(result.unmatched) > 1 else ""
    for told, numbers, more in (
        ("held, no longer matching", result.unmatched, of_them),
        ("held, no longer in PubMed", result.gone, "; nothing is taken out"),
    ):
        if numbers:
            yield f"  {told}: {count(len(numbers))} ({_few(numbers)}){more}"


def _few(numbers: tuple[int, ...]) -> str:
    rest = len(numbers) - _FEW
    return ", ".join(map(str, numbers[:_FEW])) + (f", and {count(rest)} more in the log" if rest > 0 else "")


def _warned(warnings: tuple[str, ...]) -> Iterator[str]:
    kinds: dict[str, list[str]] = {}
    for warning in warnings:
        kind, _, about = warning.partition(": ")
        kinds.setdefault(kind, []).append(about)
    for kind, told in kinds.items():
        yield f"  PubMed warns: {kind}: {'; '.join(told)}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ... (the rest is in the log)"
