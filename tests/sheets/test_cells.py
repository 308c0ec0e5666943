"""What single cells mean."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.sheets.cells import CellProblem, clean, typed
from metaleak.sheets.codebook import read_codebook
from metaleak.sheets.columns import LEAKS, Column

BOOK = Path(__file__).parents[2] / "extraction" / "codebook.toml"


def read(kind, text):
    return typed(Column(name="c", kind=kind, sentence="A column."), clean(text), None)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("count", " 12 ", 12),
        ("count", "", None),
        ("number", "4.05", 4.05),
        ("share", "0.5", 0.5),
        ("year", "2007", 2007),
        ("flag", "1", True),
        ("pmid", "17453503", "17453503"),
        ("pmcid", "PMC6745641", "PMC6745641"),
        ("doi", "10.1080/02841850601161554", "10.1080/02841850601161554"),
        ("url", "https://doi.org/10.1/x", "https://doi.org/10.1/x"),
        ("text", "", ""),
        ("text", "'=1+1", "=1+1"),
        ("count", "12\u00a0", 12),
    ],
)
def test_sound_cells_have_their_value(kind, text, value):
    """Spaces around a value, no-break ones too, are not part of it."""
    assert read(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "rule", "hint"),
    [
        ("count", "NA", "R20", "leave the cell empty"),
        ("count", "n.r.", "R20", "leave the cell empty"),
        ("count", "1,234", "R23", "write 1234"),
        ("count", "1.234", "R23", "write 1234"),
        ("number", "3,5", "R24", "write 3.5"),
        ("count", "12.5", "R25", "whole number"),
        ("count", "1e3", "R25", "whole number"),
        ("count", "٣", "R25", "whole number"),
        ("count", "２８", "R25", "write 28"),
        ("count", "28.0", "R25", "write 28"),
        ("number", "−1.5", "R25", "write -1.5"),
        ("flag", "yes", "R25", "0 or 1"),
        ("count", "1,234.0", "R23", "write 1234"),
        ("count", "1 234", "R23", "write 1234"),
        ("share", "64 %", "R26", "write 0.64"),
        ("share", "140", "R26", "source"),
        ("year", "07", "R27", "year of print"),
        ("pmid", "0123", "R28", "1 to 8 digits"),
        ("doi", "https://doi.org/10.1/x", "R30", "begin with 10."),
        ("url", "javascript:alert(1)", "R31", "address"),
        ("url", "https://a b", "R31", "address"),
        ("url", "https://", "R31", "address"),
    ],
)
def test_broken_cells_say_what_to_write(kind, text, rule, hint):
    """A cell without a value of its kind names its rule and what to do."""
    problem = read(kind, text)

    assert isinstance(problem, CellProblem)
    assert problem.rule == rule
    assert hint in problem.todo


@pytest.mark.parametrize(
    ("text", "rule"), [("-1", None), ("0.85", None), ("1", None), ("1.01", "R32"), ("-2", "R32")]
)
def test_numbers_lie_within_their_range(text, rule):
    """A kappa beyond one is a slip, whatever the text says."""
    kappa = Column(name="kappa", kind="number", sentence="Agreement.", within=(-1, 1))

    value = typed(kappa, text, None)

    assert (value.rule if isinstance(value, CellProblem) else None) == rule


KINDS_OF_CELLS = ["count", "number", "share", "year", "flag", "pmid", "pmcid", "doi", "url"]


@given(st.sampled_from(KINDS_OF_CELLS), st.text(max_size=20))
def test_any_text_is_a_value_or_a_problem(kind, text):
    """Never an exception, and a problem always says what to do."""
    value = read(kind, text)

    assert not isinstance(value, CellProblem) or (value.text and value.todo)


def test_a_wrong_word_of_a_checklist_cannot_be_added_to_the_codebook():
    """The words come with metaleak, and the cell of an optional column may stay empty."""
    problem = typed(LEAKS.column("verification"), "some", read_codebook(BOOK))

    assert problem.rule == "R22"
    assert problem.todo == "write one of all, selected, unclear, or leave the cell empty"


def test_a_wrong_word_of_the_field_may_become_a_word():
    """With its sentence in the codebook."""
    problem = typed(LEAKS.column("unit"), "levels", read_codebook(BOOK))

    assert problem.todo.endswith("unclear; a new word needs a sentence in codebook.toml first")
