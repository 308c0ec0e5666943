"""Who was read, and when."""

import pytest

from metaleak.sheets.conduct import CONDUCT


def test_who_had_ct_is_the_same_in_both_sheets(told, put):
    """The comparison says otherwise than the counts of the same site and imaging."""
    put("pairs", verification="selected")

    assert told("R74") == ["leaks.csv, row 2, says all"]


@pytest.mark.parametrize(
    "cells", [{"verification": "all"}, {}, {"verification": "selected", "leak_site": "venous"}]
)
def test_the_same_word_an_empty_cell_and_another_site_differ_in_nothing(told, put, cells):
    """What is not said cannot be said otherwise."""
    put("pairs", **cells)

    assert told("R74") == []


@pytest.mark.parametrize("name", ["leaks", "pairs"])
def test_a_selection_is_explained(told, put, name):
    """In the note of the row, or in that of the study."""
    put("studies", note="")
    put(name, verification="selected", note="")
    assert told("R75") == ["the verification is selected, and the note is empty"]

    put(name, note="those with a later CT")
    assert told("R75") == []


def test_the_note_of_the_study_explains_its_rows(told, put):
    """Nobody writes it twice."""
    put("leaks", verification="selected", note="")

    assert told("R75") == []


@pytest.mark.parametrize(("column", "value"), [("verification", "all"), ("ct_timing", "day 1")])
def test_imaging_that_is_not_reported_was_made_of_nobody(told, put, column, value):
    """The sixth study of the example does not name its imaging."""
    put("leaks", 7, **{column: value})

    assert told("R76") == ["the modality of the row is not_reported"]


def test_what_counted_as_a_leak_is_told_without_imaging(findings, put):
    """An operator notes a leak, and the text does not say on what."""
    put("leaks", 7, leak_definition="clinically_noted")

    assert findings() == set()


@pytest.mark.parametrize("name", ["leaks", "pairs"])
def test_sheets_that_were_begun_before_have_no_finding(findings, sheet, name):
    """They lack the four columns, and nothing is wrong with that."""
    header, *rows = (line.split(",") for line in sheet(name).read_text(encoding="utf-8").splitlines())
    kept = [at for at, column in enumerate(header) if column not in CONDUCT]
    older = [",".join(row[at] for at in kept) for row in (header, *rows)]
    sheet(name).write_text("\n".join(older) + "\n", encoding="utf-8")

    assert findings() == set()
