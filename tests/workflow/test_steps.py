"""A step is done again when its key or one of its files changed, and never because of a file time."""

import json
import os

import pytest

from metaleak.workflow.steps import BOOK, StepBook, software_key


@pytest.fixture
def book(tmp_path):
    made = StepBook.open(tmp_path)
    made.write("draw a", "key", {"figures/a.svg": b"<svg/>", "figures/a.csv": b"1\n"})
    return made


def test_a_step_is_current_after_it_was_done(book, tmp_path):
    assert StepBook.open(tmp_path).is_current("draw a", "key")


def test_another_key_makes_it_stale(book):
    assert not book.is_current("draw a", "other")


def test_a_deleted_file_makes_it_stale(book, tmp_path):
    (tmp_path / "figures/a.svg").unlink()

    assert not book.is_current("draw a", "key")


def test_an_edited_file_makes_it_stale(book, tmp_path):
    (tmp_path / "figures/a.csv").write_bytes(b"2\n")

    assert not book.is_current("draw a", "key")


def test_a_new_file_time_says_nothing(book, tmp_path):
    os.utime(tmp_path / "figures/a.csv", (0, 0))

    assert book.is_current("draw a", "key")


def test_writing_tells_whether_a_file_changed(book):
    same = {"figures/a.svg": b"<svg/>", "figures/a.csv": b"1\n"}

    assert book.write("draw a", "new key", same) is False
    assert book.write("draw a", "new key", {**same, "figures/a.csv": b"2\n"}) is True


def test_a_file_that_is_no_longer_made_is_removed(book, tmp_path):
    book.write("draw a", "key", {"figures/a.svg": b"<svg/>"})

    assert not (tmp_path / "figures/a.csv").exists()


def test_a_file_that_somebody_edited_is_never_removed(book, tmp_path):
    (tmp_path / "figures/a.csv").write_bytes(b"mine\n")
    book.forget_all_but([])

    assert (tmp_path / "figures/a.csv").read_bytes() == b"mine\n"
    assert not (tmp_path / "figures/a.svg").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"steps": {"a": {}}}', '{"steps": 3}', "\x00"])
def test_a_damaged_book_is_an_empty_one(book, tmp_path, text):
    (tmp_path / BOOK).write_text(text)

    assert StepBook.open(tmp_path).steps == {}


@pytest.mark.parametrize("path", ["../outside", "/etc/hosts", "figures/../../outside"])
def test_a_book_that_names_files_outside_is_not_believed(tmp_path, path):
    (tmp_path / ".metaleak").mkdir()
    steps = {"draw a": {"key": "key", "outputs": {path: "0" * 64}}}
    (tmp_path / BOOK).write_text(json.dumps({"format": 1, "steps": steps}))

    assert StepBook.open(tmp_path).steps == {}


def test_the_software_has_one_key(book):
    assert software_key() == software_key()
