"""A run that is killed at any moment goes on, and leaves the same bytes as one that was not."""

import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from metaleak.search.clock import SystemClock
from metaleak.search.folder import ORDER, RunFolder
from metaleak.search.plan import Order
from tests.search.fetcher import DONE, INTERRUPTED, STOPPED
from tests.search.ncbi import Ncbi
from tests.search.shelf import Entry, Shelf

ORDERED = Order(run="r", strategy="s", query="cement", started="2026-10-25T09:00:00Z")

#: Kills that hit a running process.
KILLS = 60


@pytest.fixture
def server():
    """Return a server that takes some milliseconds for each answer; its list needs parts."""
    ncbi = Ncbi(SystemClock())
    shelf = Shelf()
    for pmid in range(1, 301):
        day = date(2015, 1, 1) + timedelta(days=11 * pmid)
        shelf.add(Entry(pmid, entered=day, created=day, is_book=pmid % 40 == 0))
    ncbi.reset(shelf, wall=100)
    ncbi.latency = lambda: 0.003
    yield ncbi
    ncbi.close()


@pytest.fixture
def fetch(server):
    """Return a function that fetches in a process of its own, hit by a signal after some seconds."""
    command = [sys.executable, "-m", "tests.search.fetcher"]
    root = Path(__file__).parents[2]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=root, text=True, **pipes)

    def run(folder, *, hit_by=0, after=0.0, disk=0):
        process.stdin.write(f"{server.url}\t{folder}\t{disk}\t{int(hit_by)}\t{after}\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    yield run
    process.stdin.close()
    process.wait(timeout=10)
    process.stdout.close()
    process.stderr.close()


@pytest.fixture
def ordered(tmp_path):
    """Return a function that makes the folder of a new run."""

    def make(name):
        RunFolder(tmp_path / name).write(ORDER, asdict(ORDERED))
        return tmp_path / name

    return make


def tree(folder):
    """Return every file of a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def undisturbed(fetch, ordered):
    """Return the files of a run that nothing stopped, and how long it took once everything was loaded."""
    assert fetch(ordered("first")) == DONE
    began = time.monotonic()
    assert fetch(ordered("undisturbed")) == DONE
    return tree(ordered("undisturbed")), time.monotonic() - began


def test_kill_minus_nine_at_any_moment_changes_no_byte(fetch, ordered, undisturbed):
    expected, seconds = undisturbed
    chance = random.Random(7)
    kills = runs = 0
    while kills < KILLS and runs < KILLS:
        runs += 1
        folder = ordered(f"killed-{runs}")
        codes = [
            fetch(folder, hit_by=signal.SIGKILL, after=chance.uniform(0.0, seconds / 2)) for _ in range(6)
        ]
        kills += codes.count(-signal.SIGKILL)
        fetch(folder)

        assert tree(folder) == expected, runs
    assert kills >= KILLS


def test_ctrl_c_is_answered_and_changes_no_byte(fetch, ordered, undisturbed):
    expected, seconds = undisturbed
    codes = [
        fetch(ordered("interrupted"), hit_by=signal.SIGINT, after=seconds * share)
        for share in (0.05, 0.1, 0.2, 0.3, 0.4, 0.6)
    ]
    fetch(ordered("interrupted"))

    assert INTERRUPTED in codes
    assert tree(ordered("interrupted")) == expected


def test_a_full_disk_stops_the_run_and_loses_no_batch(fetch, ordered, undisturbed):
    expected, _ = undisturbed
    largest = max(len(data) for data in expected.values())

    assert fetch(ordered("full"), disk=largest - 1) == STOPPED
    assert fetch(ordered("full")) == DONE
    assert tree(ordered("full")) == expected
