"""What columns the sheets have."""

import pytest

from metaleak.sheets.columns import KINDS, LEAKS, SHEETS, vocabularies
from metaleak.sheets.conduct import CONDUCT


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_a_sheet_describes_itself(sheet):
    """Names occur once, kinds exist, keys are columns, and every column has its sentence."""
    assert len(set(sheet.names)) == len(sheet.names)
    assert {column.kind for column in sheet.columns} <= set(KINDS)
    assert set(sheet.key) <= set(sheet.names)
    assert all(column.sentence.endswith(".") for column in sheet.columns)


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_words_have_a_vocabulary_and_nothing_else_has(sheet):
    """Only columns of words look into the codebook."""
    assert all((column.vocabulary is not None) == (column.kind == "word") for column in sheet.columns)


def test_the_key_of_a_count():
    """The seven columns that together occur once."""
    key = "study_id arm procedure unit modality leak_site symptomatic"

    assert LEAKS.key == tuple(key.split())


def test_a_vocabulary_is_asked_for_once():
    """Sheets share their words: one procedure column, one list."""
    assert len(set(vocabularies())) == len(vocabularies())
    assert {"procedure", "modality", "confidence"} <= set(vocabularies())


@pytest.mark.parametrize("name", ["leaks", "pairs"])
def test_how_leaks_were_looked_for_is_optional(name):
    """Older sheets do without the columns, older codebooks without their words, and a cell may stay empty."""
    columns = [SHEETS[name].column(column) for column in CONDUCT]

    assert all(column.may_be_missing and not column.required for column in columns)
    assert not {*CONDUCT} & {*vocabularies()}
