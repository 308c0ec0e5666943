"""The runs of a review: which is open, which is next, which is not logged yet."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from metaleak.search.folder import ORDER, RunFolder
from metaleak.search.log import Row, is_fetched
from metaleak.search.plan import Order
from metaleak.search.run import read_result

#: Where the runs lie inside a review.
SEARCHES = ".metaleak/searches"


def run_folder(root: Path, run: str) -> RunFolder:
    """Return the folder of a run."""
    return RunFolder(root / SEARCHES / run)


def all_runs(root: Path) -> Iterator[tuple[RunFolder, Order]]:
    """Return every run of a review that was ordered, by name."""
    for path in sorted((root / SEARCHES).glob(f"*/{ORDER}")):
        folder = RunFolder(path.parent)
        yield folder, Order(**folder.read(ORDER))


def open_run(root: Path, strategy: str) -> tuple[RunFolder, Order] | None:
    """Return the run of a strategy that was begun and has not ended."""
    found = (
        (folder, order)
        for folder, order in all_runs(root)
        if order.strategy == strategy and not folder.is_complete
    )
    return next(found, None)


def delivered_before(root: Path) -> frozenset[int]:
    """Return the numbers whose records the complete runs of a review brought."""
    results = (read_result(folder) for folder, _ in all_runs(root) if folder.is_complete)
    return frozenset(number for result in results for number in (*result.articles, *result.books))


def matched_before(root: Path, strategy: str) -> frozenset[int]:
    """Return the numbers of held records that the complete runs of a strategy matched, whatever brought them first."""
    results = (
        read_result(folder)
        for folder, order in all_runs(root)
        if order.strategy == strategy and folder.is_complete
    )
    return frozenset(
        number for result in results for number in (*result.articles, *result.books, *result.shared)
    )


def drop(folder: RunFolder) -> None:
    """Remove a run that was never completed."""
    shutil.rmtree(folder.path)


def next_order(root: Path, log: Collection[Row], *, strategy: str, query: str, started: str) -> Order:
    """Return the order of a new run; it updates the last logged one of the same strategy."""
    name = free_name(root, log, f"{strategy}-{started[:10]}")
    earlier = [row for row in log if row["strategy"] == strategy and is_fetched(row)]
    last = max(earlier, key=lambda row: row["date"], default=None)
    return Order(
        run=name,
        strategy=strategy,
        query=query,
        started=started,
        previous="" if last is None else last["run"],
        since="" if last is None else last["date"],
    )


def free_name(root: Path, log: Collection[Row], name: str) -> str:
    """Return the name, or the first of name-2, name-3, ... that no run has."""
    taken = {row["run"] for row in log} | {path.parent.name for path in (root / SEARCHES).glob(f"*/{ORDER}")}
    number = 1
    candidate = name
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
