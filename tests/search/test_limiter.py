"""Never more requests per second than are allowed, from all threads and processes together."""

import subprocess
import sys
import threading
import time

import pytest
from filelock import FileLock

from metaleak.errors import LockedError, StorageError
from metaleak.search.clock import SystemClock
from metaleak.search.limiter import Limiter

#: A shorter rest, so that the test with real time is short; the law is the same.
REST = 0.25

ASK = """
import sys
from pathlib import Path
from metaleak.search.clock import SystemClock
from metaleak.search.limiter import Limiter
limiter = Limiter(folder=Path(sys.argv[1]), per_second=3, clock=SystemClock(), rest=float(sys.argv[2]))
for _ in range(6):
    with limiter.slot():
        print(limiter.clock.monotonic(), flush=True)
"""

DIE = """
import os, sys
from pathlib import Path
from metaleak.search.clock import SystemClock
from metaleak.search.limiter import Limiter
with Limiter(folder=Path(sys.argv[1]), per_second=1, clock=SystemClock(), rest=float(sys.argv[2])).slot():
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def limiter(tmp_path, clock):
    """Return three slots under a clock that stands still."""
    return Limiter(folder=tmp_path / "limit", per_second=3, clock=clock)


def use(limiter, times, during=0.0):
    """Return the moments at which a slot was given."""
    moments = []
    for _ in range(times):
        with limiter.slot():
            moments.append(limiter.clock.monotonic())
            limiter.clock.sleep(during)
    return moments


def test_the_first_three_go_at_once_and_the_fourth_waits(limiter):
    assert use(limiter, 7) == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0]


def test_a_slot_rests_after_the_answer_not_after_the_question(tmp_path, clock):
    one = Limiter(folder=tmp_path / "limit", per_second=1, clock=clock)

    assert use(one, 3, during=0.4) == pytest.approx([0.0, 1.4, 2.8])


def test_a_key_has_ten_slots(tmp_path, clock):
    ten = Limiter(folder=tmp_path / "limit", per_second=10, clock=clock)

    assert use(ten, 21).count(0.0) == 10


def test_a_clock_that_began_anew_waits_a_second_at_most(limiter):
    use(limiter, 3)
    for number in range(3):
        (limiter.folder / f"slot-{number}").write_text("1e9")

    assert use(limiter, 1) == [1.0]


def test_a_damaged_mark_rests_a_whole_second(tmp_path, clock):
    one = Limiter(folder=tmp_path / "limit", per_second=1, clock=clock)
    use(one, 1)
    (one.folder / "slot-0").write_text("")

    assert use(one, 1) == [1.0]


def test_a_dead_holder_frees_its_slot_after_one_rest(tmp_path):
    subprocess.run([sys.executable, "-c", DIE, tmp_path, str(REST)], check=False)
    began = time.monotonic()
    moments = use(Limiter(folder=tmp_path, per_second=1, clock=SystemClock(), rest=REST), 1)

    assert REST <= moments[0] - began < REST + 2


def test_three_processes_and_two_threads_keep_the_law_together(tmp_path):
    command = [sys.executable, "-c", ASK, str(tmp_path), str(REST)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    moments = []
    limiter = Limiter(folder=tmp_path, per_second=3, clock=SystemClock(), rest=REST)
    threads = [threading.Thread(target=lambda: moments.extend(use(limiter, 6))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        moments += [float(line) for line in process.communicate(timeout=60)[0].split()]
    moments.sort()

    assert len(moments) == 30
    assert min(later - first for first, later in zip(moments, moments[3:], strict=False)) >= REST


def test_waiting_for_others_ends_with_an_error_that_says_so(limiter):
    limiter.folder.mkdir()
    locks = [FileLock(limiter.folder / f"slot-{number}.lock") for number in range(3)]
    for lock in locks:
        lock.acquire()

    with pytest.raises(LockedError, match="no place for 300 s"), limiter.slot():
        pass
    for lock in locks:
        lock.release()


def test_an_error_during_a_request_gives_the_slot_back(limiter):
    with pytest.raises(KeyboardInterrupt), limiter.slot():
        raise KeyboardInterrupt

    assert use(limiter, 3) == [0.0, 0.0, 1.0]


def test_a_folder_that_cannot_be_made_is_named(tmp_path, clock):
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(StorageError, match="cannot keep the request limit"),
        Limiter(folder=tmp_path / "file" / "limit", per_second=3, clock=clock).slot(),
    ):
        pass
