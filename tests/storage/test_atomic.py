"""A file is written whole or not at all, whatever happens in between."""

import random
import time

import pytest

from metaleak.errors import StorageError
from metaleak.storage.atomic import sweep, write_bytes, write_text

#: Large enough for a kill to fall into a write.
SIZE = 400_000

ENDLESS = f"""
import sys
from pathlib import Path
from metaleak.storage.atomic import write_bytes
print("ready", flush=True)
while True:
    for letter in b"ab":
        write_bytes(Path(sys.argv[1]), bytes([letter]) * {SIZE})
"""

FULL_DISK = """
import resource, sys
from pathlib import Path
from metaleak.errors import StorageError
from metaleak.storage.atomic import write_bytes
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_bytes(Path(sys.argv[1]), b"n" * 5000)
except StorageError as error:
    print(error)
"""


def test_a_new_file_holds_the_bytes(tmp_path):
    assert write_bytes(tmp_path / "deep" / "a.csv", b"x\r\n") is True
    assert (tmp_path / "deep" / "a.csv").read_bytes() == b"x\r\n"


def test_a_file_that_holds_the_text_is_not_touched(tmp_path):
    write_text(tmp_path / "a", "ü\n")
    before = (tmp_path / "a").stat()

    assert write_text(tmp_path / "a", "ü\n") is False
    assert (tmp_path / "a").stat() == before


def test_permissions_stay_as_they_were(tmp_path):
    write_bytes(tmp_path / "a", b"old")
    (tmp_path / "a").chmod(0o640)
    write_bytes(tmp_path / "a", b"new")

    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_bytes(tmp_path / "link", b"new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StorageError, match=r"cannot write a\.csv"):
        write_bytes(tmp_path / "file" / "a.csv", b"x")


def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path, process):
    (tmp_path / "a").write_bytes(b"old")
    said, _ = process(FULL_DISK, tmp_path / "a").communicate(timeout=60)

    assert "cannot write a" in said
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_kill_minus_nine_leaves_the_old_file_or_the_new_one(tmp_path, process):
    whole = {letter * SIZE for letter in (b"a", b"b")}
    chance = random.Random(1)
    for _ in range(25):
        running = process(ENDLESS, tmp_path / "sheet.csv")
        running.stdout.readline()
        time.sleep(chance.uniform(0.002, 0.03))
        running.kill()
        running.wait()
        if (tmp_path / "sheet.csv").exists():
            assert (tmp_path / "sheet.csv").read_bytes() in whole

    assert (tmp_path / "sheet.csv").exists()


def test_what_a_killed_process_left_is_swept_away(tmp_path):
    (tmp_path / ".a.csv.x1.metaleak-tmp").write_bytes(b"half")
    (tmp_path / ".gitignore").write_bytes(b"")
    sweep(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [".gitignore"]
