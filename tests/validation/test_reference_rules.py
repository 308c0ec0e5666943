"""Keys, and references from one sheet to another."""

import pytest

from metaleak.validation.check import check_review


@pytest.mark.parametrize(
    ("name", "row", "cells"),
    [
        ("studies", 3, {"study_id": "SYNTHETIC1"}),
        ("leaks", 3, {"study_id": "SYNTHETIC1"}),
        ("leaks", 3, {"study_id": " SYNTHETIC1 "}),
    ],
)
def test_a_key_twice(findings, put, name, row, cells):
    """The second row is named; spaces around a word are no difference."""
    put(name, row, **cells)

    assert ("R42", name, row, "study_id") in findings()


def test_left_out_figures_may_repeat(told, sheet):
    """dropped.csv has no key: one record may lose several figures."""
    path = sheet("dropped")
    line = ",".join(["R1", "2001", "A title", *[""] * 13, "no denominator"]) + "\n"
    path.write_text(path.read_text() + 2 * line)

    assert told("R42") == []


def test_a_slip_in_a_key_gets_the_name_that_was_meant(told, put):
    """One letter off."""
    put("leaks", 3, study_id="SYNTHETIK2")

    assert told("R43") == ["studies.csv has no such study (did you mean 'SYNTHETIC2'?)"]


def test_a_broken_row_of_studies_is_one_finding(review, sheet):
    """The rows that belong to it are not reported beside it."""
    path = sheet("studies")
    path.write_text(path.read_text().replace("SYNTHETIC2,", "SYNTHETIC2,,", 1))

    assert [f.rule for f in check_review(review).findings] == ["R11"]


def test_a_broken_row_of_leaks_leaves_its_study_alone(review, sheet):
    """A study whose only row cannot be read is not said to be without rows."""
    path = sheet("leaks")
    path.write_text(path.read_text().replace("31,72", "31,,72", 1))

    assert [f.rule for f in check_review(review).findings] == ["R11"]


def test_a_study_without_rows(findings, sheet):
    """A study that neither leaks nor pairs know is named."""
    path = sheet("leaks")
    path.write_text("".join(row for row in path.read_text().splitlines(True) if "SYNTHETIC2" not in row))

    assert findings() == {("R59", "studies", 3, "study_id")}


@pytest.mark.parametrize("arm", ["High ", "HIGH", "hi gh"])
def test_arms_that_look_alike(told, leak, arm):
    """To a program they are two arms; spaces at the ends are none."""
    leak(arm="high", n_leak="5", n_total="20")
    leak(arm=arm, n_leak="5", n_total="30")

    assert told("R73") == ["row 8 writes 'high'"]


def test_arms_of_two_studies_may_look_alike(told, leak):
    """Each study has its own words for its arms."""
    leak(arm="high", n_leak="5", n_total="20")
    leak(study_id="SYNTHETIC2", arm="High", n_leak="5", n_total="30")

    assert told("R73") == []
