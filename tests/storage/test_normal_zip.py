"""Archives whose bytes depend on their contents alone."""

import io
import time
import zipfile

from metaleak.storage.normal_zip import normalised, packed


def test_order_and_clock_leave_no_trace(monkeypatch):
    """The same members give the same bytes on another day."""
    once = packed({"b.txt": b"two", "a.txt": b"one"})
    monkeypatch.setattr(time, "time", lambda: 4e9)

    again = packed({"a.txt": b"one", "b.txt": b"two"})

    assert once == again
    assert zipfile.ZipFile(io.BytesIO(once)).namelist() == ["a.txt", "b.txt"]


def test_one_member_may_come_first():
    """Office programs look for it there."""
    names = zipfile.ZipFile(io.BytesIO(packed({"a": b"", "z": b""}, first="z"))).namelist()

    assert names == ["z", "a"]


def test_a_member_is_rewritten_by_its_name():
    """All others stay as they are."""
    made = normalised(
        packed({"a": b"1", "b": b"2"}), rewrite=lambda name, data: b"9" if name == "a" else data
    )

    archive = zipfile.ZipFile(io.BytesIO(made))
    assert (archive.read("a"), archive.read("b")) == (b"9", b"2")
