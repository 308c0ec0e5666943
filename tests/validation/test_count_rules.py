"""The counts of one row."""

import pytest


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"n_leak": ""}, "n_leak still empty: the row is not pooled"),
        ({"n_leak": "", "n_total": ""}, "n_leak and n_total still empty: the row is not pooled"),
    ],
)
def test_open_rows_are_named(told, put, cells, message):
    """A row whose counts are to come is a warning, not an error."""
    put("leaks", 3, **cells)

    assert told("R41") == [message]


def test_leaks_may_outnumber_vertebrae_where_leaks_are_counted(told, leak):
    """The codebook's units of leaks are free of the limit."""
    leak(unit="leak", n_leak="80", n_total="50")

    assert told("R44") + told("R53") == []


@pytest.mark.parametrize(
    ("n_leak", "n_total", "message"),
    [
        ("0", "50", "0 of 50: no leak anywhere"),
        ("48", "50", "48 of 50: 96.0 %"),
        ("50", "50", "50 of 50: 100.0 %"),
        ("1", "4", "1 of 4: very few units"),
    ],
)
def test_rates_that_are_worth_a_second_look(told, leak, n_leak, n_total, message):
    """None, nearly all, and totals below five."""
    leak(n_leak=n_leak, n_total=n_total)

    assert told("R53") == [message]


@pytest.mark.parametrize(
    "cells",
    [
        {"n_leak": "47", "n_total": "50"},
        {"n_leak": "1", "n_total": "5"},
        {"n_leak": "0", "leak_site": "spinal_canal"},
        {"n_leak": "0", "symptomatic": "symptomatic"},
    ],
)
def test_rates_that_are_not(told, leak, cells):
    """No leak into the canal and no leak with symptoms are what surgeons hope for."""
    leak(**cells)

    assert told("R53") == []


@pytest.mark.parametrize(
    ("n_leak", "n_total", "note", "message"),
    [
        ("24", "100", "printed 24.2 %", "24 of 100 is 24.0 %, the note gives 24.2 %"),
        ("26", "61", "printed 42.1 % gives no whole number", "26 of 61 is 42.6 %, the note gives 42.1 %"),
        ("77", "181", "the printed 50 % (43-57) fits neither", "77 of 181 is 42.5 %, the note gives 50 %"),
    ],
)
def test_percentages_that_the_counts_do_not_give(told, leak, n_leak, n_total, note, message):
    """A percentage near the rate that is not the rate is a slip somewhere."""
    leak(n_leak=n_leak, n_total=n_total, note=note)

    assert told("R65") == [message]


@pytest.mark.parametrize(
    ("n_leak", "n_total", "note"),
    [
        ("43", "81", "53 %, count computed"),
        ("2", "26", "7.6 %, cut off and not rounded"),
        ("27", "46", "mild 50 % plus 9 % above mild"),
        ("6", "30", "a further 6.7 % in veins"),
        ("10", "50", "no percentage"),
    ],
)
def test_percentages_that_they_give(told, leak, n_leak, n_total, note):
    """Rounded, cut off, the sum of two, or about something else."""
    leak(n_leak=n_leak, n_total=n_total, note=note)

    assert told("R65") == []


@pytest.mark.parametrize(
    ("confidence", "note", "found"), [("medium", "", 1), ("low", "", 1), ("high", "", 0), ("low", "why", 0)]
)
def test_a_doubt_says_why(told, leak, confidence, note, found):
    """Below the highest confidence the note is not empty."""
    leak(confidence=confidence, note=note)

    assert len(told("R66")) == found


@pytest.mark.parametrize(
    ("modality", "basis", "found"),
    [("CT", "stated", 0), ("CT", "none", 1), ("not_reported", "none", 0), ("not_reported", "inferred", 1)],
)
def test_imaging_and_its_basis_go_together(told, put, modality, basis, found):
    """Imaging that nobody reports cannot be stated, and a stated one is named."""
    put("leaks", 3, modality=modality, modality_basis=basis)

    assert len(told("R50")) == found
