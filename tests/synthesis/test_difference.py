"""Differences between two groups."""

import math

import pytest
from scipy import special

from metaleak.effects.table import StudyTable
from metaleak.errors import TableError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.synthesis.difference import group_difference

COUNTS = ([35, 29, 12, 44, 21, 3, 16, 5, 9], [56, 59, 48, 80, 30, 31, 40, 29, 21])
NAMES = ["CT"] * 5 + ["xray"] * 4


@pytest.fixture(scope="module")
def table():
    return StudyTable.from_counts(*COUNTS, moderators={"modality": NAMES})


@pytest.fixture(scope="module")
def found(table):
    return group_difference(BinomialNormal(), table, by="modality", of="xray", against="CT")


def test_the_odds_ratio_turns_around(table, found):
    """Swapping the groups inverts odds ratio and limits."""
    turned = group_difference(BinomialNormal(), table, by="modality", of="CT", against="xray")

    assert turned.odds_ratio.value == pytest.approx(1 / found.odds_ratio.value, rel=1e-7)
    assert turned.odds_ratio.ci.low == pytest.approx(1 / found.odds_ratio.ci.high, rel=1e-6)
    assert turned.p_value == pytest.approx(found.p_value, rel=1e-6)


def test_interval_and_p_value_agree(found):
    """Profile interval and likelihood ratio tell one story: 1 is outside exactly when p is below 0.05."""
    inside = found.odds_ratio.ci.low <= 1 <= found.odds_ratio.ci.high

    assert inside == (found.p_value > 0.05)


def test_the_risk_difference_is_that_of_the_mean_rates(table, found):
    """Population-averaged rates of two separate fits, subtracted; the medians' difference stands beside."""
    fits = [
        BinomialNormal().fit(table.take([i for i, name in enumerate(NAMES) if name == g]))
        for g in ("xray", "CT")
    ]

    xray, ct = (fit.detail.population_average.value for fit in fits)
    assert found.risk_difference.value == pytest.approx(xray - ct, abs=1e-9)
    assert found.median_difference == pytest.approx(
        special.expit(fits[0].estimate) - special.expit(fits[1].estimate), abs=1e-9
    )


def test_the_bootstrap_interval_covers_the_estimate_and_is_repeatable(table, found):
    """The percentile interval is seeded: the same limits each time."""
    again = group_difference(BinomialNormal(), table, by="modality", of="xray", against="CT")

    assert found.risk_difference.ci.low < found.risk_difference.value < found.risk_difference.ci.high
    assert again.risk_difference == found.risk_difference


def test_too_few_rows_give_no_difference():
    """One row against several is no comparison of groups."""
    table = StudyTable.from_counts([3, 5, 9], [10, 11, 20], moderators={"g": ["a", "b", "b"]})

    assert group_difference(BinomialNormal(), table, by="g", of="a", against="b") is None


def test_an_unknown_group_is_named(table):
    """The error lists the values that the moderator has."""
    with pytest.raises(TableError, match="one of: CT, xray"):
        group_difference(BinomialNormal(), table, by="modality", of="MRI", against="CT")


def test_rows_are_counted(found):
    """k and studies of both groups stand in the difference."""
    assert (found.k, found.k_studies) == ((4, 5), (4, 5))
    assert math.isfinite(found.tau2)
