"""One writer at a time, and a dead one holds nothing."""

import pytest

from metaleak.errors import LockedError, StorageError
from metaleak.storage.lock import review_lock, search_lock

HOLD = """
import sys, time
from metaleak.storage.lock import review_lock
with review_lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""

COUNT = """
import sys
from pathlib import Path
from metaleak.storage.atomic import write_text
from metaleak.storage.lock import review_lock
number = Path(sys.argv[1]) / "number"
for _ in range(20):
    with review_lock(sys.argv[1], timeout=60):
        write_text(number, str(int(number.read_text()) + 1))
"""


def test_the_second_process_is_told_to_wait(tmp_path, process):
    process(HOLD, tmp_path).stdout.readline()

    with (
        pytest.raises(LockedError, match="another metaleak command is writing"),
        review_lock(tmp_path, timeout=0.1),
    ):
        pass


def test_a_killed_holder_holds_nothing(tmp_path, process):
    holder = process(HOLD, tmp_path)
    holder.stdout.readline()
    holder.kill()
    holder.wait()

    with review_lock(tmp_path, timeout=5):
        pass


def test_two_writers_lose_no_step(tmp_path, process):
    (tmp_path / "number").write_text("0")
    for writer in [process(COUNT, tmp_path), process(COUNT, tmp_path)]:
        assert writer.wait(timeout=60) == 0

    assert (tmp_path / "number").read_text() == "40"


def test_an_error_inside_passes_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError), review_lock(tmp_path):
        (tmp_path / "nothing").read_bytes()


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StorageError, match="cannot lock"), review_lock(tmp_path / "nowhere"):
        pass


def test_a_search_does_not_hold_the_review(tmp_path):
    with search_lock(tmp_path), review_lock(tmp_path, timeout=0):
        pass


def test_two_searches_at_once_are_refused(tmp_path):
    with (
        search_lock(tmp_path),
        pytest.raises(LockedError, match="is searching"),
        search_lock(tmp_path, timeout=0.1),
    ):
        pass
