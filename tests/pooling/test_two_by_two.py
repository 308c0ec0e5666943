"""What sums over 2x2 tables tell beside their numbers. R's numbers stand in tests/reference."""

import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import UndefinedError
from metaleak.pooling.common_effect import CommonEffect

MH = CommonEffect(method="mantel-haenszel")


@pytest.fixture(scope="module")
def with_silent_rows():
    return StudyTable.from_two_arms(
        [0, 3, 20], [20, 40, 20], [0, 5, 15], [20, 38, 15], label=["none", "some", "all"]
    )


def test_rows_that_say_nothing_weigh_nothing(with_silent_rows):
    """They stay in the table with weight 0, and a note names them."""
    result = MH.fit(with_silent_rows)

    assert result.weights.tolist() == [0, 1, 0]
    assert "weigh nothing: none, all" in result.notes[0]
    assert result.k == 3


def test_in_a_difference_they_count(with_silent_rows):
    """A table without events says that the difference is small."""
    result = CommonEffect(method="mantel-haenszel", measure="RD").fit(with_silent_rows)

    assert (result.weights > 0).all()
    assert "count in the difference" in result.notes[0]


def test_a_ratio_that_is_not_defined_says_what_to_do():
    """No event in the second arm: the error points to the correction and to the difference."""
    table = StudyTable.from_two_arms([3, 2], [20, 30], [0, 0], [20, 30])

    with pytest.raises(UndefinedError, match="exact=False"):
        MH.fit(table)


def test_the_correction_of_empty_cells_is_a_setting():
    """With ``exact=False`` the same table has a finite ratio."""
    table = StudyTable.from_two_arms([3, 2], [20, 30], [0, 0], [20, 30])

    result = CommonEffect(method="mantel-haenszel", exact=False).fit(table)

    assert 1 < result.natural().estimate < 100


def test_one_table_has_no_test_of_equal_ratios():
    """Tarone's test needs two tables, the test of association one."""
    detail = MH.fit(StudyTable.from_two_arms([5], [50], [12], [52])).detail

    assert detail.equal_ratios is None
    assert detail.association.df == 1


def test_only_odds_ratios_come_with_tests():
    """Risk ratios and Peto's method leave the detail empty."""
    table = StudyTable.from_two_arms([5, 9], [50, 60], [12, 10], [52, 61])

    for model in (CommonEffect(method="mantel-haenszel", measure="RR"), CommonEffect(method="peto")):
        assert model.fit(table).detail.association is None


@pytest.mark.parametrize("method", ["mantel-haenszel", "peto"])
def test_arms_of_one_outcome_have_no_error(method):
    """Every unit of one arm with the event, none of the other: nothing to estimate an error from."""
    table = StudyTable.from_two_arms([0, 0], [20, 30], [0, 0], [25, 30])

    with pytest.raises(UndefinedError, match="0 of 50 against 0 of 55"):
        CommonEffect(method=method, measure="RD" if method == "mantel-haenszel" else None).fit(table)
