"""Measure deduplication on synthetic records whose answer is known.

    python benchmarks/dedup.py [--bib-dedupe PYTHON]

prints a table and writes benchmarks/results/dedup.csv. The pairs of a group count, so a wrong join costs all pairs
that it makes. PYTHON is an interpreter with bib-dedupe installed; it gets the same 5,000 records in the same run.
Times are wall clock, and for bib-dedupe without its start.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from dedup_pairs import PAIRS
from dedup_synthetic import mixed

from metaleak.records.compare import Verdict, compare
from metaleak.records.duplicates import deduplicate, find_duplicates
from metaleak.records.profile import profile_of
from metaleak.records.record import Record

RESULTS = Path(__file__).parent / "results" / "dedup.csv"
Pairs = set[tuple[str, str]]

#: Reads records.csv, prints the groups and the seconds.
HARNESS = """
import json, sys, time, pandas as pd
from bib_dedupe.bib_dedupe import prep, block, match, cluster
frame = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
start = time.perf_counter()
groups = cluster(match(block(prep(frame, verbosity_level=0))))
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "groups": [list(map(str, group)) for group in groups]}))
"""


@dataclass(frozen=True)
class Line:
    """One measurement."""

    program: str
    task: str
    records: int
    pairs: int
    precision: float
    recall: float
    f1: float
    queue: int | None
    seconds: float


def judged(found: Pairs, truth: Pairs) -> tuple[float, float, float]:
    """Return precision, recall and F1 of pairs."""
    right = len(found & truth)
    precision = right / len(found) if found else 1.0
    recall = right / len(truth) if truth else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def pairs_of(groups: Iterable[Sequence[str]]) -> Pairs:
    """Return every pair within a group."""
    return {(min(a, b), max(a, b)) for group in groups for a, b in combinations(group, 2)}


def hard_pairs() -> Line:
    """Judge the hard cases one by one."""
    start = time.perf_counter()
    found = {
        (name, "")
        for name, (left, right, _) in PAIRS.items()
        if compare(profile_of(left), profile_of(right)).verdict is Verdict.DUPLICATE
    }
    seconds = time.perf_counter() - start
    truth = {(name, "") for name, (_, _, is_one) in PAIRS.items() if is_one}
    return Line("metaleak", "hard pairs", 2 * len(PAIRS), len(truth), *judged(found, truth), None, seconds)


def ours(task: str, records: list[Record], truth: Pairs) -> Line:
    """Judge a run of our own, rows of decisions included."""
    start = time.perf_counter()
    result = deduplicate(records, find_duplicates(records))
    seconds = time.perf_counter() - start
    scores = judged(pairs_of(result.groups), truth)
    return Line("metaleak", task, len(records), len(truth), *scores, len(result.queue), seconds)


def theirs(task: str, records: list[Record], truth: Pairs, python: str) -> Line:
    """Judge bib-dedupe on the same records."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = [_for_bib_dedupe(record) for record in records]
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        run = subprocess.run(
            [python, "-c", HARNESS, path], capture_output=True, text=True, check=True, cwd=folder
        )
    told = json.loads(run.stdout.splitlines()[-1])
    scores = judged(pairs_of(told["groups"]), truth)
    return Line("bib-dedupe", task, len(records), len(truth), *scores, None, told["seconds"])


def _for_bib_dedupe(record: Record) -> dict[str, str]:
    return {
        "ID": record.record_id,
        "ENTRYTYPE": "article",
        "title": record.title,
        "author": " and ".join(f"{author.family}, {author.given}" for author in record.authors),
        "journal": record.journal,
        "year": str(record.year or ""),
        "volume": record.volume,
        "number": record.issue,
        "pages": record.pages.replace("-", "--"),
        "doi": record.doi,
        "abstract": record.abstract_text,
    }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bib-dedupe", metavar="PYTHON", help="an interpreter with bib-dedupe installed")
    python = parser.parse_args().bib_dedupe
    records, truth = mixed(5_000)
    lines = [hard_pairs(), ours("perturbed copies", records, truth)]
    if python:
        lines.append(theirs("perturbed copies", records, truth, python))
    lines += [ours("perturbed copies", *mixed(count)) for count in (10_000, 50_000)]
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Line.__dataclass_fields__)
        for line in lines:
            queue = "" if line.queue is None else line.queue
            scores = [f"{value:.4f}" for value in (line.precision, line.recall, line.f1)]
            row = [line.program, line.task, line.records, line.pairs, *scores, queue, f"{line.seconds:.2f}"]
            writer.writerow(row)
            print(*row, sep="\t")


if __name__ == "__main__":
    main()
