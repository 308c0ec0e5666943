"""Time the reading of PubMed XML beside Bio.Entrez.read, and beside a parser that keeps nothing.

    python benchmarks/parse_xml.py FILE... [--repeat N]

needs biopython. It joins the records of the files, repeats them, prints a table and writes
benchmarks/results/parse_xml.csv. Times are processor time of one thread in microseconds per record, the least of
several runs. Bare expat reads every byte and builds nothing: nobody who parses the whole can be faster.
"""

from __future__ import annotations

import argparse
import csv
import io
import time
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from Bio import Entrez

from metaleak.records.read import read_records

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


def least(task: Callable[[], object], times: int) -> float:
    """Return the least processor time of several runs, in seconds."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        task()
        taken.append(time.process_time() - start)
    return min(taken)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--repeat", type=int, default=60)
    given = parser.parse_args()
    data = joined(given.files, given.repeat)
    rows = []
    for name, body in (
        ("as sent", data),
        ("with 30 references each", data.replace(b"</PubmedData>", _REFERENCES)),
    ):
        count = body.count(b"<PubmedArticle>")
        tasks = {
            "Bio.Entrez.read": (lambda body=body: Entrez.read(io.BytesIO(body)), 2),
            "metaleak": (lambda body=body: read_records(body), 5),
            "bare expat": (lambda body=body: expat.ParserCreate().Parse(body, True), 5),
        }
        micro = {program: 1e6 * least(*task) / count for program, task in tasks.items()}
        rows += [
            (
                name,
                program,
                count,
                len(body) // count,
                f"{taken:.0f}",
                f"{micro['Bio.Entrez.read'] / taken:.1f}",
            )
            for program, taken in micro.items()
        ]
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("records", "program", "count", "bytes_per_record", "microseconds", "times_as_fast"))
        writer.writerows(rows)
    for row in rows:
        print(*row, sep="\t")


if __name__ == "__main__":
    main()
