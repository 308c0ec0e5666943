"""Time the reading and storing of PubMed XML beside Bio.Entrez.read, and beside a parser that keeps nothing.

    python benchmarks/parse_xml.py FILE... [--repeat N] [--rounds N]

needs biopython. It joins the records of the files, repeats them, prints a table and writes
benchmarks/results/parse_xml.csv. Every file is timed alone, too, and so are 25,000 synthetic records of the tests.
The programs take turns, so that a busy machine is busy for all of them. Times of one core are processor time in
microseconds per record, the least of several rounds. On two cores the records are read and stored in batches of up to
250 by two processes that run already; their time is that of the busier one and of handing the batches out, as if the
machine had no other work. Bio.Entrez.read stays on one. Bare expat reads every byte and builds nothing.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from xml.parsers import expat

from Bio import Entrez

from metaleak.records.read import read_records
from metaleak.records.table import records_csv
from metaleak.storage import atomic

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.search.shelf import Entry

RESULTS = Path(__file__).parent / "results" / "parse_xml.csv"
_HEAD = (
    b'<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    b'"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n<PubmedArticleSet>'
)
_END = b"</PubmedArticleSet>"

#: References as records since 2019 carry them; synthetic.
_REFERENCES = b"<ReferenceList>%s</ReferenceList></PubmedData>" % (
    b"<Reference><Citation>Author A. A synthetic reference. Journal. 2010;1:1-9.</Citation><ArticleIdList>"
    b'<ArticleId IdType="pubmed">1</ArticleId><ArticleId IdType="doi">10.1000/1</ArticleId></ArticleIdList></Reference>'
    * 30
)


def joined(files: list[Path], repeat: int) -> bytes:
    """Return one set of the records of several."""
    bodies = [
        data[data.index(b"<PubmedArticleSet>") + 18 : data.rindex(_END)]
        for data in map(Path.read_bytes, files)
    ]
    return _HEAD + b"".join(bodies) * repeat + _END


def stored(body: bytes, path: Path) -> None:
    """Read records and write them as records.csv is written."""
    atomic.write_text(path, records_csv(read_records(body), abstracts=True))


def batches(body: bytes, size: int) -> list[bytes]:
    """Return the records of a set in sets of their own."""
    start, end = body.index(b"<PubmedArticleSet>") + 18, body.rindex(_END)
    articles = [
        part + b"</PubmedArticle>" for part in body[start:end].split(b"</PubmedArticle>") if part.strip()
    ]
    return [_HEAD + b"".join(articles[at : at + size]) + _END for at in range(0, len(articles), size)]


def stored_in_a_process(body: bytes, path: Path) -> tuple[int, float]:
    """Store a batch; return which process did and the processor time it took."""
    start = time.process_time()
    stored(body, path)
    return os.getpid(), time.process_time() - start


@contextmanager
def two_processes(folder: Path) -> Iterator[Callable[[list[bytes]], float]]:
    """Give a function that stores batches in two processes and returns the time of the busier one."""
    with ProcessPoolExecutor(2) as pool:

        def store(parts: list[bytes]) -> float:
            start = time.process_time()
            busy: Counter[int] = Counter()
            paths = [folder / f"{at}.csv" for at in range(len(parts))]
            for process, seconds in pool.map(stored_in_a_process, parts, paths):
                busy[process] += seconds
            return max(busy.values()) + time.process_time() - start

        store([batch_of_synthetic(1)] * 4)
        yield store


def batch_of_synthetic(count: int) -> bytes:
    """Return a set of the synthetic articles that the tests fetch."""
    return _HEAD + "".join(Entry(number).xml() for number in range(1, count + 1)).encode() + _END


def least_of_turns(tasks: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Return the least time of each task in seconds; the tasks take turns."""
    best = dict.fromkeys(tasks, float("inf"))
    for _ in range(rounds):
        for name, task in tasks.items():
            best[name] = min(best[name], task())
    return best


def timed(task: Callable[[], object]) -> Callable[[], float]:
    """Return a task that returns the processor time that another takes."""

    def run() -> float:
        start = time.process_time()
        task()
        return time.process_time() - start

    return run


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--repeat", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    data = joined(given.files, given.repeat)
    sets = {
        "as sent": data,
        "with 30 references each": data.replace(b"</PubmedData>", _REFERENCES),
        **{f"{path.stem} alone": joined([path], given.repeat) for path in given.files},
        "25,000 synthetic": batch_of_synthetic(25_000),
    }
    rows = []
    with tempfile.TemporaryDirectory() as name, two_processes(Path(name)) as store:
        path = Path(name) / "records.csv"
        for records, body in sets.items():
            rounds = given.rounds if len(body) < 20_000_000 else 2
            rows += measured(records, body, rounds, path, store)
            for row in rows[-5:]:
                print(*row, sep="\t", flush=True)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("records", "program", "count", "bytes_per_record", "microseconds", "times_as_fast"))
        writer.writerows(rows)
    print(f"{os.cpu_count()} cores")


def measured(
    records: str, body: bytes, rounds: int, path: Path, store: Callable[[list[bytes]], float]
) -> list[tuple[str, ...]]:
    """Return the rows of one set of records."""
    count = body.count(b"<PubmedArticle>")
    parts = batches(body, min(250, -(-count // 2)))
    tasks = {
        "Bio.Entrez.read": timed(lambda: Entrez.read(io.BytesIO(body))),
        "metaleak, read": timed(lambda: read_records(body)),
        "metaleak, read and stored": timed(lambda: stored(body, path)),
        "metaleak, read and stored on two cores": lambda: store(parts),
        "bare expat": timed(lambda: expat.ParserCreate().Parse(body, True)),
    }
    micro = {program: 1e6 * taken / count for program, taken in least_of_turns(tasks, rounds).items()}
    return [
        (
            records,
            program,
            str(count),
            str(len(body) // count),
            f"{taken:.0f}",
            f"{micro['Bio.Entrez.read'] / taken:.1f}",
        )
        for program, taken in micro.items()
    ]


if __name__ == "__main__":
    main()
