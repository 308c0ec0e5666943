"""Time the reading and storing of PubMed XML beside Bio.Entrez.read, and beside a parser that keeps nothing.

    python benchmarks/parse_xml.py FILE... [--bytes N] [--rounds N]

needs biopython. It repeats the records of each file, and of all of them together, to so many bytes, prints a table and
writes benchmarks/results/parse_xml.csv; 25,000 synthetic records of the tests are timed, too. The programs take turns,
so that a busy machine is busy for all of them. Times are processor time of one core in microseconds per record, the
least of several rounds. Bare expat reads every byte and builds nothing. The last program is metaleak without
its scanner, its compiled reader and its writer, as where there is no compiler; only the maker of frozen records, two or
three microseconds a record, is still the compiled one.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock
from xml.parsers import expat

from Bio import Entrez

from metaleak.records import pubmed_xml, read, shapes, table
from metaleak.records.read import read_records
from metaleak.records.write import write_records

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


def joined(files: list[Path], size: int) -> bytes:
    """Return one set of the records of several, again and again up to a size in bytes."""
    bodies = [
        data[data.index(b"<PubmedArticleSet>") + 18 : data.rindex(_END)]
        for data in map(Path.read_bytes, files)
    ]
    return _HEAD + b"".join(bodies) * max(1, size // sum(map(len, bodies))) + _END


def stored(body: bytes, path: Path) -> None:
    """Read records and write them as records.csv is written."""
    path.unlink(missing_ok=True)
    write_records(read_records(body), path)


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
    parser.add_argument("--bytes", type=int, default=40_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    data = joined(given.files, given.bytes)
    sets = {
        "as sent": data,
        "with 30 references each": data.replace(b"</PubmedData>", _REFERENCES),
        **{f"{path.stem} alone": joined([path], given.bytes) for path in given.files},
        "25,000 synthetic": batch_of_synthetic(25_000),
    }
    rows = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "records.csv"
        for records, body in sets.items():
            rows += measured(records, body, given.rounds, path)
            for row in rows[-5:]:
                print(*row, sep="\t", flush=True)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("records", "program", "count", "bytes_per_record", "microseconds", "times_as_fast"))
        writer.writerows(rows)


@contextmanager
def nothing_compiled() -> Iterator[None]:
    """Read and write with plain Python, as where there is no compiler."""
    with ExitStack() as stack:
        for shape in pubmed_xml._SHAPES.values():
            stack.enter_context(mock.patch.object(shape, "scan", shapes._no_scanner))
        stack.enter_context(
            mock.patch.object(read, "_reader_of_xml", return_value=pubmed_xml.read_pubmed_xml)
        )
        stack.enter_context(mock.patch.object(table, "csv_lines", None))
        yield


def stored_by_python(body: bytes, path: Path) -> None:
    """Read and write without the compiled parts."""
    with nothing_compiled():
        stored(body, path)


def measured(records: str, body: bytes, rounds: int, path: Path) -> list[tuple[str, ...]]:
    """Return the rows of one set of records."""
    count = body.count(b"<PubmedArticle>")
    tasks = {
        "Bio.Entrez.read": timed(lambda: Entrez.read(io.BytesIO(body))),
        "metaleak, read": timed(lambda: read_records(body)),
        "metaleak, read and stored": timed(lambda: stored(body, path)),
        "bare expat": timed(lambda: expat.ParserCreate().Parse(body, True)),
        "metaleak, read and stored, not compiled": timed(lambda: stored_by_python(body, path)),
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
