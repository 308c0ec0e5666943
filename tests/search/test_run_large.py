"""More records than PubMed lists at once: none is lost, and the memory stays small."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from metaleak.search.clock import SystemClock
from metaleak.search.run import delivered, read_result
from tests.search.ncbi import Ncbi
from tests.search.shelf import Entry, Shelf

RECORDS = 25_000

#: Megabytes that the fetching process may take at its highest.
MOST = 300

#: Prints the process's highest memory in megabytes, as counted since it began (getrusage counts its parent's, too).
FETCH = """
import json, re, sys
from pathlib import Path
from tests.search.fetcher import fetch
code = fetch(sys.argv[1], Path(sys.argv[2]), 0, wall=9_999, batch=500)
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(json.dumps([code, int(peak[1]) / 1024]))
"""


@pytest.fixture
def server():
    """Return a server with 25,000 matching records and 1,000 others; 12,000 came in on one day."""
    ncbi = Ncbi(SystemClock())
    shelf = Shelf()
    for pmid in range(1, RECORDS + 1):
        day = date(2010, 5, 1) + timedelta(days=0 if pmid <= 12_000 else pmid % 5_000)
        shelf.add(Entry(pmid * 7, entered=day, created=day, is_book=pmid % 100 == 0))
    shelf.add(*(Entry(pmid, words="other") for pmid in range(1, 7_000, 7)))
    ncbi.reset(shelf)
    yield ncbi
    ncbi.close()


def test_twenty_five_thousand_records_arrive_whole_in_little_memory(server, ordered):
    folder = ordered()
    done = subprocess.run(
        [sys.executable, "-c", FETCH, server.url, folder.path],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    code, megabytes = json.loads(done.stdout)
    result = read_result(folder)
    expected = {pmid * 7 for pmid in range(1, RECORDS + 1)}

    assert code == 0
    assert sorted(result.articles + result.books) == sorted(expected)
    assert frozenset().union(*(wanted for _, wanted, _ in delivered(folder))) == expected
    assert len(result.parts) > 3
    assert all(size <= 9_999 for _, size in result.parts)
    assert megabytes < MOST
