"""Corrections of empty cells, and what a table becomes on a scale."""

import numpy as np
import pytest

from metaleak.effects.measures import Zero, measure
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError

EMPTY = np.array([True, False, False])


@pytest.mark.parametrize(
    ("to", "amounts"),
    [("only0", [0.5, 0, 0]), ("all", [0.5, 0.5, 0.5]), ("if0all", [0.5, 0.5, 0.5]), ("none", [0, 0, 0])],
)
def test_which_rows_are_corrected(to, amounts):
    """Rows with an empty cell, all, all as soon as one has, or none."""
    assert Zero(to=to).amount(EMPTY).tolist() == amounts


def test_no_empty_cell_no_correction():
    """``if0all`` waits for an empty cell."""
    assert Zero(to="if0all").amount(np.array([False, False])).tolist() == [0, 0]


@pytest.mark.parametrize("settings", [{"add": -0.5}, {"to": "some"}, {"double": "maybe"}])
def test_settings_outside_their_range(settings):
    """The error names the setting."""
    with pytest.raises(SettingError, match=next(iter(settings))):
        Zero(**settings)


@pytest.mark.parametrize("code", ["PR", "PLN", "PLO"])
def test_a_row_without_a_variance_is_refused_by_name(code):
    """Without a correction an empty count has no effect or no variance on these scales."""
    table = StudyTable.from_counts([3, 0], [9, 20], label=["some", "none"])

    with pytest.raises(TableError, match=f"on the scale {code}.*got: 'none'"):
        measure(code).effects(table, Zero(to="none"))


def test_only_silent_rows_leave_nothing():
    """Two arms without an event say nothing about a ratio."""
    table = StudyTable.from_two_arms([0, 0], [20, 30], [0, 0], [20, 30])

    with pytest.raises(TableError, match="no row says anything about odds ratio"):
        measure("OR").effects(table, Zero())


def test_silent_rows_can_be_kept():
    """With ``double="keep"`` the correction gives them an effect near 0."""
    table = StudyTable.from_two_arms([0, 3], [20, 30], [0, 5], [20, 30])

    effects = measure("OR").effects(table, Zero(double="keep"))

    assert effects.yi[0] == 0
    assert effects.notes == ()


def test_an_unknown_measure_names_the_known_ones():
    """The registry answers with its codes."""
    with pytest.raises(SettingError, match="PLO"):
        measure("LOGIT")
