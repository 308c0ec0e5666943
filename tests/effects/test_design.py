"""Coding of moderators: references, interactions, missing values, what cannot be told apart."""

import numpy as np
import pytest

from metaleak.effects.design import cell_means, design_of, encode, intercept
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError

MODERATORS = {
    "modality": ["CT", "xray", "CT", "none", "xray", "none"],
    "year": [2001, 2005, 2010, 2012, 2003, 2020],
    "twin": ["a", "b", "a", "c", "b", "c"],
    "gap": ["u", "", "v", "u", None, "v"],
}


@pytest.fixture
def table():
    return StudyTable.from_counts([1, 2, 3, 4, 5, 6], [9] * 6, label=list("abcdef"), moderators=MODERATORS)


def test_words_are_coded_against_the_first(table):
    """Without a declared reference the first word in alphabetical order is it, and a note says so."""
    design, rows = design_of("~ modality", table)

    assert design.names == ("intercept", "modality = none", "modality = xray")
    assert design.notes == ("reference: modality = CT",)
    assert rows.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_declared_reference(table):
    """C(x, "reference") turns the contrast around."""
    design, _ = design_of('~ C(modality, "xray")', table)

    assert design.names == ("intercept", "modality = CT", "modality = none")
    assert design.x[1].tolist() == [1, 0, 0]


def test_interactions_and_terms(table):
    """A term knows its columns, for tests of the term as a whole."""
    design, _ = design_of("~ modality*year", table)

    assert design.terms == {"modality": (1, 2), "year": (3,), "modality:year": (4, 5)}
    assert design.names[4] == "modality = none : year"


def test_without_an_intercept_every_word_has_a_mean(table):
    """``- 1`` gives cell means."""
    design, _ = design_of("~ modality - 1", table)

    assert design.names == ("modality = CT", "modality = none", "modality = xray")


def test_numbers_may_be_words(table):
    """C() makes levels of numbers."""
    assert len(design_of("~ C(year) - 1", table)[0].names) == 6


def test_missing_values_are_listed_and_left_out(table):
    """A row without a value is named in a note; nothing disappears in silence."""
    design, rows = design_of("~ gap", table)

    assert rows.tolist() == [0, 2, 3, 5]
    assert "left out, a moderator is missing: b, e" in design.notes


def test_new_rows_are_coded_as_the_old_ones(table):
    """Scaling and splines keep the constants of the rows that were fitted."""
    design, _ = design_of('~ C(modality, "none") + scale(year)', table)

    again = encode(design.formula, design.values, table.moderators)
    one = encode(design.formula, design.values, {"modality": ["xray"], "year": [2005]})

    assert again == pytest.approx(design.x)
    assert one[0] == pytest.approx(design.x[1])


def test_an_unknown_level_is_named(table):
    """A word that was not fitted has no coefficient."""
    design, _ = design_of("~ modality", table)

    with pytest.raises(SettingError, match="one of CT, none, xray"):
        encode(design.formula, design.values, {"modality": ["MRI"]})


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("~ modality + twin", "twin = b follows from"),
        ("~ modality:twin", "no row stands behind"),
        ("~ bs(year, df=7)", "more coefficients than rows"),
    ],
)
def test_what_cannot_be_told_apart(table, formula, told):
    """Collinear columns, empty cells and too many columns are explained in words."""
    with pytest.raises(TableError, match=told):
        design_of(formula, table)


@pytest.mark.parametrize("formula", ["~ log(modality)", "~ scale(gap)"])
def test_functions_of_numbers_need_numbers(table, formula):
    """A log of words is refused with the word."""
    with pytest.raises(SettingError, match="as numbers"):
        design_of(formula, table)


def test_simple_designs():
    """One common mean, and one mean per group in order of appearance."""
    assert intercept(3).is_intercept
    assert cell_means(["b", "a", "b"]).names == ("b", "a")
    assert np.array_equal(cell_means(["b", "a", "b"]).x, [[1, 0], [0, 1], [1, 0]])
