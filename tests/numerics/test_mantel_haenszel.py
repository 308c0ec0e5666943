"""Sums over 2x2 tables against statsmodels and a root of the margins."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from metaleak.numerics import mantel_haenszel as mh

COUNTS = np.array([[12.0, 40, 20, 35], [5, 60, 9, 55], [30, 70, 41, 66], [2, 18, 6, 14]])


@pytest.fixture(scope="module")
def cells():
    return mh.Cells(*(COUNTS[:, i][None] for i in range(4)))


@pytest.fixture(scope="module")
def theirs():
    return StratifiedTable([row.reshape(2, 2) for row in COUNTS])


def test_odds_ratio_and_its_variance(cells, theirs):
    """The pooled odds ratio and the standard error of Robins, Breslow and Greenland."""
    found = mh.odds_ratio(cells)

    assert found.value[0] == pytest.approx(theirs.logodds_pooled, rel=1e-12)
    assert found.se[0] == pytest.approx(theirs.logodds_pooled_se, rel=1e-12)


def test_risk_ratio(cells, theirs):
    """The pooled risk ratio."""
    assert mh.risk_ratio(cells).value[0] == pytest.approx(np.log(theirs.riskratio_pooled), rel=1e-12)


@pytest.mark.parametrize("corrected", [True, False])
def test_association(cells, theirs, corrected):
    """Cochran-Mantel-Haenszel with and without the continuity correction."""
    statistic, _ = mh.cochran_mantel_haenszel(cells, corrected=corrected)

    assert statistic[0] == pytest.approx(theirs.test_null_odds(correction=corrected).statistic, rel=1e-12)


def test_tarone(cells, theirs):
    """The test of equal odds ratios, four tables."""
    statistic, counted = mh.tarone(cells, mh.odds_ratio(cells).value)

    assert statistic[0] == pytest.approx(theirs.test_equal_odds(adjust=True).statistic, rel=1e-9)
    assert counted[0] == 4


def test_tables_of_zeros_add_nothing(cells):
    """Empty tables that fill up a batch change no sum."""
    padded = mh.Cells(*(np.pad(cell, ((0, 0), (0, 3))) for cell in (cells.a, cells.b, cells.c, cells.d)))

    for pool in (mh.odds_ratio, mh.risk_ratio, mh.risk_difference, mh.peto):
        assert pool(padded).value[0] == pytest.approx(pool(cells).value[0], rel=1e-13)
        assert pool(padded).se[0] == pytest.approx(pool(cells).se[0], rel=1e-13)
    assert mh.peto_q(padded)[0] == pytest.approx(mh.peto_q(cells)[0], rel=1e-12)


def test_an_outcome_that_never_occurs_is_nan():
    """No event in the second arm: the ratio is not defined, the difference is."""
    cells = mh.Cells(*(np.array([[value]]) for value in (3.0, 9.0, 0.0, 14.0)))

    assert np.isnan(mh.odds_ratio(cells).value[0])
    assert np.isnan(mh.risk_ratio(cells).se[0])
    assert mh.risk_difference(cells).value[0] == pytest.approx(0.25)
