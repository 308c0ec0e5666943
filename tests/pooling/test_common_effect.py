"""The common-effect model. R's numbers stand in tests/reference."""

import numpy as np
import pytest

from metaleak.effects.design import cell_means, intercept
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError
from metaleak.pooling.common_effect import CommonEffect


@pytest.fixture(scope="module")
def arms():
    return StudyTable.from_two_arms([5, 9, 20], [50, 60, 70], [12, 10, 25], [52, 61, 69])


def test_the_mean_is_weighted_by_precision():
    """Weights 1 / v, their sum the inverse of the squared standard error."""
    result = CommonEffect().fit(StudyTable.from_effects([0.2, 0.8], [0.1, 0.3], measure="GEN"))

    assert result.estimate == pytest.approx((0.2 / 0.1 + 0.8 / 0.3) / (1 / 0.1 + 1 / 0.3))
    assert result.se == pytest.approx((1 / 0.1 + 1 / 0.3) ** -0.5)
    assert result.weights.tolist() == pytest.approx([0.75, 0.25])


def test_there_is_no_prediction_interval(arms):
    """The model says that a new study has the same true effect."""
    result = CommonEffect().fit(arms)

    assert result.prediction is None
    assert result.tau2 == 0


def test_birges_ratio():
    """Hartung-Knapp rescales by Q / (k - 1)."""
    table = StudyTable.from_effects([0.2, 0.8, 0.5], [0.1, 0.3, 0.2], measure="GEN")

    plain, rescaled = CommonEffect().fit(table), CommonEffect(ci_method="hksj").fit(table)

    assert (rescaled.se / plain.se) ** 2 == pytest.approx(plain.heterogeneity.q / 2)


@pytest.mark.parametrize("method", ["mantel-haenszel", "peto"])
def test_sums_over_tables_know_one_interval(method):
    """Their variance has no residuals to rescale by."""
    with pytest.raises(SettingError, match="wald"):
        CommonEffect(method=method, ci_method="hksj")


@pytest.mark.parametrize("method", ["mantel-haenszel", "peto"])
def test_sums_over_tables_know_no_design(arms, method):
    """A design of one mean is the plain fit; groups are refused."""
    model = CommonEffect(method=method)

    assert model.fit_design(arms, intercept(3)).estimate == model.fit(arms).estimate
    with pytest.raises(SettingError, match="inverse"):
        model.fit_design(arms, cell_means(["a", "a", "b"]))


def test_sums_over_tables_need_two_arms():
    """Counts of one arm are refused with what is needed."""
    with pytest.raises(TableError, match="two_arms"):
        CommonEffect(method="peto").fit(StudyTable.from_counts([3], [9]))


def test_a_measure_that_cannot_be_summed(arms):
    """Mantel-Haenszel knows OR, RR and RD; Peto the odds ratio."""
    with pytest.raises(SettingError, match="OR, RR, RD"):
        CommonEffect(measure="PETO", method="mantel-haenszel").fit(arms)
    with pytest.raises(SettingError, match="PETO, OR"):
        CommonEffect(measure="RR", method="peto").fit(arms)


def test_rare_events_need_no_correction():
    """One empty cell moves the inverse-variance estimate by its correction, not the sum over tables."""
    rare = StudyTable.from_two_arms([0, 2, 3], [100, 150, 90], [2, 4, 5], [100, 150, 95])

    sums = [CommonEffect(method=method).fit(rare) for method in ("mantel-haenszel", "peto")]

    inverse = CommonEffect(measure="OR").fit(rare)
    assert abs(sums[0].estimate - sums[1].estimate) < abs(sums[0].estimate - inverse.estimate)
    assert np.isfinite(sums[0].natural().ci.high)
