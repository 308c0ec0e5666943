"""Leaving out rows and studies, for models of counts too; orders of cumulation."""

import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import TableError, UndefinedError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.leave_out import cumulate, influence, leave_one_out


@pytest.fixture(scope="module")
def table():
    return StudyTable.from_counts(
        [35, 29, 12, 44, 9],
        [56, 59, 48, 80, 30],
        study=list("aabcd"),
        label=["a1", "a2", "b", "c", "d"],
        moderators={"year": [2009, 2001, 2004, 2012, 2002]},
    )


def test_counts_are_refitted_exactly(table):
    """Every line of the binomial-normal model is a fit of its own, by row and by study."""
    rows, studies = leave_one_out(BinomialNormal(), table), leave_one_out(BinomialNormal(), table, by="study")

    assert rows["estimate"][2] == pytest.approx(
        BinomialNormal().fit(table.take([0, 1, 3, 4])).estimate, abs=1e-8
    )
    assert studies["left_out"].tolist() == list("abcd")
    assert studies["k"].tolist() == [3, 4, 4, 4]
    assert studies["estimate"][0] == pytest.approx(
        BinomialNormal().fit(table.take([2, 3, 4])).estimate, abs=1e-8
    )


def test_the_last_step_is_the_whole(table):
    """Cumulated by year, the oldest row comes first and the last fit is that of all rows."""
    found = cumulate(RandomEffects(), table, order="year")

    assert found["added"].tolist() == ["a2", "d", "b", "a1", "c"]
    assert found["estimate"].iloc[-1] == pytest.approx(RandomEffects().fit(table).estimate, rel=1e-12)
    assert found["natural"].between(0, 1).all()


def test_orders_that_do_not_exist(table):
    """An unknown moderator and a list of another length are named."""
    with pytest.raises(TableError, match="given, precision, year"):
        cumulate(RandomEffects(), table, order="journal")
    with pytest.raises(TableError, match="another length"):
        cumulate(RandomEffects(), table, order=[1, 2])


def test_what_cannot_be_left_out():
    """A single row leaves nothing."""
    with pytest.raises(TableError, match="cannot be left out"):
        leave_one_out(RandomEffects(), StudyTable.from_counts([3], [9]))


def test_influence_needs_sampling_variances(table):
    """Counts have none: leave_one_out serves."""
    with pytest.raises(UndefinedError, match="leave_one_out serves"):
        influence(BinomialNormal(), table)
