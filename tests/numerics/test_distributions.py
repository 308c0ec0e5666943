"""Tails and quantiles against scipy.stats."""

import pytest
from scipy import stats

from metaleak.numerics import distributions


@pytest.mark.parametrize(("df", "reference"), [(None, stats.norm()), (4, stats.t(4))])
def test_normal_and_t(df, reference):
    """df None is the normal distribution, a number the t distribution."""
    assert distributions.quantile(0.9, df) == pytest.approx(reference.ppf(0.9))
    assert distributions.lower_tail(-1.3, df) == pytest.approx(reference.cdf(-1.3))
    assert distributions.two_sided_quantile(0.95, df) == pytest.approx(reference.ppf(0.975))


def test_a_far_tail_keeps_its_digits():
    """A p value far out is not rounded to 0."""
    assert distributions.two_sided_p(20.0) == pytest.approx(2 * stats.norm.sf(20.0), rel=1e-10)


def test_chi_squared_and_f():
    """Upper tails and the quantile of a share."""
    assert distributions.chi2_tail(7.5, 3) == pytest.approx(stats.chi2.sf(7.5, 3))
    assert distributions.chi2_quantile(0.95, 1) == pytest.approx(3.841458820694124)
    assert distributions.f_tail(3.2, 2, 17) == pytest.approx(stats.f.sf(3.2, 2, 17))
