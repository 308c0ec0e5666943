"""A pool of vertebrae and patients says so."""

import pytest

from metaleak.reporting.mixed_units import mixed_units

ROWS = [
    {"group": "CT", "study_id": "A", "unit": "vertebra"},
    {"group": "CT", "study_id": "B", "unit": "vertebra"},
    {"group": "CT", "study_id": "C", "unit": "patient"},
    {"group": "xray", "study_id": "D", "unit": "patient"},
]


def result(rows=ROWS, kind="pool", sheet="leaks"):
    return {"kind": kind, "settings": {"sheet": sheet}, "rows": rows, "title": "A pool"}


def units(m):
    rows = [{**ROWS[2], "m": m}]
    return {"units": {**result(rows, "units"), "title": "Vertebrae and patients"}}


@pytest.mark.parametrize("kind", ["pool", "models", "influence", "future"])
def test_a_group_of_two_units_is_named(kind):
    """With how many count what; the group of one unit is not."""
    (told,) = mixed_units(result(kind=kind), {})

    assert "CT (2 count vertebrae, 1 patients)" in told
    assert "xray" not in told


def test_the_analysis_of_units_is_named_where_there_is_one():
    """A reader finds each unit alone there."""
    (told,) = mixed_units(result(), units(1.5))

    assert told.endswith("Each unit alone, and all on the scale of vertebrae: “Vertebrae and patients”.")


def test_patients_with_one_treated_level_are_no_other_unit():
    """Their vertebrae are counted with them."""
    assert mixed_units(result(), units(1.0)) == ()


@pytest.mark.parametrize(
    "other", [result(ROWS[:2]), result(kind="regression"), result(kind="units"), result(sheet="pairs")]
)
def test_nothing_is_said_where_units_are_not_pooled(other):
    """One unit alone, a model that knows the unit, comparisons on the same units."""
    assert mixed_units(other, {}) == ()
